// The flows that a real Asterisk 22 played (tests/support/lab/transcripts), fed to the call machine: as they came, with each fact
// doubled, lost (and told again by a listing), swapped with its neighbour, and with a restart of the server at each point.

#include "tests/unit/call/flow.hpp"
#include "tests/unit/call/story.hpp"

#include "persistence/call_journal.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>

namespace evs::test {
namespace {

using news = leg_fact::news;

/// What Asterisk would list after the events so far.
class channels {
public:
  void hear(const telephony_event& event) {
    std::visit([this](const auto& e) { take(e); }, event);
  }
  std::vector<listed_channel> list() const {
    std::vector<listed_channel> all;
    for (const auto& [uid, c] : living_)
      all.push_back(c);
    return all;
  }

private:
  void keep(const channel_facts& c) { living_[c.uid].channel = c; }
  void take(const channel_opened& e) { keep(e.channel); }
  void take(const channel_state_changed& e) { keep(e.channel); }
  void take(const channel_hung_up& e) { living_.erase(e.channel.uid); }
  void take(const bridge_entered& e) {
    keep(e.channel);
    living_[e.channel.uid].bridge = e.bridge;
  }
  void take(const bridge_left& e) { living_[e.channel.uid].bridge = {}; }
  template <class Other>
  void take(const Other&) {}

  std::map<channel_id, listed_channel> living_;
};

/// The calls of one flow: hands each event to the call whose leg it is about.
class player {
public:
  void play(const flow_step& step, milliseconds pace = seconds{1}) {
    for (auto& [id, s] : calls)
      s.after(pace);
    now_ += pace;
    if (auto* event = std::get_if<telephony_event>(&step))
      return hear(*event);
    if (auto* leg = std::get_if<asked_for_leg>(&step))
      return ask(*leg);
    const auto& channel = std::get<asked_to_hang_up>(step).channel;
    for (auto& [id, s] : calls)
      for (const auto& leg : s.m.legs)
        if (leg.uid.value == channel && !s.finished) {
          s.feed(call_input::hang_up{});
          break;
        }
  }

  void hear(const telephony_event& event) {
    std::visit([this](const auto& e) { take(e); }, event);
  }

  /// What the truth audit makes of a listing.
  /// `late`: what was asked for long ago should be there by now.
  void audit(const std::vector<listed_channel>& living, bool late = false) {
    std::map<channel_id, bool> there;
    for (const auto& c : living) {
      there[c.channel.uid] = true;
      if (auto* s = owner(c.channel); !s) {
        begin(c.channel);
      } else {
        tell(*s, c.channel, news::seen);
        if (!c.bridge.empty())
          tell(*s, c.channel, news::bridged);
      }
    }
    for (auto& [id, s] : calls)
      for (const auto& leg : std::vector<call_leg>(s.m.legs))
        if (!there.count(leg.uid) && leg.phase != leg_phase::gone && (late || leg.phase != leg_phase::intended))
          s.vanished(leg.uid.value);
  }

  /// The server is killed and comes back: only the journal and the living channels are left.
  void restart(const std::vector<listed_channel>& living) {
    for (auto& [id, s] : calls) {
      if (s.finished)
        continue;
      auto read = persistence::decode_call(persistence::encode_call(s.m));
      ASSERT_TRUE(read.has_value());
      s.m = *read;
      std::vector<listed_channel> mine;
      for (const auto& c : living)
        if (owner(c.channel) == &s)
          mine.push_back(c);
      s.restart(mine);
    }
  }

  /// A leg is on its way of which nothing was heard yet.
  bool expects_a_leg() const {
    for (const auto& [id, s] : calls)
      for (const auto& leg : s.m.legs)
        if (leg.phase == leg_phase::intended)
          return true;
    return false;
  }

  std::map<call_id, story> calls;

private:
  static constexpr const char* did = "+33140000001";

  void begin(const channel_facts& c) {
    if (c.context != "evs-from-trunk" && c.context != "evs-waiting")
      return;
    if (c.uid.value != c.linked.value || c.exten == "s" || ours_.count(c.uid) || calls.count(c.linked))
      return;
    auto s = story::inbound(c, now_);
    if (c.exten == did)
      s.routed();
    else
      s.feed(call_input::refused{end_reason::did_unknown});
    calls.emplace(c.linked, std::move(s));
  }

