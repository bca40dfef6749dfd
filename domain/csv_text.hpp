#pragma once
// CSV for people's spreadsheet programs (RFC 4180, with what those programs make of it in mind).

#include <string>
#include <string_view>

namespace evs {

/// Appends one cell. It is quoted where it must be, and a text that a spreadsheet program would run as a formula (it begins with
/// = + - @ or a full-width form of these, a tab or a line's end) gets a leading apostrophe, international numbers like +33... too: see OWASP, "CSV injection".
void append_csv_cell(std::string& out, std::string_view text, char separator = ';');

/// Takes the apostrophe off again that append_csv_cell() put before a formula's sign.
std::string_view without_formula_guard(std::string_view cell) noexcept;

/// Marks a file as UTF-8 for spreadsheet programs.
inline constexpr std::string_view csv_byte_order_mark = "\xEF\xBB\xBF";

} // namespace evs
