#include "calendar/opening_hours.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evs;
using namespace evs::calendar;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }
zone paris() { return *zone::find("Europe/Paris"); }
zone new_york() { return *zone::find("America/New_York"); }

value entry(int day, const char* from, const char* until, bool active = true) {
  return value::object{{"dayOfWeek", day}, {"active", active}, {"startTime", from}, {"endTime", until}};
}

/// French hours for calls: Monday to Friday, 10-13 and 14-20.
opening_hours french() {
  value::array days;
  for (int day = 1; day <= 5; ++day) {
    days.push_back(entry(day, "10:00", "13:00"));
    days.push_back(entry(day, "14:00", "20:00"));
  }
  days.push_back(entry(6, "10:00", "13:00", false));
  return read_schedule(days).value();
}

opening_hours only(int day, const char* from, const char* until) {
  return read_schedule(value::array{entry(day, from, until)}).value();
}

std::string next(const opening_hours& hours, const zone& where, const char* t) {
  auto found = next_opening(hours, where, at(t));
  return found ? to_iso8601(*found).substr(0, 16) : "never";
}

TEST(OpeningHours, AreReadFromASchedule) {
  EXPECT_TRUE(read_schedule(value{}).value().always);
  EXPECT_TRUE(read_schedule(value::array{}).value().always);
  EXPECT_EQ(french().week.size(), 10u);
  EXPECT_EQ(only(7, "00:00", "24:00"), only(0, "00:00", "24:00")) << "Sunday has two numbers";
  for (const char* monday : {"mon", "Monday", "LUNDI"})
    EXPECT_EQ(
        read_schedule(value::array{value::object{{"dayOfWeek", monday}, {"startTime", "09:00"}, {"endTime", "10:00"}}})
            .value(),
        only(1, "09:00", "10:00"));
  const auto wrong = read_schedule(value::array{entry(9, "9:00", "25:00")});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields.size(), 3u);
  EXPECT_TRUE(wrong.error().fields.contains("schedule[0].endTime"));
  EXPECT_FALSE(read_schedule(value{"always"}));
  EXPECT_FALSE(read_schedule(value::array{value{"monday"}}));
}

TEST(OpeningHours, AreThoseOfTheWallInSummerAndWinter) {
  // Friday 27 March and Monday 30 March 2026, the clocks change between.
  EXPECT_FALSE(open_at(french(), paris(), at("2026-03-27T08:59:59Z")));
  EXPECT_TRUE(open_at(french(), paris(), at("2026-03-27T09:00:00Z")));
  EXPECT_TRUE(open_at(french(), paris(), at("2026-03-27T11:59:59Z")));
  EXPECT_FALSE(open_at(french(), paris(), at("2026-03-27T12:00:00Z")));
  EXPECT_TRUE(open_at(french(), paris(), at("2026-03-27T18:59:59Z")));
  EXPECT_FALSE(open_at(french(), paris(), at("2026-03-27T19:00:00Z")));
  EXPECT_TRUE(open_at(french(), paris(), at("2026-03-30T08:00:00Z")));
  EXPECT_FALSE(open_at(french(), paris(), at("2026-03-30T18:00:00Z")));
  EXPECT_FALSE(open_at(french(), paris(), at("2026-03-28T10:00:00Z"))) << "an inactive day";
}

TEST(OpeningHours, NextOpeningOverTheChangeOfTheClocks) {
  EXPECT_EQ(next(french(), paris(), "2026-03-27T19:00:00Z"), "2026-03-30T08:00")
      << "Monday 10:00 is an hour earlier in UTC";
  EXPECT_EQ(next(french(), paris(), "2026-10-23T18:00:00Z"), "2026-10-26T09:00");
  EXPECT_EQ(next(french(), paris(), "2026-03-27T12:30:00Z"), "2026-03-27T13:00");
  EXPECT_EQ(next(french(), paris(), "2026-03-27T10:00:00Z"), "2026-03-27T10:00") << "open already";
  EXPECT_EQ(next(french(), new_york(), "2026-03-06T20:00:00Z"), "2026-03-06T20:00");
  EXPECT_EQ(next(french(), new_york(), "2026-03-07T02:00:00Z"), "2026-03-09T14:00") << "America changed on 8 March";
  EXPECT_EQ(next(french(), new_york(), "2026-10-31T02:00:00Z"), "2026-11-02T15:00");
}

