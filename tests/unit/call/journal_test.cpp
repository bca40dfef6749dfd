// A call's journal step holds everything that a restart needs.

#include "tests/unit/call/story.hpp"

#include "persistence/call_journal.hpp"

#include <gtest/gtest.h>

namespace evs::persistence {
namespace {

call_memory full() {
  call_memory m;
  auto& n = m.now;
  n.id.value = "central-1.2";
  n.direction = call_direction::outbound;
  n.state = call_state::held;
  n.caller = "+33140000009";
  n.callee = "+33612340001";
  n.did = "+33140000001";
  n.site.value = "site-paris";
  n.trunk.value = "trunk-paris";
  n.queue.value = "queue-accueil";
  n.campaign.value = "campaign-demo";
  n.contact.value = "contact-7";
  n.agent.value = "user-1001";
  n.started = test::story::start();
  n.answered = n.started + milliseconds{1234};
  n.since = n.started + milliseconds{2345};
  n.on_hold = true;
  n.recording = true;
  n.reason = end_reason::busy;
  n.ended = n.started + milliseconds{3456};
  n.duration = seconds{3};
  n.billable = seconds{2};
  n.version = 17;
  m.server.value = "central";
  call_leg leg;
  leg.uid.value = "leg";
  leg.name = "PJSIP/1001-0000000a";
  leg.role = leg_role::customer;
  leg.phase = leg_phase::up;
  leg.agent.value = "user-1001";
  leg.bridge.value = "bridge";
  leg.holding = true;
  leg.dial_status = "BUSY";
  leg.cause = 17;
  m.legs = {leg, call_leg{}};
  m.steps = 9;
  m.waited = milliseconds{1};
  m.rang = milliseconds{2};
  m.talked = milliseconds{3};
  m.held = milliseconds{4};
  m.verdict = end_reason::busy;
  m.cause = 17;
  m.first_to_leave = leg_role::agent;
  m.talked_to = {agent_id{"user-1001"}, agent_id{"user-1002"}};
  m.wrap_up = seconds{10};
  m.caller_name = "Zoé \"la\" \\ Vache\t\x01 \xe2\x82\xac";
  return m;
}

TEST(CallJournal, EveryFieldComesBack) {
  const auto m = full();
  const auto back = decode_call(encode_call(m));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, m);
}

TEST(CallJournal, AnEmptyCallComesBack) {
  const auto back = decode_call(encode_call(call_memory{}));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(*back, call_memory{});
}

TEST(CallJournal, EveryEnumComesBack) {
  for (int s = 0; s <= static_cast<int>(call_state::ended); ++s)
    for (int r = 0; r <= static_cast<int>(end_reason::lost_track); ++r) {
      auto m = full();
      m.now.state = static_cast<call_state>(s);
      m.verdict = m.now.reason = static_cast<end_reason>(r);
      m.legs[0].phase = static_cast<leg_phase>(s % 5);
      m.legs[0].role = static_cast<leg_role>(r % 3);
      const auto back = decode_call(encode_call(m));
      ASSERT_TRUE(back.has_value()) << s << " " << r;
      ASSERT_EQ(*back, m);
    }
}

TEST(CallJournal, OtherTextIsNoCall) {
  const auto text = encode_call(full());
  // Every beginning of it, and every text with one byte replaced, is read as a call or not at all: it never throws.
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(decode_call(text.substr(0, i)).has_value()) << i;
    for (char c : {'"', '{', '9', '\0', '\xff'}) {
      auto bent = text;
      bent[i] = c;
      decode_call(bent);
    }
  }
  for (const char* other : {"", "null", "[]", "{}", "42", R"({"callId":"x"})", R"({"callId":7,"legs":[]})"})
    EXPECT_FALSE(decode_call(other).has_value()) << other;
}

} // namespace
} // namespace evs::persistence
