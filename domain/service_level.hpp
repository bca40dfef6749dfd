#pragma once
// Service level: the share of callers that were answered within the target.

#include "domain/time.hpp"

#include <cstdint>

namespace evs {

/// What one queue counted today. offered = answered + abandoned + given_up + removed + those in the line.
struct queue_counters {
  std::uint32_t offered = 0;
  std::uint32_t answered = 0;
  /// Of the answered: those who waited no longer than the target at that time.
  std::uint32_t answered_within = 0;
  /// Callers who hung up while they waited or while an agent's phone rang.
  std::uint32_t abandoned = 0;
  /// Callers whom we let go after the longest wait.
  std::uint32_t given_up = 0;
  /// Taken out of the line by somebody (API, overflow): neither good nor bad.
  std::uint32_t removed = 0;
  friend bool operator==(const queue_counters&, const queue_counters&) = default;
};

/// Counts an answer after `wait`.
void count_answer(queue_counters& counters, milliseconds wait, seconds target) noexcept;

/// Percent of answered + abandoned + given up that was answered within the target; 100 before the first.
double service_level(const queue_counters& counters) noexcept;

} // namespace evs
