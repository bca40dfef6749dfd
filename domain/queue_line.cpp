#include "domain/queue_line.hpp"

#include <algorithm>
#include <utility>

namespace evs::queue_line {

namespace {

enum class kind : std::uint8_t { absent, available, busy, paused };

kind kind_of(const member& a) {
  switch (a.state) {
    case agent_state::offline: return kind::absent;
    case agent_state::available: return a.phone_reachable ? kind::available : kind::absent;
    case agent_state::ringing:
    case agent_state::on_call:
    case agent_state::on_hold:
    case agent_state::wrap_up: return kind::busy;
    case agent_state::paused:
    case agent_state::training: return kind::paused;
  }
  return kind::absent;
}

/// Whether this offer is under way for the caller.
bool is_offer(const waiting_call& c, const call_id& call, const agent_id& agent, std::uint64_t number = 0) {
  return c.call == call && !agent.empty() && c.offered_to == agent && (number == 0 || number == c.offer_epoch);
}

/// More than leave while one message is on its way.
constexpr std::size_t departures_kept = 64;

/// Whether a stands before b.
bool stands_before(const waiting_call& a, const waiting_call& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.since < b.since;
}

/// One event for one queue; settle() serves the line and announces what changed.
class machine {
public:
  machine(memory m, const policy& p, timestamp now) : m_(std::move(m)), policy_(p), at_(now) {}

  void operator()(const call_arrived& e) {
    if (std::any_of(m_.departed.begin(), m_.departed.end(), [&](auto& d) { return d.call == e.call && d.at >= e.at; }))
      return ignore("left_before");
    join(e.call, e.at, e.priority);
  }
  void operator()(const call_restored& e) { join(e.call, e.at, e.priority); }

  void operator()(const caller_left& e) {
    auto* call = find(e.call);
    if (!call)
      return ignore("not_in_line");
    ++(e.gave_up ? m_.today.abandoned : m_.today.removed);
    leave(*call);
  }

  void operator()(const agent_seen& e) {
    auto found = m_.members.find(e.now.id);
    if (found == m_.members.end())
      return ignore("not_a_member");
    auto& a = found->second;
    if (e.now.version <= a.version)
      return ignore("stale_version");
    change(a, [&] {
      a.state = e.now.state;
      a.since = e.now.since;
      a.phone_reachable = e.now.phone_reachable;
      a.talk = e.now.today.talk;
      a.calls = e.now.today.calls_handled;
      a.version = e.now.version;
      a.not_before = {};
    });
  }

  void operator()(const agent_lost& e) {
    auto found = m_.members.find(e.agent);
    if (found == m_.members.end())
      return ignore("not_a_member");
    const auto offer = found->second.offer;
    change(found->second, [&] {
      const auto position = found->second.position;
      found->second = {};
      found->second.position = position;
    });
    if (auto* call = find(offer))
      try_failed(*call);
  }

  void operator()(const offer_accepted& e) {
    if (auto* call = offered(e.call, e.agent, e.number)) {
      call->ringing = true;
      return;
    }
    if (offered(e.call, e.agent))
      return ignore("offer_superseded");
    if (std::any_of(m_.departed.begin(), m_.departed.end(), [&](auto& d) { return d.call == e.call && d.answered_by == e.agent; }))
      return ignore("answered_before");
    // The offer is over; nobody else would tell him.
    emit(withdraw_offer{e.call, e.agent, false});
  }

  void operator()(const offer_refused& e) {
    auto* call = offered(e.call, e.agent, e.number);
    if (!call)
      return ignore("no_such_offer");
    end_offer(*call);
    if (auto found = m_.members.find(e.agent); found != m_.members.end())
      found->second.not_before = at_ + policy_.refusal_pause;
    give_up_if_overdue(*call);
  }

  void operator()(const ring_failed& e) {
    auto* call = offered(e.call, e.agent);
    if (!call)
      return ignore("no_such_offer");
    try_failed(*call);
  }

  void operator()(const answered& e) {
    auto* call = find(e.call);
    if (!call)
      return ignore("not_in_line");
    count_answer(m_.today, at_ - call->since, m_.settings.service_level_within);
    if (call->offered_to == e.agent)
      end_offer(*call); // his; nothing to withdraw
    leave(*call, e.agent);
  }

  void operator()(const timer_elapsed& e) {
    if (e.which == timer::look_again) {
      if (e.epoch != m_.look_epoch)
        return ignore("stale_timer");
      m_.look_at.reset();
      return;
    }
    auto* call = find(e.call);
    if (!call || e.epoch != (e.which == timer::max_wait ? call->wait_epoch : call->offer_epoch))
      return ignore("stale_timer");
    if (e.which == timer::max_wait) {
      call->overdue = true;
      return give_up_if_overdue(*call);
    }
    if (call->offered_to.empty())
      return ignore("stale_timer");
    emit(withdraw_offer{call->call, call->offered_to, call->ringing});
    try_failed(*call);
  }

