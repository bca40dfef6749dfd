#pragma once
// One queue: its waiting line, the agents it knows, the offers under way, its counters of the day.
//
// Callers are served by priority, then arrival. A caller keeps his place while phones ring for him. A caller has at most one
// offer under way, an agent at most one in this queue; whether he takes it is his own decision (another queue may be quicker).
// Later, beside `routing::pick`: skills, overflow to another queue, announcements of the position.

#include "domain/routing.hpp"
#include "domain/service_level.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"
#include "domain/step.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>
#include <vector>

namespace evs::queue_line {
// clang-format off

struct policy {
  /// An agent who failed for a caller is tried again for him after this time, or ...
  seconds retry_agent_after{30};
  /// ... after this one when no other agent is free. Longer than any message takes, so that news of the first try are not
  /// taken for news of the second.
  seconds retry_gap{2};
  /// An agent who said no is not asked again before he announces a change, or this time passed.
  seconds refusal_pause{5};
  /// An offer without any outcome is taken back this long after its ring timeout.
  seconds offer_guard{10};
};

/// A timer is identified by all of {which, call, epoch}; stale ones are ignored. look_again has no call.
enum class timer : std::uint8_t { max_wait, offer_guard, look_again };

/// A failed try: not this agent again for this caller, for a while.
struct tried { agent_id agent; timestamp at{}; };

struct waiting_call {
  call_id call;
  timestamp since{};
  std::int32_t priority = 0;
  /// Whom it is offered to, empty: nobody; and whether he accepted (his phone rings).
  agent_id offered_to;
  bool ringing = false;
  /// Past its longest wait, but a phone rings: it goes when that fails.
  bool overdue = false;
  std::vector<tried> tries;
  /// Of its present offer / of its longest wait.
  std::uint64_t offer_epoch = 0;
  std::uint64_t wait_epoch = 0;
};

/// What the queue knows of a member, from his announcements.
struct member {
  std::size_t position = 0;
  agent_state state = agent_state::offline;
  timestamp since{};
  bool phone_reachable = false;
  seconds talk{0};
  std::uint32_t calls = 0;
  std::uint64_t version = 0;
  /// The call that he is offered here, empty: none.
  call_id offer;
  /// He said no: not before this time, unless he announces something newer.
  timestamp not_before{};
};

/// How many members are ...; available means that a call can be offered (phone reachable).
struct presence {
  std::uint32_t available = 0;
  std::uint32_t busy = 0;
  std::uint32_t paused = 0;
};

/// A call that left the line, when, and with whom it talks (empty: nobody): late news of its time here are recognised by it.
struct departure { call_id call; timestamp at{}; agent_id answered_by; };

struct memory {
  queue_settings settings;
  /// Sorted by priority (high first), then arrival.
  std::vector<waiting_call> line;
  std::map<agent_id, member> members;
  presence agents;
  /// The latest departures, newest last.
  std::deque<departure> departed;
  queue_counters today;
  std::optional<std::size_t> last_position;
  std::uint64_t epoch = 0;
  /// The pending look_again, if any.
  std::uint64_t look_epoch = 0;
  std::optional<timestamp> look_at;
  /// As last announced.
  queue_snapshot now;
};

// --- events ---------------------------------------------------------------------------------------------------------

/// `at`: when he entered the line (a call that left it later is not taken for a new one); priority of the call itself (0 unless somebody raised it).
struct call_arrived { call_id call; timestamp at{}; std::int32_t priority = 0; };
/// A call that waited here before a restart: keeps its arrival time (and thus its place and what is left of its longest wait).
struct call_restored { call_id call; timestamp at{}; std::int32_t priority = 0; };
/// The call left before an answer; `gave_up`: the caller hung up (abandoned), else somebody took it out.
struct caller_left { call_id call; bool gave_up = true; };
/// An agent's announcement; what is not newer is ignored.
struct agent_seen { agent_snapshot now; };
/// An agent's owner is gone; he counts as offline until seen again, his offer here as failed.
struct agent_lost { agent_id agent; };
/// The agent's own answer to the offer of this number; 0: whichever is under way (for a carrier that never repeats itself).
struct offer_accepted { call_id call; agent_id agent; std::uint64_t number = 0; };
struct offer_refused { call_id call; agent_id agent; std::uint64_t number = 0; };
/// His phone did not bring an answer (missed, rejected, busy, unreachable, originate failed).
struct ring_failed { call_id call; agent_id agent; };
/// They talk.
struct answered { call_id call; agent_id agent; };
struct timer_elapsed { timer which = timer::max_wait; call_id call; std::uint64_t epoch = 0; };
/// Members that are new are taken for offline until agent_seen.
struct settings_changed { queue_settings now; };
/// What the store counted today; calls still in the line are added by themselves.
struct counters_restored { queue_counters today; };
/// Midnight: counters start again, those who wait count as offered today.
struct day_changed {};

using event = std::variant<call_arrived, call_restored, caller_left, agent_seen, agent_lost, offer_accepted, offer_refused, ring_failed,
                           answered, timer_elapsed, settings_changed, counters_restored, day_changed>;

// --- effects --------------------------------------------------------------------------------------------------------

/// Ask the agent; if he accepts, ring his phone for this call.
struct offer { call_id call; agent_id agent; seconds ring_timeout{0}; std::uint64_t number = 0; };
/// The offer is over. `granted`: the call was told to ring him, so tell the call, which tells him; else tell him, for only he can
/// know of it. (Exactly one of them: told twice, he might drop the same call's next offer.)
struct withdraw_offer { call_id call; agent_id agent; bool granted = false; };
/// Longest wait reached: end the call with queue_timeout. (Later: overflow.)
struct give_up { call_id call; };
struct start_timer { timer which = timer::max_wait; call_id call; std::uint64_t epoch = 0; milliseconds delay{0}; };
/// Something visible changed; the version rose by one. Once an event at most.
struct announce { queue_snapshot now; };

using effect = std::variant<offer, withdraw_offer, give_up, start_timer, announce, fsm::ignored>;

memory start(const queue_settings& settings);

/// The one place where a queue changes.
fsm::step<memory, effect> apply(memory m, const event& e, const policy& p, timestamp now);

/// Whether this offer is under way and not yet accepted: exactly then an acceptance is passed on to the call. (Ask before
/// applying offer_accepted; a doubled or late acceptance must not ring a second phone.)
bool awaits(const memory& m, const call_id& call, const agent_id& agent, std::uint64_t number = 0) noexcept;

/// Whether the queue may offer him a call now.
bool is_free(const member& a, timestamp now) noexcept;

} // namespace evs::queue_line
