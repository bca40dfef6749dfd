#include "redis_server.hpp"
#include "surroundings.hpp"
#include "tcp_proxy.hpp"
#include "tests/unit/persistence/recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include <unistd.h>

using namespace evs;
using namespace evs::persistence;
using namespace evs::persistence::testing;
using namespace std::chrono_literals;

namespace {

/// A log whose way to Redis can be disturbed, with a stream of its own.
struct RedisLog : ::testing::Test {
  tcp_proxy wire{"127.0.0.1", redis_port()};
  recorder told;
  std::unique_ptr<event_log> log;
  std::string stream;
  std::set<std::string> sent;

  void SetUp() override {
    static int count = 0;
    stream = "evs:test:" + std::to_string(::getpid()) + ':' + std::to_string(++count);
  }
  void TearDown() override {
    if (log) log->stop();
    redis_command(redis_port(), "DEL " + stream);
    EXPECT_EQ(told.complaints(), std::vector<std::string>{});
  }
  log_settings settings(std::uint16_t port, std::size_t keep = 100000) const {
    log_settings s;
    s.redis_host = "127.0.0.1";
    s.redis_port = port;
    s.stream = stream;
    s.keep = keep;
    return s;
  }
  void start(std::size_t keep = 100000) {
    log = make_redis_log(settings(wire.port(), keep), told);
    log->start();
  }
  /// Appends entries with payloads of their own, one at a time.
  void say(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      const auto payload = prefix + std::to_string(i);
      sent.insert(payload);
      log->append({entry_of(payload)});
    }
  }
};

/// Payloads that occur in epoch `e`, in order.
std::vector<std::string> payloads(const recorder::told& e) {
  std::vector<std::string> all;
  for (const auto& entry : e.entries) all.push_back(entry.payload);
  return all;
}

TEST_F(RedisLog, DeliversEverythingInOrder) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  EXPECT_TRUE(log->shared());
  log_entry full{0, "t\"\r\n", std::string("e\0\xFF", 3), R"({"a":1})", "-", {role::administrator, site_id{"s i"}, {user_id{"u1"}, user_id{"*3"}}}, 123456};
  log->append({full});
  say("n", 5000);
  ASSERT_TRUE(told.wait_total(5001));
  const auto all = told.epochs();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].why, "started");
  const auto& first = all[0].entries[0];
  EXPECT_EQ(first.offset, 1u);
  EXPECT_EQ(first.type, full.type);
  EXPECT_EQ(first.entity, full.entity);
  EXPECT_EQ(first.payload, full.payload);
  EXPECT_EQ(first.state, "-");
  EXPECT_EQ(first.whom, full.whom);
  EXPECT_EQ(first.caused_us, 123456);
  for (std::size_t i = 0; i < 5000; ++i)
    ASSERT_EQ(all[0].entries[i + 1].payload, "n" + std::to_string(i));
}

TEST_F(RedisLog, EntriesAppendedBeforeRedisWasFoundWait) {
  wire.delay(100ms);
  start();
  say("early", 10);
  ASSERT_TRUE(told.wait_total(10));
  EXPECT_EQ(told.epochs().size(), 1u);
  EXPECT_TRUE(told.epochs()[0].shared);
}

TEST_F(RedisLog, StopFlushes) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  say("n", 3000);
  log->stop();
  EXPECT_EQ(told.epochs().at(0).entries.size(), 3000u);
}

TEST_F(RedisLog, AwayAtStartThenBack) {
  wire.cut();
  start();
  say("a", 20);
  ASSERT_TRUE(told.wait_total(20));
  EXPECT_FALSE(told.epochs().back().shared);
  EXPECT_FALSE(log->shared());
  wire.heal();
  ASSERT_TRUE(told.wait_shared(true));
  say("b", 20);
  ASSERT_TRUE(told.wait_payloads(sent));
  EXPECT_EQ(payloads(told.epochs().back()).front(), "b0");
}

TEST_F(RedisLog, AShortCutCostsAnEpochAndNothingElse) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  for (int round = 0; round < 5; ++round) {
    say("r" + std::to_string(round) + "-", 200);
    wire.hiccup();
    say("s" + std::to_string(round) + "-", 200);
    ASSERT_TRUE(told.wait_payloads(sent)) << round;
  }
  for (const auto& e : told.epochs())
    EXPECT_TRUE(e.shared) << e.why; // never long enough for the ring
  EXPECT_GE(told.epochs().size(), 2u);
}

