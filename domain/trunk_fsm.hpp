#pragma once
// One site trunk: whether it can be used, how many of its lines are taken, how fast calls may be started.

#include "domain/error.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"
#include "domain/step.hpp"
#include "domain/telephony.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <variant>
#include <vector>

namespace evs::trunk_fsm {
// clang-format off

struct policy {
  /// A trunk that Asterisk does not qualify counts as up, so that a gateway without OPTIONS works.
  bool unknown_is_up = true;
  /// An OPTIONS answer slower than this means degraded.
  milliseconds slow_round_trip{2000};
  /// So many changes of reachability within the window mean degraded.
  std::uint32_t flaps = 3;
  seconds flap_window{60};
  /// A line granted less than this ago survives a resync that does not show its call yet.
  seconds grant_grace{15};
};

struct line { bool inbound = false; timestamp at{}; };

struct memory {
  trunk_settings settings;
  reachability contact = reachability::unknown;
  bool slow = false;
  /// Recent changes of reachability, oldest first.
  std::deque<timestamp> changes;
  /// The calls that hold a line, both directions.
  std::map<call_id, line> lines;
  /// Token bucket of calls a second; holds at most one second's worth (at least one).
  double tokens = 0;
  timestamp tokens_at{};
  std::uint64_t epoch = 0;
  /// As last announced.
  trunk_snapshot now;
};

// --- events ---------------------------------------------------------------------------------------------------------

/// An outbound call wants a line. Answer: granted | refused. Asking again for a call that has one is granted.
struct request_line { call_id call; };
/// An inbound call is on this trunk: always counted, even beyond the limit.
struct inbound_seen { call_id call; };
/// The call left the trunk.
struct release { call_id call; };
/// The switch's qualification of the trunk's contact; round trip < 0: not known.
struct contact_seen { reachability is = reachability::unknown; std::int64_t round_trip_us = -1; };
/// All calls that are on this trunk now, from a complete listing: leaked lines are dropped, missed calls added.
struct resync { std::vector<call_id> live; };
struct settings_changed { trunk_settings now; };
/// The timer started by start_timer.
struct timer_elapsed { std::uint64_t epoch = 0; };

using event = std::variant<request_line, inbound_seen, release, contact_seen, resync, settings_changed, timer_elapsed>;

// --- effects --------------------------------------------------------------------------------------------------------

struct granted { call_id call; };
/// trunk_down or trunk_full; `retry_after` > 0: calls a second were the limit, a token is there then.
struct refused { call_id call; failure why; milliseconds retry_after{0}; };
/// The resync found `dropped` leaked and `added` unknown lines: log and count it.
struct healed { std::vector<call_id> dropped; std::vector<call_id> added; };
/// Send timer_elapsed{epoch} after `delay` (flapping may be over then).
struct start_timer { std::uint64_t epoch = 0; milliseconds delay{0}; };
/// Something visible changed; the version rose by one. Once an event at most.
struct announce { trunk_snapshot now; };

using effect = std::variant<granted, refused, healed, start_timer, announce, fsm::ignored>;

memory start(const trunk_settings& settings, const policy& p, timestamp now);

/// The one place where a trunk changes.
fsm::step<memory, effect> apply(memory m, const event& e, const policy& p, timestamp now);

} // namespace evs::trunk_fsm
