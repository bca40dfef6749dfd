#include "domain/agent_fsm.hpp"
#include "domain/call_fsm.hpp"
#include "domain/labels.hpp"

#include <gtest/gtest.h>

namespace evs::agent_fsm {
namespace {

using S = agent_state;
const call_id c1{"c1"}, c2{"c2"};

/// One agent under test: time goes only when told; the last effects as text.
class AgentFsm : public ::testing::Test {
protected:
  policy p;
  timestamp now{seconds{1'000'000}};
  memory m = start(settings(), now);
  std::uint64_t epochs[3]{};
  milliseconds delays[3]{};
  std::uint64_t announced = 0;
  agent_snapshot saved;

  static agent_settings settings() {
    agent_settings s;
    s.id = agent_id{"1001"};
    s.login_id = "1001";
    s.extension = "1001";
    return s;
  }

  void pass(int s) { now += seconds{s}; }

  static std::string show(const agent_snapshot& s) {
    std::string text{"is "};
    text += token(s.state);
    if (!s.call.empty())
      text += " " + s.call.value;
    if (!s.reason.empty())
      text += " (" + s.reason + ")";
    if (s.pending)
      text += " then " + std::string(token(*s.pending));
    return text;
  }

  std::string on(const event& e) {
    auto [next, effects] = apply(std::move(m), e, p, now);
    m = std::move(next);
    EXPECT_FALSE(effects.empty());
    std::string text;
    for (const auto& x : effects) {
      std::string one;
      if (auto* a = std::get_if<announce>(&x)) {
        EXPECT_GT(a->now.version, announced);
        announced = a->now.version;
        EXPECT_EQ(a->now, m.now);
        one = show(a->now);
      } else if (auto* s = std::get_if<save>(&x)) {
        saved = s->now;
        EXPECT_EQ(saved, m.now);
      } else if (auto* t = std::get_if<start_timer>(&x)) {
        epochs[static_cast<int>(t->which)] = t->epoch;
        delays[static_cast<int>(t->which)] = t->delay;
      } else if (std::holds_alternative<accepted>(x))
        one = "accepted";
      else if (auto* r = std::get_if<refused>(&x))
        one = "refused " + std::string(token(r->why.code));
      else if (std::holds_alternative<session_opened>(x))
        one = "login";
      else if (std::holds_alternative<session_closed>(x))
        one = "logout";
      else if (auto* w = std::get_if<wrap_up_finished>(&x))
        one = "wrapped " + w->call.value + " " + std::to_string(w->wrap_up.count());
      else if (auto* i = std::get_if<fsm::ignored>(&x))
        one = "ignored " + std::string(i->why);
      if (!one.empty())
        text += (text.empty() ? "" : "; ") + one;
    }
    return text;
  }

  std::string elapse(timer t) { return on(timer_elapsed{t, epochs[static_cast<int>(t)]}); }
  std::string wants(S s, std::string reason = {}) { return on(wants_state{s, std::move(reason), {}}); }

