#include "domain/agent_fsm.hpp"

#include "domain/call_fsm.hpp"

#include <algorithm>
#include <utility>

namespace evs::agent_fsm {

namespace {

constexpr std::size_t index(agent_state s) { return static_cast<std::size_t>(s); }
constexpr std::size_t index(timer t) { return static_cast<std::size_t>(t); }

constexpr bool is_pause(agent_state s) { return s == agent_state::paused || s == agent_state::training; }

/// States that a person may ask for.
constexpr bool may_be_wanted(agent_state s) {
  return s == agent_state::offline || s == agent_state::available || is_pause(s);
}

/// More than an agent announces between two writes of the store.
constexpr std::uint64_t versions_unsaved = 1000;

seconds whole(milliseconds t) { return std::chrono::duration_cast<seconds>(t); }

/// One event for one agent. The handlers change `now_`; settle() compares it with what was there and announces.
class machine {
public:
  machine(memory m, const policy& p, timestamp now) : m_(std::move(m)), before_(m_.now), policy_(p), at_(now) {}

  void operator()(const wants_state& e) {
    if (!may_be_wanted(e.wanted))
      return refuse(errc::invalid_input, "Cet état ne peut pas être choisi.");
    if (!m_.is_active && e.wanted != agent_state::offline)
      return refuse(errc::forbidden, "Ce compte est désactivé.");
    if (m_.now.state == agent_state::offline && is_pause(e.wanted))
      return refuse(errc::conflict, "L'agent est déconnecté : il doit d'abord se mettre en attente d'appel.");
    if (e.wanted == agent_state::available)
      m_.sessions_gone = false;
    emit(accepted{});
    if (has_call(m_.now.state))
      return postpone(e.wanted, e.reason);
    if (e.wanted == m_.now.state) {
      if (is_pause(e.wanted))
        m_.now.reason = e.reason;
      return;
    }
    enter(e.wanted, e.reason);
  }

  void operator()(const offered& e) {
    if (m_.now.state == agent_state::ringing && m_.now.call == e.call && !m_.dialled)
      return emit(accepted{});
    if (m_.now.state != agent_state::available)
      return refuse(errc::conflict, "L'agent n'est pas disponible.");
    if (!m_.now.phone_reachable)
      return refuse(errc::phone_unreachable, {});
    if (e.call.empty())
      return refuse(errc::invalid_input, {});
    emit(accepted{});
    take(e.call, {}, agent_state::ringing);
    m_.dialled = false;
  }

  void operator()(const offer_ended& e) {
    if (m_.now.state != agent_state::ringing || m_.now.call != e.call)
      return ignore("not_the_ringing_call");
    if (m_.dialled)
      return release();
    m_.let_go = e.call;
    switch (e.how) {
      case offer_end::withdrawn: break;
      case offer_end::unreachable:
        m_.device_reachable = false;
        update_reachability();
        if (m_.mobile_station)
          missed(); // no device state tells when his mobile is back: count, and pause him in the end
        break;
      case offer_end::missed:
      case offer_end::rejected: missed(); break;
    }
    release();
  }

  void operator()(const dials& e) {
    if (m_.now.state == agent_state::ringing && m_.now.call == e.call && m_.dialled)
      return emit(accepted{});
    if (e.call.empty())
      return refuse(errc::invalid_input, {});
    if (m_.now.state == agent_state::offline || has_call(m_.now.state))
      return refuse(errc::conflict, m_.now.state == agent_state::offline ? "L'agent est déconnecté."
                                                                         : "L'agent est déjà en communication.");
    if (!m_.now.phone_reachable)
      return refuse(errc::phone_unreachable, {});
    emit(accepted{});
    come_back_later();
    take(e.call, e.campaign, agent_state::ringing);
    m_.dialled = true;
  }

  void operator()(const connected& e) {
    if (!has_call(m_.now.state) && !e.call.empty() && m_.let_go == e.call) {
      m_.misses_in_a_row = 0;
      come_back_later();
      return take(e.call, {}, agent_state::on_call);
    }
    if (m_.now.state != agent_state::ringing || m_.now.call != e.call)
      return ignore(m_.now.call == e.call ? "already_connected" : "not_his_call");
    m_.misses_in_a_row = 0;
    enter(agent_state::on_call);
  }

  void operator()(const attached& e) {
    if (!has_call(e.state) || e.call.empty())
      return ignore("not_a_call_state");
    if (e.call == m_.last_ended)
      return ignore("call_ended_before");
    if (m_.now.call == e.call && m_.now.state == e.state)
      return ignore("already_attached");
    if (!has_call(m_.now.state))
      come_back_later();
    if (m_.now.call != e.call)
      m_.dialled = !e.campaign.empty();
    take(e.call, e.campaign.empty() && m_.now.call == e.call ? m_.now.campaign : e.campaign, e.state);
  }

  void operator()(const held& e) {
    if (m_.now.call != e.call || m_.now.state != agent_state::on_call)
      return ignore("not_his_call");
    enter(agent_state::on_hold);
  }

  void operator()(const unheld& e) {
    if (m_.now.call != e.call || m_.now.state != agent_state::on_hold)
      return ignore("not_his_call");
    enter(agent_state::on_call);
  }

