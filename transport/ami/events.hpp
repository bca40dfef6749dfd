#pragma once
// Frames -> what a switch tells us. Pure: the only place that knows the names of Asterisk's events and headers.

#include "domain/telephony.hpp"
#include "transport/ami/frame_view.hpp"
#include "transport/ami/link.hpp"

#include <optional>
#include <vector>

namespace evs::ami {

/// The event as a domain fact; nullopt for events that nobody here uses, and for frames without what makes them usable (a channel's id, a device).
/// Asterisk's "<unknown>", "<none>" and "<null>" become empty text.
std::optional<telephony_event> to_event(const frame_view& event);

/// Channels from the answer to core_show_channels(); complete only when the answer says so and its count is right.
channel_listing channels_of(const reply& answer);

/// States from the answer to device_state_list(); nullopt when there was no whole answer.
std::optional<std::vector<device_state_changed>> devices_of(const reply& answer);

/// Value from the answer to getvar(); nullopt when there was none.
std::optional<std::string> variable_of(const reply& answer);

/// When Asterisk was started, as it says it itself ("2026-11-22 08:19:00"), from the answer to core_status(); empty when there was none.
std::string boot_of(const reply& answer);

/// What a device state says about a phone: UNAVAILABLE and INVALID are unreachable, UNKNOWN says nothing.
reachability reachability_of(const device_state_changed& device) noexcept;
/// What a contact's status says: a contact that is not asked (NonQualified) counts as reachable.
reachability reachability_of(const contact_status_changed& contact) noexcept;

} // namespace evs::ami
