#include "domain/labels.hpp"
#include "domain/trunk_fsm.hpp"

#include <gtest/gtest.h>

namespace evs::trunk_fsm {
namespace {

class TrunkFsm : public ::testing::Test {
protected:
  policy p;
  timestamp now{seconds{1'000'000}};
  trunk_settings settings = [] {
    trunk_settings s;
    s.id = trunk_id{"trunk-paris"};
    s.name = "Paris";
    s.channel_limit = 3;
    return s;
  }();
  memory m = start(settings, p, now);
  std::uint64_t epoch = 0, announced = 0;
  milliseconds delay{0}, retry_after{0};

  std::string on(const event& e) {
    auto [next, effects] = apply(std::move(m), e, p, now);
    m = std::move(next);
    EXPECT_FALSE(effects.empty());
    std::string text;
    auto say = [&](const std::string& one) { text += (text.empty() ? "" : "; ") + one; };
    for (const auto& x : effects) {
      if (std::holds_alternative<granted>(x))
        say("granted");
      else if (auto* r = std::get_if<refused>(&x)) {
        say("refused " + std::string(token(r->why.code)));
        retry_after = r->retry_after;
        EXPECT_NE(r->why.detail.find("Paris"), std::string::npos);
      } else if (auto* h = std::get_if<healed>(&x))
        say("healed -" + std::to_string(h->dropped.size()) + " +" + std::to_string(h->added.size()));
      else if (auto* t = std::get_if<start_timer>(&x)) {
        epoch = t->epoch;
        delay = t->delay;
      } else if (auto* a = std::get_if<announce>(&x)) {
        EXPECT_EQ(a->now.version, ++announced);
        say(std::string(token(a->now.state)) + " " + std::to_string(a->now.channels_in_use));
      } else if (auto* i = std::get_if<fsm::ignored>(&x))
        say("ignored " + std::string(i->why));
    }
    return text;
  }

