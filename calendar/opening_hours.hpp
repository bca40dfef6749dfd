#pragma once
// Weekly hours in wall time: when a campaign may call, when a line is open.

#include "calendar/zone.hpp"
#include "domain/error.hpp"
#include "domain/value.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace evs::calendar {

/// From `opens` on, up to and without `closes`; closes <= opens: goes on past midnight. The same twice: never.
struct opening {
  std::chrono::weekday day;
  std::chrono::minutes opens{0};
  /// 24 h: midnight at the end of the day.
  std::chrono::minutes closes{0};
  friend bool operator==(const opening&, const opening&) = default;
};

/// Without restriction (nothing was said), or open in these hours and no other.
struct opening_hours {
  bool always = true;
  std::vector<opening> week;
  friend bool operator==(const opening_hours&, const opening_hours&) = default;
};

/// A campaign's `schedule`: [{dayOfWeek, active, startTime "HH:MM", endTime "HH:MM"}], dayOfWeek 1 (Monday) to 7, 0 being Sunday too, or a day's name;
/// a day may occur more than once. An empty list restricts nothing; a list without an active day is never open.
result<opening_hours> read_schedule(const value& schedule);

/// By what the clock on the wall shows at `t`: an hour that comes twice in autumn is open twice, a skipped one not at all.
bool open_at(const opening_hours& hours, const zone& where, timestamp t);

/// `t` when it is open then, else the next instant at which it is; nothing when it never opens.
std::optional<timestamp> next_opening(const opening_hours& hours, const zone& where, timestamp t);

/// The first instant after `t`, within eight days, at which it is closed; `t` when it is closed then; nothing when it doesn't close.
std::optional<timestamp> next_closing(const opening_hours& hours, const zone& where, timestamp t);

} // namespace evs::calendar
