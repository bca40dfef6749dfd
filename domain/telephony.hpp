#pragma once
// What a telephone switch tells us, in our words. transport/ami makes these from AMI events; tests make them by hand.
// Every one is a fact that may arrive twice, late or never: whoever consumes them must not mind.

#include "domain/id.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace evs {
// clang-format off

/// Where a channel is in its life, as Asterisk's ChannelState says (0-2 down, 3-4 offhook/dialing, 4 ring, 5 ringing, 6 up).
enum class channel_state : std::uint8_t { down, dialing, ringing, up };

/// Reachability of a phone, from Asterisk's device states and contact states.
enum class reachability : std::uint8_t { unknown, reachable, unreachable };

/// One channel as an event or a listing shows it.
struct channel_facts {
  channel_id uid;
  /// e.g. "PJSIP/1001-0000002a".
  std::string name;
  /// Linkedid: shared by the legs of one call once they have met.
  call_id linked;
  channel_state state = channel_state::down;
  std::string caller_number;
  std::string caller_name;
  std::string connected_number;
  std::string context;
  std::string exten;
  friend bool operator==(const channel_facts&, const channel_facts&) = default;
};

/// Endpoint of a channel's name: "1001" of "PJSIP/1001-0000002a"; empty when it has none.
std::string endpoint_of(const std::string& channel_name);

/// A channel appeared (Newchannel).
struct channel_opened { channel_facts channel; };
/// Its state changed (Newstate).
struct channel_state_changed { channel_facts channel; };
/// It is gone (Hangup). cause: Q.850, 0 = unknown.
struct channel_hung_up { channel_facts channel; int cause = 0; std::string cause_text; };
/// Its peer was put on hold by it / taken back (Hold, Unhold).
struct channel_held { channel_facts channel; };
struct channel_unheld { channel_facts channel; };
/// It joined / left a bridge (BridgeEnter, BridgeLeave).
struct bridge_entered { channel_facts channel; bridge_id bridge; };
struct bridge_left { channel_facts channel; bridge_id bridge; };
/// A Dial() from `channel` (may be empty: an originate) to `dest` began / ended (DialBegin, DialEnd).
struct dial_started { channel_facts channel; channel_facts dest; };
/// status: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL, ...
struct dial_finished { channel_facts channel; channel_facts dest; std::string status; };
/// The outcome of an asynchronous originate (OriginateResponse). reason: 0 failure, 1 hung up, 3 ring timeout, 4 answered, 5 busy, 8 congestion.
struct originate_finished { channel_id uid; std::string channel; bool success = false; int reason = 0; };
/// A phone's or trunk's device state (DeviceStateChange): "PJSIP/1001", "UNAVAILABLE" | "NOT_INUSE" | "INUSE" | "RINGING" | ...
struct device_state_changed { std::string device; std::string state; };
/// Qualification of a contact (ContactStatus): "NonQualified", "Reachable", "Unreachable", "Removed", "Created"...
struct contact_status_changed { std::string aor; std::string uri; std::string status; std::int64_t round_trip_us = -1; };

using telephony_event =
  std::variant<channel_opened, channel_state_changed, channel_hung_up, channel_held, channel_unheld, bridge_entered,
               bridge_left, dial_started, dial_finished, originate_finished, device_state_changed, contact_status_changed>;

/// A channel of a listing (CoreShowChannels), with the bridge that it sits in (empty: none).
struct listed_channel {
  channel_facts channel;
  bridge_id bridge;
  std::string application;
  std::int64_t duration_s = 0;
};

/// A listing of all channels. Incomplete when the switch announced more entries than arrived:
/// then what is present is true, but nothing follows from what is absent.
struct channel_listing {
  std::vector<listed_channel> channels;
  bool complete = false;
};

} // namespace evs
