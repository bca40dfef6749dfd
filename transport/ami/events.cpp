#include "transport/ami/events.hpp"

#include <array>

namespace evs::ami {

namespace {

/// Asterisk writes words in angle brackets where it has nothing.
std::string_view known(std::string_view value) noexcept {
  return value == "<unknown>" || value == "<none>" || value == "<null>" ? std::string_view{} : value;
}

channel_state state_of(std::string_view number) noexcept {
  switch (number_or(number, 0)) {
  case 3: // dialing: the far end was told
  case 4: // ring: a caller is ringing us
    return channel_state::dialing;
  case 5: return channel_state::ringing;
  case 6: return channel_state::up;
  default: return channel_state::down;
  }
}

/// Fills the fact that header `name` stands for, if it is one.
void set_fact(channel_facts& facts, std::string_view name, std::string_view value) {
  switch (name.size()) {
  case 5:
    if (name == "Exten") facts.exten = value;
    break;
  case 7:
    if (name == "Channel") facts.name = value;
    else if (name == "Context") facts.context = value;
    break;
  case 8:
    if (name == "Uniqueid") facts.uid.value = known(value);
    else if (name == "Linkedid") facts.linked.value = known(value);
    break;
  case 11:
    if (name == "CallerIDNum") facts.caller_number = known(value);
    break;
  case 12:
    if (name == "ChannelState") facts.state = state_of(value);
    else if (name == "CallerIDName") facts.caller_name = known(value);
    break;
  case 16:
    if (name == "ConnectedLineNum") facts.connected_number = known(value);
    break;
  default: break;
  }
}

channel_facts channel_in(const frame_view& event) {
  channel_facts facts;
  for (const auto& [name, value] : event.headers) set_fact(facts, name, value);
  return facts;
}

/// A dial has two channels; the headers of the dialled one begin with "Dest".
std::pair<channel_facts, channel_facts> channels_in(const frame_view& event) {
  std::pair<channel_facts, channel_facts> both;
  for (const auto& [name, value] : event.headers)
    if (name.starts_with("Dest")) set_fact(both.second, name.substr(4), value);
    else set_fact(both.first, name, value);
  return both;
}

using made = std::optional<telephony_event>;

template <class Event> made of_channel(const frame_view& event) {
  auto facts = channel_in(event);
  if (facts.uid.empty()) return std::nullopt;
  return Event{std::move(facts)};
}

template <class Event> made of_bridge(const frame_view& event) {
  auto facts = channel_in(event);
  bridge_id bridge{std::string{event.get("BridgeUniqueid")}};
  if (facts.uid.empty() || bridge.empty()) return std::nullopt;
  return Event{std::move(facts), std::move(bridge)};
}

made hung_up(const frame_view& event) {
  auto facts = channel_in(event);
  if (facts.uid.empty()) return std::nullopt;
  return channel_hung_up{std::move(facts), number_or(event.get("Cause"), 0), std::string{event.get("Cause-txt")}};
}

made dial_began(const frame_view& event) {
  auto [channel, dest] = channels_in(event);
  if (dest.uid.empty()) return std::nullopt;
  return dial_started{std::move(channel), std::move(dest)};
}

made dial_ended(const frame_view& event) {
  auto [channel, dest] = channels_in(event);
  if (dest.uid.empty()) return std::nullopt;
  return dial_finished{std::move(channel), std::move(dest), std::string{event.get("DialStatus")}};
}

made originated(const frame_view& event) {
  channel_id uid{std::string{known(event.get("Uniqueid"))}};
  if (uid.empty()) return std::nullopt;
  return originate_finished{std::move(uid), std::string{known(event.get("Channel"))},
                            event.get("Response") == "Success", number_or(event.get("Reason"), 0)};
}

made device_changed(const frame_view& event) {
  if (event.get("Device").empty()) return std::nullopt;
  return device_state_changed{std::string{event.get("Device")}, std::string{event.get("State")}};
}

made contact_changed(const frame_view& event) {
  if (event.get("AOR").empty()) return std::nullopt;
  return contact_status_changed{std::string{event.get("AOR")}, std::string{event.get("URI")},
                                std::string{event.get("ContactStatus")},
                                number_or<std::int64_t>(event.get("RoundtripUsec"), -1)};
}

struct translation {
  std::string_view event;
  made (*make)(const frame_view&);
};

constexpr std::array translations{
    translation{"Newstate", of_channel<channel_state_changed>},
    translation{"Newchannel", of_channel<channel_opened>},
    translation{"Hangup", hung_up},
    translation{"DialBegin", dial_began},
    translation{"DialEnd", dial_ended},
    translation{"BridgeEnter", of_bridge<bridge_entered>},
    translation{"BridgeLeave", of_bridge<bridge_left>},
    translation{"DeviceStateChange", device_changed},
    translation{"ContactStatus", contact_changed},
    translation{"OriginateResponse", originated},
    translation{"Hold", of_channel<channel_held>},
    translation{"Unhold", of_channel<channel_unheld>},
};

/// "01:02:03" -> 3723; 0 for what is no such clock.
std::int64_t seconds_in(std::string_view clock) noexcept {
  std::int64_t total = 0;
  for (int part = 0; part < 3; ++part) {
    const auto colon = clock.find(':');
    if ((colon == std::string_view::npos) != (part == 2)) return 0;
    total = total * 60 + number_or<std::uint32_t>(clock.substr(0, colon), 0);
    clock = clock.substr(colon + 1);
  }
  return total;
}

} // namespace

std::optional<telephony_event> to_event(const frame_view& event) {
  const auto name = event.get("Event");
  for (const auto& known_event : translations)
    if (known_event.event == name) return known_event.make(event);
  return std::nullopt;
}

channel_listing channels_of(const reply& answer) {
  channel_listing listing;
  listing.complete = answer.status == reply_status::ok;
  listing.channels.reserve(answer.items.size());
  std::vector<header_view> room;
  for (const auto& item : answer.items) {
    if (item.get("Event") != "CoreShowChannel") continue;
    listed_channel listed;
    listed.channel = channel_in(view_of(item, room));
    listed.bridge.value = known(item.get("BridgeId"));
    listed.application = item.get("Application");
    listed.duration_s = seconds_in(item.get("Duration"));
    if (listed.channel.uid.empty()) listing.complete = false;
    else listing.channels.push_back(std::move(listed));
  }
  return listing;
}

std::optional<std::vector<device_state_changed>> devices_of(const reply& answer) {
  if (answer.status != reply_status::ok) return std::nullopt;
  std::vector<device_state_changed> devices;
  for (const auto& item : answer.items)
    if (!item.get("Device").empty())
      devices.push_back({std::string{item.get("Device")}, std::string{item.get("State")}});
  return devices;
}

std::optional<std::string> variable_of(const reply& answer) {
  if (answer.status != reply_status::ok || !answer.response.has("Value")) return std::nullopt;
  return std::string{answer.response.get("Value")};
}

std::string boot_of(const reply& answer) {
  if (answer.status != reply_status::ok) return {};
  return std::string{answer.response.get("CoreStartupDate")} + ' ' +
         std::string{answer.response.get("CoreStartupTime")};
}

reachability reachability_of(const device_state_changed& device) noexcept {
  if (device.state == "UNAVAILABLE" || device.state == "INVALID") return reachability::unreachable;
  if (device.state.empty() || device.state == "UNKNOWN") return reachability::unknown;
  return reachability::reachable;
}

reachability reachability_of(const contact_status_changed& contact) noexcept {
  if (contact.status == "Reachable" || contact.status == "NonQualified") return reachability::reachable;
  if (contact.status == "Unreachable" || contact.status == "Removed") return reachability::unreachable;
  return reachability::unknown;
}

} // namespace evs::ami
