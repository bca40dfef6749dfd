#include "tests/unit/call/story.hpp"

#include "domain/labels.hpp"

namespace evs::test {

namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

bool for_screens(const std::string& line) { return line.front() == '*'; }

} // namespace

std::string text_of(offer_end how) {
  switch (how) {
    case offer_end::missed: return "missed";
    case offer_end::rejected: return "rejected";
    case offer_end::unreachable: return "unreachable";
    case offer_end::withdrawn: return "withdrawn";
  }
  return "?";
}

story story::inbound(timestamp at) {
  channel_facts caller;
  caller.uid.value = "in-1";
  caller.linked.value = "in-1";
  caller.name = "PJSIP/trunk-paris-0000000a";
  caller.state = channel_state::dialing;
  caller.caller_number = "+33612345678";
  caller.exten = "+33140000001";
  return inbound(caller, at);
}

story story::inbound(const channel_facts& caller, timestamp at) {
  story s;
  s.now = at;
  s.take(begin_inbound(caller, at), nullptr);
  return s;
}

story story::outbound(timestamp at) {
  outbound_plan plan;
  plan.id.value = "out-1";
  plan.agent.value = "1001";
  plan.destination = "+33612340001";
  plan.caller_id = "+33140000009";
  plan.trunk.value = "trunk-paris";
  plan.site.value = "site-paris";
  plan.wrap_up = seconds{10};
  return outbound(plan, at);
}

story story::outbound(const outbound_plan& plan, timestamp at) {
  story s;
  s.now = at;
  s.engaged_.insert(plan.agent);
  s.take(begin_outbound(plan, at), nullptr);
  return s;
}

void story::feed(const call_event& event) { take(evs::apply(std::move(m), event, now), &event); }

void story::restart(const std::vector<listed_channel>& living) {
  // What the agents and the queue were told before the crash is not told again.
  ended_ = false;
  finished = 0;
  take(recover(std::move(m), living, now), nullptr);
}

void story::seen(const std::string& uid, channel_state state, const std::string& name) {
  leg_fact fact;
  fact.channel.uid.value = uid;
  fact.channel.name = name;
  fact.channel.state = state;
  feed(call_input::fact{fact});
}

void story::news(const std::string& uid, leg_fact::news what, int cause, const std::string& dial_status) {
  leg_fact fact;
  fact.what = what;
  fact.channel.uid.value = uid;
  fact.cause = cause;
  fact.dial_status = dial_status;
  if (what == leg_fact::news::bridged)
    fact.bridge.value = "b";
  feed(call_input::fact{fact});
}

void story::vanished(const std::string& uid) {
  leg_fact fact;
  fact.what = leg_fact::news::gone;
  fact.channel.uid.value = uid;
  fact.unseen = true;
  feed(call_input::fact{fact});
}

void story::routed() {
  feed(call_input::routed{trunk_id{"trunk-paris"}, site_id{"site-paris"}, queue_id{"queue"}, seconds{10}});
}

void story::granted(const std::string& agent, const std::string& leg) {
  feed(call_input::agent_granted{agent_id{agent}, channel_id{leg}, "PJSIP/" + agent, seconds{20}});
}

std::string story::reason() const { return std::string{token(m.now.reason)}; }

std::string story::told() const {
  std::string all;
  for (const auto& line : lines)
    all += (all.empty() ? "" : "; ") + line;
  return all;
}

std::string story::done() const {
  std::string all;
  for (const auto& line : lines)
    if (!for_screens(line))
      all += (all.empty() ? "" : "; ") + line;
  return all;
}

void story::fail(const std::string& what) {
  if (broken.empty())
    broken = what + " after: " + told();
}