  void operator()(const settings_changed& e) {
    const bool other_wait = e.now.max_wait != m_.settings.max_wait;
    m_.settings = e.now;
    auto known = std::exchange(m_.members, {});
    m_.agents = {};
    std::size_t position = 0;
    for (const auto& id : m_.settings.members) {
      auto found = known.find(id);
      auto [it, added] = m_.members.emplace(id, found == known.end() ? member{} : found->second);
      if (!added)
        continue;
      it->second.position = position++;
      count(it->second, +1);
    }
    if (other_wait)
      for (auto& call : m_.line)
        limit_wait(call);
  }

  void operator()(const counters_restored& e) { m_.today = e.today; }
  void operator()(const day_changed&) { m_.today = {}; }

  /// The one place that offers calls and announces.
  fsm::step<memory, effect> settle() {
    serve();
    auto next = view();
    next.version = m_.now.version;
    if (next != m_.now) {
      ++next.version;
      m_.now = next;
      emit(announce{std::move(next)});
    }
    if (effects_.empty())
      ignore("no_change");
    return {std::move(m_), std::move(effects_)};
  }

  memory begin(const queue_settings& settings) {
    (*this)(settings_changed{settings});
    m_.now = view();
    return std::move(m_);
  }

private:
  template <class Effect>
  void emit(Effect x) { effects_.emplace_back(std::in_place_type<Effect>, std::move(x)); }
  void ignore(const char* why) { emit(fsm::ignored{why}); }

  waiting_call* find(const call_id& call) {
    auto found = std::find_if(m_.line.begin(), m_.line.end(), [&](auto& c) { return c.call == call; });
    return found == m_.line.end() ? nullptr : &*found;
  }

  waiting_call* offered(const call_id& call, const agent_id& agent, std::uint64_t number = 0) {
    auto* found = find(call);
    return found && is_offer(*found, call, agent, number) ? found : nullptr;
  }

  // --- members ---

  void count(const member& a, int by) {
    auto add = [by](std::uint32_t& n) { n = static_cast<std::uint32_t>(static_cast<int>(n) + by); };
    switch (kind_of(a)) {
      case kind::absent: break;
      case kind::available: add(m_.agents.available); break;
      case kind::busy: add(m_.agents.busy); break;
      case kind::paused: add(m_.agents.paused); break;
    }
  }

  template <class Change>
  void change(member& a, Change how) {
    count(a, -1);
    how();
    count(a, +1);
  }

  // --- the line ---

  void join(const call_id& call, timestamp since, std::int32_t priority) {
    if (call.empty() || find(call))
      return ignore("in_line_already");
    waiting_call fresh;
    fresh.call = call;
    fresh.since = since;
    fresh.priority = priority;
    // Behind its equals: upper_bound.
    auto place = std::upper_bound(m_.line.begin(), m_.line.end(), fresh, stands_before);
    limit_wait(*m_.line.insert(place, std::move(fresh)));
  }

  /// (Re)starts the timer of its longest wait, counted from its arrival.
  void limit_wait(waiting_call& call) {
    call.wait_epoch = ++m_.epoch;
    if (m_.settings.max_wait > seconds{0})
      emit(start_timer{timer::max_wait, call.call, call.wait_epoch,
                       std::max(milliseconds{0}, call.since + m_.settings.max_wait - at_)});
  }

  /// Takes the call out of the line; `call` is gone afterwards.
  void leave(waiting_call& call, const agent_id& answered_by = {}) {
    if (!call.offered_to.empty()) {
      emit(withdraw_offer{call.call, call.offered_to, call.ringing});
      end_offer(call);
    }
    m_.departed.push_back({call.call, at_, answered_by});
    if (m_.departed.size() > departures_kept)
      m_.departed.pop_front();
    m_.line.erase(m_.line.begin() + (&call - m_.line.data()));
  }

  void give_up_if_overdue(waiting_call& call) {
    if (!call.overdue || !call.offered_to.empty())
      return;
    emit(give_up{call.call});
    ++m_.today.given_up;
    leave(call);
  }

  // --- offers ---

  void end_offer(waiting_call& call) {
    if (auto found = m_.members.find(call.offered_to); found != m_.members.end() && found->second.offer == call.call)
      found->second.offer = {};
    call.offered_to = {};
    call.ringing = false;
  }

