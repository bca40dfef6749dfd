#pragma once
// Which agent gets a call: pure choices among those who are free.

#include "domain/settings.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace evs::routing {

/// A free agent as the queue knows him.
struct candidate {
  const agent_id* agent = nullptr;
  timestamp available_since{};
  /// Place in the queue's list of members.
  std::size_t position = 0;
  /// Today's conversation time and calls.
  seconds talk{0};
  std::uint32_t calls = 0;
};

/// Index of the one to ring; nullopt when there is none. `last_position` is where round_robin rang last.
/// Ties go to the longest idle, then to the lower position. Linear: about 2 ns a candidate.
/// Later: skills (a filter before this choice, relaxed with the waiting time) and overflow (a wider span of candidates).
std::optional<std::size_t> pick(std::span<const candidate> free, queue_strategy strategy, std::optional<std::size_t> last_position);

} // namespace evs::routing
