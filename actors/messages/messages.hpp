#pragma once
// Every message between actors that may live on different nodes. Messages carry ids, never handles: the directory says
// where an owner lives. Facts and news expect no answer; wishes are answered by the struct named in the interface list.

#include "actors/messages/inspect.hpp"

#include "domain/call_fsm.hpp"
#include "domain/error.hpp"
#include "domain/records.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"
#include "domain/telephony.hpp"

#include <string>
#include <vector>

namespace evs {
// clang-format off

// ---------------------------------------------------------------- answers

/// Success or why not: the answer to wishes that return nothing else.
struct outcome {
  bool ok = true;
  errc code = errc::internal;
  std::string detail;

  static outcome success() { return {}; }
  static outcome refused(failure why) { return {false, why.code, std::move(why.detail)}; }
  failure why() const { return {code, detail, {}}; }
};

/// INTERNAL: time to do the periodic work.
struct tick {};
/// INTERNAL: compare with the switch now.
struct audit_now {};
/// Midnight: the day's totals start again.
struct new_day {};
/// Finish and answer; nothing new comes after it.
struct stop_work {};

// ---------------------------------------------------------------- to an agent

/// A person (himself, or a supervisor) wants him in this state.
struct state_wanted { agent_state wanted = agent_state::available; std::string reason; user_id by; };
struct state_answer { outcome result; agent_snapshot now; };
/// A queue offers a call; accepted = he is reserved and his phone may be rung through `dial`.
struct call_offered { call_id call; queue_id queue; };
struct offer_answer { bool accepted = false; std::string dial; std::string why; errc code = errc::conflict; };
/// The offer ended without a conversation.
struct offer_ended { call_id call; offer_end why = offer_end::missed; };
/// He wants to call out; accepted = his phone may be rung through `dial`.
struct dial_wanted { call_id call; campaign_id campaign; };
/// His leg of this call is up.
struct call_joined { call_id call; };
struct call_held { call_id call; bool on_hold = false; };
/// The call is over for him.
struct call_released { call_id call; seconds wrap_up{0}; seconds talk{0}; seconds hold{0}; bool talked = false; };
/// After a restart: he is part of this living call.
struct call_attached { call_id call; call_state state = call_state::connected; };
/// His phone can or cannot be reached.
struct phone_seen { reachability phone = reachability::unknown; };
/// His browsers: at least one is connected, or none.
struct browsers_seen { bool present = false; };
struct agent_settings_changed { agent_settings settings; };
/// Tell your queues once more what you are (a queue was born or got a new member).
struct present_yourself {};
/// INTERNAL: a timer of this epoch elapsed.
struct agent_timer { std::uint64_t epoch = 0; std::uint8_t which = 0; };

// ---------------------------------------------------------------- to a queue

/// A call joins the line; restored: it waited there before a restart.
struct call_waits { call_id call; timestamp arrived{}; std::int32_t priority = 0; bool restored = false; };
/// gave_up: the caller hung up before an answer.
struct caller_left { call_id call; bool gave_up = true; };
struct ring_failed { call_id call; agent_id agent; offer_end why = offer_end::missed; };
struct call_answered { call_id call; agent_id agent; };
/// An agent's present state, to every queue that he is a member of.
struct agent_seen { agent_snapshot now; };
struct queue_settings_changed { queue_settings settings; };
/// INTERNAL
struct queue_timer { call_id call; std::uint64_t epoch = 0; std::uint8_t which = 0; };
/// INTERNAL, to a trunk.
struct trunk_timer { std::uint64_t epoch = 0; };

// ---------------------------------------------------------------- to a trunk

struct line_wanted { call_id call; };
struct line_answer { bool granted = false; end_reason why = end_reason::trunk_down; };
struct line_released { call_id call; };
/// An inbound call occupies a line.
struct line_seen { call_id call; };
/// What the switch says of the trunk's contact; round trip in µs, negative = unknown.
struct trunk_seen { reachability contact = reachability::unknown; std::int64_t round_trip_us = -1; };
struct trunk_settings_changed { trunk_settings settings; };

// ---------------------------------------------------------------- to a campaign

/// An agent wants to dial for it; counted when allowed.
struct campaign_dial { agent_id agent; call_id call; };
struct campaign_answered { call_id call; };
struct campaign_ended { call_id call; attempt_outcome how = attempt_outcome::failed; };
struct campaign_settings_changed { campaign_settings settings; };

// ---------------------------------------------------------------- to a call

/// The queue's agent accepted: ring him through `dial`.
struct agent_granted { agent_id agent; std::string dial; seconds ring_timeout{20}; };
struct offer_withdrawn { agent_id agent; };
struct waited_too_long {};
struct hang_up_wanted { user_id by; bool by_agent = false; };
/// News of its legs, in order; audit: from a comparison with the switch, so a change means that an event was missed.
struct leg_news { std::vector<leg_fact> facts; bool audit = false; };

// ---------------------------------------------------------------- to the AMI actor (owner of the calls of one Asterisk server)

/// An agent's call to the outside.
struct dial_out { agent_id agent; std::string destination; campaign_id campaign; contact_id contact; };
struct dial_answer { outcome result; call_id call; };
/// Ring an agent and bridge him with a waiting channel on answer.
struct originate_bridge { call_id call; channel_id leg; std::string dial; std::string bridge_with; std::string caller_number; std::string caller_name; seconds timeout{20}; };
/// Ring an agent and let his channel dial out in the outbound context.
struct originate_dial { call_id call; std::string dial; std::string number; trunk_id trunk; std::string caller_id; seconds agent_timeout{20}; seconds ring{25}; };
struct hang_up_leg { channel_id leg; std::string name; std::int32_t cause = 16; };
/// Has Asterisk taken the action? `away`: nobody knows (link down, timed out).
struct action_answer { bool ok = false; bool away = false; std::string message; };

} // namespace evs