  void ask(const asked_for_leg& a) {
    ours_[a.leg] = true;
    const auto agent = a.device.substr(a.device.find('/') + 1);
    if (a.caller.empty()) {
      outbound_plan plan;
      plan.id.value = a.leg.value;
      plan.agent.value = agent;
      plan.destination = a.number;
      plan.trunk.value = "trunk-paris";
      auto s = story::outbound(plan, now_);
      s.feed(call_input::dialing{});
      calls.emplace(plan.id, std::move(s));
      return;
    }
    for (auto& [id, s] : calls)
      if (auto* main = main_leg(s.m); main && main->name == a.caller)
        s.granted(agent, a.leg.value);
  }

  story* owner(const channel_facts& c) {
    for (auto& [id, s] : calls)
      for (const auto& leg : s.m.legs)
        if (leg.uid == c.uid)
          return &s;
    auto found = calls.find(c.linked);
    return found == calls.end() ? nullptr : &found->second;
  }

  void tell(story& s, const channel_facts& c, news what, int cause = 0, const std::string& status = {}) {
    leg_fact f;
    f.what = what;
    f.channel = c;
    f.cause = cause;
    f.dial_status = status;
    if (what == news::bridged)
      f.bridge.value = "b";
    s.feed(call_input::fact{f});
  }
  void about(const channel_facts& c, news what, int cause = 0, const std::string& status = {}) {
    if (auto* s = owner(c))
      tell(*s, c, what, cause, status);
  }

  void take(const channel_opened& e) {
    if (owner(e.channel))
      about(e.channel, news::seen);
    else
      begin(e.channel);
  }
  void take(const channel_state_changed& e) { about(e.channel, news::seen); }
  void take(const channel_hung_up& e) { about(e.channel, news::gone, e.cause); }
  void take(const channel_held& e) { about(e.channel, news::held); }
  void take(const channel_unheld& e) { about(e.channel, news::unheld); }
  void take(const bridge_entered& e) { about(e.channel, news::bridged); }
  void take(const bridge_left& e) { about(e.channel, news::unbridged); }
  void take(const dial_started& e) {
    if (!e.channel.uid.empty())
      about(e.dest, news::seen);
  }
  void take(const dial_finished& e) { about(e.dest, news::dial_status, 0, e.status); }
  void take(const originate_finished& e) {
    channel_facts c;
    c.uid = e.uid;
    auto* s = owner(c);
    if (e.success || !s)
      return;
    for (const auto& leg : s->m.legs)
      if (leg.uid == e.uid && leg.phase == leg_phase::intended)
        return tell(*s, c, news::gone, 20);
  }
  void take(const device_state_changed&) {}
  void take(const contact_status_changed&) {}