void story::take(call_step_result result, const call_event* why) {
  using namespace call_effect;
  const auto was = ended_;
  const auto* late_grant = why ? std::get_if<call_input::agent_granted>(why) : nullptr;
  const bool in_time = could_ring_;
  m = std::move(result.memory);
  could_ring_ = m.now.state == call_state::queued && m.verdict == end_reason::none;
  for (auto& e : result.effects) {
    // The end is the end: an agent who is granted too late is given back, everything else is over.
    if (was && !std::holds_alternative<ignored>(e) && !(late_grant && std::holds_alternative<agent_offer_ended>(e)))
      fail("an effect after the end");
    std::visit(
      overloaded{
        [&](ring_agent& x) {
          if (!engaged_.insert(x.agent).second)
            fail("agent " + x.agent.value + " is rung twice");
          lines.push_back("ring " + x.agent.value);
        },
        [&](hang_up_leg& x) {
          hung_up.insert(x.leg.value);
          lines.push_back("hang up " + x.leg.value + " " + std::to_string(x.cause));
        },
        [&](join_queue&) { lines.push_back("join"); },
        [&](leave_queue&) { lines.push_back("leave"); },
        [&](offer_failed& x) { lines.push_back("next after " + x.agent.value + " " + text_of(x.why)); },
        [&](answered& x) { lines.push_back("answered by " + x.agent.value); },
        [&](agent_offer_ended& x) {
          if (late_grant && !in_time) {
            if (x.why != offer_end::withdrawn)
              fail("a late grant was not withdrawn");
          } else if (engaged_.erase(x.agent) == 0) {
            fail("the offer to " + x.agent.value + " ended, but he has none");
          }
          lines.push_back(x.agent.value + " " + text_of(x.why));
        },
        [&](agent_connected& x) {
          if (!engaged_.count(x.agent))
            fail("agent " + x.agent.value + " talks without having been rung");
          // An outbound call's agent is up first, and connected when the customer is.
          connected_.insert(x.agent);
          if (m.now.direction == call_direction::inbound && connected_.size() > 1)
            fail("connected twice");
          lines.push_back(x.agent.value + " up");
        },
        [&](agent_held& x) { lines.push_back(x.agent.value + (x.on_hold ? " holds" : " resumes")); },
        [&](agent_released& x) {
          if (engaged_.erase(x.agent) == 0)
            fail("agent " + x.agent.value + " is released, but was not there");
          lines.push_back(x.agent.value + " released" + (x.talked ? " from talk" : ""));
        },
        [&](announce_started&) { lines.push_back("*new"); },
        [&](announce_changed&) { lines.push_back("*" + std::string{token(m.now.state)}); },
        [&](journal& x) {
          if (x.seq != m.steps && x.seq > m.steps)
            fail("step " + std::to_string(x.seq) + " of " + std::to_string(m.steps));
          if (!steps.empty() && x.seq != steps.size() + 1)
            fail("a hole in the journal");
          steps.push_back(x.kind);
        },
        [&](call_effect::finished& x) {
          ++finished;
          ended_ = true;
          rows.push_back(x.record);
          if (x.attempt)
            attempts.push_back(*x.attempt);
          lines.push_back("end " + std::string{token(x.record.reason)});
        },
        [&](ignored&) {},
      },
      e);
  }
  if (finished > 1)
    fail("finished twice");
  if ((m.now.state == call_state::ended) != ended_)
    fail("ended without finished, or the other way round");
  if (m.waited < milliseconds{0} || m.rang < milliseconds{0} || m.talked < milliseconds{0} || m.held < milliseconds{0})
    fail("negative time");
  const auto booked = m.waited + m.rang + m.talked + m.held;
  const auto spent = (m.now.ended ? *m.now.ended : m.now.since) - m.now.started;
  if (booked != spent)
    fail("booked " + std::to_string(booked.count()) + " ms of " + std::to_string(spent.count()));
  if (ended_ && !was) {
    if (!engaged_.empty())
      fail("agent " + engaged_.begin()->value + " is left behind");
    const auto& r = rows.back();
    if (r.reason == end_reason::none || r.id != m.now.id)
      fail("an incomplete row");
    const auto sum = r.wait + r.ring + r.talk + r.hold;
    // Each part is rounded by itself.
    if (std::chrono::abs(sum - r.duration) > seconds{2} || r.billable > r.duration)
      fail("the row's times don't add up");
    if (r.answered.has_value() != (m.talked + m.held > milliseconds{0} || !m.talked_to.empty()))
      fail("answered, and nobody talked");
    for (const auto& leg : m.legs)
      if (leg.phase != leg_phase::gone)
        fail("a leg lives on");
  }
}

} // namespace evs::test
