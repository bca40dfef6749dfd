#include "actors/agent.hpp"

#include "domain/labels.hpp"
#include "domain/phone_number.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace evs {

namespace {

using self_ptr = agent_actor::stateful_pointer<agent_actor_state>;
namespace fsm_ = agent_fsm;

/// What one event answered to the one who asked.
struct verdict {
  bool accepted = true;
  failure why;
};

/// Performs the effects of the agent's state machine.
class performer {
public:
  performer(self_ptr self, services_ptr services) : self_(self), services_(std::move(services)) {}

  verdict feed(const fsm_::event& event) const {
    auto now = services_->now();
    auto step = fsm_::apply(std::move(self_->state.memory), event, services_->rules()->agent, now);
    self_->state.memory = std::move(step.memory);
    verdict answer;
    for (auto& effect : step.effects)
      std::visit([&](auto& e) { perform(e, now, answer); }, effect);
    return answer;
  }

  void present() const {
    const auto& now = self_->state.memory.now;
    auto book = services_->directory.read();
    if (auto* me = book->agent(now.id))
      for (const auto& q : me->queues)
        if (auto* queue = book->queue(q); queue && queue->handle)
          self_->send(queue->handle, agent_seen{now});
  }

  /// The dial string of his phone: his extension, or his mobile through his site's trunk.
  result<std::string> dial_string() const {
    const auto& s = self_->state.settings;
    if (!s.use_mobile_as_station) {
      if (s.extension.empty())
        return result<std::string>{errc::phone_unreachable, "Cet agent n'a pas d'extension téléphonique."};
      return "PJSIP/" + s.extension;
    }
    auto number = dialable(s.mobile_number);
    if (!number)
      return result<std::string>{errc::phone_unreachable, "Le numéro de mobile de l'agent n'est pas valide."};
    auto book = services_->directory.read();
    auto* trunk = book->trunk_of_site(s.site);
    if (!trunk)
      return result<std::string>{errc::trunk_down, "Le site de l'agent n'a pas de trunk pour joindre son mobile."};
    return "PJSIP/" + *number + "@" + trunk->settings.id.value;
  }

private:
  void perform(fsm_::announce& e, timestamp now, verdict&) const {
    services_->states.remember(e.now);
    services_->tell(agent_changed{e.now}, now);
    present();
  }
  void perform(fsm_::save& e, timestamp, verdict&) const { services_->keep({agent_state_saved{e.now}}); }
  void perform(fsm_::start_timer& e, timestamp, verdict&) const {
    self_->delayed_send(self_, e.delay, agent_timer{e.epoch, static_cast<std::uint8_t>(e.which)});
  }
  void perform(fsm_::accepted&, timestamp, verdict& v) const { v.accepted = true; }
  void perform(fsm_::refused& e, timestamp, verdict& v) const {
    v.accepted = false;
    v.why = e.why;
  }
  void perform(fsm_::session_opened& e, timestamp, verdict&) const {
    services_->keep({agent_session_opened{services_->new_id(), self_->state.memory.now.id, e.at}});
  }
  void perform(fsm_::session_closed& e, timestamp, verdict&) const {
    services_->keep({agent_session_closed{self_->state.memory.now.id, e.at}});
  }
  void perform(wrap_up_finished& e, timestamp, verdict&) const { services_->keep({e}); }
  void perform(fsm::ignored& e, timestamp, verdict&) const {
    services_->ear.count("ignored_events", e.why);
    services_->ear.log(severity::debug, "agent " + self_->state.memory.now.id.value,
                       std::string{"ignored in "} + std::string{token(self_->state.memory.now.state)} + ": " + e.why);
  }

  self_ptr self_;
  services_ptr services_;
};

} // namespace

agent_actor::behavior_type make_agent(agent_actor::stateful_pointer<agent_actor_state> self, services_ptr services,
                                      agent_settings settings, std::optional<agent_restart> restart) {
  self->state.settings = settings;
  self->state.memory = fsm_::start(settings, services->now());
  performer does{self, services};
  if (restart) {
    does.feed(fsm_::restored{restart->saved, restart->call_lives, restart->day_start});
    if (restart->phone_reachable)
      does.feed(fsm_::phone{reachability::reachable});
  } else {
    services->states.remember(self->state.memory.now);
    services->tell(agent_changed{self->state.memory.now}, services->now());
  }
  self->delayed_send(self, services->rules()->self_check, tick{});

  return {
    [=](state_wanted& m) {
      auto answer = does.feed(fsm_::wants_state{m.wanted, m.reason, m.by});
      return state_answer{answer.accepted ? outcome::success() : outcome::refused(answer.why), self->state.memory.now};
    },
    [=](call_offered& m) {
      auto dial = does.dial_string();
      if (!dial)
        return offer_answer{false, {}, dial.error().text(), dial.error().code};
      auto answer = does.feed(fsm_::offered{m.call, m.queue});
      return offer_answer{answer.accepted, *dial, answer.why.detail, answer.why.code};
    },
    [=](dial_wanted& m) {
      auto dial = does.dial_string();
      if (!dial)
        return offer_answer{false, {}, dial.error().text(), dial.error().code};
      auto answer = does.feed(fsm_::dials{m.call, m.campaign});
      return offer_answer{answer.accepted, *dial, answer.why.detail, answer.why.code};
    },
    [=](offer_ended& m) { does.feed(fsm_::offer_ended{m.call, m.why}); },
    [=](call_joined& m) { does.feed(fsm_::connected{m.call}); },
    [=](call_held& m) {
      if (m.on_hold)
        does.feed(fsm_::held{m.call});
      else
        does.feed(fsm_::unheld{m.call});
    },
    [=](call_released& m) { does.feed(fsm_::call_ended{m.call, m.talked, m.wrap_up, m.talk, m.hold}); },
    [=](call_attached& m) {
      auto as = m.state == call_state::held        ? agent_state::on_hold
                : m.state == call_state::connected ? agent_state::on_call
                                                   : agent_state::ringing;
      does.feed(fsm_::attached{m.call, as, {}});
    },
    [=](phone_seen& m) { does.feed(fsm_::phone{m.phone}); },
    [=](browsers_seen& m) {
      if (m.present)
        does.feed(fsm_::session_back{});
      else
        does.feed(fsm_::session_lost{});
    },
    [=](agent_settings_changed& m) {
      self->state.settings = m.settings;
      does.feed(fsm_::settings_changed{m.settings});
    },
    [=](present_yourself&) { does.present(); },
    [=](new_day&) { does.feed(fsm_::day_changed{}); },
    [=](agent_timer& m) { does.feed(fsm_::timer_elapsed{static_cast<fsm_::timer>(m.which), m.epoch}); },
    [=](tick&) {
      const auto& now = self->state.memory.now;
      // A call that has no owner any more cannot tell him that it is over.
      if (fsm_::has_call(now.state) && !services->calls.contains(now.call)) {
        if (++self->state.missing >= 2) {
          services->ear.healed("agent " + now.id.value, "agent_without_call", now.call.value);
          does.feed(fsm_::call_ended{now.call, false, {}, {}, {}});
        }
      } else {
        self->state.missing = 0;
      }
      self->delayed_send(self, services->rules()->self_check, tick{});
    },
  };
}

} // namespace evs
