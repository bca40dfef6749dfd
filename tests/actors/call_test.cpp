// The call actor with everybody it talks to: inbound and outbound, each end, each refusal, each stage.

#include "tests/actors/house.hpp"

#include <gtest/gtest.h>

namespace evs::test {
namespace {

class Calls : public testing::Test {
protected:
  Calls() {
    house_.load(house::demo());
    house_.start_ami();
  }
  scripted_asterisk& asterisk() { return house_.asterisk; }
  agent_state state(const char* login) const { return house_.shown(login).state; }
  std::vector<call_record> records() {
    house_.pass(milliseconds{100});
    return house_.rows->all<call_record>();
  }
  /// Nobody and nothing is left of any call.
  void expect_quiet() {
    house_.pass(seconds{15});
    EXPECT_EQ(house_.services->calls.size(), 0U);
    for (const char* login : {"1001", "1002", "1003"}) {
      const auto s = state(login);
      EXPECT_TRUE(s == agent_state::available || s == agent_state::offline) << login << " is left behind";
    }
    EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 0U);
    EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 0U);
    for (const auto& [what, n] : house_.ear.counts)
      EXPECT_NE(what.substr(0, 6), "heals{") << what;
    std::map<call_id, int> rows;
    for (const auto& r : records())
      ++rows[r.id];
    for (const auto& [id, n] : rows)
      EXPECT_EQ(n, 1) << id.value << " has " << n << " rows";
  }

  house house_;
};

TEST_F(Calls, InboundAnswered) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.pass(seconds{2});
  ASSERT_EQ(asterisk().named("Originate").size(), 1U);
  const auto originate = asterisk().named("Originate")[0];
  EXPECT_EQ(originate.get("Channel"), "PJSIP/1001");
  EXPECT_EQ(originate.get("Application"), "Bridge");
  EXPECT_EQ(originate.get("Data"), "PJSIP/trunk-paris-00000001,x");
  EXPECT_EQ(originate.get("CallerID"), "<+33612345678>");
  EXPECT_EQ(originate.get("Timeout"), "20000");
  EXPECT_EQ(state("1001"), agent_state::ringing);
  asterisk().rings();
  house_.pass(seconds{1});
  asterisk().talks();
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::on_call);
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 1U);
  house_.pass(seconds{30});
  const auto leg = asterisk().last_leg();
  asterisk().hold(leg, true);
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::on_hold);
  house_.pass(seconds{5});
  asterisk().hold(leg, false);
  house_.pass(seconds{1});
  asterisk().leaves(leg);
  asterisk().gone("in-1", 16);
  asterisk().gone(leg, 16);
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::wrap_up);
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing connected held connected agent_hangup");
  house_.pass(seconds{11});
  EXPECT_EQ(state("1001"), agent_state::available);
  const auto rows = records();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].status, "answered");
  EXPECT_EQ(rows[0].ring, seconds{3});
  EXPECT_EQ(rows[0].talk, seconds{31});
  EXPECT_EQ(rows[0].hold, seconds{5});
  EXPECT_EQ(rows[0].duration, seconds{39});
  EXPECT_EQ(rows[0].site.value, "site-paris");
  EXPECT_EQ(rows[0].agent.value, "user-1001");
  ASSERT_EQ(house_.rows->all<wrap_up_finished>().size(), 1U);
  // The journal tells every step, without holes.
  const auto steps = house_.rows->all<call_step>();
  for (std::size_t i = 0; i < steps.size(); ++i)
    EXPECT_EQ(steps[i].seq, i + 1);
  EXPECT_EQ(steps.back().kind, "ended");
  expect_quiet();
}

TEST_F(Calls, EverySiteSeesItsCallsOnly) {
  // From the first word on: who hears of a call's begin must hear of its end.
  asterisk().caller("in-1", "+33472000001", "+33612345678", "trunk-lyon");
  house_.run();
  asterisk().gone("in-1", 0);
  house_.run();
  ASSERT_EQ(house_.told<call_started>().size(), 1U);
  EXPECT_EQ(house_.told<call_started>()[0].now.site.value, "site-lyon");
  EXPECT_EQ(house_.told<call_finished>().at(0).now.site.value, "site-lyon");
  asterisk().caller("in-2", "+33999999999", "+33612345678", "trunk-lyon");
  house_.run();
  EXPECT_EQ(house_.told<call_started>().at(1).now.site.value, "site-lyon");
  EXPECT_EQ(house_.told<call_finished>().at(1).now.site.value, "site-lyon");
  expect_quiet();
}

