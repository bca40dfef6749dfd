#include "actors/call.hpp"

#include "domain/labels.hpp"
#include "domain/phone_number.hpp"
#include "persistence/call_journal.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <utility>

namespace evs {

namespace {

using self_ptr = call_actor::stateful_pointer<call_actor_state>;

/// Longest wait for an agent's, a trunk's or the store's answer.
constexpr seconds owner_timeout{3};

class performer {
public:
  performer(self_ptr self, services_ptr services, ami_actor ami) : self_(self), services_(std::move(services)), ami_(std::move(ami)) {}

  void feed(const call_event& event) const { carry_out(evs::apply(std::move(self_->state.memory), event, services_->now())); }

  void carry_out(call_step_result step) const {
    self_->state.memory = std::move(step.memory);
    services_->calls.remember(id(), self_->state.memory);
    for (auto& effect : step.effects)
      std::visit([&](auto& e) { perform(e); }, effect);
  }

  // ------------------------------------------------------------ beginnings

  void start(call_inbound& o, const server_id& server) const {
    auto begun = begin_inbound(o.caller, o.arrived == timestamp{} ? services_->now() : o.arrived);
    begun.memory.server = server;
    services_->calls.put(begun.memory.now.id, self_);
    auto book = services_->directory.read();
    auto* trunk = book->trunk(begun.memory.now.trunk);
    // Before anybody hears of it: who sees its begin must see its end.
    if (trunk)
      begun.memory.now.site = trunk->settings.site;
    carry_out(std::move(begun));
    const auto now = self_->state.memory.now;
    auto* did = book->did(now.trunk, now.did);
    auto* queue = did ? book->queue(did->queue) : nullptr;
    if (trunk && trunk->handle)
      self_->send(trunk->handle, line_seen{now.id});
    if (!trunk || !queue || !queue->handle) {
      services_->ear.log(severity::warning, who(), "nobody answers " + now.did + " on " + now.trunk.value +
                                                     (!trunk ? ": the trunk is not configured" : !did ? ": the DID is not configured" : ": the DID leads to no queue"));
      return feed(call_input::refused{end_reason::did_unknown});
    }
    // An IVR flow of the DID will be interpreted here, before the queue.
    feed(call_input::routed{now.trunk, trunk->settings.site, queue->settings.id, queue->settings.wrap_up});
  }

  void start(call_outbound& o, const server_id&) const {
    self_->state.memory.now.id = o.id;
    self_->state.memory.now.direction = call_direction::outbound;
    services_->calls.put(o.id, self_);
  }

  /// Nothing is announced before the agent and the plan are there.
  void dial_out_now(const dial_out& wish) const {
    auto book = services_->directory.read();
    auto refuse = [me = *this](failure why) {
      me.answer(dial_answer{outcome::refused(std::move(why)), {}});
      me.services_->calls.erase(me.id());
      me.self_->quit();
    };
    auto* agent = book->agent(wish.agent);
    if (!agent || !agent->handle)
      return refuse({errc::not_found, "Agent inconnu.", {}});
    auto number = dialable(wish.destination);
    if (!number)
      return refuse(number.error());
    auto* campaign = book->campaign(wish.campaign);
    if (!wish.campaign.empty() && !campaign)
      return refuse({errc::not_found, "Campagne inconnue.", {}});
    auto* trunk = book->trunk_of_site(agent->settings.site);
    outbound_plan plan;
    plan.id = id();
    plan.agent = wish.agent;
    plan.destination = *number;
    plan.campaign = wish.campaign;
    plan.contact = wish.contact;
    plan.site = agent->settings.site;
    plan.wrap_up = campaign ? campaign->settings.wrap_up : services_->rules()->default_wrap_up;
    if (trunk) {
      plan.trunk = trunk->settings.id;
      auto* did = book->first_did(plan.trunk);
      plan.caller_id = !trunk->settings.force_caller_id.empty()            ? trunk->settings.force_caller_id
                       : campaign && !campaign->settings.caller_id.empty() ? campaign->settings.caller_id
                       : did                                               ? did->number
                                                                           : std::string{};
    }
    self_->state.ring = campaign ? campaign->settings.max_ring : seconds{30};
    self_->state.asked = wish.agent;
    auto me = *this;
    self_->request(agent->handle, owner_timeout, dial_wanted{plan.id, plan.campaign})
      .then(
        [me, plan, refuse](offer_answer& said) {
          if (!said.accepted)
            return refuse({said.code, said.why, {}});
          me.self_->state.agent_dial = said.dial;
          auto begun = begin_outbound(plan, me.services_->now());
          begun.memory.server = me.self_->state.server;
          me.carry_out(std::move(begun));
          me.ask_campaign(plan);
        },
        [refuse](caf::error&) { refuse({errc::timeout, "L'agent n'a pas répondu à temps.", {}}); });
  }

