#include "actors/campaign.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace evs {

namespace {

using self_ptr = campaign_actor::stateful_pointer<campaign_actor_state>;

class performer {
public:
  performer(self_ptr self, services_ptr services) : self_(self), services_(std::move(services)) {}

  outcome feed(const campaign_fsm::event& event) const {
    auto now = services_->now();
    auto step = campaign_fsm::apply(std::move(self_->state.memory), event, now);
    self_->state.memory = std::move(step.memory);
    auto answer = outcome::success();
    for (auto& effect : step.effects)
      std::visit([&](auto& e) { perform(e, now, answer); }, effect);
    return answer;
  }

private:
  void perform(campaign_fsm::accepted&, timestamp, outcome&) const {}
  void perform(campaign_fsm::refused& e, timestamp, outcome& answer) const { answer = outcome::refused(e.why); }
  void perform(campaign_fsm::announce& e, timestamp now, outcome&) const { services_->tell(campaign_changed{e.now}, now); }
  void perform(fsm::ignored& e, timestamp, outcome&) const { services_->ear.count("ignored_events", e.why); }

  self_ptr self_;
  services_ptr services_;
};

} // namespace

campaign_actor::behavior_type make_campaign(campaign_actor::stateful_pointer<campaign_actor_state> self, services_ptr services,
                                            campaign_settings settings) {
  self->state.memory = campaign_fsm::start(settings);
  performer does{self, services};
  services->tell(campaign_changed{self->state.memory.now}, services->now());

  return {
    [=](campaign_dial& m) { return does.feed(campaign_fsm::wants_to_dial{m.agent, m.call}); },
    [=](campaign_answered& m) { does.feed(campaign_fsm::attempt_answered{m.call}); },
    [=](campaign_ended& m) { does.feed(campaign_fsm::attempt_ended{m.call, m.how}); },
    [=](campaign_settings_changed& m) { does.feed(campaign_fsm::settings_changed{m.settings}); },
    [=](new_day&) { does.feed(campaign_fsm::day_changed{}); },
  };
}

} // namespace evs
