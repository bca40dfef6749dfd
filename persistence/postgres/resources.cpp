// Every resource of the catalogue, by the same few statements. They are made of the catalogue's constants, once a resource and
// list order; whatever a person sends is a parameter. Who may see or change what: the scope of each resource, below.

#include "calendar/zone.hpp"
#include "domain/catalogue.hpp"
#include "persistence/postgres/areas.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/resource_ties.hpp"
#include "persistence/postgres/scope.hpp"
#include "persistence/sealed.hpp"
#include "persistence/secret.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

namespace evs::persistence::postgres {

namespace {

// ---------------------------------------------------------------- statements

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

const statement& read_one(const resource& what) {
  return prepared(named("read", what), [&] {
    return str(with_who) + "select row_to_json(v)::text, " + version + " from " + str(what.view) + " v, who where v.id = $4 and " +
           scope_of(what.name);
  });
}

const statement& lock_one(const resource& what) {
  return prepared(named("lock", what), [&] { return "select id from " + str(what.table) + " where id = $1 for update"; });
}

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
    out += (out.empty() ? "" : ", ") + prefix + p;
  return out;
}

/// $1 id, $2 object of columns. Only what must be there: the rest is an update, so that absent columns keep their defaults.
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

/// Which of the ids ($1, an array) exist.
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

/// How many refer to an id ($1) through a field.
const statement& referring(const resource& from, const field& by) {
  return prepared("referring_" + str(from.name) + "_" + str(by.name), [&] {
    const auto& p = by.pairs;
    return by.kind == field_kind::references ? "select count(*) from " + str(p.table) + " where " + str(p.member) + " = $1"
                                             : "select count(*) from " + str(from.table) + " where " + str(by.column) + " = $1";
  });
}

// ---------------------------------------------------------------- lists

struct order {
  const field* by = nullptr; // null: id
  std::string name;
  bool falling = false;
  bool numeric() const { return by && (by->kind == field_kind::whole || by->kind == field_kind::decimal); }
};

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

/// $4 pattern, $5 key and $6 id to continue after, $7 limit, $8... filters in the order of the catalogue.
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
      sql += " and (" + parameter + " is null or " + shown(f) + "::text = " + parameter + ")";
    }
    return sql + " order by " + key + direction + ", v.id" + direction + " limit $7::bigint";
  });
}

std::string like_pattern(const std::string& text) {
  std::string out{"%"};
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '%';
}

/// Longest list that is sent without pages, to older clients.
constexpr int longest_array = 20'000;

result<data_answer> list(workplace& at, const requester& who, const list_resources& asked) {
  const auto& what = *asked.what;
  const auto by = order_of(what, asked.query.sort);
  if (!by)
    return by.error();
  const auto after = read_cursor(asked.query.cursor, {by->numeric() ? key_part::decimal : key_part::text, key_part::text});
  if (!after)
    return after.error();
  auto values = asks(who.who);
  values.push_back(asked.query.q.empty() ? parameter{} : like_pattern(clean_utf8(asked.query.q)));
  values.insert(values.end(), after->begin(), after->end());
  const auto limit = asked.query.paged ? asked.query.limit : longest_array;
  values.push_back(std::to_string(limit + 1));
  for (auto f : what.filters)
    values.push_back(filter_value(asked.query, f));
  return page_of(at.db.run(list_page(what, *by), std::move(values)), static_cast<std::size_t>(limit), 2, asked.query.paged);
}

// ---------------------------------------------------------------- one

failure not_there(const resource& what) { return {errc::not_found, str(what.label) + " n'existe pas, ou n'est pas de votre ressort.", {}}; }

parameters about(const viewer& who, const std::string& id) {
  auto values = asks(who);
  values.emplace_back(id);
  return values;
}

std::optional<data_answer> seen_by(transaction& t, const viewer& who, const resource& what, const std::string& id) {
  const auto found = t.run(read_one(what), about(who, id));
  if (found.empty())
    return std::nullopt;
  return data_answer{200, found.front().text(0), found.front().text(1), {}, {}};
}

result<data_answer> read(workplace& at, const requester& who, const read_resource& asked) {
  const auto found = at.db.run(read_one(*asked.what), about(who.who, clean_utf8(asked.id)));
  if (found.empty())
    return not_there(*asked.what);
  return data_answer{200, found.front().text(0), found.front().text(1), {}, {}};
}

// ---------------------------------------------------------------- changes

