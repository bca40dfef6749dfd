#pragma once
// One table for each closed list: the token that programs and the database use, and for agent states the label that users know.

#include "domain/records.hpp"
#include "domain/settings.hpp"
#include "domain/snapshots.hpp"

#include <optional>
#include <string_view>

namespace evs {

/// The label of the wire and of the dashboard: "En Attente".
std::string_view label(agent_state s) noexcept;
/// Reads a label or a token, exactly as written; nullopt for anything else.
std::optional<agent_state> agent_state_from_label(std::string_view text) noexcept;

/// The stable token of database and metrics: "on_call", "abandoned_waiting". The dialing modes are the contract's:
/// MANUAL, PROGRESSIVE, PREDICTIVE.
std::string_view token(agent_state x) noexcept;
std::string_view token(call_state x) noexcept;
std::string_view token(call_direction x) noexcept;
std::string_view token(end_reason x) noexcept;
std::string_view token(trunk_state x) noexcept;
std::string_view token(queue_strategy x) noexcept;
std::string_view token(dialing_mode x) noexcept;
std::string_view token(attempt_outcome x) noexcept;

/// The inverse, for each of the lists above: from_token<call_state>("queued"); nullopt for an unknown token.
template <class Enum>
std::optional<Enum> from_token(std::string_view text) noexcept;

/// How a finished call is filed, from its `answered` and `reason`: "answered", "abandoned", "missed", "busy",
/// "no_answer", "cancelled" or "failed".
std::string_view call_status_text(const call_record& call) noexcept;

} // namespace evs