  void operator()(const call_ended& e) {
    if (m_.let_go == e.call)
      m_.let_go = {};
    if (!has_call(m_.now.state) || m_.now.call != e.call)
      return ignore("not_his_call");
    m_.last_ended = e.call;
    if (e.handled) {
      ++m_.now.today.calls_handled;
      m_.now.today.talk += e.talk;
      m_.now.today.hold += e.hold;
      if (e.wrap_up > seconds{0} && m_.now.pending != agent_state::offline)
        return begin_wrap_up(e.wrap_up);
    }
    release();
  }

  void operator()(const timer_elapsed& e) {
    if (e.epoch != m_.epochs[index(e.which)])
      return ignore("stale_timer");
    stop(e.which);
    switch (e.which) {
      case timer::wrap_up: return release();
      case timer::ring_guard: m_.let_go = m_.now.call; return release();
      case timer::connection:
        m_.sessions_gone = true;
        if (m_.now.state == agent_state::available)
          enter(agent_state::paused, "connection_lost");
        return;
    }
  }

  void operator()(const phone& e) {
    if (e.is == reachability::unknown)
      return ignore("unknown_reachability");
    m_.device_reachable = e.is == reachability::reachable;
    update_reachability();
  }

  void operator()(const settings_changed& e) {
    adopt(e.now);
    if (m_.is_active || m_.now.state == agent_state::offline)
      return;
    if (has_call(m_.now.state))
      m_.now.pending = agent_state::offline;
    else
      enter(agent_state::offline);
  }

  void operator()(const session_lost&) {
    if (m_.now.state != agent_state::offline && !m_.sessions_gone)
      start(timer::connection, policy_.connection_grace);
  }

  void operator()(const session_back&) {
    stop(timer::connection);
    m_.sessions_gone = false;
  }

  void operator()(const restored& e) {
    auto fresh = m_.now;
    m_.now = e.saved;
    // What he is comes from the settings and the switch; where he was from the store.
    m_.now.id = fresh.id;
    m_.now.login_id = fresh.login_id;
    m_.now.first_name = fresh.first_name;
    m_.now.last_name = fresh.last_name;
    m_.now.site = fresh.site;
    m_.now.extension = fresh.extension;
    m_.now.phone_reachable = fresh.phone_reachable;
    // Versions that were announced but not yet saved must look old.
    m_.now.version = std::max(m_.now.version, fresh.version) + versions_unsaved;
    before_ = m_.now;
    announce_anyway_ = true;
    restore_totals(e.day_start);
    if (!m_.is_active && !e.call_lives)
      return enter(agent_state::offline);
    switch (m_.now.state) {
      case agent_state::ringing:
        if (!e.call_lives)
          return release();
        return start(timer::ring_guard, policy_.ring_guard);
      case agent_state::on_call:
      case agent_state::on_hold:
        if (!e.call_lives)
          begin_wrap_up(policy_.wrap_up_after_restart);
        return;
      case agent_state::wrap_up: {
        auto left = m_.now.wrap_up_until.value_or(at_) - at_;
        if (left <= milliseconds{0})
          return release();
        return start(timer::wrap_up, left);
      }
      default: m_.now.call = {}; return;
    }
  }

  void operator()(const day_changed&) {
    book();
    m_.now.today = {};
    m_.spent = {};
  }

  /// The one place that announces: whatever a handler changed gets a version here.
  fsm::step<memory, effect> settle() {
    auto& now = m_.now;
    if (before_.state != now.state && before_.state == agent_state::offline)
      emit(session_opened{at_});
    if (before_.state != now.state && now.state == agent_state::offline)
      emit(session_closed{at_});
    if (now != before_ || announce_anyway_) {
      ++now.version;
      auto unsaved = before_;
      unsaved.phone_reachable = now.phone_reachable;
      unsaved.version = now.version;
      emit(announce{now});
      if (now != unsaved)
        emit(save{now});
    }
    if (effects_.empty())
      ignore("no_change");
    return {std::move(m_), std::move(effects_)};
  }

  void adopt(const agent_settings& s) {
    m_.now.id = s.id;
    m_.now.login_id = s.login_id;
    m_.now.first_name = s.first_name;
    m_.now.last_name = s.last_name;
    m_.now.site = s.site;
    m_.now.extension = s.extension;
    m_.is_active = s.is_active;
    m_.mobile_station = s.use_mobile_as_station && !s.mobile_number.empty();
    update_reachability();
  }

  memory take_memory() { return std::move(m_); }

private:
  template <class Effect>
  void emit(Effect x) { effects_.emplace_back(std::in_place_type<Effect>, std::move(x)); }
  void ignore(const char* why) { emit(fsm::ignored{why}); }
  void refuse(errc code, std::string detail) { emit(refused{failure{code, std::move(detail), {}}}); }

  std::uint64_t stop(timer t) { return ++m_.epochs[index(t)]; }
  void start(timer t, milliseconds delay) { emit(start_timer{t, stop(t), delay}); }

  void update_reachability() { m_.now.phone_reachable = m_.mobile_station || m_.device_reachable; }

