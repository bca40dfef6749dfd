#include "tests/fuzz/json_holds.hpp"

#include "domain/catalogue.hpp"
#include "domain/value.hpp"
#include "transport/web/json_body.hpp"
#include "transport/web/json_value.hpp"
#include "transport/web/utf8.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

namespace evs::fuzz {

namespace {

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool is_text(std::string_view text) { return web::is_utf8(text) && text.find('\0') == std::string_view::npos; }

/// What a value may hold, whatever it is for.
void check_value(const value& what, std::size_t depth) {
  must(depth <= 32, "no deeper than the limit");
  if (auto* text = what.text()) must(is_text(*text), "texts are UTF-8 without NUL");
  if (what.is_number()) must(std::isfinite(what.number()), "numbers are finite");
  if (auto* list = what.list())
    for (const auto& each : *list) check_value(each, depth + 1);
  if (auto* members = what.members()) {
    std::set<std::string_view> names;
    for (const auto& [name, each] : *members) {
      must(is_text(name), "names are UTF-8 without NUL");
      must(names.insert(name).second, "a name is there once");
      check_value(each, depth + 1);
    }
  }
}

/// The same as another reader found; its numbers may be off by the last digit.
bool same(const value& ours, const boost::json::value& theirs) {
  switch (theirs.kind()) {
  case boost::json::kind::null: return ours.is_null();
  case boost::json::kind::bool_: return ours.flag() && *ours.flag() == theirs.get_bool();
  case boost::json::kind::int64:
    return ours.integer() ? *ours.integer() == theirs.get_int64()
                          : ours.is_number() && ours.number() == static_cast<double>(theirs.get_int64());
  case boost::json::kind::uint64: return ours.is_number() && ours.number() == static_cast<double>(theirs.get_uint64());
  case boost::json::kind::double_: {
    const double wanted = theirs.get_double();
    // Theirs multiplies by a power of ten, which is rough where that power is near the ends of what a double holds; ours is exact.
    if (!std::isfinite(wanted)) return ours.is_number() && std::isfinite(ours.number());
    return ours.is_number() && std::abs(ours.number() - wanted) <= std::abs(wanted) * 1e-14 + 1e-290;
  }
  case boost::json::kind::string: return ours.text() && *ours.text() == std::string_view{theirs.get_string()};
  case boost::json::kind::array: {
    const auto& all = theirs.get_array();
    return ours.list() && ours.list()->size() == all.size() &&
           std::equal(ours.list()->begin(), ours.list()->end(), all.begin(), [](const auto& a, const auto& b) { return same(a, b); });
  }
  case boost::json::kind::object: break;
  }
  const auto& all = theirs.get_object();
  if (!ours.members() || ours.members()->size() != all.size()) return false;
  return std::all_of(ours.members()->begin(), ours.members()->end(), [&](const auto& member) {
    const auto* found = all.if_contains(member.first);
    return found && same(member.second, *found);
  });
}

void check_refusal(const failure& why, const value* body = nullptr) {
  must(why.code == errc::invalid_input, "a refusal is about the input");
  must(!why.detail.empty() || !why.fields.empty(), "a refusal says why");
  must(is_text(why.detail), "a refusal's sentence is text");
  for (const auto& [path, sentence] : why.fields) {
    must(!path.empty() || (body && body->find("")), "a refusal names the place");
    must(!sentence.empty() && web::is_utf8(path) && is_text(sentence), "a refusal is a sentence");
  }
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool has_control(const std::string& text, bool lines) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && !(lines && (c == '\n' || c == '\r' || c == '\t'))) || c == 0x7f;
  });
}

bool within(const value& what, const field& f) {
  return what.number() >= f.lowest && what.number() <= f.highest;
}

