#include "domain/routing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace evs::routing {
namespace {

timestamp at(int s) { return timestamp{seconds{s}}; }

const agent_id names[] = {agent_id{"a"}, agent_id{"b"}, agent_id{"c"}, agent_id{"d"}};

std::vector<candidate> four() {
  return {{&names[0], at(40), 0, seconds{10}, 3},
          {&names[1], at(10), 1, seconds{30}, 1},
          {&names[2], at(20), 2, seconds{10}, 1},
          {&names[3], at(30), 3, seconds{50}, 9}};
}

std::string choose(queue_strategy s, std::optional<std::size_t> last = {}, std::vector<candidate> free = four()) {
  auto i = pick(free, s, last);
  return i ? free[*i].agent->value : "-";
}

TEST(Routing, NobodyFreeNobodyPicked) { EXPECT_EQ(choose(queue_strategy::longest_idle, {}, {}), "-"); }

TEST(Routing, EachStrategyHasItsOwnFirst) {
  EXPECT_EQ(choose(queue_strategy::longest_idle), "b");
  EXPECT_EQ(choose(queue_strategy::least_talk), "c") << "a and c talked least, c is idle longer";
  EXPECT_EQ(choose(queue_strategy::fewest_calls), "b") << "b and c, b is idle longer";
  EXPECT_EQ(choose(queue_strategy::top_down), "a");
}

TEST(Routing, RoundRobinGoesOnAfterTheLast) {
  EXPECT_EQ(choose(queue_strategy::round_robin), "a");
  EXPECT_EQ(choose(queue_strategy::round_robin, 0), "b");
  EXPECT_EQ(choose(queue_strategy::round_robin, 2), "d");
  EXPECT_EQ(choose(queue_strategy::round_robin, 3), "a") << "around the list";
  EXPECT_EQ(choose(queue_strategy::round_robin, 99), "a");
}

TEST(Routing, TheOrderOfTheSpanNeverMatters) {
  for (auto s : {queue_strategy::longest_idle, queue_strategy::least_talk, queue_strategy::fewest_calls, queue_strategy::round_robin,
                 queue_strategy::top_down}) {
    auto turned = four();
    std::swap(turned[0], turned[3]);
    std::swap(turned[1], turned[2]);
    EXPECT_EQ(choose(s, 1), choose(s, 1, turned));
  }
}

TEST(Routing, EqualIdleTimesGoByPosition) {
  auto free = four();
  for (auto& c : free)
    c.available_since = at(5);
  EXPECT_EQ(choose(queue_strategy::longest_idle, {}, free), "a");
}

} // namespace
} // namespace evs::routing
