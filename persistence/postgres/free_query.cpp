#include "persistence/postgres/free_query.hpp"

#include "domain/value.hpp"
#include "persistence/postgres/stall_guard.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <set>

namespace evs::persistence::postgres {

namespace {

/// pg_type's numbers of what JSON writes without quotes.
bool is_number(pqxx::oid type) { return type == 20 || type == 21 || type == 23 || type == 700 || type == 701 || type == 1700; }
bool is_flag(pqxx::oid type) { return type == 16; }
bool is_json(pqxx::oid type) { return type == 114 || type == 3802; }

/// NaN and Infinity are no JSON numbers.
bool plain_number(std::string_view text) { return text.find_first_not_of("0123456789+-.eE") == std::string_view::npos; }

void append_value(std::string& out, const pqxx::field& cell, pqxx::oid type) {
  if (cell.is_null()) {
    out += "null";
    return;
  }
  const std::string_view text{cell.c_str(), cell.size()};
  if (is_flag(type))
    out += text == "t" ? "true" : "false";
  else if (is_json(type) || (is_number(type) && plain_number(text)))
    out += text;
  else
    append_json(out, value{text});
}

struct shown_rows {
  std::string text{"["};
  std::size_t count = 0;
  bool truncated = false;
};

shown_rows show(const pqxx::result& got, const std::vector<std::string>& names, const free_query_limits& limits) {
  shown_rows out;
  for (const auto& line : got) {
    if (out.count == static_cast<std::size_t>(limits.rows) || out.text.size() > limits.bytes) {
      out.truncated = true;
      break;
    }
    out.text += out.count++ == 0 ? "{" : ",{";
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i > 0)
        out.text += ',';
      append_json(out.text, value{names[i]});
      out.text += ':';
      const auto column = static_cast<pqxx::row::size_type>(i);
      append_value(out.text, line[column], got.column_type(column));
    }
    out.text += '}';
  }
  out.text += ']';
  return out;
}

/// Names as keys of one object: the second "count" is "count_2".
std::vector<std::string> names_of(const pqxx::result& got) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (pqxx::row::size_type i = 0; i < got.columns(); ++i) {
    const std::string name = got.column_name(i);
    auto unique = name;
    for (int n = 2; !taken.insert(unique).second; ++n)
      unique = name + '_' + std::to_string(n);
    names.push_back(unique);
  }
  return names;
}

/// Connection lost, or the server short of something, shutting down or failing; not the statement (SQLSTATE classes). An ending
/// statement (57014) is none of it.
bool is_about_the_server(const std::string& state) {
  return state.starts_with("08") || state.starts_with("53") || state.starts_with("57P") || state.starts_with("58") ||
         state.starts_with("XX");
}

failure lost() { return {errc::database_unavailable, "La base de données n'a plus répondu pendant la requête.", {}}; }

/// Notes whether the server stalled or went, before the connection goes. (Some of libpqxx's errors carry no SQLSTATE.)
struct outcome_of {
  const pqxx::connection& connection;
  stall_guard& guard;
  bool& gone;
  ~outcome_of() {
    guard.disarm();
    gone = guard.fired() || !connection.is_open();
  }
};

std::string first_lines(const std::string& text) { return text.substr(0, 500); }

} // namespace

result<std::string> run_free_query(const store_settings& as_reader, const std::string& sql, const free_query_limits& limits) {
  const auto began = std::chrono::steady_clock::now();
  bool connected = false, gone = false;
  try {
    pqxx::connection connection{as_reader.url + " application_name=evscallpro-query connect_timeout=3"};
    connected = true;
    stall_guard guard;
    const outcome_of noted{connection, guard, gone};
    guard.arm(connection.sock(), stall_guard::clock::now() + limits.time + milliseconds{2000});
    shown_rows rows;
    std::vector<std::string> names;
    {
      pqxx::work in{connection};
      in.exec("set transaction read only");
      in.exec("set local statement_timeout = " + std::to_string(limits.time.count()) + "; set local lock_timeout = 1000; set local timezone = 'UTC'");
      // One statement only: with parameters (none) the server takes no second one. A cursor gives as many rows as are wanted.
      in.exec_params("declare evs_free_query no scroll cursor for " + sql);
      const auto got = in.exec("fetch " + std::to_string(limits.rows + 1) + " from evs_free_query");
      names = names_of(got);
      rows = show(got, names, limits);
    }
    std::string columns{"["};
    for (const auto& name : names) {
      if (columns.size() > 1)
        columns += ',';
      append_json(columns, value{name});
    }
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began).count();
    return "{\"columns\":" + columns + "],\"rows\":" + rows.text + ",\"rowCount\":" + std::to_string(rows.count) +
           ",\"truncated\":" + (rows.truncated ? "true" : "false") + ",\"durationMs\":" + std::to_string(took) + '}';
  } catch (const pqxx::broken_connection&) {
    if (connected)
      return lost();
    return failure{errc::database_unavailable, "La connexion du rôle de lecture a échoué : voyez le journal du serveur et secrets.key_file.", {}};
  } catch (const pqxx::sql_error& e) {
    const auto& state = e.sqlstate();
    if (gone || is_about_the_server(state))
      return lost();
    if (state == "57014")
      return failure{errc::timeout, "La requête a dépassé " + std::to_string(limits.time.count() / 1000) + " s : elle a été arrêtée.", {}};
    if (state == "55P03")
      return failure{errc::timeout, "La requête a attendu trop longtemps une table qu'un autre modifie : réessayez.", {}};
    return failure{errc::invalid_input, first_lines(e.what()), {}};
  } catch (const std::exception& e) {
    if (gone)
      return lost();
    return failure{errc::invalid_input, first_lines(e.what()), {}};
  }
}

} // namespace evs::persistence::postgres
