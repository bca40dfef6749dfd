#pragma once
// What the store keeps of calls, attempts and people: plain rows, written by the store actor.

#include "domain/snapshots.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evs {
// clang-format off

/// One step in the life of a call (table call_events), numbered from 1 without gaps within the call.
/// `data` is JSON text whose fields depend on `kind`; the pair (call, seq) is unique, so writing twice is harmless.
struct call_step {
  call_id call;
  std::uint32_t seq = 0;
  timestamp at{};
  std::string kind;
  std::string data;
  friend bool operator==(const call_step&, const call_step&) = default;
};

/// The row of a finished call (table call_history, key = call id): complete, written once.
struct call_record {
  call_id id;
  call_direction direction = call_direction::inbound;
  timestamp started{};
  std::optional<timestamp> answered;
  timestamp ended{};
  /// Everything in whole seconds: total, talk + hold, and its parts.
  seconds duration{0};
  seconds billable{0};
  seconds wait{0};
  seconds ring{0};
  seconds talk{0};
  seconds hold{0};
  seconds wrap_up{0};
  /// "answered", "abandoned", "missed", "failed", "busy" ...: see call_status_text.
  std::string status;
  end_reason reason = end_reason::none;
  std::string source;
  std::string destination;
  std::string caller_number;
  std::string did;
  agent_id agent;
  queue_id queue;
  campaign_id campaign;
  contact_id contact;
  site_id site;
  trunk_id trunk;
  /// Outcome detail for technicians: SIP/Q.850 cause of the deciding leg, 0 = unknown.
  int cause = 0;
  friend bool operator==(const call_record&, const call_record&) = default;
};

/// Wrap-up is known only after the call's row: completes it.
struct wrap_up_finished { call_id call; agent_id agent; seconds wrap_up{0}; };

enum class attempt_outcome : std::uint8_t { intended, answered, busy, no_answer, invalid, congestion, blocked, failed, abandoned };

/// Intent of an outbound attempt, written before the originate (table call_attempts; key = attempt id = our ChannelId).
struct attempt_intent {
  call_id id;
  agent_id agent;
  std::string destination;
  trunk_id trunk;
  site_id site;
  campaign_id campaign;
  contact_id contact;
  std::string caller_id;
  timestamp at{};
};

/// What became of it.
struct attempt_result { call_id id; attempt_outcome outcome = attempt_outcome::failed; end_reason reason = end_reason::none; timestamp at{}; };

/// One that was refused before it could be dialled: written whole, at its end. Nothing was under way, so nothing of it is to be undone.
struct attempt_refused { attempt_intent intent; attempt_result result; };

/// Last known state of an agent, so that a restart finds him where he was (table agent_states).
struct agent_state_saved { agent_snapshot now; };

/// Login and logout of an agent (table agent_sessions).
struct agent_session_opened { std::string id; agent_id agent; timestamp at{}; };
struct agent_session_closed { agent_id agent; timestamp at{}; };

using store_write = std::variant<call_step, call_record, wrap_up_finished, attempt_intent, attempt_result, attempt_refused, agent_state_saved,
                                 agent_session_opened, agent_session_closed>;

/// A call that was alive when its journal was last written: its steps, in order.
struct open_call { call_id id; std::vector<call_step> steps; };

} // namespace evs
