#pragma once
// What must be true of bodies in JSON for any bytes at all.

#include <cstdint>
#include <span>

namespace evs::fuzz {

/// Reads the bytes as a request's body and as one of each resource of the catalogue (the first byte chooses which). Aborts the program
/// when the reader takes what Boost.JSON does not or loses something of it, a limit is passed, a refusal names nothing, or what a
/// resource takes is outside of what its fields allow or is not taken a second time.
void check_json(std::span<const std::uint8_t> input);

} // namespace evs::fuzz
