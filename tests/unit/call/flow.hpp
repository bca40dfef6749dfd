#pragma once
// A recorded flow as a list of things that happen to calls: what Asterisk sent, and what the server of that day asked for.

#include "domain/telephony.hpp"

#include <string>
#include <variant>
#include <vector>

namespace evs::test {

/// The server asked for an agent's leg: bridged with `caller`, or dialling `number` when that is empty.
struct asked_for_leg { channel_id leg; std::string device; std::string caller; std::string number; };
struct asked_to_hang_up { std::string channel; };

using flow_step = std::variant<telephony_event, asked_for_leg, asked_to_hang_up>;

/// The steps of transcripts/<name>, in Asterisk's order; a request stands where Asterisk answered it.
std::vector<flow_step> flow_named(const std::string& name);
std::vector<std::string> flow_names();

} // namespace evs::test
