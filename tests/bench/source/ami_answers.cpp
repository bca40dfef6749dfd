#include "tests/bench/source/ami_answers.hpp"

#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/source/switchboard.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace evs::bench {

namespace {

std::string line(const char* key, const std::string& value) { return std::string(key) + ": " + value + "\r\n"; }

std::string response(const ami_action& action, const char* result, const std::string& rest) {
  return line("Response", result) + line("ActionID", action["actionid"]) + rest + "\r\n";
}

/// A list answer: start, the items (each already closed by an empty line), the Complete event.
class listing {
public:
  listing(const ami_action& action, const char* message, const char* complete)
      : id_(line("ActionID", action["actionid"])), complete_(complete),
        text_(response(action, "Success", line("EventList", "start") + line("Message", message))) {}

  void add(const char* event, const std::string& headers) {
    text_ += line("Event", event) + id_ + headers + "\r\n";
    ++items_;
  }

  std::string close() {
    return text_ + line("Event", complete_) + id_ + line("EventList", "Complete") +
           line("ListItems", std::to_string(items_)) + "\r\n";
  }

private:
  std::string id_;
  const char* complete_;
  std::string text_;
  unsigned items_ = 0;
};

const std::string& value(const switchboard::call& c, field f) { return c.values[static_cast<std::size_t>(f)]; }

std::string channel(const switchboard::call& c, bool agent) {
  const bool up = !agent || c.leg == switchboard::leg_state::bridged;
  const bool bridged = c.leg == switchboard::leg_state::bridged;
  const auto seconds = static_cast<unsigned>((now_us() - c.arrived_us) / 1'000'000);
  char duration[40];
  std::snprintf(duration, sizeof duration, "%02u:%02u:%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return line("Channel", value(c, agent ? field::agent_channel : field::channel)) +
         line("ChannelState", up ? "6" : "5") + line("ChannelStateDesc", up ? "Up" : "Ringing") +
         line("CallerIDNum", value(c, field::caller)) + line("CallerIDName", agent ? "<unknown>" : "Client") +
         line("ConnectedLineNum", agent ? value(c, field::caller) : "<unknown>") +
         line("ConnectedLineName", "<unknown>") + line("Language", "en") + line("AccountCode", "") +
         line("Context", agent ? "evs-agents" : "evs-waiting") + line("Exten", agent ? "s" : value(c, field::did)) +
         line("Priority", agent ? "1" : "2") +
         line("Uniqueid", value(c, agent ? field::agent_uniqueid : field::uniqueid)) +
         line("Linkedid", value(c, agent && !bridged ? field::agent_uniqueid : field::uniqueid)) +
         line("Application", agent ? "AppDial2" : "Wait") +
         line("ApplicationData", agent ? "(Outgoing Line)" : "7200") + line("Duration", duration) +
         line("BridgeId", bridged ? value(c, field::bridge) : "");
}

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

} // namespace

ami_answers::ami_answers(switchboard& board, effects e, std::vector<std::string> phones)
    : board_(board), effects_(std::move(e)), phones_(std::move(phones)) {}

std::string ami_answers::operator()(const ami_action& action) {
  const auto name = lower(action["action"]);
  if (name == "corestatus")
    return response(action, "Success",
                    line("CoreStartupDate", "2026-01-05") + line("CoreStartupTime", "08:13:24") +
                        line("CoreReloadDate", "2026-01-05") + line("CoreReloadTime", "08:13:24") +
                        line("CoreCurrentCalls", std::to_string(board_.calls().size())) +
                        line("CoreProcessedCalls", "0"));
  if (name == "coresettings")
    return response(action, "Success",
                    line("AMIversion", "11.0.0") + line("AsteriskVersion", "22.10.1") + line("SystemName", "") +
                        line("CoreMaxCalls", "0") + line("CoreCDRenabled", "Yes") + line("CoreHTTPenabled", "No"));
  if (name == "coreshowchannels") return channels(action);
  if (name == "bridgelist") return bridges(action);
  if (name == "devicestatelist") return device_states(action);
  if (name == "pjsipshowcontacts") return contacts(action);
  if (name == "pjsipshowendpoints") return endpoints(action);
  if (name == "filter") // accepted and not applied: both servers are to read the same stream
    return response(action, "Success", line("Message", "Success"));
  if (name == "originate") return originate(action);
  if (name == "hangup") return hangup(action);
  if (name == "redirect" || name == "getvar") return channel_action(action, name == "getvar");
  return response(action, "Error",
                  line("Message", "Invalid/unknown command: " + action["action"] +
                                      ". Use Action: ListCommands to show available commands."));
}

std::string ami_answers::channels(const ami_action& action) const {
  listing list(action, "Channels will follow", "CoreShowChannelsComplete");
  for (const auto& [_, c] : board_.calls()) {
    list.add("CoreShowChannel", channel(c, false));
    if (c.leg != switchboard::leg_state::none) list.add("CoreShowChannel", channel(c, true));
  }
  return list.close();
}

std::string ami_answers::bridges(const ami_action& action) const {
  listing list(action, "Bridge listing will follow", "BridgeListComplete");
  for (const auto& [_, c] : board_.calls())
    if (c.leg == switchboard::leg_state::bridged)
      list.add("BridgeListItem", line("BridgeUniqueid", value(c, field::bridge)) + line("BridgeType", "basic") +
                                     line("BridgeTechnology", "simple_bridge") + line("BridgeCreator", "<unknown>") +
                                     line("BridgeName", "<unknown>") + line("BridgeNumChannels", "2") +
                                     line("BridgeVideoSourceMode", "none"));
  return list.close();
}

std::string ami_answers::device_states(const ami_action& action) const {
  listing list(action, "Device State Changes will follow", "DeviceStateListComplete");
  const auto device = [&](const std::string& name) {
    const bool busy = std::any_of(board_.calls().begin(), board_.calls().end(), [&](const auto& entry) {
      const auto& c = entry.second;
      return value(c, field::trunk) == name ||
             (c.leg != switchboard::leg_state::none && value(c, field::extension) == name);
    });
    list.add("DeviceStateChange", line("Device", "PJSIP/" + name) + line("State", busy ? "INUSE" : "NOT_INUSE"));
  };
  for (const auto& t : board_.trunks()) device(t.id);
  for (const auto& p : phones_) device(p);
  return list.close();
}

std::string ami_answers::contacts(const ami_action& action) const {
  listing list(action, "A listing of Contacts follows, presented as ContactList events", "ContactListComplete");
  const auto contact = [&](const std::string& name) {
    list.add("ContactList", line("ObjectType", "contact") + line("ObjectName", name + ";@5f0c1c9e") +
                                line("Uri", "sip:" + name + "@127.0.0.1:5060") + line("Endpoint", name) +
                                line("QualifyFrequency", "30") + line("Status", "Reachable") +
                                line("RoundtripUsec", "900"));
  };
  for (const auto& t : board_.trunks()) contact(t.id);
  for (const auto& p : phones_) contact(p);
  return list.close();
}

std::string ami_answers::endpoints(const ami_action& action) const {
  listing list(action, "A listing of Endpoints follows, presented as EndpointList events", "EndpointListComplete");
  const auto endpoint = [&](const std::string& name) {
    list.add("EndpointList", line("ObjectType", "endpoint") + line("ObjectName", name) + line("Transport", "") +
                                 line("Aor", name) + line("Auths", "") + line("OutboundAuths", "") +
                                 line("Contacts", name + "/sip:" + name + "@127.0.0.1:5060,") +
                                 line("DeviceState", "Not in use") + line("ActiveChannels", "0"));
  };
  for (const auto& t : board_.trunks()) endpoint(t.id);
  for (const auto& p : phones_) endpoint(p);
  return list.close();
}

std::string ami_answers::originate(const ami_action& action) {
  const auto& data = action["data"];
  const auto caller = data.substr(0, data.find(','));
  const auto& phone = action["channel"];
  if (lower(action["application"]) != "bridge" || phone.rfind("PJSIP/", 0) != 0)
    return response(action, "Error", line("Message", "Extension does not exist."));
  const auto extension =
      phone.substr(6, phone.find('@') == std::string::npos ? std::string::npos : phone.find('@') - 6);
  if (board_.find_channel(caller) == nullptr) return response(action, "Error", line("Message", "No such channel"));
  effects_.defer([this, caller, extension, leg = action["channelid"], id = action["actionid"], data] {
    const auto* c = board_.find_channel(caller);
    const auto epoch = board_.ring(caller, extension, leg, id, data);
    if (epoch != 0) effects_.answer_later(c->index, epoch);
  });
  return response(action, "Success", line("Message", "Originate successfully queued"));
}

std::string ami_answers::channel_action(const ami_action& action, bool asks) const {
  const auto* c = board_.find_channel(action["channel"]);
  if (c == nullptr) return response(action, "Error", line("Message", "No such channel"));
  if (!asks) return response(action, "Success", line("Message", "Redirect successful"));
  const auto& variable = action["variable"];
  return response(action, "Success",
                  line("Variable", variable) +
                      line("Value", variable == "CHANNEL(linkedid)" ? value(*c, field::uniqueid) : ""));
}

std::string ami_answers::hangup(const ami_action& action) {
  const auto* c = board_.find_channel(action["channel"]);
  if (c == nullptr) return response(action, "Error", line("Message", "No such channel"));
  effects_.defer([this, index = c->index] { board_.end(index, now_us()); });
  return response(action, "Success", line("Message", "Channel Hungup"));
}

} // namespace evs::bench
