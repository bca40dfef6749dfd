#include "calendar/day.hpp"

#include "calendar/zone.hpp"

#include <cstdio>
#include <ctime>

namespace evs::calendar {

namespace {

std::tm on_this_machine(timestamp t) {
  const auto s = std::chrono::system_clock::to_time_t(t);
  std::tm tm{};
  localtime_r(&s, &tm);
  return tm;
}

} // namespace

std::string day_of(timestamp t, const std::string& zone) {
  char text[32];
  if (const auto place = zone::find(zone)) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(place->wall(t))};
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  } else {
    const auto tm = on_this_machine(t);
    std::strftime(text, sizeof text, "%F", &tm);
  }
  return text;
}

timestamp start_of_day(timestamp t, const std::string& zone) {
  if (const auto place = zone::find(zone))
    return place->instant(std::chrono::floor<std::chrono::days>(place->wall(t)));
  auto tm = on_this_machine(t);
  tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
  tm.tm_isdst = -1;
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::from_time_t(mktime(&tm)));
}

} // namespace evs::calendar
