#include "calendar/planning_event.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evs;
using namespace evs::calendar;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }
zone paris() { return *zone::find("Europe/Paris"); }

TEST(PlanningEvent, InstantsAreReadInSeveralForms) {
  EXPECT_EQ(read_instant("2026-10-25"), at("2026-10-25T00:00:00Z"));
  EXPECT_EQ(read_instant("2026-10-25T07:00:00.000Z"), at("2026-10-25T07:00:00Z"));
  EXPECT_EQ(read_instant("2026-10-25T09:00:00+02:00"), at("2026-10-25T07:00:00Z"));
  EXPECT_EQ(read_instant("2026-10-24T22:00:00-09:30"), at("2026-10-25T07:30:00Z"));
  for (const char* wrong :
       {"", "tomorrow", "2026-13-01", "2026-10-25T09:00:00+99:00", "2026-10-25T09:00", "25/10/2026"})
    EXPECT_FALSE(read_instant(wrong)) << wrong;
}

TEST(PlanningEvent, BodiesAreChecked) {
  value body{value::object{{"agentId", "user-1001"},
                           {"activityId", "activity-pause"},
                           {"startDate", "2026-03-02T08:00:00Z"},
                           {"endDate", "2026-03-02T16:00:00Z"},
                           {"rrule", "RRULE:FREQ=DAILY;COUNT=2"},
                           {"isRecurring", true}}};
  const auto draft = read_planning_event(body, true);
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->agent, "user-1001");
  EXPECT_EQ(draft->rule, "FREQ=DAILY;COUNT=2");
  EXPECT_FALSE(draft->site);
  body.set("rrule", "FREQ=HOURLY");
  body.set("timezone", "Mars/Olympus");
  body.set("endDate", 5);
  body.remove("startDate");
  const auto wrong = read_planning_event(body, true);
  ASSERT_FALSE(wrong);
  for (const char* field : {"rrule", "timezone", "endDate", "startDate"})
    EXPECT_TRUE(wrong.error().fields.contains(field)) << field;
  EXPECT_TRUE(read_planning_event(value{value::object{{"rrule", nullptr}}}, false)->rule->empty())
      << "null ends a repetition";
  EXPECT_FALSE(read_planning_event(value{"text"}, false));
}

TEST(PlanningEvent, TheWholeIsChecked) {
  const span day{at("2026-03-02T08:00:00Z"), at("2026-03-02T16:00:00Z")};
  EXPECT_EQ(check_planning(day, "", paris()).value(), day.end);
  EXPECT_FALSE(check_planning({day.end, day.start}, "", paris()));
  EXPECT_FALSE(check_planning({day.start, day.start}, "", paris()));
  EXPECT_FALSE(check_planning({day.start, day.start + std::chrono::days{8}}, "FREQ=MONTHLY", paris()));
  EXPECT_FALSE(check_planning({day.start, day.start + std::chrono::days{500}}, "", paris()));
  EXPECT_EQ(check_planning(day, "FREQ=DAILY;COUNT=40", paris()).value(), at("2026-04-10T15:00:00Z"))
      << "in summer time";
  EXPECT_FALSE(check_planning(day, "FREQ=DAILY", paris()).value()) << "endless";
  const auto never = check_planning(day, "FREQ=DAILY;UNTIL=20250101", paris());
  ASSERT_FALSE(never);
  EXPECT_TRUE(never.error().fields.contains("rrule"));
}

TEST(PlanningEvent, TargetsAreUsersAndGroups) {
  const auto read = [](value ids) { return read_targets(value{value::object{{"targetIds", std::move(ids)}}}); };
  EXPECT_EQ(read(value::array{"user-1", "group-a", "user-1"}).value(), (std::vector<std::string>{"user-1", "group-a"}));
  EXPECT_TRUE(read_targets(value{value::object{}})->empty());
  EXPECT_FALSE(read(value{"user-1"}));
  EXPECT_FALSE(read(value::array{1}));
  EXPECT_FALSE(read(value{value::array(2000, value{"user-1"})}));
}

} // namespace
