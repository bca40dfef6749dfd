#include "domain/call_fsm.hpp"

#include <algorithm>
#include <utility>

namespace evs {

namespace {

using namespace call_effect;

bool alive(const call_leg& leg) { return leg.phase != leg_phase::gone; }
bool talking(call_state s) { return s == call_state::connected || s == call_state::held; }

/// Q.850 causes that mean "this phone cannot be rung" (18: it stopped answering, SIP 408).
bool unreachable(int cause) { return cause == 3 || cause == 18 || cause == 20 || cause == 27; }

/// Rounds to the nearest second, so that the parts of a call add up to its duration within one second.
seconds rounded(milliseconds t) { return std::chrono::round<seconds>(t); }

/// One change of one call: collects effects, and lets every change of state pass one place (enter).
class machine {
public:
  machine(call_memory memory, timestamp now) : m_(std::move(memory)), now_(now) {}

  call_step_result take() { return {std::move(m_), std::move(effects_)}; }
  call_memory& memory() { return m_; }

  void begin(call_state state, const char* kind) {
    m_.now.state = state;
    m_.now.started = m_.now.since = now_;
    bump();
    emit(announce_started{});
    note(kind);
  }

  void operator()(const call_input::routed& e) {
    if (m_.now.direction != call_direction::inbound || m_.now.state != call_state::offered)
      return ignore("routed twice");
    m_.now.trunk = e.trunk;
    m_.now.site = e.site;
    m_.now.queue = e.queue;
    m_.wrap_up = e.wrap_up;
    enter(call_state::queued, "queued");
    emit(join_queue{e.queue});
  }

  void operator()(const call_input::refused& e) {
    if (m_.now.state == call_state::ended)
      return ignore("refused after the end");
    m_.verdict = e.why;
    if (!hang_up_all(e.why == end_reason::did_unknown ? 1 : 38))
      end();
  }

  void operator()(const call_input::agent_granted& e) {
    if (m_.now.state != call_state::queued || m_.verdict != end_reason::none) {
      // Heard twice: he rings already.
      if (const auto* ringing = living_agent_leg(); ringing && ringing->agent == e.agent && m_.now.direction == call_direction::inbound)
        return ignore("agent granted twice");
      // Too late: give the agent back at once.
      emit(agent_offer_ended{e.agent, offer_end::withdrawn});
      return ignore("agent granted to a call that does not wait");
    }
    // Before the list of legs grows and moves.
    const auto* main = find_main();
    const auto bridge_with = main && !main->name.empty() ? main->name : m_.now.id.value;
    call_leg leg;
    leg.uid = e.leg;
    leg.role = leg_role::agent;
    leg.agent = e.agent;
    m_.legs.push_back(leg);
    m_.now.agent = e.agent;
    enter(call_state::ringing, "agent_ringing");
    emit(ring_agent{e.agent, e.leg, e.dial, bridge_with, e.ring_timeout});
  }

  void operator()(const call_input::offer_withdrawn& e) {
    auto* leg = living_agent_leg();
    if (!leg || leg->agent != e.agent || talking(m_.now.state) || m_.now.direction != call_direction::inbound)
      return ignore("no such offer to withdraw");
    emit(hang_up_leg{leg->uid, leg->name, 16});
    offer_over(*leg, offer_end::withdrawn);
  }

  void operator()(const call_input::waited_too_long&) {
    if (m_.now.state != call_state::queued)
      return ignore("the longest wait passed, but the call does not wait");
    m_.verdict = end_reason::queue_timeout;
    hang_up_all(16);
  }

  void operator()(const call_input::dialing&) {
    if (m_.now.direction != call_direction::outbound || m_.now.state != call_state::offered || find_main() != nullptr)
      return ignore("dialing twice");
    call_leg leg;
    leg.uid = channel_id{m_.now.id.value};
    leg.role = leg_role::agent;
    leg.agent = m_.now.agent;
    m_.legs.push_back(leg);
    note("dialing");
  }

  void operator()(const call_input::leg_failed& e) {
    auto* leg = find(e.leg);
    if (!leg || !alive(*leg))
      return ignore("a leg failed that is not there");
    if (leg->phase != leg_phase::intended)
      return ignore("a leg failed that was seen alive"); // its own news tell what became of it
    leg->phase = leg_phase::gone;
    if (m_.now.direction == call_direction::outbound) {
      if (m_.verdict == end_reason::none)
        m_.verdict = e.switch_away ? end_reason::telephony_failure : end_reason::agent_unreachable;
      return end();
    }
    offer_over(*leg, offer_end::unreachable);
  }

