// The agent actor: asked by people, queues and calls; heals itself.

#include "tests/actors/house.hpp"

#include <gtest/gtest.h>

namespace evs::test {
namespace {

class Agent : public testing::Test {
protected:
  Agent() {
    house_.load(house::demo());
    reachable("1001");
  }
  void reachable(const char* login) { house_.send(house_.agent(login), phone_seen{reachability::reachable}); }
  agent_state state() const { return house_.shown("1001").state; }
  offer_answer offered(const std::string& call) {
    return house_.ask<offer_answer>(house_.agent("1001"), call_offered{call_id{call}, queue_id{"queue-accueil"}});
  }
  /// A call that the self-check finds alive.
  void lives(const std::string& call) { house_.services->calls.put(call_id{call}, call_actor{}); }
  void ready() {
    house_.available({"1001"});
    lives("c-1");
    ASSERT_TRUE(offered("c-1").accepted);
  }
  void talking() {
    ready();
    house_.send(house_.agent("1001"), call_joined{call_id{"c-1"}});
    ASSERT_EQ(state(), agent_state::on_call);
  }

  house house_;
};

TEST_F(Agent, StatesAreAnnouncedAndSaved) {
  EXPECT_EQ(state(), agent_state::offline);
  EXPECT_TRUE(house_.wants("1001", agent_state::available).ok);
  EXPECT_EQ(state(), agent_state::available);
  EXPECT_TRUE(house_.wants("1001", agent_state::paused, "déjeuner").ok);
  EXPECT_EQ(house_.shown("1001").reason, "déjeuner");
  house_.pass(seconds{1});
  const auto saved = house_.rows->all<agent_state_saved>();
  ASSERT_FALSE(saved.empty());
  EXPECT_EQ(saved.back().now.state, agent_state::paused);
  EXPECT_EQ(house_.rows->all<agent_session_opened>().size(), 1U);
  EXPECT_TRUE(house_.wants("1001", agent_state::offline).ok);
  house_.pass(seconds{1});
  EXPECT_EQ(house_.rows->all<agent_session_closed>().size(), 1U);
}

TEST_F(Agent, RefusesWhatMakesNoSense) {
  EXPECT_FALSE(house_.wants("1001", agent_state::paused).ok); // from offline
  EXPECT_FALSE(house_.wants("1001", agent_state::on_call).ok);
  EXPECT_FALSE(offered("c-1").accepted);
  EXPECT_EQ(state(), agent_state::offline);
}

TEST_F(Agent, TakesOneOfferOnly) {
  ready();
  EXPECT_EQ(state(), agent_state::ringing);
  EXPECT_TRUE(offered("c-1").accepted) << "the same offer again";
  EXPECT_FALSE(offered("c-2").accepted);
  EXPECT_EQ(house_.shown("1001").call.value, "c-1");
}

TEST_F(Agent, IsRungWhereHeIs) {
  house_.available({"1001"});
  lives("c-1");
  EXPECT_EQ(offered("c-1").dial, "PJSIP/1001");
  auto data = house::demo();
  auto& me = data.users[0];
  me.use_mobile_as_station = true;
  me.mobile_number = "06 11 11 11 01";
  house_.load(data);
  house_.send(house_.agent("1001"), offer_ended{call_id{"c-1"}, offer_end::withdrawn});
  EXPECT_EQ(offered("c-2").dial, "PJSIP/0611111101@trunk-paris");
  // No usable number: no offer.
  house_.send(house_.agent("1001"), offer_ended{call_id{"c-2"}, offer_end::withdrawn});
  me.mobile_number = "not a number";
  house_.load(data);
  EXPECT_FALSE(offered("c-3").accepted);
}

TEST_F(Agent, AWishDuringACallComesTrueAfterIt) {
  talking();
  EXPECT_TRUE(house_.wants("1001", agent_state::paused, "déjeuner").ok);
  EXPECT_EQ(state(), agent_state::on_call);
  EXPECT_EQ(house_.shown("1001").pending, agent_state::paused);
  house_.send(house_.agent("1001"), call_released{call_id{"c-1"}, seconds{10}, seconds{30}, seconds{0}, true});
  EXPECT_EQ(state(), agent_state::wrap_up);
  house_.pass(milliseconds{9900});
  EXPECT_EQ(state(), agent_state::wrap_up);
  house_.pass(milliseconds{200});
  EXPECT_EQ(state(), agent_state::paused);
  EXPECT_EQ(house_.shown("1001").reason, "déjeuner");
}

TEST_F(Agent, WrapUpEndsByItselfOrWhenAsked) {
  talking();
  house_.send(house_.agent("1001"), call_released{call_id{"c-1"}, seconds{10}, seconds{30}, seconds{5}, true});
  EXPECT_TRUE(house_.shown("1001").wrap_up_until.has_value());
  house_.pass(seconds{11});
  EXPECT_EQ(state(), agent_state::available);
  const auto finished = house_.rows->all<wrap_up_finished>();
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].call.value, "c-1");
  EXPECT_EQ(finished[0].wrap_up, seconds{10});
  EXPECT_EQ(house_.shown("1001").today.talk, seconds{30});

