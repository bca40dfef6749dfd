#include "domain/audit_note.hpp"

#include <algorithm>
#include <array>

namespace evs {

namespace {

constexpr std::size_t longest_value = 200;
constexpr std::size_t longest_query = 2000;

bool may_be_shown(const field* f, const value& what) {
  if (!f || f->kind == field_kind::secret || f->kind == field_kind::password || f->kind == field_kind::structure)
    return false;
  const auto* text = what.text();
  return what.is_null() || what.flag() || what.is_number() || (text && text->size() <= longest_value);
}

value of_body(const resource* about, const value& body) {
  value detail = value::object{};
  value::array names;
  value shown = value::object{};
  if (const auto* members = body.members())
    for (const auto& [name, what] : *members) {
      names.emplace_back(name);
      if (about && may_be_shown(find_field(*about, name), what))
        shown.set(name, what);
    }
  detail.set("fields", std::move(names));
  detail.set("values", std::move(shown));
  return detail;
}

value of_settings(const checked_settings& content) {
  value detail = value::object{};
  value::array names;
  if (const auto* members = content.content.members())
    for (const auto& [name, what] : *members)
      names.emplace_back(name);
  if (content.password)
    names.emplace_back("password");
  detail.set("fields", std::move(names));
  return detail;
}

struct describe {
  value operator()(const create_resource& r) const { return of_body(r.what, r.body); }
  value operator()(const update_resource& r) const { return of_body(r.what, r.body); }
  value operator()(const create_many& r) const { return one("rows", static_cast<std::int64_t>(r.rows.size())); }
  value operator()(const save_settings& r) const { return of_settings(r.content); }
  value operator()(const save_connection& r) const { return of_settings(r.content); }
  value operator()(const restore_backup& r) const { return one("fileName", r.file_name); }
  value operator()(const test_email& r) const { return one("to", r.to); }
  value operator()(const query_database& r) const { return one("sql", without_values(r.sql).substr(0, longest_query)); }
  /// Areas within the whole, and what needs no more words.
  template <class T> value operator()(const T& other) const {
    if constexpr (requires { std::variant_size<T>::value; })
      return std::visit(*this, other);
    else
      return value::object{};
  }

  static value one(std::string_view name, value what) {
    value detail = value::object{};
    detail.set(name, std::move(what));
    return detail;
  }
};

} // namespace

std::string without_values(std::string_view sql) {
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  std::size_t at = 0;
  const auto skip_to = [&](std::string_view end, std::size_t from) {
    const auto found = sql.find(end, from);
    at = found == std::string_view::npos ? sql.size() : found + end.size();
    out += '?';
  };
  /// `escapes`: a backslash takes the next character with it. A doubled quote is none.
  const auto skip_text = [&](bool escapes) {
    for (++at; at < sql.size(); ++at) {
      if (escapes && sql[at] == '\\')
        ++at;
      else if (sql[at] == '\'' && (at + 1 == sql.size() || sql[at + 1] != '\''))
        break;
      else if (sql[at] == '\'')
        ++at;
    }
    at = std::min(at + 1, sql.size());
    out += '?';
  };
  while (at < sql.size()) {
    const char c = sql[at];
    if (c == '\'') {
      skip_text(false);
    } else if (sql.substr(at, 2) == "--") {
      skip_to("\n", at);
    } else if (sql.substr(at, 2) == "/*") {
      // They may be nested: whatever comes after the first end is not the statement's any more where they are.
      const auto end = sql.find("*/", at + 2), inner = sql.find("/*", at + 2);
      if (end != std::string_view::npos && inner < end)
        at = sql.size(), out += '?';
      else
        skip_to("*/", at + 2);
    } else if (c == '$' && (at + 1 == sql.size() || !digit(sql[at + 1]))) {
      auto end = at + 1;
      while (end < sql.size() && (word(sql[end]) || digit(sql[end])))
        ++end;
      if (end < sql.size() && sql[end] == '$')
        skip_to(sql.substr(at, end - at + 1), end + 1);
      else
        out += sql[at++];
    } else if (word(c)) {
      const auto begin = at;
      while (at < sql.size() && (word(sql[at]) || digit(sql[at]) || sql[at] == '$'))
        ++at;
      const auto name = sql.substr(begin, at - begin);
      out += name;
      if (at < sql.size() && sql[at] == '\'' && (name == "e" || name == "E"))
        skip_text(true);
    } else if (digit(c)) {
      const auto begin = at;
      while (at < sql.size() && (digit(sql[at]) || sql[at] == '_' || sql[at] == '.'))
        ++at;
      out += at - begin >= 4 ? std::string_view{"?"} : sql.substr(begin, at - begin);
    } else {
      out += c;
      ++at;
    }
  }
  return out;
}

value audit_detail(const data_request& what) { return std::visit(describe{}, what); }

std::string audit_text(const value& detail) {
  auto text = to_json(detail);
  constexpr std::string_view nul = "\\u0000";
  for (auto at = text.find(nul); at != std::string::npos; at = text.find(nul, at))
    text.replace(at, nul.size(), "\\ufffd");
  return text;
}

bool worth_an_audit_line(std::string_view action) noexcept {
  constexpr std::array<std::string_view, 4> routine{"POST /campaigns/next-contact", "POST /contacts/{id}/lock", "POST /contacts/{id}/unlock",
                                                    "POST /system/ping"};
  return !action.empty() && std::find(routine.begin(), routine.end(), action) == routine.end();
}

} // namespace evs
