#include "actors/trunk.hpp"

#include "domain/labels.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace evs {

namespace {

using self_ptr = trunk_actor::stateful_pointer<trunk_actor_state>;

class performer {
public:
  performer(self_ptr self, services_ptr services) : self_(self), services_(std::move(services)) {}

  line_answer feed(const trunk_fsm::event& event) const {
    auto now = services_->now();
    auto before = self_->state.memory.now.state;
    auto step = trunk_fsm::apply(std::move(self_->state.memory), event, services_->rules()->trunk, now);
    self_->state.memory = std::move(step.memory);
    line_answer answer;
    for (auto& effect : step.effects)
      std::visit([&](auto& e) { perform(e, now, answer); }, effect);
    if (auto after = self_->state.memory.now.state; after != before)
      services_->ear.log(after == trunk_state::up ? severity::info : severity::warning, who(),
                         std::string{token(before)} + " -> " + std::string{token(after)});
    return answer;
  }

  std::string who() const { return "trunk " + self_->state.memory.settings.id.value; }

private:
  void perform(trunk_fsm::granted&, timestamp, line_answer& a) const { a.granted = true; }
  void perform(trunk_fsm::refused& e, timestamp, line_answer& a) const {
    a.granted = false;
    a.why = e.why.code == errc::trunk_full ? end_reason::trunk_full : end_reason::trunk_down;
    services_->ear.count("trunk_refusals", token(a.why));
  }
  void perform(trunk_fsm::healed& e, timestamp, line_answer&) const {
    for (const auto& call : e.dropped)
      services_->ear.healed(who(), "leaked_line", call.value);
    for (const auto& call : e.added)
      services_->ear.healed(who(), "uncounted_line", call.value);
  }
  void perform(trunk_fsm::start_timer& e, timestamp, line_answer&) const {
    self_->delayed_send(self_, e.delay, trunk_timer{e.epoch});
  }
  void perform(trunk_fsm::announce& e, timestamp now, line_answer&) const { services_->tell(trunk_changed{e.now}, now); }
  void perform(fsm::ignored& e, timestamp, line_answer&) const { services_->ear.count("ignored_events", e.why); }

  self_ptr self_;
  services_ptr services_;
};

} // namespace

trunk_actor::behavior_type make_trunk(trunk_actor::stateful_pointer<trunk_actor_state> self, services_ptr services,
                                      trunk_settings settings) {
  self->state.memory = trunk_fsm::start(settings, services->rules()->trunk, services->now());
  performer does{self, services};
  services->tell(trunk_changed{self->state.memory.now}, services->now());
  self->delayed_send(self, services->rules()->self_check, tick{});

  return {
    [=](line_wanted& m) { return does.feed(trunk_fsm::request_line{m.call}); },
    [=](line_released& m) { does.feed(trunk_fsm::release{m.call}); },
    [=](line_seen& m) { does.feed(trunk_fsm::inbound_seen{m.call}); },
    [=](trunk_seen& m) { does.feed(trunk_fsm::contact_seen{m.contact, m.round_trip_us}); },
    [=](trunk_settings_changed& m) { does.feed(trunk_fsm::settings_changed{m.settings}); },
    [=](trunk_timer& m) { does.feed(trunk_fsm::timer_elapsed{m.epoch}); },
    [=](tick&) {
      does.feed(trunk_fsm::resync{services->calls.on_trunk(self->state.memory.settings.id, services->now() - seconds{2})});
      self->delayed_send(self, services->rules()->self_check, tick{});
    },
  };
}

} // namespace evs
