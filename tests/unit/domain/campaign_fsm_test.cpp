#include "domain/campaign_fsm.hpp"
#include "domain/labels.hpp"

#include <gtest/gtest.h>

namespace evs::campaign_fsm {
namespace {

class CampaignFsm : public ::testing::Test {
protected:
  campaign_settings settings = [] {
    campaign_settings s;
    s.id = campaign_id{"k"};
    s.name = "Démo";
    s.is_active = true;
    s.agents = {agent_id{"a"}};
    return s;
  }();
  memory m = start(settings);
  std::uint64_t announced = 0;

  /// Effects as text; an announcement as offered/answered/abandoned/ringing.
  std::string on(const event& e) {
    auto [next, effects] = apply(std::move(m), e, {});
    m = std::move(next);
    EXPECT_FALSE(effects.empty());
    std::string text;
    auto say = [&](const std::string& one) { text += (text.empty() ? "" : "; ") + one; };
    for (const auto& x : effects) {
      if (std::holds_alternative<accepted>(x))
        say("accepted");
      else if (auto* r = std::get_if<refused>(&x))
        say("refused " + std::string(token(r->why.code)));
      else if (auto* i = std::get_if<fsm::ignored>(&x))
        say("ignored " + std::string(i->why));
      else if (auto* a = std::get_if<announce>(&x)) {
        EXPECT_EQ(a->now.version, ++announced);
        say(std::to_string(a->now.offered) + "/" + std::to_string(a->now.answered) + "/" + std::to_string(a->now.abandoned) + "/" +
            std::to_string(a->now.ringing));
      }
    }
    return text;
  }
  std::string dials(const char* call, const char* agent = "a") { return on(wants_to_dial{agent_id{agent}, call_id{call}}); }
};

TEST_F(CampaignFsm, CountsItsAttempts) {
  EXPECT_EQ(dials("c1"), "accepted; 1/0/0/1");
  EXPECT_EQ(dials("c1"), "accepted") << "asked twice";
  EXPECT_EQ(dials("c2"), "accepted; 2/0/0/2");
  EXPECT_EQ(on(attempt_answered{call_id{"c1"}}), "2/1/0/1");
  EXPECT_EQ(on(attempt_answered{call_id{"c1"}}), "ignored answered_before");
  EXPECT_EQ(on(attempt_ended{call_id{"c2"}, attempt_outcome::busy}), "2/1/0/0");
  EXPECT_EQ(on(attempt_ended{call_id{"c2"}, attempt_outcome::busy}), "ignored no_such_attempt");
  EXPECT_EQ(on(attempt_answered{call_id{"c2"}}), "ignored no_such_attempt");
  EXPECT_EQ(on(attempt_ended{call_id{"c1"}, attempt_outcome::abandoned}), "2/1/1/0");
  EXPECT_EQ(m.today.unanswered, 1u);
}

TEST_F(CampaignFsm, TheOutcomeMakesUpForLostNews) {
  dials("c1");
  EXPECT_EQ(on(attempt_ended{call_id{"c1"}, attempt_outcome::answered}), "1/1/0/0");
}

TEST_F(CampaignFsm, RefusesStrangersAndWhilePaused) {
  EXPECT_EQ(dials("c1", "stranger"), "refused forbidden");
  EXPECT_EQ(on(wants_active{false}), "accepted; 0/0/0/0");
  EXPECT_EQ(dials("c1"), "refused conflict");
  EXPECT_EQ(on(wants_active{false}), "accepted");
  on(wants_active{true});
  EXPECT_EQ(dials("c1"), "accepted; 1/0/0/1");
}

TEST_F(CampaignFsm, AResyncClosesWhatIsGone) {
  dials("c1");
  dials("c2");
  dials("c3");
  on(attempt_answered{call_id{"c2"}});
  EXPECT_EQ(on(resync{{call_id{"c3"}}}), "3/1/0/1");
  EXPECT_EQ(on(resync{{call_id{"c3"}}}), "ignored no_change");
}

TEST_F(CampaignFsm, RestoredCountersAndAttemptsAddUpInAnyOrder) {
  on(attempt_restored{call_id{"c1"}, true});
  EXPECT_EQ(on(attempt_restored{call_id{"c1"}, true}), "ignored attempt_known");
  on(counters_restored{{.offered = 9, .answered = 4, .abandoned = 1, .unanswered = 5}});
  EXPECT_EQ(on(attempt_restored{call_id{"c2"}, false}), "11/5/1/1");
  EXPECT_EQ(on(day_changed{}), "2/1/0/1");
}

TEST_F(CampaignFsm, NewSettingsAreAnnounced) {
  settings.agents.push_back(agent_id{"b"});
  EXPECT_EQ(on(settings_changed{settings}), "0/0/0/0");
  EXPECT_EQ(m.now.agents, 2u);
  EXPECT_TRUE(dials("c1", "b").starts_with("accepted"));
}

} // namespace
} // namespace evs::campaign_fsm
