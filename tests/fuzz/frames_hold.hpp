#pragma once
// What must be true of the manager interface's reader for any bytes at all.

#include <cstdint>
#include <span>

namespace evs::fuzz {

/// Parses the bytes whole, in pieces and under tight bounds, and translates every frame; aborts the program when the frames differ or
/// a bound is broken. The first byte chooses the size of the pieces.
void check_reader(std::span<const std::uint8_t> input);

} // namespace evs::fuzz