  std::string request(const char* call) { return on(request_line{call_id{call}}); }
  std::string contact(reachability is, std::int64_t us = 20'000) { return on(contact_seen{is, us}); }
};

TEST_F(TrunkFsm, GrantsLinesUpToItsLimit) {
  EXPECT_EQ(request("c1"), "granted; up 1");
  EXPECT_EQ(request("c1"), "granted") << "asked twice";
  EXPECT_EQ(on(inbound_seen{call_id{"c2"}}), "up 2") << "both directions share the lines";
  EXPECT_EQ(request("c3"), "granted; up 3");
  EXPECT_EQ(request("c4"), "refused trunk_full");
  EXPECT_EQ(retry_after, seconds{0});
  EXPECT_EQ(on(inbound_seen{call_id{"c5"}}), "up 4") << "what is there is there";
  EXPECT_EQ(on(inbound_seen{call_id{"c5"}}), "ignored line_known");
  EXPECT_EQ(on(release{call_id{"c1"}}), "up 3");
  EXPECT_EQ(on(release{call_id{"c1"}}), "ignored no_such_line");
  EXPECT_EQ(request("c4"), "refused trunk_full");
  on(release{call_id{"c2"}});
  EXPECT_EQ(request("c4"), "granted; up 3");
}

TEST_F(TrunkFsm, NoLimitMeansNone) {
  settings.channel_limit = 0;
  on(settings_changed{settings});
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(request(std::to_string(i).c_str()).starts_with("granted"));
}

TEST_F(TrunkFsm, ADownTrunkRefuses) {
  EXPECT_EQ(contact(reachability::unreachable), "down 0");
  EXPECT_EQ(request("c1"), "refused trunk_down");
  EXPECT_EQ(on(inbound_seen{call_id{"c2"}}), "down 1");
  EXPECT_EQ(contact(reachability::reachable), "up 1");
  EXPECT_EQ(request("c1"), "granted; up 2");
}

TEST_F(TrunkFsm, AnUnqualifiedTrunkIsUpUnlessThePolicySaysNo) {
  EXPECT_EQ(m.now.state, trunk_state::up);
  p.unknown_is_up = false;
  m = start(settings, p, now);
  EXPECT_EQ(m.now.state, trunk_state::down);
  EXPECT_EQ(request("c1"), "refused trunk_down");
}

TEST_F(TrunkFsm, SlowAnswersDegradeIt) {
  EXPECT_EQ(contact(reachability::reachable, 2'000'001), "degraded 0");
  EXPECT_EQ(request("c1"), "granted; degraded 1") << "slow is better than nothing";
  EXPECT_EQ(contact(reachability::reachable, 2'000'000), "up 1");
  EXPECT_EQ(contact(reachability::reachable, -1), "ignored no_change");
}

TEST_F(TrunkFsm, FlappingDegradesItForAWhile) {
  EXPECT_EQ(contact(reachability::reachable), "ignored no_change") << "learning is no change";
  contact(reachability::unreachable);
  now += seconds{10};
  EXPECT_EQ(contact(reachability::reachable), "up 0");
  now += seconds{10};
  contact(reachability::unreachable);
  now += seconds{10};
  EXPECT_EQ(contact(reachability::reachable), "degraded 0");
  EXPECT_EQ(delay, seconds{40});
  const auto first = epoch;
  now += seconds{10};
  contact(reachability::reachable);
  EXPECT_EQ(m.now.state, trunk_state::degraded) << "still";
  EXPECT_EQ(on(timer_elapsed{first - 1}), "ignored stale_timer");
  now += seconds{30};
  EXPECT_EQ(on(timer_elapsed{epoch}), "up 0");
}

TEST_F(TrunkFsm, CallsASecondAreABucket) {
  settings.channel_limit = 0;
  settings.calls_per_second = 2;
  on(settings_changed{settings});
  EXPECT_TRUE(request("c1").starts_with("granted"));
  EXPECT_TRUE(request("c2").starts_with("granted"));
  EXPECT_EQ(request("c3"), "refused trunk_full");
  EXPECT_EQ(retry_after, milliseconds{500});
  EXPECT_EQ(request("c2"), "granted") << "a repeated question costs nothing";
  now += milliseconds{500};
  EXPECT_TRUE(request("c3").starts_with("granted"));
  EXPECT_EQ(request("c4"), "refused trunk_full");
  now += seconds{3600};
  EXPECT_TRUE(request("c4").starts_with("granted"));
  EXPECT_TRUE(request("c5").starts_with("granted"));
  EXPECT_EQ(request("c6"), "refused trunk_full") << "an hour of silence saves no more than a second's worth";
  now -= seconds{7200};
  EXPECT_EQ(request("c6"), "refused trunk_full") << "the clock stepped back";
}

TEST_F(TrunkFsm, LessThanOneCallASecond) {
  settings.calls_per_second = 0.5;
  on(settings_changed{settings});
  EXPECT_TRUE(request("c1").starts_with("granted"));
  now += milliseconds{1999};
  EXPECT_EQ(request("c2"), "refused trunk_full");
  now += milliseconds{1};
  EXPECT_TRUE(request("c2").starts_with("granted"));
}

TEST_F(TrunkFsm, AResyncDropsLeakedLinesAndAddsUnknownOnes) {
  request("leaked");
  request("alive");
  now += p.grant_grace;
  request("fresh");
  EXPECT_EQ(on(resync{{call_id{"alive"}, call_id{"missed"}}}), "healed -1 +1") << "fresh is just being dialled";
  EXPECT_TRUE(m.lines.contains(call_id{"fresh"}));
  EXPECT_FALSE(m.lines.contains(call_id{"leaked"}));
  now += p.grant_grace;
  EXPECT_EQ(on(resync{{}}), "healed -3 +0; up 0");
  EXPECT_EQ(on(resync{{}}), "ignored no_change");
}

} // namespace
} // namespace evs::trunk_fsm
