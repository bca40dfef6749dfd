#include "domain/routing.hpp"

#include <tuple>

namespace evs::routing {

namespace {

/// Whether a goes before b.
bool before(const candidate& a, const candidate& b, queue_strategy strategy, std::size_t first_position) {
  switch (strategy) {
    case queue_strategy::longest_idle: break;
    case queue_strategy::least_talk:
      if (a.talk != b.talk)
        return a.talk < b.talk;
      break;
    case queue_strategy::fewest_calls:
      if (a.calls != b.calls)
        return a.calls < b.calls;
      break;
    case queue_strategy::round_robin: {
      // Positions from the one after the last, around the list.
      const bool a_wraps = a.position < first_position, b_wraps = b.position < first_position;
      return std::tie(a_wraps, a.position) < std::tie(b_wraps, b.position);
    }
    case queue_strategy::top_down: return a.position < b.position;
  }
  return std::tie(a.available_since, a.position) < std::tie(b.available_since, b.position);
}

} // namespace

std::optional<std::size_t> pick(std::span<const candidate> free, queue_strategy strategy, std::optional<std::size_t> last_position) {
  if (free.empty())
    return std::nullopt;
  const std::size_t first_position = last_position ? *last_position + 1 : 0;
  std::size_t best = 0;
  for (std::size_t i = 1; i < free.size(); ++i)
    if (before(free[i], free[best], strategy, first_position))
      best = i;
  return best;
}

} // namespace evs::routing
