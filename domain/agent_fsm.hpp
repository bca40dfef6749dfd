#pragma once
// One agent: his state, what he waits for, his totals of the day. Drawn in ARCHITECTURE.md.
//
//   offline -> available -> ringing -> on_call <-> on_hold -> wrap_up -> available
//   paused and training are entered from available, wrap_up and each other; asked for during a call they stay `pending`
//   (and show as such) until it is over. Dialling from a pause or a training comes back to it in the same way.
//
// He has at most one call. Events about any other call are ignored, so doubled and late ones do no harm.

#include "domain/error.hpp"
#include "domain/records.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"
#include "domain/step.hpp"
#include "domain/telephony.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <variant>

namespace evs {
/// How an offer ended: see call_fsm.hpp.
enum class offer_end : std::uint8_t;
} // namespace evs

namespace evs::agent_fsm {
// clang-format off

struct policy {
  /// Calls missed or rejected in a row before he is paused with the reason "ring_no_answer"; 0: never.
  std::uint32_t misses_before_pause = 3;
  /// How long an available agent may be without any session before he is paused with the reason "connection_lost".
  seconds connection_grace{30};
  /// Longest ringing without news; then he is released (a late `attached` takes him back).
  seconds ring_guard{120};
  /// Wrap-up of a call that ended while the server was away.
  seconds wrap_up_after_restart{10};
};

/// Each timer has its own epoch; an elapse with another epoch is stale and ignored.
enum class timer : std::uint8_t { wrap_up, connection, ring_guard };

struct memory {
  /// What everybody sees. `call` is the present call, or in wrap_up the one that he finishes. `reason` is that of the pause he is
  /// in, or of the pending one. `today` counts finished spells; the running one is now - since.
  agent_snapshot now;
  bool is_active = true;
  bool mobile_station = false;
  /// What Asterisk says about his own phone; `now.phone_reachable` is true for a mobile station as well.
  bool device_reachable = false;
  std::uint32_t misses_in_a_row = 0;
  /// He dialled the present call himself: missing it is no missed call.
  bool dialled = false;
  /// The pending pause or training is the one he dialled from: coming back to it is not a new one.
  bool returning = false;
  /// All sessions are gone for longer than the grace.
  bool sessions_gone = false;
  /// The last call that ended: a late `attached` for it is ignored.
  call_id last_ended;
  /// The last call whose ringing ended while the call lives: his answer may have crossed that, then `connected` takes him back.
  call_id let_go;
  std::array<std::uint64_t, 3> epochs{};
  /// Time spent in each state today, up to `counted_to`.
  std::array<milliseconds, 8> spent{};
  timestamp counted_to{};
};

// --- events ---------------------------------------------------------------------------------------------------------

/// He, or the supervisor `by`, wants offline, available, paused or training. Answer: accepted | refused.
struct wants_state { agent_state wanted = agent_state::available; std::string reason; user_id by; };
/// A queue offers him a call. Answer: accepted (he rings) | refused. Asking twice for the call that rings is accepted.
struct offered { call_id call; queue_id queue; };
/// The ringing of `call` ended without an answer.
struct offer_ended { call_id call; offer_end how{}; };
/// He dials: his own phone will ring first. From available, paused, training, wrap_up. Answer: accepted | refused.
struct dials { call_id call; campaign_id campaign; };
/// His leg of the ringing call is up; or of the one that rang last, if he has no other since.
struct connected { call_id call; };
/// The switch shows him on this call (after a restart, from the audit): true from any state, replaces another call.
/// state: ringing, on_call or on_hold.
struct attached { call_id call; agent_state state = agent_state::on_call; campaign_id campaign; };
struct held { call_id call; };
struct unheld { call_id call; };
/// The call is over. `handled`: they talked; only then come wrap-up, talk and hold into account.
struct call_ended { call_id call; bool handled = false; seconds wrap_up{0}; seconds talk{0}; seconds hold{0}; };
struct timer_elapsed { timer which = timer::wrap_up; std::uint64_t epoch = 0; };
/// His phone on the switch. `unknown` teaches nothing.
struct phone { reachability is = reachability::unknown; };
/// New settings; a deactivated account goes offline, after its call.
struct settings_changed { agent_settings now; };
/// His last session is gone / there is one again. Coming back does not make him available: he says so himself.
struct session_lost {};
struct session_back {};
/// After a restart: what the store knew. Without a living call ringing becomes available, on_call and on_hold become wrap_up.
/// Counters from before `day_start` are dropped. Always announced, with a version above all that readers can have seen.
struct restored { agent_snapshot saved; bool call_lives = false; timestamp day_start{}; };
/// Midnight by the clocks of his site: totals start again.
struct day_changed {};

using event = std::variant<wants_state, offered, offer_ended, dials, connected, attached, held, unheld, call_ended, timer_elapsed,
                           phone, settings_changed, session_lost, session_back, restored, day_changed>;

// --- effects --------------------------------------------------------------------------------------------------------

/// Something visible changed; the version rose by one. Once an event at most.
struct announce { agent_snapshot now; };
/// Something changed that a restart must know.
struct save { agent_snapshot now; };
/// Send timer_elapsed{which, epoch} after `delay`.
struct start_timer { timer which = timer::wrap_up; std::uint64_t epoch = 0; milliseconds delay{0}; };
/// Exactly one of these two answers wants_state, offered and dials.
struct accepted {};
struct refused { failure why; };
/// He logged in / out: rows of agent_sessions.
struct session_opened { timestamp at{}; };
struct session_closed { timestamp at{}; };
// evs::wrap_up_finished: completes the call's row; fsm::ignored: nothing to do.

using effect = std::variant<announce, save, start_timer, accepted, refused, session_opened, session_closed, wrap_up_finished, fsm::ignored>;

/// A new agent, offline, as his settings say.
memory start(const agent_settings& settings, timestamp now);

/// The one place where an agent changes.
fsm::step<memory, effect> apply(memory m, const event& e, const policy& p, timestamp now);

/// Whether the state means that he has a call.
constexpr bool has_call(agent_state s) noexcept {
  return s == agent_state::ringing || s == agent_state::on_call || s == agent_state::on_hold;
}

} // namespace evs::agent_fsm
