#include "domain/queue_line.hpp"

#include <gtest/gtest.h>

#include <map>

namespace evs::queue_line {
namespace {

using S = agent_state;

/// One queue under test: time goes only when told; the last effects as text. Offers show as "c1->a".
class QueueLine : public ::testing::Test {
protected:
  policy p;
  timestamp now{seconds{1'000'000}};
  memory m = start(settings());
  std::map<std::string, std::uint64_t> epochs, versions;
  std::map<std::string, milliseconds> delays;
  std::uint64_t announced = 0;

  static queue_settings settings() {
    queue_settings s;
    s.id = queue_id{"q"};
    s.name = "Accueil";
    s.members = {agent_id{"a"}, agent_id{"b"}, agent_id{"c"}};
    return s;
  }

  void pass(int s) { now += seconds{s}; }

  std::string on(const event& e) {
    auto [next, effects] = apply(std::move(m), e, p, now);
    m = std::move(next);
    EXPECT_FALSE(effects.empty());
    std::string text;
    auto say = [&](const std::string& one) { text += (text.empty() ? "" : " ") + one; };
    for (const auto& x : effects) {
      if (auto* o = std::get_if<offer>(&x))
        say(o->call.value + "->" + o->agent.value);
      else if (auto* w = std::get_if<withdraw_offer>(&x))
        say("withdraw:" + w->call.value + "->" + w->agent.value);
      else if (auto* g = std::get_if<give_up>(&x))
        say("give_up:" + g->call.value);
      else if (auto* i = std::get_if<fsm::ignored>(&x))
        say("ignored:" + std::string(i->why));
      else if (auto* t = std::get_if<start_timer>(&x)) {
        const auto key = (t->which == timer::max_wait ? "wait " : t->which == timer::offer_guard ? "guard " : "look ") + t->call.value;
        epochs[key] = t->epoch;
        delays[key] = t->delay;
      } else if (auto* a = std::get_if<announce>(&x)) {
        EXPECT_EQ(a->now.version, ++announced);
        EXPECT_EQ(a->now, m.now);
      }
    }
    return text;
  }

