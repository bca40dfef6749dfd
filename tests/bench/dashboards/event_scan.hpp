#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace evs::bench {

enum class mark_kind : std::uint8_t { new_call, call_hangup };

/// One of the two events that are timed.
struct call_mark {
  std::uint64_t index;
  mark_kind kind;
};

/// What one WebSocket message holds.
struct scanned {
  std::uint32_t events = 0;
  bool snapshot = false; ///< hello, resumed or reset: state, not an event
  bool reset = false;
  std::vector<call_mark> marks;
};

/// Reads a message of either door, one event or an array of events, looking only at "type" and payload "callId".
/// `prefix` is what the source's call ids begin with, the dot included. Expects valid JSON.
scanned scan_events(std::string_view message, std::string_view prefix);

} // namespace evs::bench
