#include "tests/unit/call/flow.hpp"

#include "tests/unit/transport/ami/transcripts.hpp"
#include "transport/ami/events.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace evs::test {

namespace {

/// The actions of <name>.sent by their ActionID.
std::map<std::string, ami::frame> actions_of(const std::string& name) {
  std::ifstream file(std::filesystem::path{EVS_TRANSCRIPTS} / (name + ".sent"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::map<std::string, ami::frame> all;
  // Actions look like frames; a parser expects the greeting first.
  for (auto& f : frames_in("Asterisk Call Manager/11.0.0\r\n" + bytes))
    all[std::string{f.get("ActionID")}] = f;
  return all;
}

} // namespace

std::vector<flow_step> flow_named(const std::string& name) {
  const auto asked = actions_of(name);
  std::vector<flow_step> steps;
  std::vector<ami::header_view> room;
  for (const auto& f : frames_in(transcript_named(name))) {
    if (auto event = ami::to_event(ami::view_of(f, room))) {
      steps.emplace_back(*event);
      continue;
    }
    const auto action = asked.find(std::string{f.get("ActionID")});
    if (f.has("Event") || f.get("Response") != "Success" || action == asked.end())
      continue;
    const auto& a = action->second;
    const std::string what{a.get("Action")};
    if (what == "Hangup")
      steps.emplace_back(asked_to_hang_up{std::string{a.get("Channel")}});
    if (what != "Originate" || (a.get("Application") != "Bridge" && a.get("Context").empty()))
      continue;
    asked_for_leg leg;
    leg.leg.value = a.get("ChannelId");
    leg.device = a.get("Channel");
    const std::string data{a.get("Data")};
    leg.caller = data.substr(0, data.find(','));
    leg.number = a.get("Exten");
    steps.emplace_back(leg);
  }
  return steps;
}

std::vector<std::string> flow_names() {
  std::vector<std::string> names;
  for (const auto& t : transcripts())
    names.push_back(t.name);
  return names;
}

} // namespace evs::test
