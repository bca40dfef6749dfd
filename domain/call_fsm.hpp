#pragma once
// The life of one call, from what the switch reports of its legs.
//
// The state is derived from facts about legs ("this channel rings, is up, is gone"), each of which may arrive twice, late or
// not at all: a fact that changes nothing has no effect, and a later listing of the switch repairs what was lost.
// The call ends with its main leg: the caller's channel (inbound) or the agent's (outbound, which executes the Dial).

#include "domain/records.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"
#include "domain/telephony.hpp"

#include <string>
#include <variant>
#include <vector>

namespace evs {
// clang-format off

enum class leg_role : std::uint8_t {
  /// The outside party of an inbound call.
  caller,
  /// An agent's phone (or his mobile, through his site's trunk).
  agent,
  /// The outside party of an outbound call.
  customer,
};

enum class leg_phase : std::uint8_t { intended, dialing, ringing, up, gone };

struct call_leg {
  channel_id uid;
  /// Channel name once known; Hangup needs it or the uid.
  std::string name;
  leg_role role = leg_role::caller;
  leg_phase phase = leg_phase::intended;
  agent_id agent;
  bridge_id bridge;
  bool holding = false;
  /// Dial() status of a customer leg: "BUSY" ...; empty: not known.
  std::string dial_status;
  int cause = 0;
  friend bool operator==(const call_leg&, const call_leg&) = default;
};

/// What a call knows of itself; the journal keeps it, so that a restarted server goes on from here.
struct call_memory {
  call_snapshot now;
  /// The Asterisk server that carries it.
  server_id server;
  std::vector<call_leg> legs;
  /// Number of steps written to the journal.
  std::uint32_t steps = 0;
  /// Time spent so far in each kind of state; their sum is the duration.
  milliseconds waited{0}, rang{0}, talked{0}, held{0};
  /// Why it will end, once something decided that (a refusal of the far end, an order to hang up).
  end_reason verdict = end_reason::none;
  /// Cause of the deciding leg.
  int cause = 0;
  /// The one who left the conversation first.
  std::optional<leg_role> first_to_leave;
  /// Agents who took part, in order; the last one counts.
  std::vector<agent_id> talked_to;
  /// Wrap-up that follows a conversation.
  seconds wrap_up{0};
  std::string caller_name;
  friend bool operator==(const call_memory&, const call_memory&) = default;
};

/// What the switch says about one leg.
struct leg_fact {
  enum class news : std::uint8_t { seen, bridged, unbridged, held, unheld, gone, dial_status };
  news what = news::seen;
  /// state tells the phase for `seen`.
  channel_facts channel;
  bridge_id bridge;
  int cause = 0;
  std::string dial_status;
  /// `gone` was not said but found out: how it ended is not known.
  bool unseen = false;
  friend bool operator==(const leg_fact&, const leg_fact&) = default;
};

namespace call_input {
/// Inbound: where the DID leads.
struct routed { trunk_id trunk; site_id site; queue_id queue; seconds wrap_up{0}; };
/// Inbound: the DID, its queue or its trunk is not configured. Outbound: refused before anything was dialled.
struct refused { end_reason why; };
/// Inbound: the queue found an agent and he accepted; `leg` is the ChannelId that we chose.
struct agent_granted { agent_id agent; channel_id leg; std::string dial; seconds ring_timeout{20}; };
/// Inbound: the offer to this agent is taken back (he was forced out).
struct offer_withdrawn { agent_id agent; };
/// Inbound: the longest wait is reached.
struct waited_too_long {};
/// Outbound: line, intent and agent are there; the originate goes out now.
struct dialing {};
/// The originate of this leg was refused by the switch, or nobody knows (away, timed out).
struct leg_failed { channel_id leg; bool switch_away = false; };
/// A person (agent, supervisor) or the API wants it to end. From an agent whose phone rings with an inbound call it is a refusal.
struct hang_up { bool by_agent = false; };
/// News from the switch.
struct fact { leg_fact leg; };
} // namespace call_input

using call_event = std::variant<call_input::routed, call_input::refused, call_input::agent_granted, call_input::offer_withdrawn,
                                call_input::waited_too_long, call_input::dialing, call_input::leg_failed, call_input::hang_up,
                                call_input::fact>;

/// How an offer to an agent ended without a conversation.
enum class offer_end : std::uint8_t { missed, rejected, unreachable, withdrawn };

namespace call_effect {
/// Originate to this agent's phone, bridged to the caller's channel on answer.
struct ring_agent { agent_id agent; channel_id leg; std::string dial; std::string bridge_with; seconds timeout{0}; };
struct hang_up_leg { channel_id leg; std::string name; int cause = 16; };
/// To the queue.
struct join_queue { queue_id queue; };
struct leave_queue { queue_id queue; };
struct offer_failed { queue_id queue; agent_id agent; offer_end why; };
struct answered { queue_id queue; agent_id agent; };
/// To the agent.
struct agent_offer_ended { agent_id agent; offer_end why; };
struct agent_connected { agent_id agent; };
struct agent_held { agent_id agent; bool on_hold = false; };
struct agent_released { agent_id agent; seconds wrap_up{0}; seconds talk{0}; seconds hold{0}; bool talked = false; };
/// To everybody.
struct announce_started {};
struct announce_changed {};
/// A step for the journal: `kind` names what happened.
struct journal { std::uint32_t seq = 0; std::string kind; };
/// The end, once: the row, and for outbound what became of the attempt.
struct finished { call_record record; std::optional<attempt_result> attempt; };
/// An input that does not fit the state it met; for the log.
struct ignored { std::string why; };
} // namespace call_effect

using call_effect_t =
  std::variant<call_effect::ring_agent, call_effect::hang_up_leg, call_effect::join_queue, call_effect::leave_queue,
               call_effect::offer_failed, call_effect::answered, call_effect::agent_offer_ended, call_effect::agent_connected,
               call_effect::agent_held, call_effect::agent_released, call_effect::announce_started, call_effect::announce_changed,
               call_effect::journal, call_effect::finished, call_effect::ignored>;

struct call_step_result {
  call_memory memory;
  std::vector<call_effect_t> effects;
};

/// A caller's channel that just appeared in a trunk's context.
call_step_result begin_inbound(const channel_facts& caller, timestamp now);

struct outbound_plan {
  call_id id;
  agent_id agent;
  std::string destination;
  std::string caller_id;
  trunk_id trunk;
  site_id site;
  campaign_id campaign;
  contact_id contact;
  seconds wrap_up{0};
};

/// A call that an agent asked for; nothing is dialled yet.
call_step_result begin_outbound(const outbound_plan& plan, timestamp now);

/// The one place where a call changes.
call_step_result apply(call_memory memory, const call_event& event, timestamp now);

/// After a restart: the legs in the listing are alive, the others ended unseen.
call_step_result recover(call_memory memory, const std::vector<listed_channel>& living, timestamp now);

/// Reason for a refused or unanswered outside leg, from Dial()'s status and the Q.850 cause.
end_reason reason_of_refusal(const std::string& dial_status, int cause);

/// The call's main leg, or nullptr.
const call_leg* main_leg(const call_memory& memory);

} // namespace evs
