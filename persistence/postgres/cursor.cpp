#include "persistence/postgres/cursor.hpp"

#include <charconv>

namespace evs::persistence::postgres {

namespace {

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

template <class Number> bool reads_as(const std::string& text) {
  Number read{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), read);
  return wrong == std::errc{} && end == text.data() + text.size();
}

bool fits(key_part part, const std::string& text) {
  switch (part) {
  case key_part::text: return true;
  case key_part::whole: return reads_as<std::int64_t>(text);
  case key_part::decimal: return text.find_first_not_of("-0123456789.") == std::string::npos && reads_as<double>(text);
  case key_part::moment:
    return text.size() == 27 && text.find_first_not_of("0123456789", 23) == 26 && from_iso8601(text.substr(0, 23) + "Z").has_value();
  }
  return false;
}

} // namespace

std::string make_cursor(const std::vector<std::string>& parts) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '.';
    for (const char c : parts[i]) {
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

result<parameters> read_cursor(const std::string& cursor, std::initializer_list<key_part> parts) {
  const failure wrong{errc::invalid_input, {}, {{"cursor", "Ce curseur ne vient pas de cette liste."}}};
  if (cursor.empty()) return parameters(parts.size());
  if (cursor.size() > 2000) return wrong;
  parameters out;
  std::string_view rest = cursor;
  for (const auto part : parts) {
    const auto dot = rest.find('.');
    const auto text = from_hex(rest.substr(0, dot));
    if ((dot == std::string_view::npos) != (out.size() + 1 == parts.size()) || !text || !fits(part, *text)) return wrong;
    out.emplace_back(clean_utf8(*text));
    if (dot != std::string_view::npos) rest.remove_prefix(dot + 1);
  }
  return out;
}

parameter filter_value(const list_query& query, std::string_view name) {
  for (const auto& [given, value] : query.filters)
    if (given == name && !value.empty()) return clean_utf8(value);
  return {};
}

data_answer page_of(rows found, std::size_t limit, std::size_t key_columns, bool paged) {
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  std::string items{"["};
  for (const auto& r : found) items += (items.size() > 1 ? "," : "") + r.text(0);
  items += ']';
  data_answer out;
  if (!paged) {
    out.json = std::move(items);
    return out;
  }
  std::vector<std::string> key;
  for (std::size_t i = 1; more && !found.empty() && i <= key_columns; ++i) key.push_back(found.back().text(i));
  out.json = "{\"items\":" + items + ",\"nextCursor\":" + (key.empty() ? std::string{"null"} : '"' + make_cursor(key) + '"') + '}';
  return out;
}

} // namespace evs::persistence::postgres
