// Queue, trunk and campaign: who asks them, what they answer, how they heal.

#include "tests/actors/house.hpp"

#include <gtest/gtest.h>

namespace evs::test {
namespace {

/// Callers come through the scripted Asterisk; agents are real.
class Queue : public testing::Test {
protected:
  Queue() {
    house_.load(house::demo());
    house_.start_ami();
  }
  std::string rung() const {
    auto all = house_.asterisk.named("Originate");
    return all.empty() ? std::string{} : all.back().get("Channel");
  }
  agent_state state(const char* login) const { return house_.shown(login).state; }
  scripted_asterisk& asterisk() { return house_.asterisk; }

  house house_;
};

TEST_F(Queue, TheLongestIdleAgentIsRung) {
  house_.available({"1002", "1001", "1003"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  EXPECT_EQ(rung(), "PJSIP/1002");
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 1U);
  EXPECT_EQ(house_.queue_shown("queue-accueil").agents_busy, 1U);
  EXPECT_EQ(house_.queue_shown("queue-accueil").agents_available, 2U);
}

TEST_F(Queue, CallersAreServedInOrder) {
  asterisk().caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  asterisk().caller("in-2", "+33140000001");
  house_.pass(seconds{1});
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 2U);
  house_.available({"1001"});
  ASSERT_EQ(asterisk().named("Originate").size(), 1U);
  EXPECT_EQ(house_.shown("1001").call.value, "in-1");
  asterisk().talks();
  house_.run();
  asterisk().gone("in-1", 16);
  house_.pass(seconds{11}); // wrap-up
  EXPECT_EQ(house_.shown("1001").call.value, "in-2");
}

TEST_F(Queue, AnAgentWhoIsTakenElsewhereIsPassedOver) {
  house_.available({"1001", "1002"});
  // Two queues want him at the same moment; he says yes to one.
  asterisk().in_one_piece([&] {
    asterisk().caller("in-1", "+33140000002"); // support: 1001 only
    asterisk().caller("in-2", "+33140000001"); // accueil: 1001 is the longest idle
  });
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::ringing);
  EXPECT_EQ(state("1002"), agent_state::ringing);
  EXPECT_EQ(house_.shown("1001").call.value, "in-1");
  EXPECT_EQ(house_.shown("1002").call.value, "in-2");
}

TEST_F(Queue, TheCallerIsGoneWhileTheAgentIsAsked) {
  house_.available({"1001"});
  asterisk().in_one_piece([&] {
    asterisk().caller("in-1", "+33140000001");
    asterisk().gone("in-1", 0);
  });
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_EQ(house_.services->calls.size(), 0U);
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 0U);
  house_.pass(seconds{30});
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_EQ(house_.shown("1001").today.calls_missed, 0U);
}

TEST_F(Queue, AGhostInLineIsHealed) {
  house_.send(house_.queue("queue-accueil"), call_waits{call_id{"ghost"}, house_.now(), 0, false});
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 1U);
  house_.pass(seconds{10});
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 0U);
  EXPECT_EQ(house_.ear.counted("heals{ghost_in_line}"), 1U);
}

TEST_F(Queue, ACallThatIsNotInLineIsHealed) {
  asterisk().caller("in-1", "+33140000001");
  house_.pass(seconds{3});
  house_.send(house_.queue("queue-accueil"), caller_left{call_id{"in-1"}, false});
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 0U);
  house_.pass(seconds{10});
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 1U);
  EXPECT_EQ(house_.ear.counted("heals{not_in_line}"), 1U);
  house_.available({"1001"});
  EXPECT_EQ(house_.shown("1001").call.value, "in-1");
}

TEST_F(Queue, TheLongestWaitEndsTheCall) {
  auto data = house::demo();
  data.queues[0].max_wait = seconds{30};
  house_.load(data);
  asterisk().caller("in-1", "+33140000001");
  house_.pass(seconds{29});
  EXPECT_EQ(house_.services->calls.size(), 1U);
  house_.pass(seconds{2});
  EXPECT_EQ(house_.call_story("in-1"), "new queued queue_timeout");
  EXPECT_FALSE(asterisk().lives("in-1"));
}

TEST_F(Queue, ServiceLevelAndCounters) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().talks();
  house_.run();
  asterisk().caller("in-2", "+33140000001");
  house_.pass(seconds{5});
  asterisk().gone("in-2", 0);
  house_.run();
  const auto q = house_.queue_shown("queue-accueil");
  EXPECT_EQ(q.offered, 2U);
  EXPECT_EQ(q.answered, 1U);
  EXPECT_EQ(q.abandoned, 1U);
  EXPECT_DOUBLE_EQ(q.service_level, 50);
}

class Trunk : public testing::Test {
protected:
  Trunk() { house_.load(house::demo()); }
  line_answer wanted(const std::string& call) {
    return house_.ask<line_answer>(house_.trunk("trunk-paris"), line_wanted{call_id{call}});
  }
  void change(const std::function<void(trunk_settings&)>& how) {
    auto data = house::demo();
    how(data.trunks[0]);
    house_.load(data);
  }
  house house_;
};

