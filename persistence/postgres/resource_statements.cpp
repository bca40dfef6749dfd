// What is said of each resource, made of the catalogue's names.

#include "persistence/postgres/resource_statements.hpp"

#include "persistence/postgres/scope.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace evs::persistence::postgres::resource_statements {

namespace {

/// Made once, kept for the life of the process: names and texts come from the catalogue only, so there are few.
template <class Make>
const statement& prepared(const std::string& name, Make make) {
  struct text {
    std::string name, sql;
    statement made{};
  };
  static std::mutex mutex;
  static std::map<std::string, text> known;
  std::lock_guard lock{mutex};
  auto [at, fresh] = known.try_emplace(name);
  if (fresh) {
    at->second.name = name;
    at->second.sql = make();
    at->second.made = {at->second.name.c_str(), at->second.sql.c_str()};
  }
  return at->second.made;
}

std::string str(std::string_view text) { return std::string{text}; }
std::string shown(std::string_view contract_name) { return "v.\"" + str(contract_name) + '"'; }
std::string named(const char* verb, const resource& what) { return std::string{verb} + "_" + str(what.name); }

/// Version of what REST shows of a row; counters that change by themselves (of contacts, of quotas) are no version.
constexpr auto version = "md5(regexp_replace((to_jsonb(v) - 'contactStats' - 'updatedAt')::text, '\"currentCount\": [0-9]+', '', 'g'))";

/// Columns that a body can fill.
std::vector<std::string> columns(const resource& what, bool required_only) {
  std::vector<std::string> all;
  for (const auto& f : what.fields)
    if (!f.column.empty() && (!required_only || f.required))
      all.push_back(str(f.column));
  return all;
}

std::string joined(const std::vector<std::string>& parts, const std::string& prefix) {
  std::string out;
  for (const auto& p : parts)
    out.append(out.empty() ? "" : ", ").append(prefix).append(p);
  return out;
}

} // namespace

bool order::numeric() const { return by && (by->kind == field_kind::whole || by->kind == field_kind::decimal); }

const statement& read_one(const resource& what) {
  return prepared(named("read", what), [&] {
    return str(with_who) + "select row_to_json(v)::text, " + version + " from " + str(what.view) + " v, who where v.id = $4 and " +
           scope_of(what.name);
  });
}

const statement& lock_one(const resource& what) {
  return prepared(named("lock", what), [&] { return "select id from " + str(what.table) + " where id = $1 for update"; });
}

const statement& insert_one(const resource& what) {
  return prepared(named("insert", what), [&] {
    const auto needed = columns(what, true);
    return "insert into " + str(what.table) + " (id" + (needed.empty() ? "" : ", ") + joined(needed, "") + ") select $1" +
           (needed.empty() ? "" : ", ") + joined(needed, "r.") + " from jsonb_populate_record(null::" + str(what.table) + ", $2::jsonb) r";
  });
}

const statement& update_one(const resource& what) {
  return prepared(named("update", what), [&] {
    const auto all = columns(what, false);
    return "update " + str(what.table) + " t set (" + joined(all, "") + ") = (select " + joined(all, "r.") +
           " from jsonb_populate_record(t, $2::jsonb) r) where t.id = $1";
  });
}

const statement& delete_one(const resource& what) {
  return prepared(named("delete", what), [&] { return "delete from " + str(what.table) + " where id = $1"; });
}

const statement& copy_one(const resource& what) {
  return prepared(named("copy", what), [&] {
    const auto all = columns(what, false);
    std::string values = joined(all, "t.");
    if (const auto at = values.find("t.name"); at != std::string::npos)
      values.replace(at, 6, "left(t.name, 190) || ' (copie)'");
    return "insert into " + str(what.table) + " (id, " + joined(all, "") + ") select $2, " + values + " from " + str(what.table) +
           " t where t.id = $1";
  });
}

const statement& existing(const resource& what) {
  return prepared(named("existing", what), [&] { return "select id from " + str(what.table) + " where id = any($1::text[])"; });
}

const statement& drop_pairs(const pair_table& p) {
  return prepared("drop_" + str(p.table) + "_" + str(p.owner), [&] {
    return "delete from " + str(p.table) + " where " + str(p.owner) + " = $1 and " + str(p.member) + " <> all($2::text[])";
  });
}

const statement& add_pairs(const pair_table& p) {
  return prepared("add_" + str(p.table) + "_" + str(p.owner), [&] {
    const auto pair = str(p.owner) + ", " + str(p.member);
    if (!p.ordered)
      return "insert into " + str(p.table) + " (" + pair + ") select $1, m from unnest($2::text[]) m on conflict do nothing";
    return "insert into " + str(p.table) + " (" + pair + ", position) select $1, m, place from unnest($2::text[]) with ordinality o (m, place) " +
           "on conflict (" + pair + ") do update set position = excluded.position where " + str(p.table) + ".position <> excluded.position";
  });
}

const statement& referring(const resource& from, const field& by) {
  return prepared("referring_" + str(from.name) + "_" + str(by.name), [&] {
    const auto& p = by.pairs;
    return by.kind == field_kind::references ? "select count(*) from " + str(p.table) + " where " + str(p.member) + " = $1"
                                             : "select count(*) from " + str(from.table) + " where " + str(by.column) + " = $1";
  });
}

result<order> order_of(const resource& what, const std::string& asked) {
  order out;
  out.falling = asked.starts_with('-');
  out.name = asked.empty() ? str(what.sorts.front()) : asked.substr(out.falling ? 1 : 0);
  if (std::find(what.sorts.begin(), what.sorts.end(), out.name) == what.sorts.end()) {
    std::string offered;
    for (auto s : what.sorts)
      offered += (offered.empty() ? "" : ", ") + str(s);
    return failure{errc::invalid_input, {}, {{"sort", "Tris possibles : " + offered + "."}}};
  }
  out.by = find_field(what, out.name);
  return out;
}

const statement& list_page(const resource& what, const order& by) {
  return prepared(named("list", what) + "_" + by.name + (by.falling ? "_down" : ""), [&] {
    const auto key = by.numeric() ? "coalesce(" + shown(by.name) + ", 0)::numeric" : "lower(coalesce(" + shown(by.name) + "::text, ''))";
    const std::string cast = by.numeric() ? "::numeric" : "::text";
    const std::string direction = by.falling ? " desc" : "";
    std::string searched;
    for (auto s : what.searched)
      searched += (searched.empty() ? "" : ", ") + shown(s);
    auto sql = str(with_who) + "select row_to_json(v)::text, (" + key + ")::text, v.id from " + str(what.view) + " v, who where " +
               scope_of(what.name) + " and ($4::text is null or concat_ws(' ', " + (searched.empty() ? "v.id" : searched) + ") ilike $4::text)" +
               " and ($5::text is null or (" + key + ", v.id) " + (by.falling ? "<" : ">") + " ($5::text" + cast + ", $6::text))";
    auto place = 8;
    for (auto f : what.filters) {
      const auto parameter = "$" + std::to_string(place++) + "::text";
      sql.append(" and (").append(parameter).append(" is null or ").append(shown(f)).append("::text = ").append(parameter).append(")");
    }
    return sql + " order by " + key + direction + ", v.id" + direction + " limit $7::bigint";
  });
}

} // namespace evs::persistence::postgres::resource_statements
