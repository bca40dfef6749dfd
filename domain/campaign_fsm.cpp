#include "domain/campaign_fsm.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace evs::campaign_fsm {

namespace {

/// One event for one campaign; settle() compares with what was announced.
class machine {
public:
  explicit machine(memory m) : m_(std::move(m)) {}

  void operator()(const wants_to_dial& e) {
    if (m_.attempts.contains(e.call))
      return emit(accepted{});
    const auto& s = m_.settings;
    if (!s.is_active)
      return refuse(errc::conflict, "La campagne « " + s.name + " » n'est pas active.");
    if (std::find(s.agents.begin(), s.agents.end(), e.agent) == s.agents.end())
      return refuse(errc::forbidden, "L'agent n'est pas affecté à la campagne « " + s.name + " ».");
    m_.attempts.emplace(e.call, false);
    emit(accepted{});
  }

  void operator()(const attempt_restored& e) {
    if (!m_.attempts.emplace(e.call, e.answered).second)
      return ignore("attempt_known");
    if (e.answered)
      ++m_.today.answered;
  }

  void operator()(const attempt_answered& e) {
    auto found = m_.attempts.find(e.call);
    if (found == m_.attempts.end() || found->second)
      return ignore(found == m_.attempts.end() ? "no_such_attempt" : "answered_before");
    found->second = true;
    ++m_.today.answered;
  }

  void operator()(const attempt_ended& e) {
    auto found = m_.attempts.find(e.call);
    if (found == m_.attempts.end())
      return ignore("no_such_attempt");
    close(found, e.outcome);
  }

  void operator()(const wants_active& e) {
    m_.settings.is_active = e.active;
    emit(accepted{});
  }

  void operator()(const settings_changed& e) { m_.settings = e.now; }

  void operator()(const counters_restored& e) {
    m_.today = e.today;
    for (const auto& [call, answered] : m_.attempts)
      m_.today.answered += answered ? 1 : 0;
  }

  void operator()(const resync& e) {
    const std::set<call_id> live(e.live.begin(), e.live.end());
    for (auto it = m_.attempts.begin(); it != m_.attempts.end();)
      it = live.contains(it->first) ? std::next(it) : close(it, it->second ? attempt_outcome::answered : attempt_outcome::failed);
  }

  void operator()(const day_changed&) { (*this)(counters_restored{}); }

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
    m_.now = view();
    return std::move(m_);
  }

private:
  using attempt = std::map<call_id, bool>::iterator;

  template <class Effect>
  void emit(Effect x) { effects_.emplace_back(std::in_place_type<Effect>, std::move(x)); }
  void ignore(const char* why) { emit(fsm::ignored{why}); }
  void refuse(errc code, std::string detail) { emit(refused{failure{code, std::move(detail), {}}}); }

  attempt close(attempt a, attempt_outcome outcome) {
    // The news of the answer may have been lost; the outcome knows.
    if (!a->second && outcome == attempt_outcome::answered)
      ++m_.today.answered;
    else if (!a->second)
      ++m_.today.unanswered;
    if (a->second && outcome == attempt_outcome::abandoned)
      ++m_.today.abandoned;
    return m_.attempts.erase(a);
  }

  campaign_snapshot view() {
    campaign_snapshot s;
    s.id = m_.settings.id;
    s.name = m_.settings.name;
    s.is_active = m_.settings.is_active;
    s.answered = m_.today.answered;
    s.abandoned = m_.today.abandoned;
    s.ringing = static_cast<std::uint32_t>(std::count_if(m_.attempts.begin(), m_.attempts.end(), [](auto& a) { return !a.second; }));
    s.offered = m_.today.offered = m_.today.answered + m_.today.unanswered + s.ringing;
    // One call an agent: what manual dialling is. Pacing will say more.
    s.dial_level = 1;
    s.agents = static_cast<std::uint32_t>(m_.settings.agents.size());
    return s;
  }

  memory m_;
  std::vector<effect> effects_;
};

} // namespace

memory start(const campaign_settings& settings) {
  memory m;
  m.settings = settings;
  return machine(std::move(m)).begin();
}

fsm::step<memory, effect> apply(memory m, const event& e, timestamp) {
  machine x(std::move(m));
  std::visit(x, e);
  return x.settle();
}

} // namespace evs::campaign_fsm