  void start(call_recovered& o, const server_id&) const {
    auto recovered = recover(std::move(o.memory), o.living, services_->now());
    services_->calls.put(recovered.memory.now.id, self_);
    const auto before = recovered.memory.now;
    self_->state.unknown_to_queue = before.state == call_state::ringing;
    // Owners first learn that the call exists; what changed meanwhile follows.
    auto book = services_->directory.read();
    if (auto* trunk = book->trunk(before.trunk); trunk && trunk->handle && before.state != call_state::ended)
      self_->send(trunk->handle, line_seen{before.id});
    auto has_agent_leg = std::any_of(recovered.memory.legs.begin(), recovered.memory.legs.end(), [](auto& l) {
      return l.role == leg_role::agent && l.phase != leg_phase::gone;
    });
    if (before.state != call_state::ended) {
      services_->tell(call_started{before}, services_->now());
      self_->state.shown_to = before.agent;
      if (has_agent_leg && !before.agent.empty())
        if (auto* agent = book->agent(before.agent); agent && agent->handle)
          self_->send(agent->handle, call_attached{before.id, before.state});
      if (before.state == call_state::queued && before.direction == call_direction::inbound)
        if (auto* queue = book->queue(before.queue); queue && queue->handle)
          self_->send(queue->handle, call_waits{before.id, before.started, 0, true});
    }
    carry_out(std::move(recovered));
  }

  /// An outbound call whose agent has not said yes yet: nobody knows of it.
  bool is_wish() const {
    const auto& m = self_->state.memory;
    return m.now.direction == call_direction::outbound && m.now.started == timestamp{};
  }
  void give_wish_up() const {
    answer(dial_answer{outcome::refused({errc::conflict, "L'appel a été annulé.", {}}), {}});
    to_agent(self_->state.asked, offer_ended{id(), offer_end::withdrawn});
    services_->calls.erase(id());
    self_->quit();
  }

  const call_id& id() const { return self_->state.memory.now.id; }
  std::string who() const { return "call " + self_->state.memory.now.id.value; }

private:
  // ------------------------------------------------------------ the steps before an outbound call rings

  void answer(dial_answer what) const {
    if (auto to = std::exchange(self_->state.answer, nullptr))
      to(std::move(what));
  }

  void refuse(end_reason why, failure said) const {
    answer(dial_answer{outcome::refused(std::move(said)), self_->state.memory.now.id});
    feed(call_input::refused{why});
  }

  void ask_campaign(const outbound_plan& plan) const {
    auto book = services_->directory.read();
    auto* campaign = book->campaign(plan.campaign);
    if (!campaign || !campaign->handle)
      return ask_line(plan);
    auto me = *this;
    self_->request(campaign->handle, owner_timeout, campaign_dial{plan.agent, plan.id})
      .then(
        [me, plan](outcome& said) {
          if (said.ok)
            me.ask_line(plan);
          else
            me.refuse(end_reason::telephony_failure, said.why());
        },
        [me](caf::error&) { me.refuse(end_reason::telephony_failure, {errc::timeout, {}, {}}); });
  }

