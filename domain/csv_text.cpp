#include "domain/csv_text.hpp"

namespace evs {

namespace {

bool begins_formula(std::string_view text) noexcept {
  if (!text.empty() && std::string_view{"=+-@\t\r\n"}.find(text.front()) != std::string_view::npos) return true;
  // The full-width forms, which East Asian editions of spreadsheet programs take for the same.
  for (const std::string_view wide : {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"})
    if (text.starts_with(wide)) return true;
  return false;
}

} // namespace

void append_csv_cell(std::string& out, std::string_view text, char separator) {
  const bool guarded = begins_formula(text);
  const char special[] = {separator, '"', '\r', '\n', '\t', '\0'};
  if (text.find_first_of(special) == std::string_view::npos) {
    if (guarded)
      out += '\'';
    out += text;
    return;
  }
  out += '"';
  if (guarded)
    out += '\'';
  for (char c : text) {
    if (c == '"')
      out += '"';
    out += c;
  }
  out += '"';
}

std::string_view without_formula_guard(std::string_view cell) noexcept {
  if (cell.size() > 1 && cell.front() == '\'' && begins_formula(cell.substr(1)))
    cell.remove_prefix(1);
  return cell;
}

} // namespace evs
