#pragma once
// Ids of stream entries: "<epoch>-<offset>". The epoch is the moment (ms) at which it began; offset 0 is its marker.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evs::persistence {

struct stream_id {
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const stream_id&, const stream_id&) = default;
};

/// nullopt for anything but two decimal numbers of 64 bits with a hyphen between them.
std::optional<stream_id> parse_stream_id(std::string_view text);
std::string to_string(const stream_id& id);

} // namespace evs::persistence
