#pragma once
// One campaign: its settings and its counters. Manual mode only: agents dial, the campaign allows and counts.
// Later: pacing (how many attempts to start now) and lead selection, as further effects of the same machine.

#include "domain/error.hpp"
#include "domain/records.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"
#include "domain/step.hpp"

#include <cstdint>
#include <map>
#include <variant>
#include <vector>

namespace evs::campaign_fsm {
// clang-format off

/// offered = answered + unanswered + ringing; abandoned is a part of answered.
struct counters {
  std::uint32_t offered = 0;
  std::uint32_t answered = 0;
  /// Answered by a person whom no agent took in time.
  std::uint32_t abandoned = 0;
  std::uint32_t unanswered = 0;
  friend bool operator==(const counters&, const counters&) = default;
};

struct memory {
  campaign_settings settings;
  counters today;
  /// Attempts under way; true once answered.
  std::map<call_id, bool> attempts;
  /// As last announced.
  campaign_snapshot now;
};

// --- events ---------------------------------------------------------------------------------------------------------

/// An agent wants to dial for this campaign. Answer: accepted (and the attempt is counted) | refused.
struct wants_to_dial { agent_id agent; call_id call; };
/// An attempt that was under way before a restart: not counted again.
struct attempt_restored { call_id call; bool answered = false; };
/// The customer answered.
struct attempt_answered { call_id call; };
/// The attempt is over.
struct attempt_ended { call_id call; attempt_outcome outcome = attempt_outcome::failed; };
/// Start / pause by a supervisor. Answer: accepted | refused.
struct wants_active { bool active = true; };
struct settings_changed { campaign_settings now; };
struct counters_restored { counters today; };
/// All attempts of this campaign that live, from a complete listing: others are closed as failed.
struct resync { std::vector<call_id> live; };
/// Midnight: counters start again; attempts under way count for the new day.
struct day_changed {};

using event = std::variant<wants_to_dial, attempt_restored, attempt_answered, attempt_ended, wants_active, settings_changed,
                           counters_restored, resync, day_changed>;

// --- effects --------------------------------------------------------------------------------------------------------

/// Exactly one of these two answers wants_to_dial and wants_active.
struct accepted {};
struct refused { failure why; };
/// Something visible changed; the version rose by one. Once an event at most.
struct announce { campaign_snapshot now; };

using effect = std::variant<accepted, refused, announce, fsm::ignored>;

memory start(const campaign_settings& settings);

/// The one place where a campaign changes.
fsm::step<memory, effect> apply(memory m, const event& e, timestamp now);

} // namespace evs::campaign_fsm
