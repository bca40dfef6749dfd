#include "actors/queue.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace evs {

namespace {

using self_ptr = queue_actor::stateful_pointer<queue_actor_state>;

class performer {
public:
  performer(self_ptr self, services_ptr services) : self_(self), services_(std::move(services)) {}

  void feed(const queue_line::event& event) const {
    auto now = services_->now();
    auto step = queue_line::apply(std::move(self_->state.memory), event, services_->rules()->queue, now);
    self_->state.memory = std::move(step.memory);
    for (auto& effect : step.effects)
      std::visit([&](auto& e) { perform(e, now); }, effect);
  }

private:
  const std::string who() const { return "queue " + self_->state.memory.settings.id.value; }

  template <class Message>
  void to_agent(const agent_id& id, Message message) const {
    const auto book = services_->directory.read();
    if (auto* agent = book->agent(id); agent && agent->handle)
      self_->send(agent->handle, std::move(message));
  }

  /// Asks the agent; his own actor decides, since other queues ask him too.
  void perform(queue_line::offer& e, timestamp) const {
    auto book = services_->directory.read();
    auto* agent = book->agent(e.agent);
    if (!agent || !agent->handle)
      return self_->send(self_, ring_failed{e.call, e.agent, offer_end::unreachable});
    auto me = *this;
    self_->request(agent->handle, seconds{2}, call_offered{e.call, self_->state.memory.settings.id})
      .then(
        [me, e](offer_answer& answer) { me.answered(e, answer); },
        [me, e, handle = agent->handle](caf::error&) {
          // Nobody knows whether he took it: take it back in any case.
          me.self_->send(handle, offer_ended{e.call, offer_end::withdrawn});
          me.feed(queue_line::offer_refused{e.call, e.agent, e.number});
        });
  }

  void answered(const queue_line::offer& e, const offer_answer& answer) const {
    if (!answer.accepted)
      return feed(queue_line::offer_refused{e.call, e.agent, e.number});
    if (!queue_line::awaits(self_->state.memory, e.call, e.agent, e.number)) {
      // The offer was taken back while he was asked.
      to_agent(e.agent, offer_ended{e.call, offer_end::withdrawn});
      return;
    }
    feed(queue_line::offer_accepted{e.call, e.agent, e.number});
    if (auto call = services_->calls.find(e.call))
      return self_->send(call->handle, agent_granted{e.agent, answer.dial, e.ring_timeout});
    // The caller is gone meanwhile.
    to_agent(e.agent, offer_ended{e.call, offer_end::withdrawn});
    feed(queue_line::caller_left{e.call, true});
  }

  void perform(queue_line::withdraw_offer& e, timestamp) const {
    auto call = services_->calls.find(e.call);
    if (e.granted && call)
      self_->send(call->handle, offer_withdrawn{e.agent});
    else
      to_agent(e.agent, offer_ended{e.call, offer_end::withdrawn});
  }
  void perform(queue_line::give_up& e, timestamp) const {
    if (auto call = services_->calls.find(e.call))
      self_->send(call->handle, waited_too_long{});
  }
  void perform(queue_line::start_timer& e, timestamp) const {
    self_->delayed_send(self_, e.delay, queue_timer{e.call, e.epoch, static_cast<std::uint8_t>(e.which)});
  }
  void perform(queue_line::announce& e, timestamp now) const {
    services_->ear.gauge("queue_waiting", e.now.id.value, e.now.waiting);
    services_->tell(queue_changed{e.now, now}, now);
  }
  void perform(fsm::ignored& e, timestamp) const {
    services_->ear.count("ignored_events", e.why);
    services_->ear.log(severity::debug, who(), std::string{"ignored: "} + e.why);
  }

  self_ptr self_;
  services_ptr services_;
};

} // namespace

queue_actor::behavior_type make_queue(queue_actor::stateful_pointer<queue_actor_state> self, services_ptr services,
                                      queue_settings settings, queue_counters today) {
  self->state.memory = queue_line::start(settings);
  performer does{self, services};
  does.feed(queue_line::counters_restored{today});
  services->tell(queue_changed{self->state.memory.now, services->now()}, services->now());
  self->delayed_send(self, services->rules()->self_check, tick{});

  return {
    [=](call_waits& m) {
      if (m.restored)
        does.feed(queue_line::call_restored{m.call, m.arrived, m.priority});
      else
        does.feed(queue_line::call_arrived{m.call, m.arrived, m.priority});
    },
    [=](caller_left& m) { does.feed(queue_line::caller_left{m.call, m.gave_up}); },
    [=](ring_failed& m) { does.feed(queue_line::ring_failed{m.call, m.agent}); },
    [=](call_answered& m) { does.feed(queue_line::answered{m.call, m.agent}); },
    [=](agent_seen& m) { does.feed(queue_line::agent_seen{m.now}); },
    [=](queue_settings_changed& m) { does.feed(queue_line::settings_changed{m.settings}); },
    [=](new_day&) { does.feed(queue_line::day_changed{}); },
    [=](queue_timer& m) { does.feed(queue_line::timer_elapsed{static_cast<queue_line::timer>(m.which), m.call, m.epoch}); },
    [=](tick&) {
      // A call that ended without a word leaves the line.
      std::map<call_id, int> missing;
      std::vector<call_id> ghosts;
      for (const auto& w : self->state.memory.line)
        if (!services->calls.contains(w.call)) {
          auto times = self->state.missing[w.call] + 1;
          if (times >= 2)
            ghosts.push_back(w.call);
          else
            missing[w.call] = times;
        }
      // A call that waits for this queue and is not in line (the queue was restarted, a message was lost) comes in.
      for (const auto& memory : services->calls.waiting_for(self->state.memory.settings.id)) {
        const auto& line = self->state.memory.line;
        if (std::any_of(line.begin(), line.end(), [&](auto& w) { return w.call == memory.id; }))
          continue;
        if (self->state.missing[memory.id] == 0) {
          missing[memory.id] = 1;
          continue;
        }
        services->ear.healed("queue " + self->state.memory.settings.id.value, "not_in_line", memory.id.value);
        does.feed(queue_line::call_restored{memory.id, memory.started, 0});
      }
      self->state.missing = std::move(missing);
      for (const auto& call : ghosts) {
        services->ear.healed("queue " + self->state.memory.settings.id.value, "ghost_in_line", call.value);
        does.feed(queue_line::caller_left{call, false});
      }
      self->delayed_send(self, services->rules()->self_check, tick{});
    },
  };
}

} // namespace evs