  void operator()(const call_input::hang_up& e) {
    if (m_.now.state == call_state::ended)
      return ignore("hang-up of an ended call");
    if (auto* leg = living_agent_leg(); e.by_agent && leg && m_.now.state == call_state::ringing &&
                                        m_.now.direction == call_direction::inbound) {
      // He refuses the offer, as with 486 on his phone: the caller keeps his place.
      emit(hang_up_leg{leg->uid, leg->name, 16});
      return offer_over(*leg, offer_end::rejected);
    }
    if (m_.verdict == end_reason::none)
      m_.verdict = e.by_agent ? (talking(m_.now.state)                                  ? end_reason::agent_hangup
                                 : m_.now.direction == call_direction::outbound ? end_reason::agent_cancelled
                                                                                : end_reason::agent_hangup)
                              : end_reason::api_hangup;
    note("hangup_requested");
    if (!hang_up_all(16))
      end();
  }

  void operator()(const call_input::fact& e) {
    if (m_.now.state == call_state::ended)
      return;
    auto* leg = find(e.leg.channel.uid);
    if (!leg) {
      // A leg that we did not announce: the customer that the agent's Dial() made.
      if (e.leg.what == leg_fact::news::gone)
        return;
      call_leg fresh;
      fresh.uid = e.leg.channel.uid;
      fresh.role = m_.now.direction == call_direction::outbound ? leg_role::customer : leg_role::agent;
      if (fresh.role == leg_role::agent || find_main() == nullptr)
        return ignore("a channel joined that nobody asked for: " + e.leg.channel.name);
      m_.legs.push_back(fresh);
      leg = &m_.legs.back();
    }
    if (!e.leg.channel.name.empty())
      leg->name = e.leg.channel.name;
    if (!alive(*leg)) {
      // Given up before the switch had made it, so that the order to end it met nothing: it must not ring, let alone be answered.
      if (e.leg.what == leg_fact::news::seen || e.leg.what == leg_fact::news::bridged)
        emit(hang_up_leg{leg->uid, leg->name, 16});
      return;
    }
    switch (e.leg.what) {
      case leg_fact::news::seen: return advance(*leg, e.leg.channel.state);
      case leg_fact::news::bridged:
        leg->bridge = e.leg.bridge;
        // A bridge is only entered by a channel that is up.
        return advance(*leg, channel_state::up);
      case leg_fact::news::unbridged:
        leg->bridge = {};
        if (!m_.first_to_leave && talking(m_.now.state))
          m_.first_to_leave = leg->role;
        return;
      case leg_fact::news::held: return hold(*leg, true);
      case leg_fact::news::unheld: return hold(*leg, false);
      case leg_fact::news::dial_status:
        leg->dial_status = e.leg.dial_status;
        return;
      case leg_fact::news::gone: return gone(*leg, e.leg.cause, e.leg.unseen);
    }
  }

  /// Legs in the listing get their present facts, the others end unseen.
  void compare(const std::vector<listed_channel>& living) {
    if (m_.now.state == call_state::ended) { // its end was journaled; its row and its agent's release perhaps not
      release_agent();
      return emit(finished{record(), attempt()});
    }
    for (const auto& listed : living) {
      if (find(listed.channel.uid) || listed.channel.linked == m_.now.id) {
        leg_fact fact;
        fact.channel = listed.channel;
        (*this)(call_input::fact{fact});
        if (!listed.bridge.empty()) {
          fact.what = leg_fact::news::bridged;
          fact.bridge = listed.bridge;
          (*this)(call_input::fact{fact});
        }
      }
    }
    std::vector<channel_id> missing;
    for (const auto& leg : m_.legs)
      if (alive(leg) && std::none_of(living.begin(), living.end(), [&](auto& l) { return l.channel.uid == leg.uid; }))
        missing.push_back(leg.uid);
    // The main leg last: what happened to the others explains it.
    std::stable_partition(missing.begin(), missing.end(), [&](auto& uid) { return find_main() == nullptr || uid != find_main()->uid; });
    for (const auto& uid : missing) {
      if (m_.now.state == call_state::ended)
        break;
      auto* leg = find(uid);
      if (leg && alive(*leg))
        gone(*leg, 0, true);
    }
    if (m_.now.state != call_state::ended && m_.legs.empty()) {
      m_.verdict = end_reason::lost_track;
      end();
    }
  }

private:
  void emit(call_effect_t effect) { effects_.push_back(std::move(effect)); }
  void ignore(std::string why) { emit(ignored{std::move(why)}); }
  void bump() { ++m_.now.version; }

  void note(std::string kind) {
    ++m_.steps;
    emit(journal{m_.steps, std::move(kind)});
  }

