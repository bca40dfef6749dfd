#pragma once
// What must be true of the form reader for any bytes at all.

#include <cstdint>
#include <span>

namespace evs::fuzz {

/// Reads the bytes as a form with the boundary "b", whole and in pieces; aborts the program when the two differ, a part lies outside of
/// the body or across a boundary, a limit is passed, or a file name could be a path. The first byte chooses the size of the pieces.
void check_form(std::span<const std::uint8_t> input);

} // namespace evs::fuzz