void check_field(const value& what, const field& f) {
  if (what.is_null()) return must(f.nullable || f.kind == field_kind::reference, "null where null may be");
  auto* text = what.text();
  switch (f.kind) {
  case field_kind::text:
  case field_kind::secret:
    must(text && characters(*text) <= static_cast<std::size_t>(f.highest), "a text is short enough");
    must(!has_control(*text, f.name == "description"), "a text has no control characters");
    must(!f.required || !text->empty(), "what must be there is not empty");
    return;
  case field_kind::password: return must(text && characters(*text) >= static_cast<std::size_t>(f.lowest) && characters(*text) <= static_cast<std::size_t>(f.highest), "a password keeps its limits");
  case field_kind::flag: return must(what.flag() != nullptr, "a flag is a flag");
  case field_kind::whole: return must(what.integer() && within(what, f), "a whole number keeps its bounds");
  case field_kind::decimal: return must(what.is_number() && within(what, f), "a number keeps its bounds");
  case field_kind::choice: return must(text && std::find(f.choices.begin(), f.choices.end(), *text) != f.choices.end(), "one of the choices");
  case field_kind::reference: return must(text && valid_id(*text), "a reference is an id");
  case field_kind::texts:
  case field_kind::wholes:
  case field_kind::references:
    must(what.list() && what.list()->size() <= (f.kind == field_kind::references ? 10'000 : f.highest_count), "a list keeps its length");
    for (const auto& each : *what.list()) {
      if (f.kind == field_kind::wholes) must(each.integer() != nullptr, "a list of numbers");
      else if (f.kind == field_kind::references) must(each.text() && valid_id(*each.text()), "a list of ids");
      else must(each.text() && !has_control(*each.text(), false) && characters(*each.text()) <= static_cast<std::size_t>(f.highest), "a list of texts");
    }
    return;
  case field_kind::structure: return must(what.list() || what.members(), "a structure is one");
  case field_kind::computed: break;
  }
  must(false, "what the server makes is not taken");
}

void check_resource(const resource& what, const value& body, occasion when) {
  const auto kept = check_body(what, body, when);
  if (!kept) return check_refusal(kept.error(), &body);
  must(kept->members() != nullptr, "what is kept is an object");
  for (const auto& [name, each] : *kept->members()) {
    if (name == "id") {
      must(when == occasion::creation && each.text() && valid_id(*each.text()), "an id has an id's form");
      continue;
    }
    const auto* f = find_field(what, name);
    must(f != nullptr, "only fields of the catalogue are kept");
    check_field(each, *f);
  }
  if (when == occasion::creation)
    for (const auto& f : what.fields) must(!f.required || kept->find(f.name), "what must be there is there");
  check_value(*kept, 0);
  const auto again = check_body(what, *kept, when);
  must(again.ok() && *again == *kept, "what was taken is taken again, as it is");
}

/// The reader of the few bodies that are read field by field agrees.
void check_small_body(std::string_view text, const result<value>& read) {
  web::json_body body{text, web::unknown_fields::ignored};
  const auto name = body.optional_text("name", 100);
  const auto wrong = body.problem();
  must(name.size() <= 100 && is_text(name), "a text that was read keeps its limit");
  if (wrong) check_refusal(*wrong);
  must(wrong || (read && read->members()), "only objects are bodies");
  const auto* member = read ? read->find("name") : nullptr;
  must(wrong || !member || member->is_null() || *member->text() == name, "both readers read the same");
}

} // namespace

void check_json(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::string_view text{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
  const auto read = web::read_json(text);
  boost::json::error_code ec;
  boost::json::parse_options limits;
  limits.max_depth = 32;
  const auto theirs = boost::json::parse(text.empty() ? std::string_view{"{}"} : text, ec, {}, limits);
  check_small_body(text, read);
  if (!read) return check_refusal(read.error());
  must(!ec, "nothing is taken that is no JSON");
  check_value(*read, 0);
  must(same(*read, theirs), "nothing is lost");
  const auto written = to_json(*read);
  const auto again = web::read_json(written);
  must(again.ok() && to_json(*again) == written, "what is written reads as the same");
  const auto& all = catalogue();
  const auto& what = all[(input[0] >> 1) % all.size()];
  check_resource(what, *read, input[0] % 2 == 0 ? occasion::creation : occasion::change);
}

} // namespace evs::fuzz
