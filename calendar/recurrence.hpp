#pragma once
// Recurrence rules (RFC 5545, 3.3.10) in wall time: an event keeps its hours over every change of the clocks.

#include "calendar/zone.hpp"
#include "domain/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::calendar {

/// From `start` on, up to and without `end`.
struct span {
  timestamp start{};
  timestamp end{};
  friend bool operator==(const span&, const span&) = default;
};

/// Occurrences that an expansion looks at, at most: 50 years of days.
inline constexpr std::size_t longest_search = 20'000;

/// The rule as it is kept: without the leading "RRULE:", upper case. Daily, weekly, monthly or yearly, with UNTIL or COUNT or
/// without end; anything else is refused with a sentence that says why. BYHOUR and finer are refused: the event says the hours.
result<std::string> check_rule(std::string_view text);

/// Occurrences of an event that first takes place at `first` and touch [from, to), in order, `most` at most. Each has the
/// wall-clock length of the first. A rule that check_rule() refuses has none.
std::vector<span> occurrences(const std::string& rule, const span& first, const zone& where, timestamp from,
                              timestamp to, std::size_t most);

/// The first and the last occurrence; `last` is empty when there is no end in sight (endless, or beyond `longest_search`).
struct extent {
  span first;
  std::optional<span> last;
};
/// Nothing when the rule has no occurrence at all.
std::optional<extent> extent_of(const std::string& rule, const span& first, const zone& where);

} // namespace evs::calendar