  void ask_line(const outbound_plan& plan) const {
    self_->state.unwritten = attempt_intent{plan.id,       plan.agent,    plan.destination, plan.trunk,        plan.site,
                                            plan.campaign, plan.contact, plan.caller_id,   services_->now()};
    auto book = services_->directory.read();
    auto* trunk = book->trunk(plan.trunk);
    if (!trunk || !trunk->handle)
      return refuse(end_reason::trunk_down, {errc::trunk_down, "Le site de l'agent n'a pas de trunk.", {}});
    auto me = *this;
    self_->request(trunk->handle, owner_timeout, line_wanted{plan.id})
      .then(
        [me, plan](line_answer& said) {
          if (said.granted)
            return me.write_intent(plan);
          auto code = said.why == end_reason::trunk_full ? errc::trunk_full : errc::trunk_down;
          me.refuse(said.why, {code, {}, {}});
        },
        [me](caf::error&) { me.refuse(end_reason::trunk_down, {errc::timeout, {}, {}}); });
  }

  /// Nobody is dialled whose attempt is not on disk.
  void write_intent(const outbound_plan& plan) const {
    auto store = services_->store();
    auto me = *this;
    auto intent = *std::exchange(self_->state.unwritten, std::nullopt);
    intent.at = services_->now();
    self_->request(store, owner_timeout, store_now{{std::move(intent)}})
      .then(
        [me, plan](outcome& said) {
          if (said.ok)
            me.dial(plan);
          else
            me.refuse(end_reason::telephony_failure, said.why());
        },
        [me](caf::error&) { me.refuse(end_reason::telephony_failure, {errc::database_unavailable, {}, {}}); });
  }

  void dial(const outbound_plan& plan) const {
    if (self_->state.memory.now.state == call_state::ended) // hung up meanwhile
      return answer(dial_answer{outcome::refused({errc::conflict, "L'appel a été annulé.", {}}), plan.id});
    feed(call_input::dialing{});
    auto me = *this;
    auto timeout = services_->rules()->action_timeout + seconds{1};
    self_->request(ami_, timeout, originate_dial{plan.id, self_->state.agent_dial, plan.destination, plan.trunk, plan.caller_id,
                                                 services_->rules()->ring_timeout, self_->state.ring})
      .then(
        [me, plan](action_answer& said) {
          if (said.ok)
            return me.answer(dial_answer{outcome::success(), plan.id});
          me.answer(dial_answer{outcome::refused({errc::telephony_unavailable, {}, {}}), plan.id});
          me.services_->ear.log(severity::warning, me.who(), "originate not taken: " + said.message);
          me.feed(call_input::leg_failed{channel_id{plan.id.value}, said.away});
        },
        [me, plan](caf::error&) {
          me.answer(dial_answer{outcome::refused({errc::telephony_unavailable, {}, {}}), plan.id});
          me.feed(call_input::leg_failed{channel_id{plan.id.value}, true});
        });
  }

  // ------------------------------------------------------------ effects

  template <class Message>
  void to_agent(const agent_id& id, Message message) const {
    const auto book = services_->directory.read();
    if (auto* agent = book->agent(id); agent && agent->handle)
      self_->send(agent->handle, std::move(message));
  }
  template <class Message>
  void to_queue(const queue_id& id, Message message) const {
    const auto book = services_->directory.read();
    if (auto* queue = book->queue(id); queue && queue->handle)
      self_->send(queue->handle, std::move(message));
  }

