#pragma once
// The body of a planning event, checked: who does what, from when to when, how often.

#include "calendar/recurrence.hpp"
#include "domain/error.hpp"
#include "domain/value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace evs::calendar {

/// What a body says; what it leaves out is absent.
struct planning_draft {
  std::string id;
  std::optional<std::string> agent;
  /// "" is "none", here and below.
  std::optional<std::string> activity;
  std::optional<std::string> site;
  std::optional<std::string> rule;
  std::optional<std::string> zone;
  std::optional<timestamp> start;
  std::optional<timestamp> end;
};

/// Older clients send these bodies: unknown fields are ignored. For a creation start and end must be there.
result<planning_draft> read_planning_event(const value& body, bool creation);

/// The event as a whole: the end after the start, an event of a rule no longer than a week, a single one no longer than 400 days, a rule
/// that has an occurrence at all. The end of its last occurrence is what it answers; nothing: endless.
result<std::optional<timestamp>> check_planning(const span& first, const std::string& rule, const zone& where);

/// Ids of users and groups in `targetIds`, each once; empty when there is no such member.
result<std::vector<std::string>> read_targets(const value& body);

/// "2026-10-25" (its first instant in UTC), or an ISO 8601 instant with "Z" or an offset.
std::optional<timestamp> read_instant(std::string_view text);

} // namespace evs::calendar