/// What refers to things that aren't there.
void check_references(transaction& t, const resource& what, const value& body) {
  failure wrong{errc::invalid_input, {}, {}};
  auto check = [&](const field& f, const std::vector<std::pair<std::string, std::string>>& ids) { // path, id
    const auto* target = find_resource(f.target);
    if (!target || ids.empty())
      return;
    std::vector<parameter> wanted;
    for (const auto& [path, id] : ids)
      wanted.emplace_back(id);
    std::vector<std::string> there;
    for (const auto& row : t.run(existing(*target), {array_literal(wanted)}))
      there.push_back(row.text(0));
    for (const auto& [path, id] : ids)
      if (std::find(there.begin(), there.end(), id) == there.end())
        wrong.fields.emplace(path, "« " + id + " » n'existe pas.");
  };
  for (const auto& f : what.fields) {
    const auto* given = body.find(f.name);
    if (!given || f.target.empty())
      continue;
    std::vector<std::pair<std::string, std::string>> ids;
    const auto path = str(f.name);
    if (f.kind == field_kind::reference && given->text())
      ids.emplace_back(path, *given->text());
    if (const auto* all = given->list())
      for (std::size_t i = 0; i < all->size(); ++i) {
        const auto& each = (*all)[i];
        const auto* inside = each.members() ? each.find(str(f.target) + "Id") : &each;
        if (inside && inside->text())
          ids.emplace_back(path + "[" + std::to_string(i) + "]", *inside->text());
      }
    check(f, ids);
  }
  if (!wrong.fields.empty())
    throw refused{wrong};
}

/// One row with a zone that nobody knows would fail every report.
void check_zone(const value& body) {
  const auto* zone = body.find("timezone");
  const auto* name = zone ? zone->text() : nullptr;
  if (name && !name->empty() && !calendar::zone::find(*name))
    throw refused{{errc::invalid_input, {}, {{"timezone", "Ce fuseau horaire n'existe pas."}}}};
}

/// The body under the names of columns; secrets sealed.
value as_columns(workplace& at, const resource& what, const value& body) {
  value out{value::object{}};
  for (const auto& [name, given] : *body.members()) {
    const auto* f = find_field(what, name);
    if (!f || f->column.empty())
      continue;
    const bool hidden = f->kind == field_kind::secret && given.text();
    if (hidden && at.settings.secret_keys.empty())
      throw refused{{errc::database_unavailable, "Aucune clé de chiffrement n'est configurée (secrets.key_file) : un secret ne peut pas être gardé.", {}}};
    out.set(f->column, hidden ? value{seal(at.settings.secret_keys, *given.text())} : given);
  }
  return out;
}

void write_pairs(transaction& t, const resource& what, const std::string& id, const value& body) {
  for (const auto& f : what.fields) {
    const auto* given = f.kind == field_kind::references && !f.pairs.table.empty() ? body.find(f.name) : nullptr;
    if (!given || !given->list())
      continue;
    std::vector<parameter> members;
    for (const auto& each : *given->list())
      members.emplace_back(*each.text());
    const auto list = array_literal(members);
    t.run(drop_pairs(f.pairs), {id, list});
    t.run(add_pairs(f.pairs), {id, list});
  }
}

constexpr statement present_role{"present_role", "select role, is_active::text from users where id = $1"};
constexpr statement other_super_admins{"other_super_admins", "select count(*) from users where role = 'SuperAdmin' and is_active and id <> $1"};
constexpr statement is_standard{"is_standard_qualification", "select is_standard::text from qualifications where id = $1"};

/// Rules of accounts that need the database.
void check_user(transaction& t, const requester& who, const std::string& id, const value& body, bool removed) {
  std::optional<role> present;
  bool active = false;
  if (const auto found = t.run(present_role, {id}); !found.empty()) {
    present = role_from_string(found.front().text(0));
    active = found.front().text(1) == "true";
  }
  if (auto allowed = may_write_user(who.who, body, present); !allowed)
    throw refused{allowed.error()};
  const auto *on = body.find("isActive"), *as = body.find("role");
  const bool off = removed || (on && on->flag() && !*on->flag());
  const bool lowered = as && as->text() && *as->text() != "SuperAdmin";
  if (id == who.who.user.value && (off || (as && as->text() && role_from_string(*as->text()) != present)))
    throw refused{{errc::conflict, "Vous ne pouvez ni désactiver votre propre compte ni changer son rôle.", {}}};
  if (present == role::super_admin && active && (off || lowered) && t.run(other_super_admins, {id}).at(0).number(0) == 0)
    throw refused{{errc::conflict, "C'est le dernier SuperAdmin actif.", {}}};
}

constexpr statement first_phone_password{
  "first_phone_password", "update users set sip_secret = $2 where id = $1 and extension is not null and coalesce(sip_secret, '') = ''"};

/// A phone without a password could not register: it gets one that nobody can guess.
void give_phone_password(workplace& at, transaction& t, const std::string& id, const value& body) {
  if (body.find("extension") && !at.settings.secret_keys.empty())
    t.run(first_phone_password, {id, seal(at.settings.secret_keys, random_secret(32))});
}

