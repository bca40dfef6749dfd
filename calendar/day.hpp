#pragma once
// Days as the clocks of a place show them.

#include "domain/time.hpp"

#include <string>

namespace evs::calendar {

/// The day of an instant in a time zone, "2026-11-22". A zone that is empty or not known: this machine's.
std::string day_of(timestamp t, const std::string& zone);
/// When that day began.
timestamp start_of_day(timestamp t, const std::string& zone);

} // namespace evs::calendar
