#pragma once
// The planning of agents and their callbacks.

#include "domain/requests/common.hpp"
#include "domain/time.hpp"
#include "domain/value.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evs {

/// Events that touch [from, to); a repeated one once, with its occurrences in it. Without both: every event, nothing expanded.
/// An Agent gets his own, whatever he asks for.
struct list_planning {
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  /// Filters: agentId, siteId, activityId.
  list_query query;
};
struct read_planning {
  std::string id;
};
/// `body`: {eventData, targetIds}, or an event. One event an agent; groups stand for their members.
struct create_planning {
  value body;
};
/// What is absent stays.
struct update_planning {
  std::string id;
  value body;
};
struct remove_planning {
  std::vector<std::string> ids;
  /// All must be there; otherwise those that are there are removed.
  bool one = false;
};
/// Everything that the caller may change.
struct clear_planning {};

using planning_request =
    std::variant<list_planning, read_planning, create_planning, update_planning, remove_planning, clear_planning>;

} // namespace evs
