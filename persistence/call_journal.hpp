#pragma once
// A call's memory as the JSON text of its journal steps: what a restarted server rebuilds the call from, and what a person reads
// in the call's history.

#include "domain/call_fsm.hpp"

#include <optional>
#include <string>

namespace evs::persistence {

std::string encode_call(const call_memory& memory);

/// nullopt when the text is not what encode_call writes.
std::optional<call_memory> decode_call(const std::string& text);

} // namespace evs::persistence