TEST(OpeningHours, ASkippedHourIsNotOpen) {
  const auto night = only(7, "02:00", "03:00");
  EXPECT_EQ(next(night, paris(), "2026-03-28T12:00:00Z"), "2026-04-05T00:00") << "29 March has no such hour";
  EXPECT_EQ(next(night, new_york(), "2026-03-07T12:00:00Z"), "2026-03-15T06:00") << "nor has 8 March in New York";
  EXPECT_EQ(next(only(7, "02:30", "05:00"), paris(), "2026-03-28T12:00:00Z"), "2026-03-29T01:00")
      << "03:00 follows 01:59";
}

TEST(OpeningHours, AnHourThatComesTwiceIsOpenTwice) {
  const auto night = only(7, "02:00", "02:30");
  EXPECT_TRUE(open_at(night, paris(), at("2026-10-25T00:15:00Z")));
  EXPECT_FALSE(open_at(night, paris(), at("2026-10-25T00:45:00Z")));
  EXPECT_TRUE(open_at(night, paris(), at("2026-10-25T01:15:00Z")));
  EXPECT_EQ(next(night, paris(), "2026-10-25T00:30:00Z"), "2026-10-25T01:00");
  EXPECT_EQ(next(only(7, "01:30", "02:30"), paris(), "2026-10-25T00:30:00Z"), "2026-10-25T01:00")
      << "02:00 comes again";
}

TEST(OpeningHours, GoPastMidnight) {
  const auto night = only(5, "22:00", "02:00");
  EXPECT_TRUE(open_at(night, paris(), at("2026-06-05T20:00:00Z")));
  EXPECT_TRUE(open_at(night, paris(), at("2026-06-05T23:59:00Z")));
  EXPECT_FALSE(open_at(night, paris(), at("2026-06-06T00:00:00Z")));
  EXPECT_FALSE(open_at(night, paris(), at("2026-06-05T00:00:00Z")));
  EXPECT_EQ(next_closing(night, paris(), at("2026-06-05T21:00:00Z")), at("2026-06-06T00:00:00Z"));
}

TEST(OpeningHours, CloseAndNeverOpen) {
  EXPECT_EQ(next_closing(french(), paris(), at("2026-03-27T10:00:00Z")), at("2026-03-27T12:00:00Z"));
  EXPECT_EQ(next_closing(french(), paris(), at("2026-03-27T12:30:00Z")), at("2026-03-27T12:30:00Z"));
  EXPECT_FALSE(next_closing(opening_hours{}, paris(), at("2026-03-27T12:30:00Z")));
  EXPECT_EQ(next(opening_hours{}, paris(), "2026-03-28T03:00:00Z"), "2026-03-28T03:00");
  EXPECT_EQ(
      next(read_schedule(value::array{entry(1, "09:00", "17:00", false)}).value(), paris(), "2026-03-27T10:00:00Z"),
      "never");
  EXPECT_EQ(next(only(1, "09:00", "09:00"), paris(), "2026-03-27T10:00:00Z"), "never");
  value::array all;
  for (int day = 1; day <= 7; ++day) all.push_back(entry(day, "00:00", "24:00"));
  EXPECT_FALSE(next_closing(read_schedule(all).value(), paris(), at("2026-03-27T10:00:00Z")));
}

/// What is found is the first instant: every minute of a year of changes agrees with a minute-by-minute search.
TEST(OpeningHours, NextOpeningIsTheFirst) {
  for (const auto& where : {paris(), new_york()})
    for (const auto& hours : {french(), only(7, "01:30", "02:30"), only(6, "23:00", "03:30")})
      for (const char* around :
           {"2026-03-08T00:00:00Z", "2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z", "2026-11-01T00:00:00Z"}) {
        const auto begin = at(around) - std::chrono::hours{36};
        std::optional<timestamp> open;
        for (auto t = begin + std::chrono::hours{84}; t >= begin; t -= std::chrono::minutes{15}) {
          if (open_at(hours, where, t)) open = t;
          if (!open) continue;
          EXPECT_EQ(next_opening(hours, where, t), open) << where.name() << " " << to_iso8601(t);
        }
      }
}

} // namespace
