#pragma once
// Time is always an argument: nothing in domain/ reads a clock.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace evs {

using milliseconds = std::chrono::milliseconds;
using seconds = std::chrono::seconds;
/// Wall-clock time, UTC, in milliseconds.
using timestamp = std::chrono::time_point<std::chrono::system_clock, milliseconds>;

/// ISO 8601 in UTC with milliseconds: "2026-11-22T07:57:37.123Z".
std::string to_iso8601(timestamp t);

/// Reads what to_iso8601 writes (milliseconds optional, "Z" or "+00:00" only); nullopt for anything else.
std::optional<timestamp> from_iso8601(std::string_view text);

/// Whole seconds from a to b, never negative.
inline seconds whole_seconds(timestamp a, timestamp b) {
  return b > a ? std::chrono::duration_cast<seconds>(b - a) : seconds{0};
}

} // namespace evs
