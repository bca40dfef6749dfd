#include "calendar/day.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace {

using namespace evs;
using namespace evs::calendar;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }

TEST(Day, IsThatOfTheZone) {
  EXPECT_EQ(day_of(at("2026-11-22T22:59:59Z"), "Europe/Paris"), "2026-11-22");
  EXPECT_EQ(day_of(at("2026-11-22T23:00:00Z"), "Europe/Paris"), "2026-11-23");
  EXPECT_EQ(day_of(at("2026-11-22T23:00:00Z"), "Indian/Reunion"), "2026-11-23");
  EXPECT_EQ(day_of(at("2026-11-23T03:59:59Z"), "America/Martinique"), "2026-11-22");
  EXPECT_EQ(start_of_day(at("2026-11-22T12:00:00Z"), "Europe/Paris"), at("2026-11-21T23:00:00Z"));
  EXPECT_EQ(start_of_day(at("2026-07-22T12:00:00Z"), "Europe/Paris"), at("2026-07-21T22:00:00Z"));
  EXPECT_EQ(start_of_day(at("2026-11-22T03:00:00Z"), "America/Martinique"), at("2026-11-21T04:00:00Z"));
}

TEST(Day, HasTwentyFiveHoursWhenTheClocksGoBack) {
  EXPECT_EQ(start_of_day(at("2026-10-25T22:30:00Z"), "Europe/Paris"), at("2026-10-24T22:00:00Z"));
  EXPECT_EQ(start_of_day(at("2026-10-25T23:00:00Z"), "Europe/Paris"), at("2026-10-25T23:00:00Z"));
}

TEST(Day, OfNoZoneIsThatOfTheMachine) {
  for (const char* zone : {"", "Europe/Nowhere"}) {
    const auto noon = at("2026-11-22T12:00:00Z");
    const auto s = std::chrono::system_clock::to_time_t(noon);
    char text[16];
    std::tm tm{};
    localtime_r(&s, &tm);
    std::strftime(text, sizeof text, "%F", &tm);
    EXPECT_EQ(day_of(noon, zone), text);
    const auto start = start_of_day(noon, zone);
    EXPECT_EQ(day_of(start, zone), text);
    EXPECT_NE(day_of(start - milliseconds{1}, zone), text);
  }
}

} // namespace