TEST_F(RedisLog, ACutFallsBackWithinASecondOrSoAndReturns) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  say("a", 100);
  wire.cut();
  say("b", 100);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(told.wait_shared(false));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  EXPECT_FALSE(log->shared());
  ASSERT_TRUE(told.wait_payloads(sent));
  say("c", 100);
  ASSERT_TRUE(told.wait_payloads(sent)); // from the ring, with Redis away
  EXPECT_FALSE(told.epochs().back().shared);
  wire.heal();
  ASSERT_TRUE(told.wait_shared(true));
  say("d", 100);
  ASSERT_TRUE(told.wait_payloads(sent));
  EXPECT_TRUE(log->shared());
}

TEST_F(RedisLog, ABlackHoleUnderTraffic) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  say("a", 500);
  wire.black_hole();
  const auto begun = std::chrono::steady_clock::now();
  say("b", 500);
  ASSERT_TRUE(told.wait_shared(false));
  const auto waited = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(waited, 900ms);
  EXPECT_LT(waited, 3s);
  ASSERT_TRUE(told.wait_payloads(sent));
  wire.heal();
  ASSERT_TRUE(told.wait_shared(true));
  say("c", 500);
  ASSERT_TRUE(told.wait_payloads(sent));
}

TEST_F(RedisLog, ABlackHoleWithoutTrafficIsNoticed) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  wire.black_hole();
  ASSERT_TRUE(told.wait_shared(false));
  wire.heal();
  ASSERT_TRUE(told.wait_shared(true));
}

TEST_F(RedisLog, ALongWayIsNoOutage) {
  wire.delay(150ms);
  start();
  ASSERT_TRUE(told.wait_shared(true));
  for (int i = 0; i < 20; ++i) {
    say("r" + std::to_string(i) + "-", 50);
    std::this_thread::sleep_for(20ms);
  }
  ASSERT_TRUE(told.wait_payloads(sent));
  EXPECT_EQ(told.epochs().size(), 1u);
}

TEST_F(RedisLog, AStreamRemovedInTraffic) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  for (int round = 0; round < 10; ++round) {
    say("a" + std::to_string(round) + "-", 300);
    redis_command(redis_port(), "DEL " + stream);
    say("b" + std::to_string(round) + "-", 300);
    ASSERT_TRUE(told.wait_payloads(sent)) << round;
  }
  EXPECT_GE(told.epochs().size(), 5u);
  for (const auto& e : told.epochs())
    EXPECT_TRUE(e.shared);
}

TEST_F(RedisLog, ARemovedStreamIsNotContinuedInTheMiddle) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  recorder other_told; // of a node that only listens
  auto other = make_redis_log(settings(redis_port()), other_told);
  other->start();
  ASSERT_TRUE(other_told.wait_shared(true));
  int n = 0;
  auto batch = [&](int count) {
    std::vector<log_entry> entries;
    for (int i = 0; i < count; ++i) {
      sent.insert(std::to_string(n));
      entries.push_back(entry_of(std::to_string(n++)));
    }
    log->append(std::move(entries));
    ASSERT_TRUE(told.wait_payloads(sent));
    ASSERT_TRUE(other_told.wait_payloads(sent));
  };
  for (int round = 0; round < 10; ++round) {
    batch(3);
    redis_command(redis_port(), "DEL " + stream);
    batch(2000);
  }
  other->stop();
  EXPECT_EQ(other_told.complaints(), std::vector<std::string>{});
  for (const auto& ear : {told.epochs(), other_told.epochs()})
    for (const auto& e : ear)
      for (std::size_t i = 1; i < e.entries.size(); ++i)
        ASSERT_EQ(std::stoi(e.entries[i].payload), std::stoi(e.entries[i - 1].payload) + 1) << "skipped inside an epoch";
}

