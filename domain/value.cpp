#include "domain/value.hpp"

#include <charconv>
#include <cmath>

namespace evs {

namespace {

void append_text(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u == 0x7f) {
      out += "\\u00";
      out += digits[u >> 4];
      out += digits[u & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

} // namespace

double value::number() const noexcept {
  if (auto* whole = std::get_if<std::int64_t>(&content_))
    return static_cast<double>(*whole);
  auto* real = std::get_if<double>(&content_);
  return real ? *real : 0;
}

const value* value::find(std::string_view name) const noexcept {
  if (auto* all = members())
    for (const auto& [key, what] : *all)
      if (key == name)
        return &what;
  return nullptr;
}

void value::set(std::string_view name, value what) {
  if (!members())
    content_ = object{};
  for (auto& [key, old] : *members())
    if (key == name) {
      old = std::move(what);
      return;
    }
  members()->emplace_back(std::string{name}, std::move(what));
}

void value::remove(std::string_view name) {
  if (auto* all = members())
    std::erase_if(*all, [&](const auto& member) { return member.first == name; });
}

void append_json(std::string& out, const value& what) {
  if (what.is_null()) {
    out += "null";
  } else if (auto* flag = what.flag()) {
    out += *flag ? "true" : "false";
  } else if (auto* whole = what.integer()) {
    out += std::to_string(*whole);
  } else if (auto* text = what.text()) {
    append_text(out, *text);
  } else if (auto* list = what.list()) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0)
        out += ',';
      append_json(out, (*list)[i]);
    }
    out += ']';
  } else if (auto* members = what.members()) {
    out += '{';
    for (std::size_t i = 0; i < members->size(); ++i) {
      if (i > 0)
        out += ',';
      append_text(out, (*members)[i].first);
      out += ':';
      append_json(out, (*members)[i].second);
    }
    out += '}';
  } else if (std::isfinite(what.number())) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, what.number()).ptr;
    out.append(digits, end);
  } else {
    out += "null";
  }
}

std::string to_json(const value& what) {
  std::string out;
  append_json(out, what);
  return out;
}

} // namespace evs
