#pragma once
// What must be true of the reader of CSV lists for any bytes at all.

#include <cstdint>
#include <span>

namespace evs::fuzz {

/// Finds out the encoding and the separator of the bytes and reads them, whole and in pieces; aborts the program when the two differ, a
/// cell is no UTF-8, a line comes before an earlier one, a limit is passed, or what is written as CSV again does not read as the same.
/// The first byte chooses the size of the pieces.
void check_csv(std::span<const std::uint8_t> input);

} // namespace evs::fuzz