  std::map<channel_id, bool> ours_;
  timestamp now_ = story::start();
};

/// What each flow's calls do, in the order of their begin; without orders to hang up, which depend on who was heard first.
const std::map<std::string, std::vector<std::string>>& expected() {
  static const std::string to_1001 = "join; ring 1001; answered by 1001; 1001 up; ";
  static const std::string talked = "1001 released from talk; end ";
  static const std::string mobile = "+33611111101@trunk-paris";
  static const std::string out_talk = "1001 up; 1001 up; " + talked;
  auto refused = [](const std::string& reason) { return std::vector<std::string>{"1001 up; 1001 released; end " + reason}; };
  static const std::map<std::string, std::vector<std::string>> table{
    {"agent-dials-himself", {}},
    {"phone-registers-and-leaves", {}},
    {"trunk-down-and-up", {}},
    {"inbound-agent-hangs-up", {to_1001 + talked + "agent_hangup"}},
    {"inbound-caller-hangs-up", {to_1001 + talked + "caller_hangup"}},
    {"inbound-server-hangs-up", {to_1001 + talked + "api_hangup"}},
    {"inbound-caller-gives-up-waiting", {"join; leave; end abandoned_waiting"}},
    {"inbound-caller-gives-up-ringing", {"join; ring 1001; leave; 1001 withdrawn; end abandoned_ringing"}},
    {"inbound-agent-answers-too-late", {"join; ring 1001; leave; 1001 withdrawn; end abandoned_ringing"}},
    {"inbound-agent-no-answer-then-next",
     {"join; ring 1001; 1001 missed; next after 1001 missed; ring 1002; answered by 1002; 1002 up; 1002 released from talk; end "
      "agent_hangup"}},
    {"inbound-agent-busy", {"join; ring 1001; 1001 rejected; next after 1001 rejected; leave; end abandoned_waiting"}},
    {"inbound-agent-in-a-call",
     {to_1001 + talked + "caller_hangup", "join; ring 1001; 1001 missed; next after 1001 missed; leave; end abandoned_waiting"}},
    {"inbound-agent-unregistered", {"join; ring 1001; 1001 unreachable; next after 1001 unreachable; leave; end abandoned_waiting"}},
    {"inbound-agent-vanished", {"join; ring 1001; 1001 unreachable; next after 1001 unreachable; leave; end abandoned_waiting"}},
    {"inbound-agent-holds", {to_1001 + "1001 holds; 1001 resumes; " + talked + "agent_hangup"}},
    {"inbound-agent-on-mobile",
     {"join; ring " + mobile + "; answered by " + mobile + "; " + mobile + " up; " + mobile + " released from talk; end caller_hangup"}},
    {"inbound-refused-number", {"end did_unknown"}},
    {"outbound-customer-hangs-up", {out_talk + "caller_hangup"}},
    {"outbound-agent-hangs-up", {out_talk + "agent_hangup"}},
    {"outbound-server-hangs-up", {out_talk + "api_hangup"}},
    {"outbound-server-hangs-up-ringing", refused("api_hangup")},
    {"outbound-early-media", refused("no_answer")},
    {"outbound-busy", refused("busy")},
    {"outbound-no-answer", refused("no_answer")},
    {"outbound-absent-480", refused("no_answer")},
    {"outbound-silent", refused("no_answer")},
    {"outbound-declined-603", refused("rejected")},
    {"outbound-incomplete-484", refused("invalid_number")},
    {"outbound-error-500", refused("congestion")},
    {"outbound-congestion-503", refused("congestion")},
    {"outbound-unknown-404", refused("invalid_number")},
    {"outbound-forbidden-403", refused("rejected")},
    {"outbound-trunk-just-died", refused("no_answer")},
    {"outbound-trunk-unknown", refused("trunk_down")},
    {"outbound-trunk-down", refused("trunk_down")},
    {"outbound-hostile-trunk", refused("invalid_number")},
    {"outbound-hostile-number", refused("invalid_number")},
    {"outbound-agent-no-answer", {"1001 released; end agent_no_answer"}},
    {"outbound-agent-busy", {"1001 released; end agent_no_answer"}},
    {"outbound-agent-unregistered", {"1001 released; end agent_unreachable"}},
    {"outbound-agent-on-mobile", {mobile + " up; " + mobile + " up; " + mobile + " released from talk; end caller_hangup"}},
    {"resync-with-live-calls",
     {to_1001 + talked + "caller_hangup", "join; leave; end abandoned_waiting",
      "join; ring 1002; leave; 1002 withdrawn; end abandoned_ringing"}},
  };
  return table;
}

std::string plain(const story& s) {
  std::string text;
  for (const auto& line : s.lines)
    if (line.front() != '*' && line.compare(0, 7, "hang up") != 0)
      text += (text.empty() ? "" : "; ") + line;
  return text;
}

void expect_whole(const player& p, const std::string& what) {
  for (const auto& [id, s] : p.calls) {
    ASSERT_EQ(s.broken, "") << what;
    ASSERT_EQ(s.finished, 1U) << what << ": " << s.told();
  }
}

player played(const std::vector<flow_step>& steps) {
  player p;
  for (const auto& step : steps)
    p.play(step);
  return p;
}

class Flow : public testing::TestWithParam<std::string> {};

TEST_P(Flow, EndsAsItDid) {
  const auto p = played(flow_named(GetParam()));
  expect_whole(p, GetParam());
  if (HasFatalFailure())
    return;
  const auto found = expected().find(GetParam());
  ASSERT_NE(found, expected().end()) << "a flow that nobody expects";
  std::vector<std::string> told;
  for (const auto& [id, s] : p.calls)
    told.push_back(plain(s));
  EXPECT_EQ(told, found->second);
}

TEST(FlowOrders, ACallerWhoGivesUpStopsTheRinging) {
  for (const char* name : {"inbound-caller-gives-up-ringing", "inbound-agent-answers-too-late"}) {
    const auto p = played(flow_named(name));
    ASSERT_EQ(p.calls.size(), 1U);
    const auto& s = p.calls.begin()->second;
    EXPECT_EQ(s.hung_up.count(s.m.legs.at(1).uid.value), 1U) << s.told();
  }
}

TEST_P(Flow, AFactTwiceIsOnce) {
  const auto steps = flow_named(GetParam());
  const auto once = played(steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!std::holds_alternative<telephony_event>(steps[i]))
      continue;
    player p;
    for (std::size_t n = 0; n < steps.size(); ++n) {
      p.play(steps[n]);
      if (n == i)
        p.play(steps[n], milliseconds{0});
    }
    expect_whole(p, "step " + std::to_string(i) + " twice");
    if (HasFatalFailure())
      return;
    ASSERT_EQ(p.calls.size(), once.calls.size());
    for (const auto& [id, s] : once.calls) {
      const auto& twin = p.calls.at(id);
      EXPECT_EQ(plain(twin), plain(s)) << "step " << i << " twice";
      EXPECT_EQ(twin.rows, s.rows) << "step " << i << " twice";
    }
  }
}

TEST_P(Flow, ALostFactIsRepairedByAListing) {
  const auto steps = flow_named(GetParam());
  const auto whole = played(steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* lost = std::get_if<telephony_event>(&steps[i]);
    if (!lost)
      continue;
    player p;
    channels truth;
    for (std::size_t n = 0; n < steps.size(); ++n) {
      if (auto* event = std::get_if<telephony_event>(&steps[n]))
        truth.hear(*event);
      if (n != i)
        p.play(steps[n]);
      else
        p.audit(truth.list());
    }
    p.audit(truth.list(), true);
    expect_whole(p, "step " + std::to_string(i) + " lost");
    if (HasFatalFailure())
      return;
    ASSERT_EQ(p.calls.size(), whole.calls.size()) << "step " << i << " lost";
    // The cause of a hang-up, who left first and a hold are told once only; all else is in the listing.
    if (std::holds_alternative<channel_hung_up>(*lost) || std::holds_alternative<bridge_left>(*lost) ||
        std::holds_alternative<dial_finished>(*lost) || std::holds_alternative<channel_held>(*lost) ||
        std::holds_alternative<channel_unheld>(*lost) || std::holds_alternative<originate_finished>(*lost))
      continue;
    for (const auto& [id, s] : whole.calls)
      EXPECT_EQ(p.calls.at(id).reason(), s.reason()) << "step " << i << " lost: " << p.calls.at(id).told();
  }
}

TEST_P(Flow, NeighboursMaySwap) {
  const auto steps = flow_named(GetParam());
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    // Asterisk keeps the order of what it says of one channel's begin.
    const auto* event = std::get_if<telephony_event>(&steps[i]);
    if (!event || std::holds_alternative<channel_opened>(*event) || !std::holds_alternative<telephony_event>(steps[i + 1]))
      continue;
    auto other = steps;
    std::swap(other[i], other[i + 1]);
    const auto p = played(other);
    expect_whole(p, "steps " + std::to_string(i) + " and the next swapped");
  }
}

