#pragma once
// What the numbers of a workbook mean to the person who sees them: dates, codes with leading zeros, plain numbers.

#include <cstdint>
#include <string>
#include <string_view>

namespace evs::imports {

/// How a cell shows its number.
struct cell_format {
  enum class kind : std::uint8_t { plain, date, time, date_and_time };
  kind shown = kind::plain;
  /// Format "00000": at least so many digits.
  unsigned digits = 0;
};

/// A format's text, such as "dd/mm/yyyy" or "00000" (ECMA-376 part 1, 18.8.31). Only the part for positive numbers counts.
cell_format read_format(std::string_view code);
/// The formats that have a number and no text (18.8.30).
cell_format builtin_format(unsigned id) noexcept;

/// A number as text: dates as 2026-11-22, times as 18:30:00, both with a space between; numbers without exponent and grouping.
/// `since_1904`: the workbook counts its days from 1904-01-01.
std::string show_number(std::string_view raw, const cell_format& as, bool since_1904);

} // namespace evs::imports