  call_leg* find(const channel_id& uid) {
    auto found = std::find_if(m_.legs.begin(), m_.legs.end(), [&](auto& l) { return l.uid == uid; });
    return found == m_.legs.end() ? nullptr : &*found;
  }

  call_leg* find_main() { return const_cast<call_leg*>(main_leg(m_)); }

  call_leg* living_agent_leg() {
    auto found = std::find_if(m_.legs.begin(), m_.legs.end(), [](auto& l) { return l.role == leg_role::agent && alive(l); });
    return found == m_.legs.end() ? nullptr : &*found;
  }

  /// Every change of state passes here: time is booked, the change announced and journaled.
  void enter(call_state next, const char* kind) {
    book();
    m_.now.state = next;
    m_.now.since = now_;
    m_.now.on_hold = next == call_state::held;
    bump();
    if (next != call_state::ended)
      emit(announce_changed{});
    note(kind);
  }

  void book() {
    auto spent = std::max(milliseconds{0}, now_ - m_.now.since);
    switch (m_.now.state) {
      case call_state::offered:
      case call_state::queued: m_.waited += spent; break;
      case call_state::ringing: m_.rang += spent; break;
      case call_state::connected: m_.talked += spent; break;
      case call_state::held: m_.held += spent; break;
      case call_state::ended: break;
    }
  }

  /// A leg that gets on although its call is being ended: the order to hang up came before the switch had made it.
  void advance(call_leg& leg, channel_state state) {
    const auto before = leg.phase;
    progress(leg, state);
    if (m_.verdict != end_reason::none && leg.phase != before)
      emit(hang_up_leg{leg.uid, leg.name, 16});
  }

  void progress(call_leg& leg, channel_state state) {
    auto phase = state == channel_state::up        ? leg_phase::up
                 : state == channel_state::ringing ? leg_phase::ringing
                                                   : leg_phase::dialing;
    if (phase <= leg.phase)
      return;
    leg.phase = phase;
    if (m_.now.direction == call_direction::inbound) {
      if (leg.role == leg_role::agent && phase == leg_phase::up && m_.now.state == call_state::ringing)
        connected(leg.agent);
      return;
    }
    if (leg.role == leg_role::agent) {
      if (phase == leg_phase::up)
        emit(agent_connected{leg.agent});
      return;
    }
    if (phase == leg_phase::up)
      connected(m_.now.agent);
    else if (m_.now.state == call_state::offered)
      enter(call_state::ringing, "ringing");
  }

  void connected(const agent_id& agent) {
    if (talking(m_.now.state))
      return;
    m_.now.answered = now_;
    m_.now.agent = agent;
    m_.talked_to.push_back(agent);
    enter(call_state::connected, "connected");
    if (!m_.now.queue.empty())
      emit(answered{m_.now.queue, agent});
    emit(agent_connected{agent});
  }

  void hold(call_leg& leg, bool on) {
    leg.holding = on;
    if (leg.role != leg_role::agent)
      return; // the outside party's own hold button is his affair
    if (on && m_.now.state == call_state::connected) {
      enter(call_state::held, "held");
      emit(agent_held{leg.agent, true});
    } else if (!on && m_.now.state == call_state::held) {
      enter(call_state::connected, "resumed");
      emit(agent_held{leg.agent, false});
    }
  }

  /// Who left the conversation unseen (his leg is gone, and nothing said that it left the bridge), else this leg's.
  leg_role first_of(const call_leg& leg) const {
    auto found = std::find_if(m_.legs.begin(), m_.legs.end(), [](auto& l) { return !alive(l) && !l.bridge.empty(); });
    return found == m_.legs.end() ? leg.role : found->role;
  }