TEST_P(Flow, ARestartAnywhereChangesNoEnd) {
  const auto steps = flow_named(GetParam());
  const auto whole = played(steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    player p;
    channels truth;
    bool in_between = false;
    for (std::size_t n = 0; n < steps.size() && !in_between; ++n) {
      if (auto* event = std::get_if<telephony_event>(&steps[n]))
        truth.hear(*event);
      p.play(steps[n]);
      if (n == i && !(in_between = p.expects_a_leg()))
        p.restart(truth.list());
    }
    // A leg that is not there yet at a restart is given up: another story.
    if (in_between)
      continue;
    expect_whole(p, "a restart after step " + std::to_string(i));
    if (HasFatalFailure())
      return;
    for (const auto& [id, s] : whole.calls) {
      EXPECT_EQ(p.calls.at(id).reason(), s.reason()) << "a restart after step " << i << ": " << p.calls.at(id).told();
      EXPECT_EQ(p.calls.at(id).rows.back(), s.rows.back()) << "a restart after step " << i;
    }
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  auto name = info.param;
  for (auto& c : name)
    if (c == '-')
      c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recorded, Flow, testing::ValuesIn(flow_names()), test_name);

TEST(FlowTable, NamesEveryRecording) {
  EXPECT_EQ(flow_names().size(), expected().size());
}

} // namespace
} // namespace evs::test
