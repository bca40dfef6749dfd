// Seeded random walks through a small centre: whatever happens in whatever order, the promises hold.
// A failure prints its seed; EVS_WALK_SEED=<seed> repeats just that one.

#include "centre.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace evs::test {
namespace {

/// Walks until the machines have seen `events` events, 20,000 a seed; says which seed broke what.
void walk(std::uint64_t first_seed, std::uint64_t events, faults f) {
  std::uint64_t applied = 0, calls = 0, answered = 0;
  const char* only = std::getenv("EVS_WALK_SEED");
  for (auto seed = only ? std::strtoull(only, nullptr, 10) : first_seed; applied < events; ++seed) {
    centre day(seed, f);
    while (day.applied < 20'000 && day.broken.empty())
      day.act();
    if (day.broken.empty())
      day.close_down();
    ASSERT_EQ(day.broken, "") << "seed " << seed;
    applied += day.applied;
    calls += day.calls_ended;
    answered += day.calls_answered;
    if (only)
      break;
  }
  std::printf("             %llu events, %llu calls, %llu answered\n", static_cast<unsigned long long>(applied),
              static_cast<unsigned long long>(calls), static_cast<unsigned long long>(answered));
  // A walk in which nothing happens would prove nothing.
  EXPECT_GT(calls, applied / 200);
  EXPECT_GT(answered, calls / 10);
}

TEST(RandomWalk, LateMessages) { walk(1'000, 400'000, {}); }

TEST(RandomWalk, LateAndDoubledMessages) { walk(2'000, 400'000, {.lost = 0, .doubled = 100, .audit = false}); }

TEST(RandomWalk, LostMessagesAreHealedByTheAudit) { walk(3'000, 400'000, {.lost = 50, .doubled = 50, .audit = true}); }

} // namespace
} // namespace evs::test
