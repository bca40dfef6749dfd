// Seeded random walks of the call machine: whatever comes in whatever order, story's promises hold.
// EVS_WALK_SEED=<seed> repeats just that one.

#include "tests/unit/call/story.hpp"

#include "persistence/call_journal.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace evs::test {
namespace {

class walker {
public:
  explicit walker(std::uint64_t seed) : random_(seed), s(roll(2) ? story::inbound() : story::outbound()) {}

  /// Most calls begin as they should.
  void begin() {
    if (roll(8) == 0)
      return;
    if (s.m.now.direction == call_direction::inbound)
      s.routed();
    else
      s.feed(call_input::dialing{});
  }

  /// One random thing happens to the call.
  void act() {
    s.after(milliseconds{roll(4) ? roll(3000) : 0});
    switch (roll(24)) {
      case 0: return s.routed();
      case 1:
        if (roll(10) == 0)
          s.feed(call_input::refused{roll(2) ? end_reason::did_unknown : end_reason::trunk_full});
        return;
      case 2:
      case 3:
      case 4: return grant();
      case 5: return s.feed(call_input::offer_withdrawn{agent()});
      case 6:
        if (roll(10) == 0)
          s.feed(call_input::waited_too_long{});
        return;
      case 7: return s.feed(call_input::dialing{});
      case 8: return s.feed(call_input::leg_failed{leg(), roll(2) == 0});
      case 9:
        if (roll(8) == 0)
          s.feed(call_input::hang_up{roll(2) == 0});
        return;
      case 10:
        if (roll(20) == 0)
          restart();
        return;
      default: return fact();
    }
  }

  void finish() {
    const auto main = s.m.now.direction == call_direction::inbound ? "in-1" : "out-1";
    if (!main_leg(s.m))
      s.feed(call_input::hang_up{});
    else
      s.gone(main, 16);
  }

  std::mt19937_64 random_;
  story s;

private:
  std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
  agent_id agent() { return agent_id{std::to_string(1001 + roll(3))}; }

  void grant() { s.feed(call_input::agent_granted{agent(), channel_id{"leg-" + std::to_string(++legs_)}, "PJSIP/x", seconds{20}}); }

  channel_id leg() {
    if (!s.m.legs.empty() && roll(8) != 0)
      return s.m.legs[roll(s.m.legs.size())].uid;
    return channel_id{"leg-" + std::to_string(roll(legs_ + 2))};
  }

  void fact() {
    leg_fact f;
    f.channel.uid = leg();
    f.what = static_cast<leg_fact::news>(roll(7));
    // Channels that end are rarer than news of living ones, the main one rarest: calls shall live a while.
    const bool main = !s.m.legs.empty() && f.channel.uid == s.m.legs.front().uid;
    if (f.what == leg_fact::news::gone && roll(main ? 24 : 2) != 0)
      f.what = leg_fact::news::seen;
    f.channel.state = static_cast<channel_state>(roll(4));
    static constexpr int causes[]{0, 1, 3, 16, 17, 18, 19, 20, 21, 28, 34, 38, 127};
    f.cause = causes[roll(std::size(causes))];
    f.unseen = f.what == leg_fact::news::gone && roll(4) == 0;
    static const char* statuses[]{"ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL", ""};
    f.dial_status = statuses[roll(std::size(statuses))];
    if (f.what == leg_fact::news::bridged)
      f.bridge.value = "b";
    s.feed(call_input::fact{f});
  }

  /// Through the journal and back, with some of its channels still alive.
  void restart() {
    auto read = persistence::decode_call(persistence::encode_call(s.m));
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(*read, s.m);
    if (s.m.now.state == call_state::ended)
      return;
    std::vector<listed_channel> living;
    for (const auto& l : s.m.legs)
      if (l.phase != leg_phase::gone && roll(6) != 0) {
        listed_channel c;
        c.channel.uid = l.uid;
        c.channel.linked = s.m.now.id;
        c.channel.state = static_cast<channel_state>(roll(4));
        living.push_back(c);
      }
    s.restart(living);
  }

  std::uint64_t legs_ = 0;
};

TEST(CallWalk, KeepsItsPromises) {
  const char* only = std::getenv("EVS_WALK_SEED");
  std::uint64_t steps = 0, calls = 0, answered = 0, after_rings = 0;
  for (auto seed = only ? std::strtoull(only, nullptr, 10) : 1; steps < 1'000'000; ++seed) {
    walker w(seed);
    const auto limit = 20 + seed % 200;
    std::uint64_t n = 0;
    w.begin();
    for (; n < limit && w.s.broken.empty() && !w.s.finished; ++n)
      w.act();
    if (w.s.broken.empty() && !w.s.finished)
      w.finish();
    // Its owner is slow to leave: late news meet an ended call.
    for (int i = 0; i < 5 && w.s.broken.empty(); ++i)
      w.act();
    ASSERT_EQ(w.s.broken, "") << "seed " << seed;
    ASSERT_EQ(w.s.finished, 1U) << "seed " << seed;
    steps += n + 5;
    ++calls;
    answered += w.s.m.now.answered ? 1 : 0;
    after_rings += w.s.m.rang > milliseconds{0} ? 1 : 0;
    if (only)
      return;
  }
  // A walk in which nothing happens would prove nothing.
  EXPECT_GT(answered, calls / 10);
  EXPECT_GT(after_rings, calls / 5);
  RecordProperty("calls", static_cast<int>(calls));
}

} // namespace
} // namespace evs::test