  std::string sees(const char* name, S state, bool phone = true) {
    agent_snapshot s;
    s.id = agent_id{name};
    s.state = state;
    s.since = now;
    s.phone_reachable = phone;
    s.version = ++versions[name];
    return on(agent_seen{s});
  }
  std::string arrives(const char* call, std::int32_t priority = 0) { return on(call_arrived{call_id{call}, now, priority}); }
  std::string accepts(const char* call, const char* agent) { return on(offer_accepted{call_id{call}, agent_id{agent}}); }
  std::string refuses(const char* call, const char* agent) { return on(offer_refused{call_id{call}, agent_id{agent}}); }
  std::string fails(const char* call, const char* agent) { return on(ring_failed{call_id{call}, agent_id{agent}}); }
  std::string answers(const char* call, const char* agent) { return on(answered{call_id{call}, agent_id{agent}}); }
  std::string leaves(const char* call) { return on(caller_left{call_id{call}, true}); }
  std::string elapse(timer t, const char* call) {
    const std::string key = (t == timer::max_wait ? "wait " : t == timer::offer_guard ? "guard " : "look ") + std::string(call);
    return on(timer_elapsed{t, call_id{call}, epochs[key]});
  }
};

TEST_F(QueueLine, TheLongestIdleAgentGetsTheCall) {
  sees("b", S::available);
  pass(1);
  sees("a", S::available);
  sees("c", S::paused);
  EXPECT_EQ(m.now.agents_available, 2u);
  EXPECT_EQ(m.now.agents_paused, 1u);
  EXPECT_EQ(arrives("c1"), "c1->b");
  EXPECT_EQ(arrives("c2"), "c2->a");
  EXPECT_EQ(arrives("c3"), "");
  EXPECT_EQ(m.now.waiting, 3u);
  EXPECT_EQ(delays["guard c1"], m.settings.ring_timeout + p.offer_guard);
}

TEST_F(QueueLine, ACallIsAnsweredAndCounted) {
  arrives("c1");
  EXPECT_EQ(m.now.oldest, now);
  pass(19);
  EXPECT_EQ(sees("a", S::available), "c1->a");
  EXPECT_EQ(accepts("c1", "a"), "ignored:no_change");
  sees("a", S::ringing);
  pass(2);
  EXPECT_EQ(answers("c1", "a"), "");
  EXPECT_EQ(m.now.waiting, 0u);
  EXPECT_EQ(m.now.offered, 1u);
  EXPECT_EQ(m.now.answered, 1u);
  EXPECT_EQ(m.now.service_level, 0.0) << "21 s";
  EXPECT_EQ(answers("c1", "a"), "ignored:not_in_line");
}

TEST_F(QueueLine, FirstComeFirstServed) {
  arrives("c1");
  pass(1);
  arrives("c2");
  EXPECT_EQ(arrives("c2"), "ignored:in_line_already");
  pass(1);
  arrives("vip", 5);
  EXPECT_EQ(sees("a", S::available), "vip->a");
  EXPECT_EQ(sees("b", S::available), "c1->b");
  EXPECT_EQ(sees("c", S::available), "c2->c");
}

TEST_F(QueueLine, AMissedCallGoesToTheNextAgentAndKeepsItsPlace) {
  sees("a", S::available);
  pass(1);
  sees("b", S::available);
  arrives("c1");
  pass(1);
  arrives("c2"); // -> b
  arrives("c3");
  accepts("c1", "a");
  EXPECT_EQ(fails("c1", "a"), "c3->a") << "a is as free as before for others; c1 waits for somebody else";
  fails("c3", "a");
  sees("a", S::paused);
  EXPECT_EQ(fails("c2", "b"), "c1->b") << "the head of the line first";
}

TEST_F(QueueLine, TheOnlyAgentIsTriedAgainAfterAPause) {
  sees("a", S::available);
  arrives("c1");
  EXPECT_EQ(fails("c1", "a"), "");
  EXPECT_EQ(delays["look "], p.retry_gap);
  EXPECT_EQ(sees("a", S::available), "ignored:no_change");
  pass(2);
  EXPECT_EQ(elapse(timer::look_again, ""), "c1->a");
}

TEST_F(QueueLine, OthersAreTriedBeforeTheSameAgentAgain) {
  sees("a", S::available);
  arrives("c1");
  fails("c1", "a");
  pass(3);
  EXPECT_EQ(sees("b", S::available), "c1->b") << "although a is idle longer";
  EXPECT_EQ(fails("c1", "b"), "c1->a") << "b is too fresh, a may be tried again";
}

TEST_F(QueueLine, ARefusedOfferGoesToAnother) {
  sees("a", S::available);
  pass(1);
  sees("b", S::available);
  EXPECT_EQ(arrives("c1"), "c1->a");
  EXPECT_EQ(refuses("c1", "a"), "c1->b") << "another queue was quicker";
  EXPECT_EQ(arrives("c2"), "");
  EXPECT_EQ(delays["look "], p.refusal_pause);
  pass(5);
  EXPECT_EQ(elapse(timer::look_again, ""), "c2->a") << "his news never came";
}

TEST_F(QueueLine, NewsOfTheAgentEndTheRefusal) {
  sees("a", S::available);
  arrives("c1");
  refuses("c1", "a");
  EXPECT_EQ(sees("a", S::on_call), "");
  EXPECT_EQ(sees("a", S::available), "c1->a");
}

TEST_F(QueueLine, CallersGiveUp) {
  sees("a", S::available);
  arrives("c1");
  arrives("c2");
  accepts("c1", "a");
  EXPECT_EQ(leaves("c2"), "");
  EXPECT_EQ(leaves("c1"), "withdraw:c1->a");
  EXPECT_EQ(leaves("c1"), "ignored:not_in_line");
  EXPECT_EQ(m.now.abandoned, 2u);
  EXPECT_EQ(m.now.service_level, 0.0);
  EXPECT_EQ(on(caller_left{call_id{"c9"}, false}), "ignored:not_in_line");
}

TEST_F(QueueLine, TakenOutIsNotAbandoned) {
  arrives("c1");
  on(caller_left{call_id{"c1"}, false});
  EXPECT_EQ(m.now.abandoned, 0u);
  EXPECT_EQ(m.now.offered, 1u);
  EXPECT_EQ(m.today.removed, 1u);
}

TEST_F(QueueLine, AnAcceptedOfferThatIsOverIsTakenBack) {
  sees("a", S::available);
  arrives("c1");
  leaves("c1");
  EXPECT_EQ(accepts("c1", "a"), "withdraw:c1->a");
}

TEST_F(QueueLine, LateOutcomesOfOtherOffersDoNothing) {
  sees("a", S::available);
  pass(1);
  sees("b", S::available);
  arrives("c1");
  fails("c1", "a"); // now with b
  EXPECT_EQ(fails("c1", "a"), "ignored:no_such_offer");
  EXPECT_EQ(refuses("c1", "a"), "ignored:no_such_offer");
  EXPECT_EQ(accepts("c1", "a"), "withdraw:c1->a");
  EXPECT_EQ(answers("c1", "a"), "withdraw:c1->b") << "a was quicker than we knew";
}

TEST_F(QueueLine, NewsOfACallThatLeftDoNotBringItBack) {
  arrives("c1");
  pass(5);
  leaves("c1");
  EXPECT_EQ(on(call_arrived{call_id{"c1"}, now - seconds{5}, 0}), "ignored:left_before");
  pass(60);
  EXPECT_EQ(arrives("c1"), "") << "transferred back to the queue: a new arrival";
  EXPECT_EQ(m.now.waiting, 1u);
}

TEST_F(QueueLine, ALateAcceptanceOfTheOneWhoTalksIsIgnored) {
  sees("a", S::available);
  arrives("c1");
  answers("c1", "a");
  EXPECT_EQ(accepts("c1", "a"), "ignored:answered_before");
  EXPECT_EQ(accepts("c1", "b"), "withdraw:c1->b");
}

TEST_F(QueueLine, AnOutcomeBelongsToItsOffer) {
  sees("a", S::available);
  arrives("c1");
  const auto first = m.line[0].offer_epoch;
  EXPECT_TRUE(awaits(m, call_id{"c1"}, agent_id{"a"}, first));
  refuses("c1", "a");
  EXPECT_FALSE(awaits(m, call_id{"c1"}, agent_id{"a"}));
  EXPECT_EQ(sees("a", S::available), "c1->a");
  EXPECT_EQ(on(offer_refused{call_id{"c1"}, agent_id{"a"}, first}), "ignored:no_such_offer");
  EXPECT_EQ(on(offer_accepted{call_id{"c1"}, agent_id{"a"}, first}), "ignored:offer_superseded");
  EXPECT_TRUE(awaits(m, call_id{"c1"}, agent_id{"a"}));
  accepts("c1", "a");
  EXPECT_FALSE(awaits(m, call_id{"c1"}, agent_id{"a"})) << "only once";
}

TEST_F(QueueLine, AGrantedOfferIsWithdrawnThroughTheCall) {
  sees("a", S::available);
  arrives("c1");
  auto granted = [&](const event& e) {
    auto step = apply(m, e, p, now);
    for (const auto& x : step.effects)
      if (auto* w = std::get_if<withdraw_offer>(&x))
        return w->granted;
    ADD_FAILURE() << "nothing withdrawn";
    return false;
  };
  EXPECT_FALSE(granted(caller_left{call_id{"c1"}, true})) << "only the agent can know of it";
  accepts("c1", "a");
  EXPECT_TRUE(granted(caller_left{call_id{"c1"}, true}));
}

TEST_F(QueueLine, TheLongestWaitEndsIt) {
  auto s = settings();
  s.max_wait = seconds{60};
  on(settings_changed{s});
  arrives("c1");
  EXPECT_EQ(delays["wait c1"], seconds{60});
  pass(60);
  EXPECT_EQ(elapse(timer::max_wait, "c1"), "give_up:c1");
  EXPECT_EQ(m.today.given_up, 1u);
  EXPECT_EQ(m.now.offered, 1u);
  EXPECT_EQ(leaves("c1"), "ignored:not_in_line") << "the call's own farewell";
  EXPECT_EQ(elapse(timer::max_wait, "c1"), "ignored:stale_timer");
}

TEST_F(QueueLine, ARingingPhoneIsNotCutByTheLongestWait) {
  auto s = settings();
  s.max_wait = seconds{60};
  on(settings_changed{s});
  sees("a", S::available);
  arrives("c1");
  pass(60);
  EXPECT_EQ(elapse(timer::max_wait, "c1"), "ignored:no_change");
  EXPECT_EQ(fails("c1", "a"), "give_up:c1");
}

TEST_F(QueueLine, AShorterLongestWaitAppliesToThoseWhoWait) {
  arrives("c1");
  pass(100);
  auto s = settings();
  s.max_wait = seconds{60};
  on(settings_changed{s});
  EXPECT_EQ(delays["wait c1"], seconds{0});
  s.max_wait = seconds{0};
  const auto old = epochs["wait c1"];
  on(settings_changed{s});
  EXPECT_EQ(on(timer_elapsed{timer::max_wait, call_id{"c1"}, old}), "ignored:stale_timer");
}

TEST_F(QueueLine, AnOfferWithoutOutcomeIsTakenBack) {
  sees("a", S::available);
  pass(1);
  sees("b", S::available);
  arrives("c1");
  pass(30);
  EXPECT_EQ(elapse(timer::offer_guard, "c1"), "withdraw:c1->a c1->b");
  accepts("c1", "b");
  answers("c1", "b");
  EXPECT_EQ(elapse(timer::offer_guard, "c1"), "ignored:stale_timer");
}

TEST_F(QueueLine, OldNewsAreIgnored) {
  sees("a", S::available);
  agent_snapshot old;
  old.id = agent_id{"a"};
  old.state = S::paused;
  old.version = 1;
  EXPECT_EQ(on(agent_seen{old}), "ignored:stale_version");
  old.id = agent_id{"stranger"};
  EXPECT_EQ(on(agent_seen{old}), "ignored:not_a_member");
  EXPECT_EQ(on(agent_lost{agent_id{"stranger"}}), "ignored:not_a_member");
}

TEST_F(QueueLine, AnUnreachablePhoneGetsNothing) {
  EXPECT_EQ(sees("a", S::available, false), "ignored:no_change");
  EXPECT_EQ(arrives("c1"), "");
  EXPECT_EQ(m.now.agents_available, 0u);
  EXPECT_EQ(sees("a", S::available, true), "c1->a");
}

TEST_F(QueueLine, ALostAgentGivesHisCallToAnother) {
  sees("a", S::available);
  pass(1);
  sees("b", S::available);
  arrives("c1");
  EXPECT_EQ(on(agent_lost{agent_id{"a"}}), "c1->b");
  EXPECT_EQ(m.now.agents_available, 1u);
  versions["a"] = 0; // his new owner counts from the beginning
  arrives("c2");
  EXPECT_EQ(sees("a", S::available), "c2->a");
}

TEST_F(QueueLine, MembersComeAndGo) {
  sees("a", S::available);
  arrives("c1");
  auto s = settings();
  s.members = {agent_id{"d"}, agent_id{"b"}, agent_id{"b"}};
  EXPECT_EQ(on(settings_changed{s}), "");
  EXPECT_EQ(m.members.size(), 2u);
  EXPECT_EQ(fails("c1", "a"), "ignored:no_change") << "the offer to a ends as usual";
  EXPECT_EQ(sees("a", S::available), "ignored:not_a_member");
  EXPECT_EQ(sees("d", S::available), "c1->d");
}

TEST_F(QueueLine, ARestoredCallKeepsItsPlaceAndItsTime) {
  auto s = settings();
  s.max_wait = seconds{60};
  on(settings_changed{s});
  arrives("new");
  on(call_restored{call_id{"old"}, now - seconds{50}, 0});
  EXPECT_EQ(delays["wait old"], seconds{10});
  on(counters_restored{{.offered = 0, .answered = 3, .answered_within = 3, .abandoned = 1, .given_up = 0, .removed = 0}});
  EXPECT_EQ(m.now.offered, 6u) << "4 of before and those two";
  EXPECT_EQ(m.now.service_level, 75.0);
  EXPECT_EQ(sees("a", S::available), "old->a");
}

TEST_F(QueueLine, MidnightStartsTheCountersAgain) {
  arrives("c1");
  arrives("c2");
  leaves("c1");
  on(day_changed{});
  EXPECT_EQ(m.now.offered, 1u);
  EXPECT_EQ(m.now.abandoned, 0u);
}

TEST_F(QueueLine, RoundRobinGoesAround) {
  auto s = settings();
  s.strategy = queue_strategy::round_robin;
  on(settings_changed{s});
  for (auto* name : {"c", "b", "a"})
    sees(name, S::available);
  EXPECT_EQ(arrives("c1"), "c1->a");
  answers("c1", "a");
  EXPECT_EQ(arrives("c2"), "c2->b");
}

} // namespace
} // namespace evs::queue_line
