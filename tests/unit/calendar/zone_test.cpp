#include "calendar/zone.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace {

using namespace evs;
using namespace evs::calendar;
using namespace std::chrono_literals;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }
/// "2026-03-29T02:30:00" on a wall.
wall_time wall(const char* text) {
  return wall_time{std::chrono::floor<seconds>(at((std::string{text} + "Z").c_str())).time_since_epoch()};
}

TEST(Zone, IsFoundByItsName) {
  EXPECT_EQ(zone::find("Europe/Paris")->name(), "Europe/Paris");
  EXPECT_TRUE(zone::find("America/New_York"));
  EXPECT_TRUE(zone::find("UTC"));
  for (const char* wrong :
       {"", "Europe/Nowhere", "../etc/passwd", "/etc/localtime", "file:/etc/localtime", "Europe/../Europe/Paris",
        "right/Europe/Paris", "Europe", "tzdata.zi", "Europe/Paris; drop table users", "Fixed/UTC+01:00:00"})
    EXPECT_FALSE(zone::find(wrong)) << wrong;
  EXPECT_FALSE(zone::find(std::string(1000, 'a')));
}

TEST(Zone, TellsTheWallTime) {
  const auto paris = *zone::find("Europe/Paris"), york = *zone::find("America/New_York");
  EXPECT_EQ(paris.wall(at("2026-01-15T12:00:00Z")), wall("2026-01-15T13:00:00"));
  EXPECT_EQ(paris.wall(at("2026-07-15T12:00:00Z")), wall("2026-07-15T14:00:00"));
  EXPECT_EQ(york.wall(at("2026-01-15T12:00:00Z")), wall("2026-01-15T07:00:00"));
  EXPECT_EQ(york.wall(at("2026-07-15T12:00:00Z")), wall("2026-07-15T08:00:00"));
  EXPECT_EQ(zone::find("Asia/Kathmandu")->wall(at("2026-01-15T12:00:00Z")), wall("2026-01-15T17:45:00"));
}

TEST(Zone, TimesThatDoNotExistUseTheOffsetBefore) {
  const auto paris = *zone::find("Europe/Paris");
  const auto skipped = paris.instants(wall("2026-03-29T02:30:00"));
  EXPECT_EQ(skipped.how, zone::lookup::kind::skipped);
  EXPECT_EQ(skipped.change, at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(paris.instant(wall("2026-03-29T02:30:00")), at("2026-03-29T01:30:00Z"));
  EXPECT_EQ(paris.wall(paris.instant(wall("2026-03-29T02:30:00"))), wall("2026-03-29T03:30:00"));
}

TEST(Zone, TimesThatComeTwiceMeanTheFirst) {
  const auto york = *zone::find("America/New_York");
  const auto twice = york.instants(wall("2026-11-01T01:30:00"));
  EXPECT_EQ(twice.how, zone::lookup::kind::twice);
  EXPECT_EQ(twice.before, at("2026-11-01T05:30:00Z"));
  EXPECT_EQ(twice.after, at("2026-11-01T06:30:00Z"));
  EXPECT_EQ(york.instant(wall("2026-11-01T01:30:00")), at("2026-11-01T05:30:00Z"));
}

TEST(Zone, KnowsTheNextChangeOfTheClocks) {
  const auto paris = *zone::find("Europe/Paris");
  EXPECT_EQ(paris.next_change(at("2026-01-01T00:00:00Z")), at("2026-03-29T01:00:00Z"));
  EXPECT_EQ(paris.next_change(at("2026-03-29T01:00:00Z")), at("2026-10-25T01:00:00Z"));
  EXPECT_EQ(zone::find("America/New_York")->next_change(at("2026-01-01T00:00:00Z")), at("2026-03-08T07:00:00Z"));
  EXPECT_FALSE(zone::find("UTC")->next_change(at("2026-01-01T00:00:00Z")));
}

TEST(Zone, IsSharedByThreads) {
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([] {
      for (int n = 0; n < 200; ++n) {
        const auto z = zone::find(n % 2 ? "Europe/Paris" : "America/Chicago");
        ASSERT_TRUE(z);
        ASSERT_EQ(z->instant(z->wall(at("2026-06-01T10:00:00Z"))), at("2026-06-01T10:00:00Z"));
      }
    });
  for (auto& t : all) t.join();
}

} // namespace