  void perform(call_effect::ring_agent& e) const {
    const auto& m = self_->state.memory;
    auto me = *this;
    auto leg = e.leg;
    self_->request(ami_, services_->rules()->action_timeout + seconds{1},
                   originate_bridge{m.now.id, e.leg, e.dial, e.bridge_with, m.now.caller, m.caller_name, e.timeout})
      .then(
        [me, leg](action_answer& said) {
          if (!said.ok) {
            me.services_->ear.log(severity::warning, me.who(), "originate not taken: " + said.message);
            me.feed(call_input::leg_failed{leg, said.away});
          }
        },
        [me, leg](caf::error&) { me.feed(call_input::leg_failed{leg, true}); });
  }

  void perform(call_effect::hang_up_leg& e) const {
    auto me = *this;
    auto leg = e.leg;
    self_->request(ami_, services_->rules()->action_timeout + seconds{1}, hang_up_leg{e.leg, e.name, e.cause})
      .then(
        [me, leg](action_answer& said) {
          if (!said.ok && !said.away)
            me.gone_soon(leg);
        },
        [](caf::error&) { /* the audit finds out */ });
  }

  /// Asterisk knows no such channel. Its Hangup event is normally on the way and says more; if not, it is gone all the same.
  void gone_soon(const channel_id& leg) const {
    leg_fact fact;
    fact.what = leg_fact::news::gone;
    fact.unseen = true;
    fact.channel.uid = leg;
    self_->delayed_send(self_, seconds{1}, leg_news{{fact}, false});
  }

  void perform(call_effect::join_queue& e) const { to_queue(e.queue, call_waits{id(), self_->state.memory.now.started, 0, false}); }
  void perform(call_effect::leave_queue& e) const {
    auto why = self_->state.memory.now.reason;
    to_queue(e.queue, caller_left{id(), why == end_reason::abandoned_waiting || why == end_reason::abandoned_ringing ||
                                          why == end_reason::queue_timeout || why == end_reason::lost_track});
  }
  void perform(call_effect::offer_failed& e) const {
    if (std::exchange(self_->state.unknown_to_queue, false))
      to_queue(e.queue, call_waits{id(), self_->state.memory.now.started, 0, true});
    else
      to_queue(e.queue, ring_failed{id(), e.agent, e.why});
  }
  void perform(call_effect::answered& e) const { to_queue(e.queue, call_answered{id(), e.agent}); }
  void perform(call_effect::agent_offer_ended& e) const { to_agent(e.agent, offer_ended{id(), e.why}); }
  void perform(call_effect::agent_connected& e) const { to_agent(e.agent, call_joined{id()}); }
  void perform(call_effect::agent_held& e) const { to_agent(e.agent, call_held{id(), e.on_hold}); }
  void perform(call_effect::agent_released& e) const {
    to_agent(e.agent, call_released{id(), e.wrap_up, e.talk, e.hold, e.talked});
  }
  void perform(call_effect::announce_started&) const {
    services_->tell(call_started{self_->state.memory.now}, services_->now());
    self_->state.shown_to = self_->state.memory.now.agent;
  }
  void perform(call_effect::announce_changed&) const {
    const auto& now = self_->state.memory.now;
    const auto before = std::exchange(self_->state.shown_to, now.agent);
    if (!now.agent.empty() && now.agent != before)
      services_->tell(call_shown{now, before}, services_->now());
    services_->tell(call_changed{now, before}, services_->now());
    if (now.state != call_state::connected || now.direction != call_direction::outbound || now.campaign.empty())
      return;
    const auto book = services_->directory.read();
    if (auto* campaign = book->campaign(now.campaign); campaign && campaign->handle)
      self_->send(campaign->handle, campaign_answered{now.id});
  }
  void perform(call_effect::journal& e) const {
    const auto& m = self_->state.memory;
    services_->keep({call_step{m.now.id, e.seq, services_->now(), e.kind, persistence::encode_call(m)}});
  }
  void perform(call_effect::finished& e) const {
    if (std::exchange(self_->state.finished, true))
      return;
    e.record.status = std::string{call_status_text(e.record)};
    std::vector<store_write> rows{e.record};
    // Reports count what a trunk had no line for.
    if (e.attempt && e.attempt->outcome == attempt_outcome::blocked && self_->state.unwritten)
      rows.push_back(attempt_refused{*self_->state.unwritten, *e.attempt});
    else if (e.attempt)
      rows.push_back(*e.attempt);
    services_->keep(std::move(rows));
    const auto& now = self_->state.memory.now;
    auto book = services_->directory.read();
    if (auto* trunk = book->trunk(now.trunk); trunk && trunk->handle)
      self_->send(trunk->handle, line_released{now.id});
    if (auto* campaign = book->campaign(now.campaign); campaign && campaign->handle && e.attempt)
      self_->send(campaign->handle, campaign_ended{now.id, e.attempt->outcome});
    services_->tell(call_finished{now, self_->state.shown_to}, services_->now());
    services_->ear.count("calls_ended", token(now.reason));
    services_->ear.log(severity::info, who(), std::string{token(now.direction)} + " " + now.caller + " -> " + now.callee + " ended: " +
                                                std::string{token(now.reason)} + ", " + std::to_string(now.duration.count()) + " s");
    answer(dial_answer{outcome::refused({errc::conflict, "L'appel a été annulé.", {}}), now.id});
    services_->calls.erase(now.id);
    self_->quit();
  }
  void perform(call_effect::ignored& e) const {
    services_->ear.count("ignored_events", "call");
    services_->ear.log(severity::debug, who(),
                       "ignored in " + std::string{token(self_->state.memory.now.state)} + ": " + e.why);
  }