TEST_F(Calls, AbandonedWaiting) {
  asterisk().caller("in-1", "+33140000001");
  house_.pass(seconds{12});
  asterisk().gone("in-1", 0);
  house_.run();
  EXPECT_EQ(house_.call_story("in-1"), "new queued abandoned_waiting");
  EXPECT_EQ(records().at(0).wait, seconds{12});
  EXPECT_EQ(records().at(0).status, "abandoned");
  EXPECT_EQ(house_.queue_shown("queue-accueil").abandoned, 1U);
  expect_quiet();
}

TEST_F(Calls, AbandonedRinging) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().rings();
  house_.run();
  const auto leg = asterisk().last_leg();
  asterisk().gone("in-1", 0);
  house_.run();
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing abandoned_ringing");
  EXPECT_FALSE(asterisk().lives(leg)) << "the phone rings on";
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_EQ(house_.shown("1001").today.calls_missed, 0U);
  expect_quiet();
}

TEST_F(Calls, MissedThenTheNextAgent) {
  house_.available({"1001", "1002"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().rings();
  house_.pass(seconds{20});
  const auto first = asterisk().last_leg();
  asterisk().originate_failed(first);
  asterisk().gone(first, 19);
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_EQ(house_.shown("1001").today.calls_missed, 1U);
  ASSERT_EQ(asterisk().named("Originate").size(), 2U);
  EXPECT_EQ(asterisk().named("Originate")[1].get("Channel"), "PJSIP/1002");
  asterisk().talks();
  house_.run();
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing queued ringing connected");
  asterisk().leaves("in-1");
  asterisk().gone("in-1", 16);
  house_.run();
  EXPECT_EQ(records().at(0).agent.value, "user-1002");
  EXPECT_EQ(records().at(0).reason, end_reason::caller_hangup);
  expect_quiet();
}

TEST_F(Calls, APhoneThatIsNotThereCostsTheCallerNothing) {
  house_.available({"1001", "1002"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  // Not registered: no channel, only this.
  asterisk().originate_failed();
  house_.run();
  EXPECT_FALSE(house_.shown("1001").phone_reachable);
  EXPECT_EQ(state("1002"), agent_state::ringing);
}

TEST_F(Calls, AsteriskRefusesTheAgentsLeg) {
  house_.available({"1001"});
  asterisk().refuses = true;
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing queued");
  asterisk().refuses = false;
  asterisk().gone("in-1", 0);
  house_.pass(seconds{1});
  EXPECT_EQ(house_.services->calls.size(), 0U);
  EXPECT_EQ(state("1001"), agent_state::available);
}

TEST_F(Calls, AnUnknownNumberIsRefused) {
  asterisk().caller("in-1", "+33999999999");
  house_.run();
  EXPECT_EQ(house_.call_story("in-1"), "new did_unknown");
  ASSERT_EQ(asterisk().named("Hangup").size(), 1U);
  EXPECT_EQ(asterisk().named("Hangup")[0].get("Cause"), "1");
  EXPECT_EQ(records().at(0).status, "failed");
  expect_quiet();
}

TEST_F(Calls, ASupervisorHangsUpAtEachStage) {
  house_.available({"1001"});
  auto hang_up = [&](const std::string& id) {
    auto call = house_.call(id);
    ASSERT_TRUE(call.has_value());
    EXPECT_TRUE(house_.ask<outcome>(*call, hang_up_wanted{user_id{"user-1000"}, false}).ok);
  };
  house_.wants("1001", agent_state::paused);
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  hang_up("in-1");
  EXPECT_EQ(house_.call_story("in-1"), "new queued api_hangup");
  house_.wants("1001", agent_state::available);
  asterisk().caller("in-2", "+33140000001");
  house_.run();
  asterisk().rings();
  house_.run();
  hang_up("in-2");
  EXPECT_EQ(house_.call_story("in-2"), "new queued ringing api_hangup");
  EXPECT_EQ(house_.shown("1001").today.calls_missed, 0U);
  asterisk().caller("in-3", "+33140000001");
  house_.run();
  asterisk().talks();
  house_.run();
  hang_up("in-3");
  EXPECT_EQ(house_.call_story("in-3"), "new queued ringing connected api_hangup");
  expect_quiet();
}

TEST_F(Calls, AnAgentRefusesWithHisHangUpButton) {
  house_.available({"1001", "1002"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().rings();
  house_.run();
  EXPECT_TRUE(house_.ask<outcome>(*house_.call("in-1"), hang_up_wanted{user_id{"user-1001"}, true}).ok);
  EXPECT_TRUE(asterisk().lives("in-1"));
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_EQ(state("1002"), agent_state::ringing);
}

TEST_F(Calls, AnOrderToHangUpThatGotLostIsRepeated) {
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().down();
  house_.run();
  house_.ask<outcome>(*house_.call("in-1"), hang_up_wanted{user_id{"user-1000"}, false});
  EXPECT_EQ(house_.services->calls.size(), 1U);
  asterisk().up();
  house_.pass(seconds{5});
  EXPECT_FALSE(asterisk().lives("in-1"));
  EXPECT_EQ(house_.call_story("in-1"), "new queued api_hangup");
  EXPECT_EQ(house_.services->calls.size(), 0U);
}

TEST_F(Calls, NoCallIsLongerThanTheLongest) {
  house_.change_rules([](policies& p) { p.max_call = seconds{3600}; });
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().talks();
  house_.pass(seconds{3601});
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing connected api_hangup");
}

// ------------------------------------------------------------ outbound

TEST_F(Calls, OutboundAnswered) {
  house_.available({"1001"});
  auto said = house_.dials("1001", "06 12 34 00 01", "campaign-demo");
  ASSERT_TRUE(said->get().result.ok) << said->get().result.detail;
  const auto id = said->get().call.value;
  const auto o = asterisk().named("Originate").at(0);
  EXPECT_EQ(o.get("Channel"), "PJSIP/1001");
  EXPECT_EQ(o.get("ChannelId"), id);
  EXPECT_EQ(o.get("Context"), "evs-outbound");
  EXPECT_EQ(o.get("Exten"), "0612340001");
  std::vector<std::string> variables;
  for (const auto& [key, value] : o.what.headers)
    if (key == "Variable")
      variables.push_back(value);
  EXPECT_EQ(variables, (std::vector<std::string>{"EVS_TRUNK=trunk-paris", "EVS_CLI=+33140000009", "EVS_RING=25"}));
  // The attempt was on disk before anything rang.
  ASSERT_EQ(house_.rows->all<attempt_intent>().size(), 1U);
  EXPECT_EQ(house_.rows->all<attempt_intent>()[0].id.value, id);
  EXPECT_EQ(house_.campaign_shown("campaign-demo").ringing, 1U);
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 1U);
  asterisk().answers();
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::on_call);
  asterisk().customer("cust", id, channel_state::ringing);
  house_.pass(seconds{4});
  asterisk().customer("cust", id, channel_state::up);
  asterisk().bridge(id, "cust");
  house_.pass(seconds{20});
  EXPECT_EQ(house_.campaign_shown("campaign-demo").answered, 1U);
  asterisk().leaves("cust");
  asterisk().gone("cust", 16);
  asterisk().gone(id, 16);
  house_.run();
  EXPECT_EQ(house_.call_story(id), "new ringing connected caller_hangup");
  EXPECT_EQ(state("1001"), agent_state::wrap_up);
  EXPECT_EQ(records().at(0).talk, seconds{20});
  EXPECT_EQ(house_.rows->all<attempt_result>().at(0).outcome, attempt_outcome::answered);
  expect_quiet();
}

TEST_F(Calls, OutboundBusy) {
  house_.available({"1001"});
  const auto id = house_.dials("1001", "0612340086")->get().call.value;
  asterisk().answers();
  asterisk().customer("cust", id, channel_state::down);
  asterisk().dial_status(id, "cust", "BUSY");
  asterisk().gone("cust", 17);
  asterisk().gone(id, 17);
  house_.run();
  EXPECT_EQ(records().at(0).reason, end_reason::busy);
  EXPECT_EQ(records().at(0).status, "busy");
  EXPECT_EQ(records().at(0).cause, 17);
  EXPECT_EQ(state("1001"), agent_state::available);
  expect_quiet();
}

TEST_F(Calls, TheCallerIdOfTheSiteWithoutACampaign) {
  house_.available({"1002"});
  ASSERT_TRUE(house_.dials("1002", "0612340001")->get().result.ok);
  const auto originate = asterisk().named("Originate").at(0);
  auto has = [&](const std::string& wanted) {
    for (const auto& [key, value] : originate.what.headers)
      if (key == "Variable" && value == wanted)
        return true;
    return false;
  };
  EXPECT_TRUE(has("EVS_TRUNK=trunk-lyon"));
  EXPECT_TRUE(has("EVS_CLI=+33472000001"));
}

TEST_F(Calls, WhoIsRefusedAndWhy) {
  auto refused = [&](const std::string& login, const std::string& number, const std::string& campaign = {}) {
    const auto said = house_.dials(login, number, campaign)->get();
    EXPECT_FALSE(said.result.ok);
    house_.run();
    EXPECT_EQ(house_.services->calls.size(), 0U);
    EXPECT_TRUE(asterisk().named("Originate").empty());
    return said.result.code;
  };
  EXPECT_EQ(refused("9999", "0612340001"), errc::not_found);
  EXPECT_EQ(refused("1001", "0612340001"), errc::conflict); // offline
  house_.available({"1001"});
  EXPECT_EQ(refused("1001", "06&PJSIP/1002"), errc::invalid_input);
  EXPECT_EQ(refused("1001", "0612340001", "no-such"), errc::not_found);
  // Nothing of these was a call.
  EXPECT_TRUE(house_.told<call_started>().empty());
  EXPECT_TRUE(records().empty());

  auto data = house::demo();
  data.campaigns[0].is_active = false;
  house_.load(data);
  refused("1001", "0612340001", "campaign-demo");
  EXPECT_EQ(records().size(), 1U);
  EXPECT_EQ(records().back().reason, end_reason::telephony_failure);

  asterisk().device("trunk-paris", "UNAVAILABLE");
  house_.run();
  EXPECT_EQ(refused("1001", "0612340001"), errc::trunk_down);
  EXPECT_EQ(records().back().reason, end_reason::trunk_down);
  const auto not_dialled = [&] { return house_.rows->all<attempt_refused>().back(); };
  EXPECT_EQ(not_dialled().intent.id, records().back().id);
  EXPECT_EQ(not_dialled().intent.destination, "0612340001");
  EXPECT_EQ(not_dialled().intent.trunk.value, "trunk-paris");
  EXPECT_EQ(not_dialled().result.outcome, attempt_outcome::blocked);
  EXPECT_EQ(not_dialled().result.reason, end_reason::trunk_down);
  asterisk().device("trunk-paris", "NOT_INUSE");
  data.trunks[0].channel_limit = 1;
  house_.load(data);
  house_.send(house_.trunk("trunk-paris"), line_seen{call_id{"other"}});
  EXPECT_EQ(refused("1001", "0612340001"), errc::trunk_full);
  EXPECT_EQ(records().back().reason, end_reason::trunk_full);
  EXPECT_EQ(not_dialled().result.reason, end_reason::trunk_full);
  EXPECT_EQ(house_.rows->all<attempt_refused>().size(), 2U) << "one an attempt";
  house_.send(house_.trunk("trunk-paris"), line_released{call_id{"other"}});

  house_.rows->away = true;
  EXPECT_EQ(refused("1001", "0612340001"), errc::database_unavailable);
  house_.rows->away = false;
  house_.pass(seconds{10});
  EXPECT_EQ(records().back().reason, end_reason::telephony_failure);

  asterisk().down();
  house_.run();
  EXPECT_EQ(refused("1001", "0612340001"), errc::telephony_unavailable);
  EXPECT_EQ(state("1001"), agent_state::available);
}

TEST_F(Calls, AnAttemptThatTheDatabaseRejectsIsNotMade) {
  house_.available({"1001"});
  house_.rows->rejects = [](const store_write& w) { return std::holds_alternative<attempt_intent>(w); };
  const auto said = house_.dials("1001", "0612340001")->get();
  EXPECT_FALSE(said.result.ok);
  EXPECT_TRUE(asterisk().named("Originate").empty());
  expect_quiet();
}

TEST_F(Calls, AsteriskRefusesTheOriginate) {
  house_.available({"1001"});
  asterisk().refuses = true;
  const auto said = house_.dials("1001", "0612340001")->get();
  EXPECT_EQ(said.result.code, errc::telephony_unavailable);
  EXPECT_EQ(records().at(0).reason, end_reason::agent_unreachable);
  asterisk().refuses = false;
  expect_quiet();
}

TEST_F(Calls, NobodyKnowsWhetherAsteriskTookTheOriginate) {
  house_.available({"1001"});
  asterisk().keep_waiting("Originate");
  auto said = house_.dials("1001", "0612340001");
  EXPECT_FALSE(said->value.has_value());
  asterisk().down();
  house_.run();
  EXPECT_EQ(said->get().result.code, errc::telephony_unavailable);
  EXPECT_EQ(records().at(0).reason, end_reason::telephony_failure);
  EXPECT_EQ(state("1001"), agent_state::available);
  // It had taken it: the phone rings, and is told to stop.
  asterisk().up();
  house_.run();
  asterisk().rings();
  house_.run();
  EXPECT_FALSE(asterisk().lives(asterisk().last_leg()));
}

TEST_F(Calls, TheAgentsOwnPhoneIsNotThere) {
  house_.available({"1001"});
  house_.dials("1001", "0612340001");
  asterisk().originate_failed();
  house_.run();
  EXPECT_EQ(records().at(0).reason, end_reason::agent_unreachable);
  EXPECT_EQ(state("1001"), agent_state::available);
  expect_quiet();
}

TEST_F(Calls, AnOutboundCallIsHungUpAtEachStage) {
  house_.available({"1001"});
  // While it is being prepared: nobody rings.
  for (const bool own : {false, true}) {
    auto said = house_.ask_later<dial_answer>(house_.ami, dial_out{agent_id{"user-1001"}, "0612340001", {}, {}});
    std::size_t steps = 0;
    std::string id;
    while (house_.scheduler.try_run_once()) {
      auto living = house_.services->calls.handles();
      if (living.size() == 1 && ++steps == (own ? 1U : 4U))
        caf::anon_send(living[0], hang_up_wanted{user_id{"user-1001"}, own});
    }
    ASSERT_TRUE(said->value.has_value() || !said->error.empty());
    house_.pass(seconds{4});
    EXPECT_EQ(state("1001"), agent_state::available);
    EXPECT_EQ(house_.services->calls.size(), 0U);
  }
  // While the agent's phone rings.
  auto id = house_.dials("1001", "0612340001")->get().call.value;
  asterisk().rings();
  house_.run();
  EXPECT_TRUE(house_.ask<outcome>(*house_.call(id), hang_up_wanted{user_id{"user-1001"}, true}).ok);
  EXPECT_EQ(house_.call_story(id), "new agent_cancelled");
  // While the customer's phone rings.
  id = house_.dials("1001", "0612340001")->get().call.value;
  asterisk().answers();
  asterisk().customer("cust", id, channel_state::ringing);
  house_.run();
  EXPECT_TRUE(house_.ask<outcome>(*house_.call(id), hang_up_wanted{user_id{"user-1001"}, true}).ok);
  EXPECT_EQ(house_.call_story(id), "new ringing agent_cancelled");
  // While they talk.
  id = house_.dials("1001", "0612340001")->get().call.value;
  asterisk().answers();
  asterisk().customer("cust-2", id, channel_state::up);
  house_.run();
  EXPECT_TRUE(house_.ask<outcome>(*house_.call(id), hang_up_wanted{user_id{"user-1001"}, true}).ok);
  EXPECT_EQ(house_.call_story(id), "new ringing connected agent_hangup");
  for (const auto& r : records())
    EXPECT_GT(r.started, timestamp{seconds{1'700'000'000}}) << "a row of a call that never began";
  expect_quiet();
}

TEST_F(Calls, AnAgentWhoDialsFromAPauseComesBackToIt) {
  house_.available({"1001"});
  house_.wants("1001", agent_state::paused, "dossier");
  const auto id = house_.dials("1001", "0612340001")->get().call.value;
  asterisk().answers();
  asterisk().gone(id, 16);
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::paused);
  EXPECT_EQ(house_.shown("1001").reason, "dossier");
}

} // namespace
} // namespace evs::test
