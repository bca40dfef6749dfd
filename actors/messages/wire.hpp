#pragma once
// The fields of every message that may travel, in wire order. A field that is missing here is lost between nodes:
// tests/actors/wire_test.cpp sends each message through a serializer and compares.

#include "actors/messages/messages.hpp"

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>

namespace evs {

#define EVS_WIRE(type, ...)                                                                                            \
  template <class Inspector>                                                                                           \
  typename Inspector::result_type inspect(Inspector& f, type& x) {                                                     \
    return f(caf::meta::type_name("evs." #type), __VA_ARGS__);                                                         \
  }

#define EVS_WIRE_EMPTY(type)                                                                                           \
  template <class Inspector>                                                                                           \
  typename Inspector::result_type inspect(Inspector& f, type&) {                                                       \
    return f(caf::meta::type_name("evs." #type));                                                                      \
  }

EVS_WIRE(outcome, x.ok, x.code, x.detail)
EVS_WIRE(agent_counters, x.calls_handled, x.calls_missed, x.pauses, x.trainings, x.talk, x.hold, x.wrap_up, x.paused, x.training,
         x.connected)
EVS_WIRE(state_wanted, x.wanted, x.reason, x.by)
EVS_WIRE(state_answer, x.result, x.now)
EVS_WIRE(call_offered, x.call, x.queue)
EVS_WIRE(offer_answer, x.accepted, x.dial, x.why, x.code)
EVS_WIRE(offer_ended, x.call, x.why)
EVS_WIRE(dial_wanted, x.call, x.campaign)
EVS_WIRE(call_joined, x.call)
EVS_WIRE(call_held, x.call, x.on_hold)
EVS_WIRE(call_released, x.call, x.wrap_up, x.talk, x.hold, x.talked)
EVS_WIRE(call_attached, x.call, x.state)
EVS_WIRE(phone_seen, x.phone)
EVS_WIRE(browsers_seen, x.present)
EVS_WIRE(agent_settings, x.id, x.login_id, x.first_name, x.last_name, x.role, x.is_active, x.site, x.extension, x.mobile_number,
         x.use_mobile_as_station, x.campaigns)
EVS_WIRE(agent_settings_changed, x.settings)
EVS_WIRE(agent_timer, x.epoch, x.which)
EVS_WIRE(call_waits, x.call, x.arrived, x.priority, x.restored)
EVS_WIRE(caller_left, x.call, x.gave_up)
EVS_WIRE(ring_failed, x.call, x.agent, x.why)
EVS_WIRE(call_answered, x.call, x.agent)
EVS_WIRE(agent_seen, x.now)
EVS_WIRE(queue_settings, x.id, x.name, x.strategy, x.priority, x.max_wait, x.ring_timeout, x.wrap_up, x.service_level_percent,
         x.service_level_within, x.music, x.recording, x.members)
EVS_WIRE(queue_settings_changed, x.settings)
EVS_WIRE(queue_timer, x.call, x.epoch, x.which)
EVS_WIRE(line_wanted, x.call)
EVS_WIRE(line_answer, x.granted, x.why)
EVS_WIRE(line_released, x.call)
EVS_WIRE(line_seen, x.call)
EVS_WIRE(trunk_seen, x.contact, x.round_trip_us)
EVS_WIRE(trunk_timer, x.epoch)
EVS_WIRE(trunk_settings, x.id, x.name, x.domain, x.login, x.auth_type, x.register_string, x.dial_pattern, x.inbound_context,
         x.force_caller_id, x.site, x.channel_limit, x.calls_per_second, x.failover)
EVS_WIRE(trunk_settings_changed, x.settings)
EVS_WIRE(campaign_dial, x.agent, x.call)
EVS_WIRE(campaign_answered, x.call)
EVS_WIRE(campaign_ended, x.call, x.how)
EVS_WIRE(campaign_settings, x.id, x.name, x.caller_id, x.is_active, x.mode, x.wrap_up, x.max_ring, x.agents)
EVS_WIRE(campaign_settings_changed, x.settings)
EVS_WIRE(agent_granted, x.agent, x.dial, x.ring_timeout)
EVS_WIRE(offer_withdrawn, x.agent)
EVS_WIRE_EMPTY(tick)
EVS_WIRE_EMPTY(present_yourself)
EVS_WIRE_EMPTY(stop_work)
EVS_WIRE_EMPTY(new_day)
EVS_WIRE_EMPTY(audit_now)
EVS_WIRE_EMPTY(waited_too_long)
EVS_WIRE(hang_up_wanted, x.by, x.by_agent)
EVS_WIRE(channel_facts, x.uid, x.name, x.linked, x.state, x.caller_number, x.caller_name, x.connected_number, x.context, x.exten)
EVS_WIRE(leg_fact, x.what, x.channel, x.bridge, x.cause, x.dial_status, x.unseen)
EVS_WIRE(leg_news, x.facts, x.audit)
EVS_WIRE(dial_out, x.agent, x.destination, x.campaign, x.contact)
EVS_WIRE(dial_answer, x.result, x.call)
EVS_WIRE(originate_bridge, x.call, x.leg, x.dial, x.bridge_with, x.caller_number, x.caller_name, x.timeout)
EVS_WIRE(originate_dial, x.call, x.dial, x.number, x.trunk, x.caller_id, x.agent_timeout, x.ring)
EVS_WIRE(hang_up_leg, x.leg, x.name, x.cause)
EVS_WIRE(action_answer, x.ok, x.away, x.message)

#undef EVS_WIRE
#undef EVS_WIRE_EMPTY

/// Its optional fields travel as flag and value.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, agent_snapshot& x) {
  auto pending = to_wire(x.pending);
  auto until = to_wire(x.wrap_up_until);
  if constexpr (Inspector::reads_state)
    return f(caf::meta::type_name("evs.agent_snapshot"), x.id, x.login_id, x.first_name, x.last_name, x.site, x.extension, x.state,
             x.since, x.reason, x.call, x.campaign, x.phone_reachable, pending, until, x.today, x.version);
  else {
    auto load = [&]() -> caf::error {
      x.pending = from_wire(pending);
      x.wrap_up_until = from_wire(until);
      return caf::none;
    };
    return f(caf::meta::type_name("evs.agent_snapshot"), x.id, x.login_id, x.first_name, x.last_name, x.site, x.extension, x.state,
             x.since, x.reason, x.call, x.campaign, x.phone_reachable, pending, until, x.today, x.version,
             caf::meta::load_callback(load));
  }
}

} // namespace evs
