#include "domain/trunk_fsm.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace evs::trunk_fsm {

namespace {

/// One event for one trunk; settle() compares with what was announced.
class machine {
public:
  machine(memory m, const policy& p, timestamp now) : m_(std::move(m)), policy_(p), at_(now) {}

  void operator()(const request_line& e) {
    if (m_.lines.contains(e.call))
      return emit(granted{e.call});
    if (state() == trunk_state::down)
      return refuse(e.call, errc::trunk_down, "Le trunk « " + m_.settings.name + " » est indisponible.");
    const auto limit = m_.settings.channel_limit;
    if (limit > 0 && m_.lines.size() >= limit)
      return refuse(e.call, errc::trunk_full,
                    "Toutes les lignes du trunk « " + m_.settings.name + " » sont occupées (" + std::to_string(limit) + ").");
    refill();
    if (const double rate = m_.settings.calls_per_second; rate > 0) {
      if (m_.tokens < 1) {
        const auto wait = milliseconds{static_cast<milliseconds::rep>(std::ceil((1 - m_.tokens) / rate * 1000))};
        return refuse(e.call, errc::trunk_full, "Le trunk « " + m_.settings.name + " » a atteint son nombre d'appels par seconde.", wait);
      }
      m_.tokens -= 1;
    }
    m_.lines.emplace(e.call, line{false, at_});
    emit(granted{e.call});
  }

  void operator()(const inbound_seen& e) {
    if (!m_.lines.emplace(e.call, line{true, at_}).second)
      ignore("line_known");
  }

  void operator()(const release& e) {
    if (m_.lines.erase(e.call) == 0)
      ignore("no_such_line");
  }

  void operator()(const contact_seen& e) {
    const bool changed = e.is != m_.contact && e.is != reachability::unknown && m_.contact != reachability::unknown;
    m_.contact = e.is;
    if (e.round_trip_us >= 0)
      m_.slow = std::chrono::microseconds{e.round_trip_us} > policy_.slow_round_trip;
    if (changed)
      m_.changes.push_back(at_);
    watch_flapping();
  }

  void operator()(const resync& e) {
    const std::set<call_id> live(e.live.begin(), e.live.end());
    healed what;
    for (auto it = m_.lines.begin(); it != m_.lines.end();) {
      // A line granted a moment ago belongs to a call that is just being dialled.
      if (!live.contains(it->first) && at_ - it->second.at >= policy_.grant_grace) {
        what.dropped.push_back(it->first);
        it = m_.lines.erase(it);
      } else
        ++it;
    }
    for (const auto& call : live)
      if (m_.lines.emplace(call, line{false, at_}).second)
        what.added.push_back(call);
    if (!what.dropped.empty() || !what.added.empty())
      emit(std::move(what));
  }

  void operator()(const settings_changed& e) {
    refill();
    const bool was_limited = m_.settings.calls_per_second > 0;
    m_.settings = e.now;
    m_.tokens = was_limited ? std::min(m_.tokens, capacity()) : capacity();
  }

  void operator()(const timer_elapsed& e) {
    if (e.epoch != m_.epoch)
      return ignore("stale_timer");
    watch_flapping();
  }

  /// The one place that announces.
  fsm::step<memory, effect> settle() {
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

  memory begin() {
    m_.tokens = capacity();
    m_.tokens_at = at_;
    m_.now = view();
    return std::move(m_);
  }

private:
  template <class Effect>
  void emit(Effect x) { effects_.emplace_back(std::in_place_type<Effect>, std::move(x)); }
  void ignore(const char* why) { emit(fsm::ignored{why}); }
  void refuse(const call_id& call, errc code, std::string detail, milliseconds retry_after = {}) {
    emit(refused{call, failure{code, std::move(detail), {}}, retry_after});
  }

  double capacity() const { return std::max(1.0, m_.settings.calls_per_second); }

  void refill() {
    // A clock that steps back fills nothing.
    if (at_ > m_.tokens_at)
      m_.tokens = std::min(capacity(), m_.tokens + std::chrono::duration<double>(at_ - m_.tokens_at).count() * m_.settings.calls_per_second);
    m_.tokens_at = at_;
  }

  bool flapping() const {
    return policy_.flaps > 0 && m_.changes.size() >= policy_.flaps &&
           at_ - m_.changes[m_.changes.size() - policy_.flaps] < policy_.flap_window;
  }

  /// Forgets old changes; while the trunk flaps, looks again when it may be over.
  void watch_flapping() {
    while (m_.changes.size() > std::max(policy_.flaps, 1u))
      m_.changes.pop_front();
    if (flapping())
      emit(start_timer{++m_.epoch, m_.changes[m_.changes.size() - policy_.flaps] + policy_.flap_window - at_});
  }

  trunk_state state() const {
    if (m_.contact == reachability::unreachable || (m_.contact == reachability::unknown && !policy_.unknown_is_up))
      return trunk_state::down;
    return m_.slow || flapping() ? trunk_state::degraded : trunk_state::up;
  }

  trunk_snapshot view() const {
    trunk_snapshot s;
    s.id = m_.settings.id;
    s.name = m_.settings.name;
    s.site = m_.settings.site;
    s.state = state();
    s.channels_in_use = static_cast<std::uint32_t>(m_.lines.size());
    s.channel_limit = m_.settings.channel_limit;
    return s;
  }

  memory m_;
  const policy& policy_;
  timestamp at_;
  std::vector<effect> effects_;
};

} // namespace

memory start(const trunk_settings& settings, const policy& p, timestamp now) {
  memory m;
  m.settings = settings;
  return machine(std::move(m), p, now).begin();
}

fsm::step<memory, effect> apply(memory m, const event& e, const policy& p, timestamp now) {
  machine x(std::move(m), p, now);
  std::visit(x, e);
  return x.settle();
}

} // namespace evs::trunk_fsm
