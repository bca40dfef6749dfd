#include "domain/service_level.hpp"

namespace evs {

void count_answer(queue_counters& counters, milliseconds wait, seconds target) noexcept {
  ++counters.answered;
  if (wait <= target)
    ++counters.answered_within;
}

double service_level(const queue_counters& counters) noexcept {
  const double all = static_cast<double>(counters.answered) + counters.abandoned + counters.given_up;
  return all > 0 ? 100.0 * counters.answered_within / all : 100.0;
}

} // namespace evs