TEST_F(RedisLog, AStreamOfAnotherTypeIsAnOutage) {
  redis_command(redis_port(), "SET " + stream + " x");
  start();
  say("a", 10);
  ASSERT_TRUE(told.wait_payloads(sent));
  EXPECT_FALSE(told.epochs().back().shared);
  EXPECT_NE(told.epochs().back().why.find("WRONGTYPE"), std::string::npos) << told.epochs().back().why;
  redis_command(redis_port(), "DEL " + stream);
  ASSERT_TRUE(told.wait_shared(true));
}

TEST_F(RedisLog, AForeignEntryBeginsANewEpoch) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  say("a", 10);
  ASSERT_TRUE(told.wait_payloads(sent));
  redis_command(redis_port(), "XADD " + stream + " * type intruder");
  ASSERT_TRUE(told.wait([](const auto& all) { return all.size() == 2; }));
  say("b", 10);
  ASSERT_TRUE(told.wait_payloads(sent));
}

TEST_F(RedisLog, AListenerThatSleepsWhileTheStreamIsTrimmedGetsANewEpoch) {
  start(500);
  ASSERT_TRUE(told.wait_shared(true));
  told.open(false);
  say("a", 1);
  ASSERT_TRUE(told.wait_total(1)); // the listener is stuck now
  for (int i = 0; i < 100; ++i) {
    say("b" + std::to_string(i) + "-", 50);
    std::this_thread::sleep_for(2ms);
  }
  told.open(true);
  sent = {};
  say("last", 1);
  ASSERT_TRUE(told.wait_payloads(sent));
  EXPECT_GE(told.epochs().size(), 2u);
}

TEST_F(RedisLog, WhatIsOldIsForgottenAndNobodyNotices) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  // A day and a minute from now: the marker with which the epoch began is old then, too.
  const auto begun = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  const auto now = begun + 24h + 1min;
  const auto aged = [&](const std::string& payload, std::chrono::hours age) {
    auto entry = entry_of(payload);
    entry.caused_us = std::chrono::duration_cast<std::chrono::microseconds>((now - age).time_since_epoch()).count();
    log->append({entry});
  };
  for (int i = 0; i < 1200; ++i)
    aged("old" + std::to_string(i), 25h);
  aged("young", 23h);
  log->append({entry_of("unknown")});
  aged("new", 0h);
  ASSERT_TRUE(told.wait_total(1203));
  const auto where = settings(redis_port());
  EXPECT_EQ(forget_old_entries(where, 24h, begun), 0u) << "the marker is young and comes first";
  EXPECT_EQ(forget_old_entries(where, 24h, now), 1201u);
  EXPECT_EQ(forget_old_entries(where, 24h, now), 0u);
  // All of it: the order goes on all the same.
  EXPECT_EQ(forget_old_entries(where, 24h, now + 49h), 3u);
  aged("after", 0h);
  ASSERT_TRUE(told.wait_total(1204));
  EXPECT_EQ(told.epochs().size(), 1u);
  EXPECT_EQ(told.epochs()[0].entries.back().offset, 1204u);
  EXPECT_EQ(forget_old_entries({}, 24h, now), 0u) << "without Redis";
}

TEST_F(RedisLog, TwoNodesSeeOneOrder) {
  recorder other_told;
  start();
  ASSERT_TRUE(told.wait_shared(true));
  say("alone", 100);
  ASSERT_TRUE(told.wait_payloads(sent));
  auto other = make_redis_log(settings(redis_port()), other_told);
  other->start(); // begins a new order, which the first one follows
  ASSERT_TRUE(other_told.wait_shared(true));
  const auto epoch = other_told.epochs().back().epoch;
  ASSERT_TRUE(told.wait([&](const auto& all) { return all.back().epoch == epoch; }));
  std::thread second{[&] {
    for (int i = 0; i < 3000; ++i)
      other->append({entry_of("two" + std::to_string(i))});
  }};
  say("one", 3000);
  second.join();
  auto full = [](const auto& all) { return all.back().entries.size() == 6000; };
  ASSERT_TRUE(told.wait(full));
  ASSERT_TRUE(other_told.wait(full));
  EXPECT_EQ(payloads(told.epochs().back()), payloads(other_told.epochs().back()));
  other->stop();
  EXPECT_EQ(other_told.complaints(), std::vector<std::string>{});
}