TEST_F(Trunk, TheLimitOfChannels) {
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(wanted("c-" + std::to_string(i)).granted);
  EXPECT_TRUE(wanted("c-0").granted) << "twice is once";
  const auto full = wanted("c-5");
  EXPECT_FALSE(full.granted);
  EXPECT_EQ(full.why, end_reason::trunk_full);
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 4U);
  house_.send(house_.trunk("trunk-paris"), line_released{call_id{"c-2"}});
  EXPECT_TRUE(wanted("c-5").granted);
  // Callers come in whatever the limit says.
  house_.send(house_.trunk("trunk-paris"), line_seen{call_id{"in-1"}});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 5U);
}

TEST_F(Trunk, CallsASecond) {
  change([](trunk_settings& t) {
    t.channel_limit = 0;
    t.calls_per_second = 2;
  });
  EXPECT_TRUE(wanted("c-1").granted);
  EXPECT_TRUE(wanted("c-2").granted);
  EXPECT_FALSE(wanted("c-3").granted);
  house_.pass(milliseconds{500});
  EXPECT_TRUE(wanted("c-3").granted);
  EXPECT_FALSE(wanted("c-4").granted);
}

TEST_F(Trunk, ALeakedLineIsHealed) {
  ASSERT_TRUE(wanted("leaked").granted);
  house_.pass(seconds{10});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 1U) << "granted a moment ago";
  house_.pass(seconds{20});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 0U);
  EXPECT_EQ(house_.ear.counted("heals{leaked_line}"), 1U);
}

TEST_F(Trunk, HealthDecidesWhetherItIsUsed) {
  house_.send(house_.trunk("trunk-paris"), trunk_seen{reachability::unreachable, -1});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::down);
  EXPECT_EQ(wanted("c-1").why, end_reason::trunk_down);
  EXPECT_EQ(house_.ear.counted("trunk_refusals{trunk_down}"), 1U);
  house_.send(house_.trunk("trunk-paris"), trunk_seen{reachability::reachable, 12000});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::up);
  EXPECT_TRUE(wanted("c-1").granted);
  house_.send(house_.trunk("trunk-paris"), trunk_seen{reachability::reachable, 5'000'000});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::degraded);
}

TEST_F(Trunk, FlappingIsOverByItself) {
  for (int i = 0; i < 2; ++i) {
    house_.send(house_.trunk("trunk-paris"), trunk_seen{reachability::unreachable, -1});
    house_.send(house_.trunk("trunk-paris"), trunk_seen{reachability::reachable, 1000});
    house_.pass(seconds{1});
  }
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::degraded);
  house_.pass(seconds{70});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::up);
}

class Campaign : public testing::Test {
protected:
  Campaign() { house_.load(house::demo()); }
  outcome dials(const std::string& login, const std::string& call) {
    return house_.ask<outcome>(house_.campaign("campaign-demo"), campaign_dial{agent_id{"user-" + login}, call_id{call}});
  }
  house house_;
};

TEST_F(Campaign, CountsItsAttempts) {
  EXPECT_TRUE(dials("1001", "c-1").ok);
  EXPECT_TRUE(dials("1002", "c-2").ok);
  EXPECT_EQ(house_.campaign_shown("campaign-demo").offered, 2U);
  EXPECT_EQ(house_.campaign_shown("campaign-demo").ringing, 2U);
  house_.send(house_.campaign("campaign-demo"), campaign_answered{call_id{"c-1"}});
  house_.send(house_.campaign("campaign-demo"), campaign_ended{call_id{"c-1"}, attempt_outcome::answered});
  house_.send(house_.campaign("campaign-demo"), campaign_ended{call_id{"c-2"}, attempt_outcome::busy});
  const auto c = house_.campaign_shown("campaign-demo");
  EXPECT_EQ(c.answered, 1U);
  EXPECT_EQ(c.ringing, 0U);
  EXPECT_EQ(c.offered, 2U);
}

TEST_F(Campaign, RefusesStrangersAndWhenPaused) {
  EXPECT_FALSE(dials("9999", "c-1").ok);
  auto data = house::demo();
  data.campaigns[0].is_active = false;
  house_.load(data);
  EXPECT_FALSE(dials("1001", "c-1").ok);
}

TEST_F(Campaign, TheTotalsStartAgainAtMidnight) {
  EXPECT_TRUE(dials("1001", "c-1").ok);
  house_.send(house_.campaign("campaign-demo"), campaign_ended{call_id{"c-1"}, attempt_outcome::busy});
  house_.pass(std::chrono::hours{24});
  EXPECT_EQ(house_.campaign_shown("campaign-demo").offered, 0U);
}

} // namespace
} // namespace evs::test
