#pragma once
// Every action that we send, as pure constructors. Whatever ends up in a place that Asterisk splits or interprets (dial
// strings, application data, variables, channel names) is checked here against what is allowed there, and refused otherwise.

#include "domain/id.hpp"
#include "domain/time.hpp"
#include "transport/ami/action.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evs::ami {

action login(std::string username, std::string secret);
action logoff();
action ping();
/// Start time and call counts; boot_of() reads it.
action core_status();
/// Version of Asterisk (AsteriskVersion).
action core_settings();
/// All channels, each with its bridge; channels_of() reads it.
action core_show_channels();
/// States of phones and trunks; devices_of() reads it. Asterisk has no listing of contacts for a user without the
/// `system` class, and that one leaves out the fixed contacts of trunks: device states say who is reachable.
action device_state_list();


/// Who shows up on the called phone. What a caller's network delivered is hostile text: what Asterisk or a dialplan could
/// take for syntax becomes a blank in the name and vanishes from the number. Empty when nothing is left.
std::string caller_id(std::string_view name, std::string_view number);

/// One leg that we originate.
struct originate_leg {
  /// "PJSIP/1001" (the name: letters, digits, '_', '.', '-') or "PJSIP/0612345678@trunk-paris" (the number: digits, one '+' in front, at
  /// most 32); anything else is refused.
  std::string dial;
  /// Ours: the channel's Uniqueid before it exists.
  channel_id id;
  std::string caller_name;
  std::string caller_number;
  /// How long it may ring.
  milliseconds timeout{20'000};
  /// Names: letters, digits, '_'; values: no character that Asterisk splits or expands.
  std::vector<std::pair<std::string, std::string>> variables;
};

/// Rings the leg and, once answered, joins it with `other_channel` (its full name); when one hangs up, so does the other.
result<action> originate_to_bridge(const originate_leg& leg, std::string_view other_channel);
/// Rings the leg and, once answered, runs the dialplan at (context, exten, 1).
result<action> originate_to_context(const originate_leg& leg, std::string_view context, std::string_view exten);

/// `channel`: its name or its Uniqueid. cause: Q.850, 1-127.
result<action> hangup(std::string_view channel, int cause = 16);
/// A plain variable or CHANNEL(item).
result<action> getvar(std::string_view channel, std::string_view variable);
result<action> redirect(std::string_view channel, std::string_view context, std::string_view exten);

} // namespace evs::ami