void check_version(const data_answer& now, const std::string& seen) {
  if (!seen.empty() && seen != now.etag)
    throw refused{{errc::stale, {}, {}}};
}

/// What was written, as the writer may see it: what leaves his scope is not his to write.
data_answer written(transaction& t, const requester& who, const resource& what, const std::string& id, unsigned status) {
  auto now = seen_by(t, who.who, what, id);
  if (!now)
    throw refused{{errc::forbidden, "Ceci sortirait du site dont vous êtes responsable.", {}}};
  now->status = status;
  return *now;
}

data_answer make(workplace& at, transaction& t, const requester& who, const resource& what, const value& body) {
  const auto* given = body.find("id");
  const auto id = given && given->text() ? *given->text() : str(what.id_prefix) + random_secret(12);
  if (what.name == "user")
    check_user(t, who, id, body, false);
  check_references(t, what, body);
  check_ties(t, what, id, body);
  check_zone(body);
  const auto row = to_json(as_columns(at, what, body));
  t.run(insert_one(what), {id, row});
  t.run(update_one(what), {id, row});
  write_pairs(t, what, id, body);
  write_ties(t, what, id, body);
  if (what.name == "user")
    give_phone_password(at, t, id, body);
  return written(t, who, what, id, 201);
}

data_answer change(workplace& at, transaction& t, const requester& who, const update_resource& asked) {
  const auto& what = *asked.what;
  t.run(lock_one(what), {asked.id});
  const auto now = seen_by(t, who.who, what, asked.id);
  if (!now)
    throw refused{not_there(what)};
  check_version(*now, asked.seen);
  if (what.name == "user")
    check_user(t, who, asked.id, asked.body, false);
  if (what.name == "qualification" && asked.body.find("code") && t.run(is_standard, {asked.id}).at(0).text(0) == "true")
    if (now->json.find("\"code\":\"" + *asked.body.find("code")->text() + "\"") == std::string::npos)
      throw refused{{errc::conflict, "Le code d'une qualification standard ne change pas.", {}}};
  check_references(t, what, asked.body);
  check_ties(t, what, asked.id, asked.body);
  check_zone(asked.body);
  t.run(update_one(what), {asked.id, to_json(as_columns(at, what, asked.body))});
  write_pairs(t, what, asked.id, asked.body);
  write_ties(t, what, asked.id, asked.body);
  if (what.name == "user")
    give_phone_password(at, t, asked.id, asked.body);
  return written(t, who, what, asked.id, 200);
}

/// "user=3, did=1": what referred to it and no longer does.
std::string detached(transaction& t, const resource& what, const std::string& id) {
  std::string out;
  for (const auto& from : catalogue())
    for (const auto& f : from.fields) {
      if (f.target != what.name || (f.kind == field_kind::references && f.pairs.table.empty()) ||
          (f.kind != field_kind::reference && f.kind != field_kind::references))
        continue;
      if (const auto count = t.run(referring(from, f), {id}).at(0).number(0); count > 0)
        out += (out.empty() ? "" : ", ") + str(from.name) + "." + str(f.name) + "=" + std::to_string(count);
    }
  return out;
}

data_answer erase(transaction& t, const requester& who, const remove_resource& asked) {
  const auto& what = *asked.what;
  t.run(lock_one(what), {asked.id});
  const auto now = seen_by(t, who.who, what, asked.id);
  if (!now)
    throw refused{not_there(what)};
  check_version(*now, asked.seen);
  if (what.name == "user")
    check_user(t, who, asked.id, value{value::object{}}, true);
  if (what.deleted_only_when_inactive && now->json.find("\"isActive\":false") == std::string::npos)
    throw refused{{errc::conflict, "Seul un compte désactivé peut être supprimé : désactivez-le d'abord.", {}}};
  if (what.name == "qualification" && t.run(is_standard, {asked.id}).at(0).text(0) == "true")
    throw refused{{errc::conflict, "Une qualification standard ne peut pas être supprimée.", {}}};
  data_answer out{204, {}, {}, {}, {}};
  auto loose = detached(t, what, asked.id);
  if (const auto ties = cut_ties(t, what, asked.id); !ties.empty())
    loose += (loose.empty() ? "" : ", ") + ties;
  if (!loose.empty())
    out.headers.emplace_back("X-Detached", std::move(loose));
  t.run(delete_one(what), {asked.id});
  return out;
}

// ---------------------------------------------------------------- refusals of the database

struct constraint {
  const char* name;
  const char* field;
  const char* sentence;
};

constexpr std::array constraints{
  constraint{"users_login_id_key", "loginId", "Cet identifiant de connexion est déjà pris."},
  constraint{"users_extension_key", "extension", "Ce numéro de poste est déjà pris."},
  constraint{"dids_number_key", "number", "Ce numéro existe déjà."},
  constraint{"qualifications_code_key", "code", "Ce code existe déjà."},
  constraint{"_pkey", "id", "Cet identifiant existe déjà."},
};