  void gone(call_leg& leg, int cause, bool unseen) {
    const bool was_up = leg.phase == leg_phase::up;
    leg.phase = leg_phase::gone;
    leg.cause = cause;
    if (!unseen)
      leg.bridge = {};
    if (!m_.first_to_leave && !unseen && talking(m_.now.state))
      m_.first_to_leave = first_of(leg);
    const bool is_main = find_main() == &leg;
    if (unseen && is_main && m_.verdict == end_reason::none && !m_.first_to_leave)
      m_.verdict = end_reason::lost_track;
    if (m_.now.direction == call_direction::inbound) {
      if (is_main)
        return end();
      if (!talking(m_.now.state) && m_.verdict != end_reason::none)
        return offer_over(leg, offer_end::withdrawn); // the whole call is being ended: he missed nothing
      if (!talking(m_.now.state))
        return offer_over(leg, unseen                       ? offer_end::withdrawn
                               : cause == 17 || cause == 21 ? offer_end::rejected
                               : unreachable(cause)       ? offer_end::unreachable
                                                          : offer_end::missed);
      if (leg.agent == m_.now.agent)
        hang_up_all(16); // the conversation is over; Asterisk normally ends the caller's leg by itself
      return;
    }
    if (is_main) {
      if (m_.verdict == end_reason::none && !talking(m_.now.state)) {
        if (!was_up)
          m_.verdict = unreachable(cause) ? end_reason::agent_unreachable : end_reason::agent_no_answer;
        else if (cause != 0 && cause != 16)
          // The dialplan hands the customer leg's cause on; 3 without such a leg: the trunk had no usable contact.
          m_.verdict = cause == 3 || cause == 20 ? end_reason::trunk_down : reason_of_refusal({}, cause);
      }
      m_.cause = m_.cause != 0 ? m_.cause : cause;
      return end();
    }
    if (unseen && !talking(m_.now.state))
      return; // why is not known; Dial() ends the agent's leg with the cause
    if (!talking(m_.now.state) && m_.verdict == end_reason::none && !(leg.dial_status == "CANCEL")) {
      m_.cause = cause;
      m_.verdict = reason_of_refusal(leg.dial_status, cause);
    }
    hang_up_all(16);
  }

  /// The caller stays in line, the agent is told, the queue looks for the next one.
  void offer_over(call_leg& leg, offer_end why) {
    leg.phase = leg_phase::gone;
    auto agent = leg.agent;
    if (m_.now.agent == agent)
      m_.now.agent = {};
    emit(agent_offer_ended{agent, why});
    if (m_.now.state == call_state::ringing && m_.verdict == end_reason::none) {
      enter(call_state::queued, "requeued");
      emit(offer_failed{m_.now.queue, agent, why});
    }
  }

  /// Asks the switch to end what lives; false when nothing does.
  bool hang_up_all(int cause) {
    bool any = false;
    for (const auto& leg : m_.legs)
      if (alive(leg)) {
        emit(hang_up_leg{leg.uid, leg.name, cause});
        any = true;
      }
    return any;
  }

  end_reason conclude(call_state before) const {
    const bool inbound = m_.now.direction == call_direction::inbound;
    if (talking(before)) {
      if (m_.verdict == end_reason::api_hangup || m_.verdict == end_reason::agent_hangup || m_.verdict == end_reason::lost_track)
        return m_.verdict;
      return m_.first_to_leave == leg_role::agent ? end_reason::agent_hangup : end_reason::caller_hangup;
    }
    if (m_.verdict != end_reason::none)
      return m_.verdict;
    if (inbound)
      return before == call_state::ringing ? end_reason::abandoned_ringing : end_reason::abandoned_waiting;
    for (const auto& leg : m_.legs)
      if (leg.role == leg_role::customer && !leg.dial_status.empty() && leg.dial_status != "CANCEL" && leg.dial_status != "ANSWER")
        return reason_of_refusal(leg.dial_status, leg.cause);
    return end_reason::agent_cancelled;
  }

  void end() {
    const auto before = m_.now.state;
    const auto reason = conclude(before);
    for (auto& leg : m_.legs)
      if (alive(leg)) {
        emit(hang_up_leg{leg.uid, leg.name, 16});
        leg.phase = leg_phase::gone;
      }
    book();
    m_.now.state = call_state::ended;
    m_.now.since = now_;
    m_.now.ended = now_;
    m_.now.reason = reason;
    m_.now.on_hold = false;
    m_.now.duration = rounded(m_.waited + m_.rang + m_.talked + m_.held);
    m_.now.billable = rounded(m_.talked + m_.held);
    bump();
    note("ended");
    const bool talked = m_.now.answered.has_value();
    if (!m_.now.queue.empty() && !talked)
      emit(leave_queue{m_.now.queue});
    if (m_.now.direction == call_direction::outbound || talked) {
      release_agent();
    } else if (before == call_state::ringing && !m_.now.agent.empty()) {
      emit(agent_offer_ended{m_.now.agent, offer_end::withdrawn});
      m_.now.agent = {};
    }
    emit(finished{record(), attempt()});
  }

  void release_agent() {
    const bool talked = m_.now.answered.has_value();
    if (!m_.now.agent.empty())
      emit(agent_released{m_.now.agent, talked ? m_.wrap_up : seconds{0}, rounded(m_.talked), rounded(m_.held), talked});
  }

