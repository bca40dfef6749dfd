#pragma once
// What each owner shows of itself: complete, versioned, as dashboards need it.
// A version rises by one each time the owner announces a change; a reader ignores what is not newer than what it has.

#include "domain/id.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace evs {

/// The same names in code, database, protocol and dashboard; labels users know: see labels.hpp.
enum class agent_state : std::uint8_t { offline, available, ringing, on_call, on_hold, wrap_up, paused, training };

/// Where a call is in its life.
enum class call_state : std::uint8_t { offered, queued, ringing, connected, held, ended };

enum class call_direction : std::uint8_t { inbound, outbound };

/// Why a call ended: a closed list.
enum class end_reason : std::uint8_t {
  none,
  /// Hung up normally after a conversation, by the outside party / by the agent / by a supervisor or the API.
  caller_hangup,
  agent_hangup,
  api_hangup,
  /// The caller gave up while waiting in the line / while an agent's phone rang.
  abandoned_waiting,
  abandoned_ringing,
  /// The longest wait of the queue was reached.
  queue_timeout,
  /// The DID, its queue or its trunk is not configured.
  did_unknown,
  /// Outbound: what the far end said.
  busy,
  no_answer,
  invalid_number,
  rejected,
  congestion,
  /// The site's trunk is down or absent / has no free channel.
  trunk_down,
  trunk_full,
  /// The agent's own phone did not answer / could not be reached (outbound, manual).
  agent_no_answer,
  agent_unreachable,
  /// The agent hung up before the far end answered.
  agent_cancelled,
  /// Asterisk was away or refused the action.
  telephony_failure,
  /// It ended while nobody watched (server or AMI away); the audit found out.
  lost_track,
};

/// Totals of one agent for the day (from midnight by the clocks of the site), in seconds and counts.
struct agent_counters {
  std::uint32_t calls_handled = 0;
  std::uint32_t calls_missed = 0;
  std::uint32_t pauses = 0;
  std::uint32_t trainings = 0;
  seconds talk{0};
  seconds hold{0};
  seconds wrap_up{0};
  seconds paused{0};
  seconds training{0};
  seconds connected{0};
  friend bool operator==(const agent_counters&, const agent_counters&) = default;
};

struct agent_snapshot {
  agent_id id;
  std::string login_id;
  std::string first_name;
  std::string last_name;
  site_id site;
  std::string extension;
  agent_state state = agent_state::offline;
  /// When the state was entered.
  timestamp since{};
  /// Pause reason, or why the system paused him ("ring_no_answer", "connection_lost").
  std::string reason;
  call_id call;
  campaign_id campaign;
  bool phone_reachable = false;
  /// A state asked for during a call; takes effect after it.
  std::optional<agent_state> pending;
  /// Planned end of wrap-up, if one is running.
  std::optional<timestamp> wrap_up_until;
  agent_counters today;
  std::uint64_t version = 0;
  friend bool operator==(const agent_snapshot&, const agent_snapshot&) = default;
};

struct call_snapshot {
  call_id id;
  call_direction direction = call_direction::inbound;
  call_state state = call_state::offered;
  std::string caller;
  std::string callee;
  std::string did;
  site_id site;
  trunk_id trunk;
  queue_id queue;
  campaign_id campaign;
  contact_id contact;
  agent_id agent;
  timestamp started{};
  std::optional<timestamp> answered;
  /// When the present state was entered.
  timestamp since{};
  bool on_hold = false;
  bool recording = false;
  /// Set once the call ended.
  end_reason reason = end_reason::none;
  std::optional<timestamp> ended;
  /// Seconds from start to end, and of conversation (talk + hold).
  seconds duration{0};
  seconds billable{0};
  std::uint64_t version = 0;
  friend bool operator==(const call_snapshot&, const call_snapshot&) = default;
};

struct queue_snapshot {
  queue_id id;
  std::string name;
  std::uint32_t waiting = 0;
  /// Arrival of the one who waits longest.
  std::optional<timestamp> oldest;
  std::uint32_t agents_available = 0;
  std::uint32_t agents_busy = 0;
  std::uint32_t agents_paused = 0;
  /// Percent of today's answered + abandoned calls that were answered within the target; 100 before the first.
  double service_level = 100;
  std::uint32_t offered = 0;
  std::uint32_t answered = 0;
  std::uint32_t abandoned = 0;
  std::uint64_t version = 0;
  friend bool operator==(const queue_snapshot&, const queue_snapshot&) = default;
};

enum class trunk_state : std::uint8_t { down, degraded, up };

struct trunk_snapshot {
  trunk_id id;
  std::string name;
  site_id site;
  trunk_state state = trunk_state::down;
  std::uint32_t channels_in_use = 0;
  std::uint32_t channel_limit = 0;
  std::uint64_t version = 0;
  friend bool operator==(const trunk_snapshot&, const trunk_snapshot&) = default;
};

struct campaign_snapshot {
  campaign_id id;
  std::string name;
  bool is_active = false;
  std::uint32_t offered = 0;
  std::uint32_t answered = 0;
  std::uint32_t abandoned = 0;
  std::uint32_t ringing = 0;
  double dial_level = 0;
  std::uint32_t agents = 0;
  std::uint64_t version = 0;
  friend bool operator==(const campaign_snapshot&, const campaign_snapshot&) = default;
};

} // namespace evs
