#include "persistence/postgres/cursor.hpp"

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

std::optional<parameters> read_cursor(const std::string& cursor, std::size_t parts) {
  if (cursor.empty()) return parameters(parts);
  if (cursor.size() > 2000) return std::nullopt;
  parameters out;
  std::string_view rest = cursor;
  for (std::size_t i = 0; i < parts; ++i) {
    const auto dot = rest.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == parts)) return std::nullopt;
    auto part = from_hex(rest.substr(0, dot));
    if (!part) return std::nullopt;
    out.emplace_back(clean_utf8(*part));
    if (dot != std::string_view::npos) rest.remove_prefix(dot + 1);
  }
  return out;
}

failure wrong_cursor() { return {errc::invalid_input, {}, {{"cursor", "Ce curseur ne vient pas de cette liste."}}}; }

parameter filter_value(const list_query& query, std::string_view name) {
  for (const auto& [given, value] : query.filters)
    if (given == name && !value.empty()) return clean_utf8(value);
  return {};
}

} // namespace evs::persistence::postgres