  self_ptr self_;
  services_ptr services_;
  ami_actor ami_;
};

} // namespace

call_actor::behavior_type make_call(call_actor::stateful_pointer<call_actor_state> self, services_ptr services, ami_actor ami,
                                    server_id server, std::shared_ptr<call_origin> origin) {
  self->state.server = server;
  performer does{self, services, ami};
  if (auto longest = services->rules()->max_call; longest.count() > 0)
    self->delayed_send(self, longest, tick{});
  std::visit([&](auto& o) { does.start(o, server); }, *origin);

  return {
    [=](leg_news& m) {
      const auto before = self->state.memory.now.version;
      for (const auto& fact : m.facts)
        does.feed(call_input::fact{fact});
      if (m.audit && self->state.memory.now.version != before)
        services->ear.healed(does.who(), "missed_event", token(self->state.memory.now.state));
      // It was told to end, and lives: the order got lost.
      if (m.audit && !self->state.finished && self->state.memory.verdict != end_reason::none)
        does.feed(call_input::hang_up{});
    },
    [=](agent_granted& m) {
      does.feed(call_input::agent_granted{m.agent, channel_id{services->new_id()}, m.dial, m.ring_timeout});
    },
    [=](offer_withdrawn& m) { does.feed(call_input::offer_withdrawn{m.agent}); },
    [=](waited_too_long&) { does.feed(call_input::waited_too_long{}); },
    [=](hang_up_wanted& m) {
      if (self->state.finished)
        return outcome::refused({errc::conflict, "L'appel est déjà terminé.", {}});
      services->ear.log(severity::info, does.who(), "hang-up asked by " + m.by.value);
      if (does.is_wish()) {
        does.give_wish_up();
        return outcome::success();
      }
      does.feed(call_input::hang_up{m.by_agent});
      return outcome::success();
    },
    [=](dial_out& m) -> caf::result<dial_answer> {
      auto promise = self->make_response_promise<dial_answer>();
      self->state.answer = [promise](dial_answer what) mutable { promise.deliver(std::move(what)); };
      does.dial_out_now(m);
      return promise;
    },
    [=](tick&) {
      services->ear.log(severity::warning, does.who(), "ended: longer than any call may be");
      does.feed(call_input::hang_up{});
    },
  };
}

} // namespace evs