  call_record record() const {
    call_record r;
    const auto& n = m_.now;
    r.id = n.id;
    r.direction = n.direction;
    r.started = n.started;
    r.answered = n.answered;
    r.ended = *n.ended;
    r.duration = n.duration;
    r.billable = n.billable;
    r.wait = rounded(m_.waited);
    r.ring = rounded(m_.rang);
    r.talk = rounded(m_.talked);
    r.hold = rounded(m_.held);
    r.reason = n.reason;
    r.source = n.caller;
    r.destination = n.callee;
    r.caller_number = n.caller;
    r.did = n.did;
    r.agent = n.agent;
    r.queue = n.queue;
    r.campaign = n.campaign;
    r.contact = n.contact;
    r.site = n.site;
    r.trunk = n.trunk;
    r.cause = m_.cause;
    return r;
  }

  std::optional<attempt_result> attempt() const {
    if (m_.now.direction != call_direction::outbound)
      return std::nullopt;
    auto outcome = attempt_outcome::failed;
    if (m_.now.answered)
      outcome = attempt_outcome::answered;
    else
      switch (m_.now.reason) {
        case end_reason::busy:
        case end_reason::rejected: outcome = attempt_outcome::busy; break;
        case end_reason::no_answer: outcome = attempt_outcome::no_answer; break;
        case end_reason::invalid_number: outcome = attempt_outcome::invalid; break;
        case end_reason::congestion: outcome = attempt_outcome::congestion; break;
        case end_reason::trunk_down:
        case end_reason::trunk_full: outcome = attempt_outcome::blocked; break;
        case end_reason::agent_cancelled: outcome = attempt_outcome::abandoned; break;
        default: break;
      }
    return attempt_result{m_.now.id, outcome, m_.now.reason, now_};
  }

  call_memory m_;
  timestamp now_;
  std::vector<call_effect_t> effects_;
};

} // namespace

const call_leg* main_leg(const call_memory& memory) {
  auto role = memory.now.direction == call_direction::inbound ? leg_role::caller : leg_role::agent;
  auto found = std::find_if(memory.legs.begin(), memory.legs.end(), [&](auto& l) { return l.role == role; });
  return found == memory.legs.end() ? nullptr : &*found;
}

end_reason reason_of_refusal(const std::string& dial_status, int cause) {
  switch (cause) {
    case 17: return end_reason::busy;
    case 1:
    case 22:
    case 28: return end_reason::invalid_number;
    case 21: return end_reason::rejected;
    case 18:
    case 19: return end_reason::no_answer;
    case 20: return dial_status == "CHANUNAVAIL" ? end_reason::trunk_down : end_reason::no_answer;
    case 34:
    case 38:
    case 41:
    case 42:
    case 44:
    case 58: return end_reason::congestion;
    default: break;
  }
  if (dial_status == "BUSY")
    return end_reason::busy;
  if (dial_status == "NOANSWER")
    return end_reason::no_answer;
  if (dial_status == "CHANUNAVAIL")
    return end_reason::trunk_down;
  if (dial_status == "CONGESTION")
    return end_reason::congestion;
  return end_reason::no_answer;
}

call_step_result begin_inbound(const channel_facts& caller, timestamp now) {
  call_memory m;
  m.now.id = call_id{caller.linked.empty() ? caller.uid.value : caller.linked.value};
  m.now.direction = call_direction::inbound;
  m.now.caller = caller.caller_number;
  m.now.callee = m.now.did = caller.exten;
  m.caller_name = caller.caller_name;
  m.now.trunk = trunk_id{endpoint_of(caller.name)};
  call_leg leg;
  leg.uid = caller.uid;
  leg.name = caller.name;
  leg.role = leg_role::caller;
  leg.phase = leg_phase::up;
  m.legs.push_back(leg);
  machine x(std::move(m), now);
  x.begin(call_state::offered, "offered");
  return x.take();
}

call_step_result begin_outbound(const outbound_plan& plan, timestamp now) {
  call_memory m;
  m.now.id = plan.id;
  m.now.direction = call_direction::outbound;
  m.now.agent = plan.agent;
  m.now.caller = plan.caller_id;
  m.now.callee = plan.destination;
  m.now.trunk = plan.trunk;
  m.now.site = plan.site;
  m.now.campaign = plan.campaign;
  m.now.contact = plan.contact;
  m.wrap_up = plan.wrap_up;
  machine x(std::move(m), now);
  x.begin(call_state::offered, "offered");
  return x.take();
}

call_step_result apply(call_memory memory, const call_event& event, timestamp now) {
  machine x(std::move(memory), now);
  std::visit(x, event);
  return x.take();
}

call_step_result recover(call_memory memory, const std::vector<listed_channel>& living, timestamp now) {
  machine x(std::move(memory), now);
  x.compare(living);
  return x.take();
}

} // namespace evs
