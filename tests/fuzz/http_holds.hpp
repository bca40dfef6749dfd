#pragma once
// What must be true of the HTTP door for any bytes at all.

#include <cstdint>
#include <span>

namespace evs::fuzz {

/// Sends the bytes to a connection of the door, with every route of the program and a backend in memory, once whole and once in pieces
/// ("{token}" stands for a valid access token of a SuperAdmin); or gives them to the readers of queries, cookies, ranges and names. The
/// first byte chooses. Aborts the program when an answer is no HTTP, has a status of 5xx or no reason, when pieces make a difference, a
/// connection does not end, or something reaches the data that is not text or passes a limit.
void check_http(std::span<const std::uint8_t> input);

} // namespace evs::fuzz
