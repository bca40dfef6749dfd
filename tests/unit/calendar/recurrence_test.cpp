#include "calendar/recurrence.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evs;
using namespace evs::calendar;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }
span from_to(const char* start, const char* end) { return {at(start), at(end)}; }
zone paris() { return *zone::find("Europe/Paris"); }
zone new_york() { return *zone::find("America/New_York"); }

std::vector<std::string> starts(const std::vector<span>& all) {
  std::vector<std::string> out;
  for (const auto& s : all) out.push_back(to_iso8601(s.start).substr(0, 16));
  return out;
}

TEST(Recurrence, RulesAreChecked) {
  EXPECT_EQ(check_rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR").value(), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
  EXPECT_EQ(check_rule("RRULE:freq=daily;count=3;").value(), "FREQ=DAILY;COUNT=3");
  for (const char* good : {"FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1",
                           "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO", "FREQ=DAILY;UNTIL=20261231T225959Z",
                           "FREQ=DAILY;UNTIL=20261231", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1"})
    EXPECT_TRUE(check_rule(good)) << good;
  for (const char* bad : {"",
                          ";",
                          "hello",
                          "FREQ=",
                          "FREQ=SOMETIMES",
                          "BYDAY=MO",
                          "FREQ=HOURLY",
                          "FREQ=MINUTELY",
                          "FREQ=SECONDLY",
                          "FREQ=DAILY;COUNT=0",
                          "FREQ=DAILY;COUNT=-1",
                          "FREQ=DAILY;COUNT=2000000",
                          "FREQ=DAILY;INTERVAL=0",
                          "FREQ=DAILY;INTERVAL=100000",
                          "FREQ=DAILY;BYHOUR=9",
                          "FREQ=DAILY;BYMINUTE=1",
                          "FREQ=DAILY;COUNT=3;UNTIL=20261231",
                          "FREQ=DAILY;UNTIL=soon",
                          "FREQ=DAILY;UNTIL=20261399",
                          "FREQ=WEEKLY;BYDAY=XX",
                          "FREQ=DAILY;FREQ=WEEKLY",
                          "FREQ=DAILY;X-EVIL=1",
                          "FREQ=DAILY;RSCALE=CHINESE",
                          "FREQ=DAILY;BYDAY=",
                          "FREQ=DAILY\r\nEXDATE:20260101",
                          "FREQ=MONTHLY;BYMONTHDAY=99",
                          "FREQ=YEARLY;BYMONTH=13"})
    EXPECT_FALSE(check_rule(bad)) << bad;
  EXPECT_FALSE(check_rule("FREQ=DAILY;BYMONTHDAY=" + std::string(600, '1')));
}

TEST(Recurrence, WeekdaysKeepTheirHoursInSpring) {
  // Every weekday 09:00-17:00 in Paris; the clocks go forward on Sunday 29 March 2026.
  const auto all =
      occurrences("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", from_to("2026-03-02T08:00:00Z", "2026-03-02T16:00:00Z"), paris(),
                  at("2026-03-26T00:00:00Z"), at("2026-04-01T00:00:00Z"), 100);
  EXPECT_EQ(all, (std::vector<span>{from_to("2026-03-26T08:00:00Z", "2026-03-26T16:00:00Z"),
                                    from_to("2026-03-27T08:00:00Z", "2026-03-27T16:00:00Z"),
                                    from_to("2026-03-30T07:00:00Z", "2026-03-30T15:00:00Z"),
                                    from_to("2026-03-31T07:00:00Z", "2026-03-31T15:00:00Z")}));
}

TEST(Recurrence, WeekdaysKeepTheirHoursInAutumn) {
  const auto all = occurrences("FREQ=WEEKLY;BYDAY=MO,FR", from_to("2026-09-07T13:00:00Z", "2026-09-07T21:00:00Z"),
                               new_york(), at("2026-10-30T00:00:00Z"), at("2026-11-03T00:00:00Z"), 100);
  EXPECT_EQ(all, (std::vector<span>{from_to("2026-10-30T13:00:00Z", "2026-10-30T21:00:00Z"),
                                    from_to("2026-11-02T14:00:00Z", "2026-11-02T22:00:00Z")}));
}

TEST(Recurrence, ANightShiftEndsWhenItsClockSays) {
  // 22:00-06:00 in Paris: nine hours long in the night of 24 October 2026, seven in that of 28 March.
  const auto autumn = occurrences("FREQ=DAILY", from_to("2026-10-01T20:00:00Z", "2026-10-02T04:00:00Z"), paris(),
                                  at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z"), 10);
  EXPECT_EQ(autumn, (std::vector<span>{from_to("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z")}));
  const auto spring = occurrences("FREQ=DAILY", from_to("2026-03-01T21:00:00Z", "2026-03-02T05:00:00Z"), paris(),
                                  at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z"), 10);
  EXPECT_EQ(spring, (std::vector<span>{from_to("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z")}));
}

TEST(Recurrence, TheSkippedAndTheDoubledHour) {
  // 02:30 in Paris does not exist on 29 March: 03:30. It exists twice on 25 October: the first.
  const auto spring = occurrences("FREQ=DAILY", from_to("2026-03-27T01:30:00Z", "2026-03-27T01:45:00Z"), paris(),
                                  at("2026-03-28T00:00:00Z"), at("2026-03-31T00:00:00Z"), 10);
  EXPECT_EQ(starts(spring), (std::vector<std::string>{"2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"}));
  const auto autumn = occurrences("FREQ=DAILY", from_to("2026-10-23T00:30:00Z", "2026-10-23T00:45:00Z"), paris(),
                                  at("2026-10-24T00:00:00Z"), at("2026-10-27T00:00:00Z"), 10);
  EXPECT_EQ(starts(autumn), (std::vector<std::string>{"2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"}));
}

TEST(Recurrence, UntilIsReadInTheZone) {
  // 23:00 in Paris on the 31st is 22:00Z: before UNTIL; the same hour in New York is after it.
  const std::string rule = "FREQ=DAILY;UNTIL=20261231T225959Z";
  EXPECT_EQ(extent_of(rule, from_to("2026-12-29T22:00:00Z", "2026-12-29T22:30:00Z"), paris())->last,
            from_to("2026-12-31T22:00:00Z", "2026-12-31T22:30:00Z"));
  EXPECT_EQ(extent_of(rule, from_to("2026-12-30T04:00:00Z", "2026-12-30T04:30:00Z"), new_york())->last,
            from_to("2026-12-31T04:00:00Z", "2026-12-31T04:30:00Z"));
  // A date means that whole day on the wall.
  EXPECT_EQ(
      extent_of("FREQ=DAILY;UNTIL=20261231", from_to("2026-12-29T22:00:00Z", "2026-12-29T22:30:00Z"), paris())->last,
      from_to("2026-12-31T22:00:00Z", "2026-12-31T22:30:00Z"));
}

TEST(Recurrence, CountsFromTheFirstThatMatches) {
  // The event begins on a Sunday; its rule speaks of Mondays.
  const auto sunday = from_to("2026-06-07T08:00:00Z", "2026-06-07T09:00:00Z");
  const auto all = occurrences("FREQ=WEEKLY;BYDAY=MO;COUNT=3", sunday, paris(), at("2026-01-01T00:00:00Z"),
                               at("2027-01-01T00:00:00Z"), 100);
  EXPECT_EQ(starts(all), (std::vector<std::string>{"2026-06-08T08:00", "2026-06-15T08:00", "2026-06-22T08:00"}));
  const auto late = occurrences("FREQ=WEEKLY;BYDAY=MO;COUNT=3", sunday, paris(), at("2026-06-16T00:00:00Z"),
                                at("2027-01-01T00:00:00Z"), 100);
  EXPECT_EQ(starts(late), (std::vector<std::string>{"2026-06-22T08:00"}));
}

TEST(Recurrence, MonthsWithoutThatDayAreLeftOut) {
  const auto all = occurrences("FREQ=MONTHLY;BYMONTHDAY=31", from_to("2026-01-31T08:00:00Z", "2026-01-31T09:00:00Z"),
                               paris(), at("2026-01-01T00:00:00Z"), at("2026-08-01T00:00:00Z"), 100);
  EXPECT_EQ(starts(all),
            (std::vector<std::string>{"2026-01-31T08:00", "2026-03-31T07:00", "2026-05-31T07:00", "2026-07-31T07:00"}));
}

TEST(Recurrence, WindowsAreHalfOpen) {
  const auto first = from_to("2026-06-01T08:00:00Z", "2026-06-01T10:00:00Z");
  EXPECT_EQ(occurrences("FREQ=DAILY;COUNT=1", first, paris(), at("2026-06-01T10:00:00Z"), at("2026-06-02T00:00:00Z"), 9)
                .size(),
            0u);
  EXPECT_EQ(occurrences("FREQ=DAILY;COUNT=1", first, paris(), at("2026-06-01T09:59:59Z"), at("2026-06-02T00:00:00Z"), 9)
                .size(),
            1u);
  EXPECT_EQ(occurrences("FREQ=DAILY;COUNT=1", first, paris(), at("2026-06-01T00:00:00Z"), at("2026-06-01T08:00:00Z"), 9)
                .size(),
            0u);
}

TEST(Recurrence, ExpansionIsBounded) {
  const auto first = from_to("2026-01-01T08:00:00Z", "2026-01-01T09:00:00Z");
  EXPECT_EQ(
      occurrences("FREQ=DAILY", first, paris(), at("2026-01-01T00:00:00Z"), at("2036-01-01T00:00:00Z"), 50).size(),
      50u);
  EXPECT_TRUE(
      occurrences("FREQ=DAILY", first, paris(), at("2196-01-01T00:00:00Z"), at("2196-02-01T00:00:00Z"), 50).empty())
      << "beyond the longest search";
  EXPECT_FALSE(extent_of("FREQ=DAILY", first, paris())->last);
  const auto before = std::chrono::steady_clock::now();
  for (const char* never : {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                            "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31;INTERVAL=12"})
    EXPECT_FALSE(extent_of(never, first, paris())) << never;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{5})
      << "a rule without any day may not keep a thread";
}

} // namespace
