#pragma once
// Durations and sizes as people write them: 200ms, 5s, 15m, 12h, 7d; 65536, 64KiB, 4MiB.

#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evs::config {

/// A whole number and its unit (ms, s, m, h, d), not negative; nullopt for anything else.
std::optional<milliseconds> parse_duration(std::string_view text);
/// Bytes: a whole number, alone or with B, KiB, MiB, GiB; nullopt for anything else.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that parse_duration reads back.
std::string duration_text(milliseconds value);

} // namespace evs::config
