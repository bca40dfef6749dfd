// What a call does with each kind of news, and which end it gives itself.

#include "tests/unit/call/story.hpp"

#include "domain/labels.hpp"

#include <gtest/gtest.h>

namespace evs::test {
namespace {

using news = leg_fact::news;

listed_channel living(const std::string& uid, const std::string& linked, channel_state state, const std::string& bridge = {}) {
  listed_channel c;
  c.channel.uid.value = uid;
  c.channel.linked.value = linked;
  c.channel.name = "PJSIP/x-" + uid;
  c.channel.state = state;
  c.bridge.value = bridge;
  return c;
}

/// Inbound and in line / ringing at 1001 / talking to 1001.
story waiting() {
  auto s = story::inbound();
  s.routed();
  return s;
}
story ringing() {
  auto s = waiting();
  s.after(seconds{5});
  s.granted("1001", "leg-1");
  return s;
}
story talking() {
  auto s = ringing();
  s.after(seconds{3});
  s.seen("leg-1", channel_state::up, "PJSIP/1001-00000001");
  return s;
}
/// Outbound: dialing / the customer's phone rings / they talk.
story dialing() {
  auto s = story::outbound();
  s.feed(call_input::dialing{});
  return s;
}
story agent_up() {
  auto s = dialing();
  s.seen("out-1", channel_state::ringing);
  s.seen("out-1", channel_state::up);
  return s;
}
story customer_rings() {
  auto s = agent_up();
  s.after(seconds{2});
  s.seen("cust", channel_state::ringing);
  return s;
}
story outbound_talk() {
  auto s = customer_rings();
  s.after(seconds{4});
  s.seen("cust", channel_state::up);
  return s;
}

void expect_end(const story& s, end_reason reason) {
  EXPECT_TRUE(s.over()) << s.told();
  EXPECT_EQ(s.reason(), token(reason)) << s.told();
  EXPECT_EQ(s.broken, "");
}

TEST(CallFsm, InboundIsAnsweredAndTheAgentHangsUp) {
  auto s = talking();
  s.after(seconds{60});
  s.news("leg-1", news::unbridged);
  s.news("in-1", news::unbridged);
  s.gone("leg-1", 16);
  s.gone("in-1", 16);
  expect_end(s, end_reason::agent_hangup);
  EXPECT_EQ(s.done(), "join; ring 1001; answered by 1001; 1001 up; hang up in-1 16; 1001 released from talk; end agent_hangup");
  const auto& row = s.rows.at(0);
  EXPECT_EQ(row.wait, seconds{5});
  EXPECT_EQ(row.ring, seconds{3});
  EXPECT_EQ(row.talk, seconds{60});
  EXPECT_EQ(row.duration, seconds{68});
  EXPECT_EQ(row.billable, seconds{60});
  EXPECT_EQ(row.agent.value, "1001");
  EXPECT_EQ(row.queue.value, "queue");
  EXPECT_EQ(row.trunk.value, "trunk-paris");
  EXPECT_EQ(row.did, "+33140000001");
}

TEST(CallFsm, TheCallerHangsUp) {
  auto s = talking();
  s.news("in-1", news::unbridged);
  s.gone("in-1", 16);
  expect_end(s, end_reason::caller_hangup);
}

TEST(CallFsm, HoldIsCountedApart) {
  auto s = talking();
  s.after(seconds{10});
  s.news("leg-1", news::held);
  EXPECT_EQ(s.m.now.state, call_state::held);
  EXPECT_TRUE(s.m.now.on_hold);
  s.news("leg-1", news::held);
  s.after(seconds{7});
  s.news("leg-1", news::unheld);
  s.news("leg-1", news::unheld);
  s.after(seconds{1});
  s.gone("in-1", 16);
  expect_end(s, end_reason::caller_hangup);
  EXPECT_EQ(s.rows.at(0).hold, seconds{7});
  EXPECT_EQ(s.rows.at(0).talk, seconds{11});
  EXPECT_EQ(s.rows.at(0).billable, seconds{18});
}

TEST(CallFsm, TheCallersOwnHoldButtonChangesNothing) {
  auto s = talking();
  s.news("in-1", news::held);
  EXPECT_EQ(s.m.now.state, call_state::connected);
}

TEST(CallFsm, CallerGivesUpWaiting) {
  auto s = waiting();
  s.after(seconds{9});
  s.gone("in-1", 0);
  expect_end(s, end_reason::abandoned_waiting);
  EXPECT_EQ(s.done(), "join; leave; end abandoned_waiting");
  EXPECT_EQ(s.rows.at(0).wait, seconds{9});
  EXPECT_TRUE(s.rows.at(0).agent.empty());
}

TEST(CallFsm, CallerGivesUpRinging) {
  auto s = ringing();
  s.gone("in-1", 0);
  expect_end(s, end_reason::abandoned_ringing);
  EXPECT_EQ(s.done(), "join; ring 1001; hang up leg-1 16; leave; 1001 withdrawn; end abandoned_ringing");
  // What the leg says afterwards is of no interest.
  s.gone("leg-1", 16);
  EXPECT_EQ(s.finished, 1U);
  EXPECT_EQ(s.broken, "");
}

TEST(CallFsm, HowAnOfferEnds) {
  const std::vector<std::pair<int, std::string>> table{{19, "missed"},      {0, "missed"},       {16, "missed"},     {17, "rejected"},
                                                       {21, "rejected"},    {18, "unreachable"}, {20, "unreachable"}, {3, "unreachable"},
                                                       {27, "unreachable"}};
  for (const auto& [cause, how] : table) {
    auto s = ringing();
    s.gone("leg-1", cause);
    EXPECT_EQ(s.m.now.state, call_state::queued) << cause;
    EXPECT_EQ(s.done(), "join; ring 1001; 1001 " + how + "; next after 1001 " + how) << cause;
    s.granted("1002", "leg-2");
    s.seen("leg-2", channel_state::up);
    s.gone("in-1", 16);
    expect_end(s, end_reason::caller_hangup);
    EXPECT_EQ(s.rows.at(0).agent.value, "1002");
  }
}

TEST(CallFsm, AWithdrawnOfferHangsUpTheLeg) {
  auto s = ringing();
  s.feed(call_input::offer_withdrawn{agent_id{"1001"}});
  EXPECT_EQ(s.done(), "join; ring 1001; hang up leg-1 16; 1001 withdrawn; next after 1001 withdrawn");
  EXPECT_EQ(s.m.now.state, call_state::queued);
  // The order was too early for Asterisk: the leg appears all the same, and is ended again.
  s.seen("leg-1", channel_state::ringing, "PJSIP/1001-00000001");
  EXPECT_EQ(s.hung_up.count("leg-1"), 2U);
  EXPECT_EQ(s.m.now.state, call_state::queued);
  EXPECT_EQ(s.broken, "");
}

TEST(CallFsm, WithdrawalComesTooLate) {
  auto s = talking();
  s.feed(call_input::offer_withdrawn{agent_id{"1001"}});
  EXPECT_EQ(s.m.now.state, call_state::connected);
  s = waiting();
  s.feed(call_input::offer_withdrawn{agent_id{"1001"}});
  EXPECT_EQ(s.m.now.state, call_state::queued);
  EXPECT_EQ(s.hung_up.size(), 0U);
}

TEST(CallFsm, AnAgentGrantedTooLateIsGivenBack) {
  for (auto s : {ringing(), talking()}) {
    s.granted("1002", "leg-2");
    EXPECT_EQ(s.lines.back(), "1002 withdrawn");
    EXPECT_EQ(s.hung_up.count("leg-2"), 0U);
    s.gone("in-1", 16);
    EXPECT_TRUE(s.over());
    EXPECT_EQ(s.rows.at(0).agent.value, s.rows.at(0).answered ? "1001" : "");
    EXPECT_EQ(s.broken, "");
  }
}

TEST(CallFsm, LongestWait) {
  auto s = waiting();
  s.feed(call_input::waited_too_long{});
  EXPECT_EQ(s.hung_up.count("in-1"), 1U);
  EXPECT_NE(s.m.now.state, call_state::ended); // Asterisk says when
  s.gone("in-1", 16);
  expect_end(s, end_reason::queue_timeout);
  // Somebody was found in time.
  auto lucky = ringing();
  lucky.feed(call_input::waited_too_long{});
  EXPECT_EQ(lucky.hung_up.size(), 0U);
}

TEST(CallFsm, AnUnknownNumberIsRefused) {
  auto s = story::inbound();
  s.feed(call_input::refused{end_reason::did_unknown});
  EXPECT_EQ(s.done(), "hang up in-1 1");
  s.gone("in-1", 1);
  expect_end(s, end_reason::did_unknown);
  EXPECT_EQ(call_status_text(s.rows.at(0)), "failed");
}

TEST(CallFsm, TheOriginateOfAnOfferFails) {
  auto refused = ringing();
  refused.feed(call_input::leg_failed{channel_id{"leg-1"}, false});
  EXPECT_EQ(refused.done(), "join; ring 1001; 1001 unreachable; next after 1001 unreachable");
  // Nobody knows: it may still come to life, and is then ended.
  auto unknown = ringing();
  unknown.feed(call_input::leg_failed{channel_id{"leg-1"}, true});
  EXPECT_EQ(unknown.m.now.state, call_state::queued);
  unknown.seen("leg-1", channel_state::up);
  EXPECT_EQ(unknown.m.now.state, call_state::queued);
  EXPECT_EQ(unknown.hung_up.count("leg-1"), 1U);
  // A leg that is there has not failed, whatever an answer that comes late says.
  for (bool away : {false, true}) {
    auto s = talking();
    s.feed(call_input::leg_failed{channel_id{"leg-1"}, away});
    EXPECT_EQ(s.m.now.state, call_state::connected);
    s.gone("in-1", 16);
    expect_end(s, end_reason::caller_hangup);
    EXPECT_EQ(s.rows.at(0).agent.value, "1001");
  }
}

TEST(CallFsm, SomebodyHangsUpAnInboundCall) {
  auto s = waiting();
  s.feed(call_input::hang_up{});
  s.gone("in-1", 16);
  expect_end(s, end_reason::api_hangup);

  s = talking();
  s.feed(call_input::hang_up{});
  EXPECT_EQ(s.hung_up.count("in-1") + s.hung_up.count("leg-1"), 2U);
  s.gone("leg-1", 16);
  s.gone("in-1", 16);
  expect_end(s, end_reason::api_hangup);

  s = talking();
  s.feed(call_input::hang_up{true});
  s.gone("in-1", 16);
  expect_end(s, end_reason::agent_hangup);
}

TEST(CallFsm, AnOfferThatASupervisorEndsIsNoMissedCall) {
  for (bool caller_first : {false, true}) {
    auto s = ringing();
    s.feed(call_input::hang_up{});
    s.gone(caller_first ? "in-1" : "leg-1", 16);
    s.gone(caller_first ? "leg-1" : "in-1", 16);
    expect_end(s, end_reason::api_hangup);
    EXPECT_NE(s.done().find("1001 withdrawn"), std::string::npos) << s.done();
    EXPECT_EQ(s.done().find("missed"), std::string::npos) << s.done();
  }
}

TEST(CallFsm, AnAgentWhoHangsUpARingingCallRefusesTheOfferOnly) {
  auto s = ringing();
  s.feed(call_input::hang_up{true});
  EXPECT_EQ(s.done(), "join; ring 1001; hang up leg-1 16; 1001 rejected; next after 1001 rejected");
  EXPECT_EQ(s.m.now.state, call_state::queued);
  s.gone("leg-1", 16);
  s.granted("1002", "leg-2");
  s.seen("leg-2", channel_state::up);
  s.gone("in-1", 16);
  expect_end(s, end_reason::caller_hangup);
  EXPECT_EQ(s.rows.at(0).agent.value, "1002");
}

TEST(CallFsm, OutboundIsAnswered) {
  auto s = outbound_talk();
  s.after(seconds{30});
  s.news("cust", news::unbridged);
  s.gone("cust", 16);
  s.gone("out-1", 16);
  expect_end(s, end_reason::caller_hangup);
  const auto& row = s.rows.at(0);
  EXPECT_EQ(row.wait, seconds{2});
  EXPECT_EQ(row.ring, seconds{4});
  EXPECT_EQ(row.talk, seconds{30});
  EXPECT_EQ(row.source, "+33140000009");
  EXPECT_EQ(row.destination, "+33612340001");
  ASSERT_EQ(s.attempts.size(), 1U);
  EXPECT_EQ(s.attempts[0].outcome, attempt_outcome::answered);
  EXPECT_EQ(s.attempts[0].id.value, "out-1");
}

TEST(CallFsm, OutboundTheAgentHangsUp) {
  auto s = outbound_talk();
  s.news("out-1", news::unbridged);
  s.gone("out-1", 16);
  expect_end(s, end_reason::agent_hangup);
}

TEST(CallFsm, WhatTheFarEndSays) {
  struct row { const char* status; int cause; end_reason reason; attempt_outcome outcome; };
  const row table[]{
    {"BUSY", 17, end_reason::busy, attempt_outcome::busy},
    {"NOANSWER", 0, end_reason::no_answer, attempt_outcome::no_answer},
    {"NOANSWER", 19, end_reason::no_answer, attempt_outcome::no_answer},
    {"NOANSWER", 1, end_reason::invalid_number, attempt_outcome::invalid},
    {"NOANSWER", 28, end_reason::invalid_number, attempt_outcome::invalid},
    {"NOANSWER", 21, end_reason::rejected, attempt_outcome::busy},
    {"CONGESTION", 34, end_reason::congestion, attempt_outcome::congestion},
    {"NOANSWER", 38, end_reason::congestion, attempt_outcome::congestion},
    {"CHANUNAVAIL", 20, end_reason::trunk_down, attempt_outcome::blocked},
    {"", 17, end_reason::busy, attempt_outcome::busy},
    {"BUSY", 0, end_reason::busy, attempt_outcome::busy},
  };
  for (const auto& r : table) {
    auto s = customer_rings();
    if (*r.status)
      s.news("cust", news::dial_status, 0, r.status);
    s.gone("cust", r.cause);
    EXPECT_EQ(s.hung_up.count("out-1"), 1U);
    s.gone("out-1", r.cause == 0 ? 19 : r.cause);
    expect_end(s, r.reason);
    EXPECT_EQ(s.attempts.at(0).outcome, r.outcome) << r.status << " " << r.cause;
  }
}

TEST(CallFsm, TheAgentsLegTellsWhatTheCustomersLegCouldNot) {
  // The customer's Hangup was lost: the agent's leg repeats its cause.
  auto s = customer_rings();
  s.gone("out-1", 17);
  expect_end(s, end_reason::busy);
  // No customer's leg at all: the trunk had no usable contact, or the number did not pass the dialplan.
  s = agent_up();
  s.gone("out-1", 3);
  expect_end(s, end_reason::trunk_down);
  s = agent_up();
  s.gone("out-1", 28);
  expect_end(s, end_reason::invalid_number);
}

TEST(CallFsm, TheAgentsOwnPhoneFails) {
  auto missed = dialing();
  missed.seen("out-1", channel_state::ringing);
  missed.gone("out-1", 19);
  expect_end(missed, end_reason::agent_no_answer);
  auto absent = dialing();
  absent.gone("out-1", 20);
  expect_end(absent, end_reason::agent_unreachable);
  auto refused = dialing();
  refused.feed(call_input::leg_failed{channel_id{"out-1"}, false});
  expect_end(refused, end_reason::agent_unreachable);
  auto away = dialing();
  away.feed(call_input::leg_failed{channel_id{"out-1"}, true});
  expect_end(away, end_reason::telephony_failure);
}

TEST(CallFsm, TheAgentCancels) {
  for (auto s : {agent_up(), customer_rings()}) {
    s.news("cust", news::dial_status, 0, "CANCEL");
    s.gone("cust", 16);
    s.gone("out-1", 16);
    expect_end(s, end_reason::agent_cancelled);
    EXPECT_EQ(s.attempts.at(0).outcome, attempt_outcome::abandoned);
  }
}

TEST(CallFsm, SomebodyHangsUpAnOutboundCallAtEachStage) {
  for (bool agent : {false, true}) {
    auto early = story::outbound();
    early.feed(call_input::hang_up{agent});
    expect_end(early, agent ? end_reason::agent_cancelled : end_reason::api_hangup);
    for (auto s : {dialing(), agent_up(), customer_rings()}) {
      s.feed(call_input::hang_up{agent});
      EXPECT_EQ(s.hung_up.count("out-1"), 1U);
      s.gone("cust", 16);
      s.gone("out-1", 16);
      expect_end(s, agent ? end_reason::agent_cancelled : end_reason::api_hangup);
    }
    auto s = outbound_talk();
    s.feed(call_input::hang_up{agent});
    s.gone("cust", 16);
    s.gone("out-1", 16);
    expect_end(s, agent ? end_reason::agent_hangup : end_reason::api_hangup);
  }
}

TEST(CallFsm, RefusedBeforeAnythingWasDialled) {
  for (auto why : {end_reason::trunk_down, end_reason::trunk_full, end_reason::telephony_failure}) {
    auto s = story::outbound();
    s.feed(call_input::refused{why});
    expect_end(s, why);
    EXPECT_EQ(s.done(), "1001 released; end " + std::string{token(why)});
    EXPECT_EQ(s.attempts.at(0).outcome, why == end_reason::telephony_failure ? attempt_outcome::failed : attempt_outcome::blocked);
  }
}

TEST(CallFsm, DialingTwiceIsOnce) {
  auto s = dialing();
  s.feed(call_input::dialing{});
  EXPECT_EQ(s.m.legs.size(), 1U);
}

TEST(CallFsm, AChannelThatNobodyAskedForIsNoLegOfAnInboundCall) {
  auto s = waiting();
  s.seen("stranger", channel_state::up, "PJSIP/1009-00000001");
  EXPECT_EQ(s.m.legs.size(), 1U);
  EXPECT_EQ(s.m.now.state, call_state::queued);
}

TEST(CallFsm, ARestartFindsTheLegsAlive) {
  auto s = talking();
  s.after(seconds{20});
  s.restart({living("in-1", "in-1", channel_state::up, "b"), living("leg-1", "in-1", channel_state::up, "b")});
  EXPECT_EQ(s.m.now.state, call_state::connected);
  s.after(seconds{20});
  s.gone("in-1", 16);
  expect_end(s, end_reason::caller_hangup);
  EXPECT_EQ(s.rows.at(0).talk, seconds{40});

  // He answered while nobody looked.
  s = ringing();
  s.restart({living("in-1", "in-1", channel_state::up, "b"), living("leg-1", "in-1", channel_state::up, "b")});
  EXPECT_EQ(s.m.now.state, call_state::connected);
  EXPECT_NE(s.done().find("answered by 1001; 1001 up"), std::string::npos);

  // The customer's leg came meanwhile: known by its Linkedid.
  s = agent_up();
  s.restart({living("out-1", "out-1", channel_state::up, "b"), living("cust", "out-1", channel_state::up, "b")});
  EXPECT_EQ(s.m.now.state, call_state::connected);
  s.gone("out-1", 16);
  expect_end(s, end_reason::agent_hangup);
}

TEST(CallFsm, ARestartFindsLegsGone) {
  for (auto s : {waiting(), ringing(), talking(), dialing(), agent_up(), customer_rings(), outbound_talk()}) {
    const auto before = s.m.now.state;
    s.after(seconds{20});
    s.restart({});
    expect_end(s, end_reason::lost_track);
    EXPECT_EQ(s.rows.size(), 1U) << token(before);
  }
  // The agent's leg alone is gone: the caller keeps waiting.
  auto s = ringing();
  s.restart({living("in-1", "in-1", channel_state::up)});
  EXPECT_EQ(s.m.now.state, call_state::queued);
  EXPECT_EQ(s.finished, 0U);
  // Nothing had been dialled.
  s = story::outbound();
  s.restart({});
  expect_end(s, end_reason::lost_track);
}

TEST(CallFsm, AnEndThatWasJournaledIsFinishedAfterARestart) {
  auto s = talking();
  s.after(seconds{30});
  s.gone("in-1", 16);
  const auto row = s.rows.at(0);
  s.after(seconds{100});
  s.restart({});
  ASSERT_EQ(s.rows.size(), 2U);
  EXPECT_EQ(s.rows[1], row);
}

} // namespace
} // namespace evs::test