  void ready() {
    on(phone{reachability::reachable});
    wants(S::available);
    ASSERT_EQ(m.now.state, S::available);
  }
  void ringing() {
    ready();
    on(offered{c1, queue_id{"q"}});
    ASSERT_EQ(m.now.state, S::ringing);
  }
  void talking() {
    ringing();
    on(connected{c1});
    ASSERT_EQ(m.now.state, S::on_call);
  }
};

TEST_F(AgentFsm, ADayWithOneCall) {
  EXPECT_EQ(on(phone{reachability::reachable}), "is offline");
  EXPECT_EQ(wants(S::available), "accepted; login; is available");
  pass(5);
  EXPECT_EQ(on(offered{c1, {}}), "accepted; is ringing c1");
  pass(3);
  EXPECT_EQ(on(connected{c1}), "is on_call c1");
  pass(60);
  EXPECT_EQ(on(held{c1}), "is on_hold c1");
  pass(10);
  EXPECT_EQ(on(unheld{c1}), "is on_call c1");
  pass(20);
  EXPECT_EQ(on(call_ended{c1, true, seconds{15}, seconds{80}, seconds{10}}), "is wrap_up c1");
  EXPECT_EQ(m.now.wrap_up_until, now + seconds{15});
  EXPECT_EQ(delays[0], seconds{15});
  pass(15);
  EXPECT_EQ(elapse(timer::wrap_up), "wrapped c1 15; is available");
  pass(7);
  EXPECT_EQ(wants(S::offline), "accepted; logout; is offline");
  const auto& t = m.now.today;
  EXPECT_EQ(t.calls_handled, 1u);
  EXPECT_EQ(t.talk, seconds{80});
  EXPECT_EQ(t.hold, seconds{10});
  EXPECT_EQ(t.wrap_up, seconds{15});
  EXPECT_EQ(t.connected, seconds{120});
  EXPECT_EQ(t.calls_missed, 0u);
}

TEST_F(AgentFsm, OfflineAgentsCanOnlyBecomeAvailable) {
  EXPECT_EQ(wants(S::paused), "refused conflict");
  EXPECT_EQ(wants(S::training), "refused conflict");
  EXPECT_EQ(wants(S::offline), "accepted") << "he is already";
  EXPECT_EQ(on(offered{c1, {}}), "refused conflict");
  EXPECT_EQ(on(dials{c1, {}}), "refused conflict");
  EXPECT_EQ(wants(S::available), "accepted; login; is available");
}

TEST_F(AgentFsm, NobodyCanAskForAStateThatOnlyCallsMake) {
  ready();
  for (auto s : {S::ringing, S::on_call, S::on_hold, S::wrap_up})
    EXPECT_EQ(wants(s), "refused invalid_input");
}

TEST_F(AgentFsm, PausesAndTrainingFromEachOther) {
  ready();
  EXPECT_EQ(wants(S::paused, "repas"), "accepted; is paused (repas)");
  pass(10);
  EXPECT_EQ(wants(S::paused, "repas"), "accepted");
  EXPECT_EQ(wants(S::paused, "café"), "accepted; is paused (café)");
  EXPECT_EQ(m.now.today.pauses, 1u) << "another reason is the same pause";
  pass(10);
  EXPECT_EQ(wants(S::training, "produit"), "accepted; is training (produit)");
  pass(30);
  EXPECT_EQ(wants(S::paused), "accepted; is paused");
  pass(1);
  EXPECT_EQ(wants(S::available), "accepted; is available");
  EXPECT_EQ(m.now.today.paused, seconds{21});
  EXPECT_EQ(m.now.today.training, seconds{30});
  EXPECT_EQ(m.now.today.pauses, 2u);
  EXPECT_EQ(m.now.today.trainings, 1u);
}

TEST_F(AgentFsm, RefusesOffersWhenHeCannotTakeThem) {
  wants(S::available);
  EXPECT_EQ(on(offered{c1, {}}), "refused phone_unreachable");
  EXPECT_EQ(on(dials{c1, {}}), "refused phone_unreachable");
  on(phone{reachability::reachable});
  EXPECT_EQ(on(offered{call_id{}, {}}), "refused invalid_input");
  on(offered{c1, {}});
  EXPECT_EQ(on(offered{c1, {}}), "accepted") << "asked twice";
  EXPECT_EQ(on(offered{c2, {}}), "refused conflict");
  EXPECT_EQ(on(dials{c2, {}}), "refused conflict");
  on(connected{c1});
  EXPECT_EQ(on(offered{c2, {}}), "refused conflict");
  on(call_ended{c1, true, seconds{5}, {}, {}});
  EXPECT_EQ(on(offered{c2, {}}), "refused conflict") << "wrap-up is work";
}

TEST_F(AgentFsm, AMobileStationNeedsNoPhone) {
  auto s = settings();
  s.use_mobile_as_station = true;
  s.mobile_number = "+33600000001";
  on(settings_changed{s});
  wants(S::available);
  EXPECT_EQ(on(phone{reachability::unreachable}), "ignored no_change");
  EXPECT_EQ(on(offered{c1, {}}), "accepted; is ringing c1");
  EXPECT_EQ(on(offer_ended{c1, offer_end::unreachable}), "is available");
  EXPECT_TRUE(m.now.phone_reachable);
  EXPECT_EQ(m.now.today.calls_missed, 1u) << "else he would be tried for ever";
}

TEST_F(AgentFsm, WhatAsksDuringACallTakesEffectAfterIt) {
  talking();
  EXPECT_EQ(wants(S::paused, "repas"), "accepted; is on_call c1 (repas) then paused");
  EXPECT_EQ(on(call_ended{c1, true, seconds{5}, {}, {}}), "is wrap_up c1 (repas) then paused");
  EXPECT_EQ(elapse(timer::wrap_up), "wrapped c1 0; is paused (repas)");
}

TEST_F(AgentFsm, OfflineAskedForDuringACallSkipsTheWrapUp) {
  talking();
  EXPECT_EQ(wants(S::offline), "accepted; is on_call c1 then offline");
  EXPECT_EQ(on(call_ended{c1, true, seconds{5}, {}, {}}), "logout; is offline");
}

TEST_F(AgentFsm, TheLastWishCounts) {
  talking();
  wants(S::paused, "repas");
  EXPECT_EQ(wants(S::available), "accepted; is on_call c1 then available");
  EXPECT_EQ(on(call_ended{c1, true, seconds{0}, {}, {}}), "is available") << "no wrap-up configured";
}

TEST_F(AgentFsm, MissedInARowPausesHim) {
  ready();
  for (int i = 0; i < 2; ++i) {
    on(offered{c1, {}});
    EXPECT_EQ(on(offer_ended{c1, i == 0 ? offer_end::missed : offer_end::rejected}), "is available");
  }
  on(offered{c1, {}});
  EXPECT_EQ(on(offer_ended{c1, offer_end::missed}), "is paused (ring_no_answer)");
  EXPECT_EQ(m.now.today.calls_missed, 3u);
  wants(S::available);
  on(offered{c2, {}});
  EXPECT_EQ(on(offer_ended{c2, offer_end::missed}), "is available") << "counted from zero again";
}

TEST_F(AgentFsm, AnAnsweredOrWithdrawnCallIsNoMiss) {
  p.misses_before_pause = 2;
  ringing();
  on(offer_ended{c1, offer_end::missed});
  on(offered{c1, {}});
  EXPECT_EQ(on(offer_ended{c1, offer_end::withdrawn}), "is available");
  on(offered{c1, {}});
  on(connected{c1});
  on(call_ended{c1, true, seconds{0}, {}, {}});
  on(offered{c2, {}});
  EXPECT_EQ(on(offer_ended{c2, offer_end::missed}), "is available");
}

TEST_F(AgentFsm, AnUnreachablePhoneStopsOffersUntilItIsBack) {
  ringing();
  EXPECT_EQ(on(offer_ended{c1, offer_end::unreachable}), "is available");
  EXPECT_FALSE(m.now.phone_reachable);
  EXPECT_EQ(m.now.today.calls_missed, 0u);
  EXPECT_EQ(on(offered{c2, {}}), "refused phone_unreachable");
  EXPECT_EQ(on(phone{reachability::unknown}), "ignored unknown_reachability");
  on(phone{reachability::reachable});
  EXPECT_EQ(on(offered{c2, {}}), "accepted; is ringing c2");
}

TEST_F(AgentFsm, PendingStatesApplyAfterAMissedCallToo) {
  ringing();
  EXPECT_EQ(wants(S::offline), "accepted; is ringing c1 then offline");
  EXPECT_EQ(on(offer_ended{c1, offer_end::missed}), "logout; is offline");
}

TEST_F(AgentFsm, DiallingFromAPauseComesBackToIt) {
  ready();
  wants(S::paused, "dossiers");
  EXPECT_EQ(on(dials{c1, campaign_id{"k"}}), "accepted; is ringing c1 (dossiers) then paused");
  EXPECT_EQ(m.now.campaign.value, "k");
  EXPECT_EQ(on(dials{c1, {}}), "accepted") << "asked twice";
  EXPECT_EQ(on(connected{c1}), "is on_call c1 (dossiers) then paused");
  EXPECT_EQ(on(call_ended{c1, true, seconds{5}, {}, {}}), "is wrap_up c1 (dossiers) then paused");
  EXPECT_EQ(elapse(timer::wrap_up), "wrapped c1 0; is paused (dossiers)");
  EXPECT_EQ(m.now.today.pauses, 1u) << "the same pause";
  EXPECT_TRUE(m.now.campaign.empty());
}

TEST_F(AgentFsm, DiallingWithoutAnswerIsNoMissedCall) {
  ready();
  p.misses_before_pause = 1;
  on(dials{c1, {}});
  EXPECT_EQ(on(call_ended{c1, false, {}, {}, {}}), "is available") << "his own phone did not answer";
  on(dials{c2, {}});
  EXPECT_EQ(on(offer_ended{c2, offer_end::missed}), "is available");
  EXPECT_EQ(m.now.today.calls_missed, 0u);
  EXPECT_EQ(m.now.today.calls_handled, 0u);
}

TEST_F(AgentFsm, DiallingFromWrapUpClosesIt) {
  talking();
  on(call_ended{c1, true, seconds{30}, {}, {}});
  pass(4);
  EXPECT_EQ(on(dials{c2, {}}), "accepted; wrapped c1 4; is ringing c2");
  EXPECT_EQ(on(timer_elapsed{timer::wrap_up, epochs[0]}), "ignored stale_timer");
  EXPECT_FALSE(m.now.wrap_up_until);
}

TEST_F(AgentFsm, IgnoresEventsOfOtherCalls) {
  talking();
  for (const event& e : {event{connected{c2}}, event{held{c2}}, event{unheld{c2}}, event{call_ended{c2, true, seconds{9}, {}, {}}}})
    EXPECT_EQ(on(e), "ignored not_his_call");
  EXPECT_EQ(on(offer_ended{c2, offer_end::missed}), "ignored not_the_ringing_call");
  EXPECT_EQ(on(offer_ended{c1, offer_end::missed}), "ignored not_the_ringing_call") << "he answered";
  EXPECT_EQ(on(connected{c1}), "ignored already_connected");
  EXPECT_EQ(on(unheld{c1}), "ignored not_his_call");
}

TEST_F(AgentFsm, LateNewsOfAnEndedCallDoNoHarm) {
  talking();
  on(call_ended{c1, true, seconds{0}, {}, {}});
  EXPECT_EQ(on(connected{c1}), "ignored not_his_call");
  EXPECT_EQ(on(attached{c1, S::on_call, {}}), "ignored call_ended_before");
  EXPECT_EQ(on(call_ended{c1, true, seconds{0}, {}, {}}), "ignored not_his_call");
  EXPECT_EQ(m.now.today.calls_handled, 1u);
}

TEST_F(AgentFsm, AnAnswerThatCrossedTheWithdrawalTakesHimBack) {
  ringing();
  on(offer_ended{c1, offer_end::withdrawn});
  EXPECT_EQ(on(connected{c1}), "is on_call c1");
  on(call_ended{c1, true, seconds{0}, {}, {}});
  EXPECT_EQ(on(connected{c1}), "ignored not_his_call") << "but only once";
}

TEST_F(AgentFsm, AnAnswerThatCrossedTheThirdMissComesBackToThePause) {
  p.misses_before_pause = 1;
  ringing();
  EXPECT_EQ(on(offer_ended{c1, offer_end::missed}), "is paused (ring_no_answer)");
  EXPECT_EQ(on(connected{c1}), "is on_call c1 (ring_no_answer) then paused");
}

TEST_F(AgentFsm, AWithdrawnCallThatEndedCannotTakeHimBack) {
  ringing();
  on(offer_ended{c1, offer_end::withdrawn});
  on(call_ended{c1, false, {}, {}, {}});
  EXPECT_EQ(on(connected{c1}), "ignored not_his_call");
}

TEST_F(AgentFsm, RingingWithoutNewsEndsByItself) {
  ringing();
  EXPECT_EQ(delays[2], p.ring_guard);
  EXPECT_EQ(elapse(timer::ring_guard), "is available");
  EXPECT_EQ(on(timer_elapsed{timer::ring_guard, epochs[2]}), "ignored stale_timer");
  on(offered{c2, {}});
  on(connected{c2});
  EXPECT_EQ(elapse(timer::ring_guard), "ignored stale_timer") << "the answer stopped it";
}

TEST_F(AgentFsm, TheSwitchKnowsBetter) {
  talking();
  EXPECT_EQ(on(attached{c1, S::on_call, {}}), "ignored already_attached");
  EXPECT_EQ(on(attached{c2, S::on_call, {}}), "is on_call c2");
  EXPECT_EQ(on(call_ended{c1, true, {}, {}, {}}), "ignored not_his_call");
  on(call_ended{c2, false, {}, {}, {}});
  EXPECT_EQ(m.now.state, S::available);
  EXPECT_EQ(on(attached{call_id{"c3"}, S::wrap_up, {}}), "ignored not_a_call_state");
}

TEST_F(AgentFsm, AttachedWhileOfflineGoesBackOffline) {
  EXPECT_EQ(on(attached{c1, S::on_hold, {}}), "login; is on_hold c1 then offline");
  EXPECT_EQ(on(call_ended{c1, true, seconds{9}, {}, {}}), "logout; is offline");
}

TEST_F(AgentFsm, AttachedWhilePausedComesBackToThePause) {
  ready();
  wants(S::paused, "repas");
  EXPECT_EQ(on(attached{c1, S::on_call, campaign_id{"k"}}), "is on_call c1 (repas) then paused");
  EXPECT_EQ(on(call_ended{c1, false, {}, {}, {}}), "is paused (repas)");
}

TEST_F(AgentFsm, StaleWrapUpTimersAreIgnored) {
  talking();
  on(call_ended{c1, true, seconds{10}, {}, {}});
  const auto first = epochs[0];
  EXPECT_EQ(wants(S::available), "accepted; wrapped c1 0; is available") << "ended early";
  on(offered{c2, {}});
  on(connected{c2});
  on(call_ended{c2, true, seconds{10}, {}, {}});
  EXPECT_EQ(on(timer_elapsed{timer::wrap_up, first}), "ignored stale_timer");
  EXPECT_EQ(m.now.state, S::wrap_up);
}

TEST_F(AgentFsm, ALostConnectionPausesTheAvailable) {
  ready();
  on(session_lost{});
  EXPECT_EQ(delays[1], p.connection_grace);
  EXPECT_EQ(elapse(timer::connection), "is paused (connection_lost)");
  EXPECT_EQ(on(session_back{}), "ignored no_change") << "a laptop that wakes up is no agent who is ready";
  EXPECT_EQ(wants(S::available), "accepted; is available");
}

TEST_F(AgentFsm, AShortCutPausesNobody) {
  ready();
  on(session_lost{});
  const auto epoch = epochs[1];
  on(session_back{});
  EXPECT_EQ(on(timer_elapsed{timer::connection, epoch}), "ignored stale_timer");
  EXPECT_EQ(m.now.state, S::available);
}

TEST_F(AgentFsm, ALostConnectionWaitsForTheEndOfTheCall) {
  talking();
  on(session_lost{});
  EXPECT_EQ(elapse(timer::connection), "ignored no_change");
  EXPECT_EQ(m.now.state, S::on_call);
  EXPECT_EQ(on(call_ended{c1, true, seconds{0}, {}, {}}), "is paused (connection_lost)");
}

TEST_F(AgentFsm, ADeactivatedAccountLeavesAfterItsCall) {
  talking();
  auto s = settings();
  s.is_active = false;
  EXPECT_EQ(on(settings_changed{s}), "is on_call c1 then offline");
  EXPECT_EQ(wants(S::available), "refused forbidden");
  EXPECT_EQ(on(call_ended{c1, true, seconds{5}, {}, {}}), "logout; is offline");
  EXPECT_EQ(wants(S::available), "refused forbidden");
}

TEST_F(AgentFsm, ADeactivatedIdleAccountLeavesAtOnce) {
  ready();
  auto s = settings();
  s.is_active = false;
  EXPECT_EQ(on(settings_changed{s}), "logout; is offline");
}

TEST_F(AgentFsm, NewSettingsAreAnnounced) {
  auto s = settings();
  s.last_name = "Durand";
  EXPECT_EQ(on(settings_changed{s}), "is offline");
  EXPECT_EQ(m.now.last_name, "Durand");
  EXPECT_EQ(on(settings_changed{s}), "ignored no_change");
}

TEST_F(AgentFsm, PhoneNewsAreNotWorthARowInTheStore) {
  on(phone{reachability::reachable});
  EXPECT_EQ(saved.version, 0u);
  wants(S::available);
  EXPECT_EQ(saved.version, m.now.version);
}

TEST_F(AgentFsm, MidnightStartsTheTotalsAgain) {
  ready();
  wants(S::paused);
  pass(100);
  on(day_changed{});
  EXPECT_EQ(m.now.today, agent_counters{});
  pass(30);
  wants(S::available);
  EXPECT_EQ(m.now.today.paused, seconds{30});
  EXPECT_EQ(m.now.today.connected, seconds{30});
}

class AgentFsmRestored : public AgentFsm {
protected:
  agent_snapshot before(S state) {
    agent_snapshot s;
    s.id = agent_id{"1001"};
    s.last_name = "Old name";
    s.state = state;
    s.since = now - seconds{60};
    s.version = 41;
    s.today.connected = seconds{500};
    s.today.paused = seconds{100};
    s.today.calls_handled = 7;
    if (has_call(state) || state == S::wrap_up)
      s.call = c1;
    return s;
  }
  std::string restore(const agent_snapshot& s, bool lives = false) { return on(restored{s, lives, now - seconds{3600}}); }
};

TEST_F(AgentFsmRestored, StaysWhereHeWasWithoutANewLogin) {
  for (auto s : {S::offline, S::available, S::paused, S::training}) {
    m = start(settings(), now);
    announced = 0;
    EXPECT_EQ(restore(before(s)), "is " + std::string(token(s)));
    EXPECT_GT(m.now.version, 41u);
    EXPECT_EQ(m.now.last_name, "");
    EXPECT_EQ(m.now.since, now - seconds{60});
  }
}

TEST_F(AgentFsmRestored, CallsThatAreGoneLeaveHimFree) {
  EXPECT_EQ(restore(before(S::ringing)), "is available");
  m = start(settings(), now);
  announced = 0;
  EXPECT_EQ(restore(before(S::on_call)), "is wrap_up c1");
  EXPECT_EQ(elapse(timer::wrap_up), "wrapped c1 0; is available");
}

TEST_F(AgentFsmRestored, CallsThatLiveGoOn) {
  EXPECT_EQ(restore(before(S::on_hold), true), "is on_hold c1");
  EXPECT_EQ(on(unheld{c1}), "is on_call c1");
}

TEST_F(AgentFsmRestored, AWrapUpRunsToItsEnd) {
  auto s = before(S::wrap_up);
  s.wrap_up_until = now + seconds{4};
  EXPECT_EQ(restore(s), "is wrap_up c1");
  EXPECT_EQ(delays[0], seconds{4});
  m = start(settings(), now);
  announced = 0;
  s.wrap_up_until = now - seconds{1};
  s.pending = S::paused;
  s.reason = "repas";
  EXPECT_EQ(restore(s), "wrapped c1 60; is paused (repas)");
}

TEST_F(AgentFsmRestored, TotalsGoOnWithinTheDayOnly) {
  restore(before(S::paused));
  wants(S::available);
  EXPECT_EQ(m.now.today.calls_handled, 7u);
  EXPECT_EQ(m.now.today.paused, seconds{160});
  EXPECT_EQ(m.now.today.connected, seconds{560});

  m = start(settings(), now);
  announced = 0;
  on(restored{before(S::paused), false, now - seconds{20}});
  EXPECT_EQ(m.now.today.calls_handled, 0u) << "entered yesterday";
  wants(S::available);
  EXPECT_EQ(m.now.today.paused, seconds{20}) << "since midnight";
}

} // namespace
} // namespace evs::agent_fsm