  lives("c-2");
  ASSERT_TRUE(offered("c-2").accepted);
  house_.send(house_.agent("1001"), call_joined{call_id{"c-2"}});
  house_.send(house_.agent("1001"), call_released{call_id{"c-2"}, seconds{10}, seconds{30}, seconds{0}, true});
  house_.pass(seconds{2});
  EXPECT_TRUE(house_.wants("1001", agent_state::available).ok);
  EXPECT_EQ(state(), agent_state::available);
  house_.pass(seconds{1});
  ASSERT_EQ(house_.rows->all<wrap_up_finished>().size(), 2U);
  EXPECT_EQ(house_.rows->all<wrap_up_finished>()[1].wrap_up, seconds{2});
}

TEST_F(Agent, HoldsAndResumes) {
  talking();
  house_.send(house_.agent("1001"), call_held{call_id{"c-1"}, true});
  EXPECT_EQ(state(), agent_state::on_hold);
  house_.send(house_.agent("1001"), call_held{call_id{"other"}, false});
  EXPECT_EQ(state(), agent_state::on_hold);
  house_.send(house_.agent("1001"), call_held{call_id{"c-1"}, false});
  EXPECT_EQ(state(), agent_state::on_call);
}

TEST_F(Agent, WhoLetsItRingTooOftenIsPaused) {
  house_.available({"1001"});
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(state(), agent_state::available);
    const auto call = "c-" + std::to_string(i);
    lives(call);
    ASSERT_TRUE(offered(call).accepted);
    house_.send(house_.agent("1001"), offer_ended{call_id{call}, offer_end::missed});
  }
  EXPECT_EQ(state(), agent_state::paused);
  EXPECT_EQ(house_.shown("1001").reason, "ring_no_answer");
  EXPECT_EQ(house_.shown("1001").today.calls_missed, 3U);
}

TEST_F(Agent, NewsOfAnotherCallAreIgnored) {
  talking();
  house_.send(house_.agent("1001"), offer_ended{call_id{"c-1"}, offer_end::missed});
  house_.send(house_.agent("1001"), call_released{call_id{"c-0"}, seconds{10}, seconds{30}, seconds{0}, true});
  EXPECT_EQ(state(), agent_state::on_call);
  EXPECT_GE(house_.ear.counted("ignored_events{not_his_call}"), 1U);
}

TEST_F(Agent, ACallWithoutAnOwnerIsHealed) {
  talking();
  house_.pass(seconds{20});
  EXPECT_EQ(state(), agent_state::on_call);
  house_.services->calls.erase(call_id{"c-1"});
  house_.pass(seconds{5});
  EXPECT_EQ(state(), agent_state::available);
  EXPECT_EQ(house_.ear.counted("heals{agent_without_call}"), 1U);
}

TEST_F(Agent, BrowsersGonePauseHim) {
  house_.available({"1001"});
  house_.send(house_.agent("1001"), browsers_seen{true});
  house_.send(house_.agent("1001"), browsers_seen{false});
  house_.pass(seconds{29});
  EXPECT_EQ(state(), agent_state::available);
  house_.pass(seconds{2});
  EXPECT_EQ(state(), agent_state::paused);
  EXPECT_EQ(house_.shown("1001").reason, "connection_lost");
  // Coming back doesn't make him available: he says so himself.
  house_.send(house_.agent("1001"), browsers_seen{true});
  house_.pass(seconds{60});
  EXPECT_EQ(state(), agent_state::paused);
}

TEST_F(Agent, APageThatReloadsCostsNothing) {
  house_.available({"1001"});
  house_.send(house_.agent("1001"), browsers_seen{true});
  house_.send(house_.agent("1001"), browsers_seen{false});
  house_.pass(seconds{5});
  house_.send(house_.agent("1001"), browsers_seen{true});
  house_.pass(seconds{60});
  EXPECT_EQ(state(), agent_state::available);
}

TEST_F(Agent, AnUnreachablePhoneGetsNoOffer) {
  house_.available({"1001"});
  house_.send(house_.agent("1001"), phone_seen{reachability::unreachable});
  EXPECT_FALSE(house_.shown("1001").phone_reachable);
  EXPECT_FALSE(offered("c-1").accepted);
  reachable("1001");
  EXPECT_TRUE(offered("c-1").accepted);
}

TEST_F(Agent, ALivingCallFindsHimAfterARestart) {
  lives("c-9");
  house_.send(house_.agent("1001"), call_attached{call_id{"c-9"}, call_state::held});
  EXPECT_EQ(state(), agent_state::on_hold);
  house_.send(house_.agent("1001"), call_attached{call_id{"c-9"}, call_state::connected});
  EXPECT_EQ(state(), agent_state::on_call);
}

TEST_F(Agent, ADeactivatedAccountLeavesAfterItsCall) {
  talking();
  auto data = house::demo();
  data.users[0].is_active = false;
  house_.load(data);
  EXPECT_EQ(state(), agent_state::on_call);
  house_.send(house_.agent("1001"), call_released{call_id{"c-1"}, seconds{10}, seconds{1}, seconds{0}, true});
  EXPECT_EQ(state(), agent_state::offline);
}

} // namespace
} // namespace evs::test