TEST_F(RedisLog, ANodeThatJoinsInTrafficLosesNobodysEntries) {
  start();
  ASSERT_TRUE(told.wait_shared(true));
  std::atomic<bool> stop{false};
  std::thread talker{[&] {
    for (int i = 0; i < 4000 && !stop; ++i) {
      const auto payload = "n" + std::to_string(i);
      sent.insert(payload);
      log->append({entry_of(payload)});
      if (i % 20 == 0) std::this_thread::sleep_for(1ms);
    }
  }};
  std::vector<std::unique_ptr<recorder>> ears;
  for (int i = 0; i < 5; ++i) {
    ears.push_back(std::make_unique<recorder>());
    auto guest = make_redis_log(settings(redis_port()), *ears.back());
    guest->start();
    EXPECT_TRUE(ears.back()->wait_shared(true));
    guest->stop();
    EXPECT_EQ(ears.back()->complaints(), std::vector<std::string>{});
  }
  talker.join();
  ASSERT_TRUE(told.wait_payloads(sent));
  EXPECT_GE(told.epochs().size(), 6u);
  // One appender: in which epoch ever, its entries never overtake each other within it.
  for (const auto& e : told.epochs()) {
    EXPECT_TRUE(e.shared);
    int last = -1;
    for (const auto& entry : e.entries) {
      const int n = std::stoi(entry.payload.substr(1));
      EXPECT_GT(n, last);
      last = n;
    }
  }
}

TEST_F(RedisLog, ARestartedServer) {
  redis_server own;
  log = make_redis_log(settings(own.port()), told);
  log->start();
  ASSERT_TRUE(told.wait_shared(true));
  for (int round = 0; round < 3; ++round) {
    say("a" + std::to_string(round) + "-", 300);
    own.restart();
    say("b" + std::to_string(round) + "-", 300);
    ASSERT_TRUE(told.wait_payloads(sent)) << round;
    ASSERT_TRUE(told.wait_shared(true));
  }
  own.freeze();
  say("frozen", 100);
  ASSERT_TRUE(told.wait_shared(false));
  ASSERT_TRUE(told.wait_payloads(sent));
  own.thaw();
  ASSERT_TRUE(told.wait_shared(true));
  log->stop();
}

TEST_F(RedisLog, ChaosKeepsThePromises) {
  start();
  std::thread disturber{[&] {
    for (int i = 0; i < 12; ++i) {
      std::this_thread::sleep_for(150ms);
      switch (i % 4) {
        case 0: wire.hiccup(); break;
        case 1: redis_command(redis_port(), "DEL " + stream); break;
        case 2: wire.delay(60ms); break;
        case 3: wire.delay(0ms); wire.hiccup(); break;
      }
    }
  }};
  for (int i = 0; i < 200; ++i) {
    say("c" + std::to_string(i) + "-", 20);
    std::this_thread::sleep_for(10ms);
  }
  disturber.join();
  wire.heal();
  ASSERT_TRUE(told.wait_payloads(sent));
}

TEST_F(RedisLog, TenThousandASecondAndQuickWhenQuiet) {
  using clock = std::chrono::steady_clock;
  start();
  ASSERT_TRUE(told.wait_shared(true));
  std::vector<clock::duration> delays;
  for (std::size_t i = 1; i <= 100; ++i) {
    const auto begun = clock::now();
    log->append({entry_of("q" + std::to_string(i))});
    ASSERT_TRUE(told.wait_total(i));
    delays.push_back(clock::now() - begun);
  }
  std::sort(delays.begin(), delays.end());
  EXPECT_LT(delays[50], 5ms);
  RecordProperty("median_us", static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(delays[50]).count()));

  auto next = clock::now();
  const std::string body(400, 'x');
  for (int i = 0; i < 2000; ++i) { // 2 s of 10 entries a millisecond
    std::vector<log_entry> ten;
    for (int j = 0; j < 10; ++j)
      ten.push_back(entry_of(std::to_string(i * 10 + j) + body));
    log->append(std::move(ten));
    next += 1ms;
    std::this_thread::sleep_until(next);
  }
  const auto sent_all = clock::now();
  ASSERT_TRUE(told.wait_total(20100));
  EXPECT_LT(clock::now() - sent_all, 2s); // it kept up
  EXPECT_EQ(told.epochs().size(), 1u);
}

} // namespace
