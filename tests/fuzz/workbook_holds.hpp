#pragma once
// What must be true of the reader of workbooks (XLSX) for any bytes at all.

#include <cstdint>
#include <span>

namespace evs::fuzz {

/// The first byte chooses what the rest is: a whole file, or the XML of a sheet, of shared strings, of styles, of a workbook, of relations
/// (which a changed byte in a compressed file never reaches). Aborts the program when a limit is passed, a name leads out of the archive,
/// or a part that was read in pieces gives something else.
void check_workbook(std::span<const std::uint8_t> input);

} // namespace evs::fuzz
