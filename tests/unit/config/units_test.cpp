#include "config/units.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evs::config;
using evs::milliseconds;

TEST(ConfigUnits, ReadsDurations) {
  EXPECT_EQ(parse_duration("200ms"), milliseconds{200});
  EXPECT_EQ(parse_duration("5s"), milliseconds{5000});
  EXPECT_EQ(parse_duration("15m"), milliseconds{900'000});
  EXPECT_EQ(parse_duration("12h"), milliseconds{43'200'000});
  EXPECT_EQ(parse_duration("7d"), milliseconds{604'800'000});
  for (const char* bad :
       {"", "5", "s", "-5s", "5 s", "5S", "1.5s", "5sec", "99999999999999999999s", "9999999999999999d", "+5s"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(ConfigUnits, ReadsSizes) {
  EXPECT_EQ(parse_size("65536"), 65536U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("4MiB"), 4U * 1024 * 1024);
  EXPECT_EQ(parse_size("1GiB"), 1024U * 1024 * 1024);
  for (const char* bad : {"", "KiB", "1 KiB", "1kb", "1.5MiB", "-1", "99999999999GiB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
}

TEST(ConfigUnits, WritesWhatItReads) {
  for (const char* text : {"0s", "1ms", "1500ms", "5s", "90s", "2m", "1h", "7d"})
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
}

} // namespace
