#include "recorder.hpp"

#include <gtest/gtest.h>

using namespace evs;
using namespace evs::persistence;

namespace {

log_settings with_keep(std::size_t keep) {
  log_settings s;
  s.keep = keep;
  return s;
}

TEST(LocalLog, BeginsWithAnEpochAndNumbersFromOne) {
  recorder told;
  auto log = make_local_log({}, told);
  log->start();
  log->append({entry_of("a"), entry_of("b")});
  log->append({entry_of("c")});
  log->stop();
  ASSERT_EQ(told.epochs().size(), 1u);
  const auto only = told.epochs()[0];
  EXPECT_EQ(only.epoch.size(), 32u);
  EXPECT_FALSE(only.shared);
  EXPECT_FALSE(log->shared());
  ASSERT_EQ(only.entries.size(), 3u);
  EXPECT_EQ(only.entries[0].payload + only.entries[1].payload + only.entries[2].payload, "abc");
  EXPECT_EQ(told.complaints(), std::vector<std::string>{});
}

TEST(LocalLog, TwoLogsHaveTwoEpochs) {
  recorder one, two;
  auto first = make_local_log({}, one), second = make_local_log({}, two);
  first->start();
  second->start();
  first->stop();
  second->stop();
  EXPECT_NE(one.epochs().at(0).epoch, two.epochs().at(0).epoch);
}

TEST(LocalLog, KeepsTheOrderOfEachOfManyThreads) {
  recorder told;
  auto log = make_local_log(with_keep(100000), told);
  log->start();
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0; i < 2000; ++i)
        log->append({entry_of(std::to_string(w) + ':' + std::to_string(i))});
    });
  for (auto& w : writers)
    w.join();
  log->stop();
  const auto all = told.epochs();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].entries.size(), 8000u);
  std::vector<int> next(4, 0);
  for (const auto& entry : all[0].entries) {
    const auto w = static_cast<std::size_t>(entry.payload[0] - '0');
    ASSERT_EQ(entry.payload.substr(2), std::to_string(next[w]++));
  }
  EXPECT_EQ(told.complaints(), std::vector<std::string>{});
}

TEST(LocalLog, ABoundedBacklogThenANewEpoch) {
  recorder told;
  told.open(false);
  auto log = make_local_log(with_keep(100), told);
  log->start();
  log->append({entry_of("first")});
  ASSERT_TRUE(told.wait_total(1)); // the listener is stuck in "first" now
  for (int i = 0; i < 250; ++i)
    log->append({entry_of(std::to_string(i))});
  told.open(true);
  log->stop();
  const auto all = told.epochs();
  ASSERT_EQ(all.size(), 2u); // the epoch between them was dropped with its entries
  EXPECT_EQ(all[0].entries.size(), 1u);
  EXPECT_NE(all[1].why.find("slower"), std::string::npos);
  ASSERT_EQ(all[1].entries.size(), 50u);
  EXPECT_EQ(all[1].entries.back().payload, "249");
  EXPECT_EQ(told.complaints(), std::vector<std::string>{});
}

TEST(LocalLog, TakesNothingBeforeStartOrAfterStop) {
  recorder told;
  auto log = make_local_log({}, told);
  log->append({entry_of("early")});
  log->start();
  log->append({});
  log->stop();
  log->append({entry_of("late")});
  EXPECT_EQ(told.epochs().size(), 1u);
  EXPECT_TRUE(told.epochs()[0].entries.empty());
  EXPECT_EQ(told.complaints(), std::vector<std::string>{});
}

TEST(RedisLog, WithoutAHostIsTheRing) {
  recorder told;
  auto log = make_redis_log({}, told);
  log->start();
  log->append({entry_of("a")});
  log->stop();
  EXPECT_EQ(told.epochs().at(0).entries.size(), 1u);
  EXPECT_FALSE(told.epochs().at(0).shared);
}

} // namespace