std::optional<failure> explained(const store_rejected& said) {
  const std::string what = said.what();
  if (what.find("(23505)") != std::string::npos)
    for (const auto& c : constraints)
      if (what.find(c.name) != std::string::npos)
        return failure{errc::conflict, c.sentence, {{c.field, c.sentence}}};
  if (what.find("(23503)") != std::string::npos)
    return failure{errc::conflict, "Quelque chose à quoi ceci renvoie vient d'être supprimé.", {}};
  if (what.find("failover_trunk_id") != std::string::npos)
    return failure{errc::invalid_input, {}, {{"failoverTrunkId", "Un trunk ne se secourt pas lui-même."}}};
  if (what.find("(23514)") != std::string::npos || what.find("(22") != std::string::npos)
    return failure{errc::invalid_input, "Une valeur n'est pas permise.", {}};
  return value_refused(said);
}

// ---------------------------------------------------------------- many, and oneself

constexpr statement tell_bulk{"tell_bulk", "select announce('usersBulkUpdate', '', jsonb_build_object('created', $1::integer), '{\"role\": \"Superviseur\"}')"};

result<data_answer> make_many(workplace& at, const requester& who, const create_many& asked) {
  value::array report;
  std::int64_t created = 0;
  for (const auto& row : asked.rows) {
    value line{value::object{}};
    line.set("index", static_cast<std::int64_t>(report.size()));
    std::optional<failure> why;
    if (!row.ok)
      why = row.wrong;
    else if (auto made = in_transaction(at, [&](transaction& t) { return make(at, t, who, *asked.what, row.body); }, explained); !made)
      why = made.error();
    line.set("ok", !why);
    if (auto* login = row.body.find("loginId"))
      line.set("loginId", *login);
    if (why) {
      line.set("error", why->text());
      value fields{value::object{}};
      for (const auto& [name, sentence] : why->fields)
        fields.set(name, sentence);
      line.set("fields", std::move(fields));
    } else {
      ++created;
    }
    report.push_back(std::move(line));
  }
  if (created > 0)
    at.db.run(tell_bulk, {std::to_string(created)});
  value out{value::object{}};
  const auto failed = static_cast<std::int64_t>(report.size()) - created;
  out.set("created", created);
  out.set("failed", failed);
  out.set("report", std::move(report));
  return data_answer{failed == 0 ? 201U : created > 0 ? 200U : 422U, to_json(out), {}, {}, {}};
}

constexpr statement keep_family{"keep_family", "select set_config('evs.keep_family', $1, true)"};
constexpr statement own_password{"own_password", "update users set password_hash = $2 where id = $1 and is_active returning id"};

result<data_answer> set_password(workplace& at, const requester& who, const set_own_password& asked) {
  return in_transaction(at, [&](transaction& t) {
    t.run(keep_family, {asked.family});
    if (t.run(own_password, {who.who.user.value, asked.hash}).empty())
      throw refused{{errc::not_found, {}, {}}};
    return data_answer{200, R"({"message":"Mot de passe modifié."})", {}, {}, {}};
  }, explained);
}

} // namespace

result<data_answer> answer(workplace& at, const requester& who, const resource_request& what) {
  struct each {
    workplace& at;
    const requester& who;
    result<data_answer> operator()(const list_resources& asked) const { return list(at, who, asked); }
    result<data_answer> operator()(const read_resource& asked) const { return read(at, who, asked); }
    result<data_answer> operator()(const create_resource& asked) const {
      return in_transaction(at, [&](transaction& t) { return make(at, t, who, *asked.what, asked.body); }, explained);
    }
    result<data_answer> operator()(const update_resource& asked) const {
      return in_transaction(at, [&](transaction& t) { return change(at, t, who, asked); }, explained);
    }
    result<data_answer> operator()(const remove_resource& asked) const {
      return in_transaction(at, [&](transaction& t) { return erase(t, who, asked); }, explained);
    }
    result<data_answer> operator()(const duplicate_resource& asked) const {
      return in_transaction(at, [&](transaction& t) {
        if (!seen_by(t, who.who, *asked.what, asked.id))
          throw refused{not_there(*asked.what)};
        const auto id = str(asked.what->id_prefix) + random_secret(12);
        t.run(copy_one(*asked.what), {asked.id, id});
        return written(t, who, *asked.what, id, 201);
      }, explained);
    }
    result<data_answer> operator()(const create_many& asked) const { return make_many(at, who, asked); }
    result<data_answer> operator()(const set_own_password& asked) const { return set_password(at, who, asked); }
  };
  return std::visit(each{at, who}, what);
}

} // namespace evs::persistence::postgres