  /// Adds the time since the last booking to the present state.
  void book() {
    if (at_ > m_.counted_to) {
      m_.spent[index(m_.now.state)] += at_ - m_.counted_to;
      m_.counted_to = at_;
    }
    auto& t = m_.now.today;
    t.wrap_up = whole(m_.spent[index(agent_state::wrap_up)]);
    t.paused = whole(m_.spent[index(agent_state::paused)]);
    t.training = whole(m_.spent[index(agent_state::training)]);
    milliseconds all{0};
    for (std::size_t i = 0; i < m_.spent.size(); ++i)
      if (i != index(agent_state::offline))
        all += m_.spent[i];
    t.connected = whole(all);
  }

  /// Every change of state passes here. `reason` counts for pauses only; during a call it is the pending one's.
  void enter(agent_state next, std::string reason = {}) {
    auto& now = m_.now;
    book();
    if (now.state == agent_state::wrap_up) {
      stop(timer::wrap_up);
      if (next != agent_state::wrap_up) {
        emit(wrap_up_finished{now.call, now.id, whole_seconds(now.since, at_)});
        now.wrap_up_until.reset();
      }
    }
    if (now.state == agent_state::ringing)
      stop(timer::ring_guard);
    const bool busy = has_call(next) || next == agent_state::wrap_up;
    if (!busy) {
      now.call = {};
      now.campaign = {};
      now.pending.reset();
      m_.dialled = false;
      if (is_pause(next) && !m_.returning)
        ++(next == agent_state::paused ? now.today.pauses : now.today.trainings);
      m_.returning = false;
      m_.misses_in_a_row = next == agent_state::available ? m_.misses_in_a_row : 0;
      now.reason = is_pause(next) ? std::move(reason) : std::string{};
    }
    if (next == agent_state::offline) {
      stop(timer::connection);
      m_.sessions_gone = false;
    }
    now.state = next;
    now.since = at_;
    if (next == agent_state::ringing)
      start(timer::ring_guard, policy_.ring_guard);
  }

  /// He gets a call, perhaps instead of another. (Entering first: a wrap-up that ends here belongs to the call before.)
  void take(const call_id& call, const campaign_id& campaign, agent_state state) {
    m_.let_go = {};
    enter(state);
    m_.now.call = call;
    m_.now.campaign = campaign;
  }

  void begin_wrap_up(seconds length) {
    enter(agent_state::wrap_up);
    m_.now.wrap_up_until = at_ + length;
    start(timer::wrap_up, length);
  }

  /// Asked for during a call. Wanting to be available cancels what was pending.
  void postpone(agent_state wanted, const std::string& reason) {
    m_.returning = false;
    m_.now.pending = wanted;
    m_.now.reason = is_pause(wanted) ? reason : std::string{};
  }

  /// A call begins from a pause, a training or (found by the switch) from offline: that goes on afterwards.
  void come_back_later() {
    if (!is_pause(m_.now.state) && m_.now.state != agent_state::offline)
      return;
    m_.now.pending = m_.now.state;
    m_.returning = is_pause(m_.now.state);
  }

  void missed() {
    ++m_.now.today.calls_missed;
    ++m_.misses_in_a_row;
  }

  /// No call and no wrap-up any more: to what is pending, else to available, if he can be.
  void release() {
    if (auto next = m_.now.pending.value_or(agent_state::available); next != agent_state::available)
      return enter(next, m_.now.reason);
    if (policy_.misses_before_pause > 0 && m_.misses_in_a_row >= policy_.misses_before_pause)
      return enter(agent_state::paused, "ring_no_answer");
    if (m_.sessions_gone)
      return enter(agent_state::paused, "connection_lost");
    enter(agent_state::available);
  }

  /// Totals of a restored agent: valid if his present state was entered today (a new day saves him with empty ones).
  void restore_totals(timestamp day_start) {
    auto& t = m_.now.today;
    m_.spent = {};
    m_.counted_to = m_.now.since;
    if (m_.now.since < day_start) {
      t = {};
      m_.counted_to = std::min(day_start, at_);
    }
    m_.spent[index(agent_state::wrap_up)] = t.wrap_up;
    m_.spent[index(agent_state::paused)] = t.paused;
    m_.spent[index(agent_state::training)] = t.training;
    m_.spent[index(agent_state::available)] = std::max(seconds{0}, t.connected - t.wrap_up - t.paused - t.training);
    // The store keeps no misses in a row, and a mobile station needs no device state.
    update_reachability();
  }

  memory m_;
  agent_snapshot before_;
  const policy& policy_;
  timestamp at_;
  bool announce_anyway_ = false;
  std::vector<effect> effects_;
};

} // namespace

memory start(const agent_settings& settings, timestamp now) {
  memory m;
  m.now.since = m.counted_to = now;
  policy p;
  machine x(std::move(m), p, now);
  x.adopt(settings);
  return x.take_memory();
}

fsm::step<memory, effect> apply(memory m, const event& e, const policy& p, timestamp now) {
  machine x(std::move(m), p, now);
  std::visit(x, e);
  return x.settle();
}

} // namespace evs::agent_fsm
