#include "domain/service_level.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

TEST(ServiceLevel, IsFullBeforeTheFirstCall) { EXPECT_EQ(service_level({}), 100.0); }

TEST(ServiceLevel, CountsThoseWhoGotNoAnswerAsMissed) {
  queue_counters c;
  count_answer(c, milliseconds{20000}, seconds{20});
  count_answer(c, milliseconds{20001}, seconds{20});
  EXPECT_EQ(c.answered, 2u);
  EXPECT_EQ(c.answered_within, 1u);
  EXPECT_EQ(service_level(c), 50.0);
  c.abandoned = 1;
  c.given_up = 1;
  EXPECT_EQ(service_level(c), 25.0);
  c.removed = 10;
  EXPECT_EQ(service_level(c), 25.0) << "calls that somebody took out say nothing about service";
}

} // namespace
} // namespace evs