  /// The try with this agent is over: the caller keeps his place, others come first now.
  void try_failed(waiting_call& call) {
    auto found = std::find_if(call.tries.begin(), call.tries.end(), [&](auto& t) { return t.agent == call.offered_to; });
    if (found == call.tries.end())
      call.tries.push_back({call.offered_to, at_});
    else
      found->at = at_;
    end_offer(call);
    give_up_if_overdue(call);
  }

  /// When this agent may be tried for this call: when others are free as well, and when they are not.
  std::pair<timestamp, timestamp> may_be_tried(const waiting_call& call, const agent_id& agent) const {
    for (const auto& t : call.tries)
      if (t.agent == agent)
        return {t.at + policy_.retry_agent_after, t.at + policy_.retry_gap};
    return {timestamp::min(), timestamp::min()};
  }

  /// Offers waiting calls to free agents, the head of the line first.
  void serve() {
    if (m_.agents.available == 0 || std::all_of(m_.line.begin(), m_.line.end(), [](auto& c) { return !c.offered_to.empty(); }))
      return;
    std::optional<timestamp> later;
    auto look = [&](timestamp t) { later = later ? std::min(*later, t) : t; };
    std::vector<routing::candidate> free, fit, again;
    for (const auto& [id, a] : m_.members) {
      if (is_free(a, at_))
        free.push_back({&id, a.since, a.position, a.talk, a.calls});
      else if (kind_of(a) == kind::available && a.offer.empty())
        look(a.not_before);
    }
    for (auto& call : m_.line) {
      if (!call.offered_to.empty())
        continue;
      if (free.empty())
        break;
      const agent_id* chosen = nullptr;
      if (call.tries.empty()) {
        if (auto i = routing::pick(free, m_.settings.strategy, m_.last_position))
          chosen = free[*i].agent;
      } else {
        fit.clear();
        again.clear();
        for (const auto& c : free) {
          auto [first, second] = may_be_tried(call, *c.agent);
          if (first <= at_)
            fit.push_back(c);
          else if (second <= at_)
            again.push_back(c);
          else
            look(second);
        }
        const auto& from = fit.empty() ? again : fit;
        if (auto i = routing::pick(from, m_.settings.strategy, m_.last_position))
          chosen = from[*i].agent;
      }
      if (!chosen)
        continue;
      make_offer(call, *chosen);
      free.erase(std::find_if(free.begin(), free.end(), [&](auto& c) { return c.agent == chosen; }));
    }
    if (later && (!m_.look_at || *later < *m_.look_at || *m_.look_at < at_)) {
      m_.look_at = *later;
      m_.look_epoch = ++m_.epoch;
      emit(start_timer{timer::look_again, {}, m_.look_epoch, std::max(milliseconds{0}, *later - at_)});
    }
  }

  void make_offer(waiting_call& call, const agent_id& agent) {
    auto& a = m_.members.at(agent);
    a.offer = call.call;
    m_.last_position = a.position;
    call.offered_to = agent;
    call.ringing = false;
    call.offer_epoch = ++m_.epoch;
    emit(offer{call.call, agent, m_.settings.ring_timeout, call.offer_epoch});
    emit(start_timer{timer::offer_guard, call.call, call.offer_epoch, m_.settings.ring_timeout + policy_.offer_guard});
  }

  queue_snapshot view() {
    queue_snapshot s;
    s.id = m_.settings.id;
    s.name = m_.settings.name;
    s.waiting = static_cast<std::uint32_t>(m_.line.size());
    for (const auto& call : m_.line)
      s.oldest = s.oldest ? std::min(*s.oldest, call.since) : call.since;
    s.agents_available = m_.agents.available;
    s.agents_busy = m_.agents.busy;
    s.agents_paused = m_.agents.paused;
    auto& t = m_.today;
    t.offered = t.answered + t.abandoned + t.given_up + t.removed + s.waiting;
    s.service_level = service_level(t);
    s.offered = t.offered;
    s.answered = t.answered;
    s.abandoned = t.abandoned;
    return s;
  }

  memory m_;
  const policy& policy_;
  timestamp at_;
  std::vector<effect> effects_;
};

} // namespace

bool is_free(const member& a, timestamp now) noexcept {
  return kind_of(a) == kind::available && a.offer.empty() && a.not_before <= now;
}

bool awaits(const memory& m, const call_id& call, const agent_id& agent, std::uint64_t number) noexcept {
  return std::any_of(m.line.begin(), m.line.end(), [&](auto& c) { return is_offer(c, call, agent, number) && !c.ringing; });
}

memory start(const queue_settings& settings) {
  policy p;
  return machine({}, p, {}).begin(settings);
}

fsm::step<memory, effect> apply(memory m, const event& e, const policy& p, timestamp now) {
  machine x(std::move(m), p, now);
  std::visit(x, e);
  return x.settle();
}

} // namespace evs::queue_line
