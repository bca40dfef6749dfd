#pragma once
// Live events and snapshots as the contract's JSON. Pure functions.

#include "domain/error.hpp"
#include "domain/live_event.hpp"
#include "transport/web/backend.hpp"

#include <string>
#include <string_view>

namespace evs::web {

/// One live event, ready for the log.
struct encoded_event {
  std::string type;
  /// "agent:<id>", "call:<id>", "queue:<id>", "trunk:<id>", "campaign:<id>", or empty for what does not last.
  std::string entity;
  /// Payload as clients get it.
  std::string payload;
  /// Whole present state of the entity as the snapshot shows it; empty: the payload is; "-": the entity is gone.
  std::string state;
  audience whom;
};

encoded_event encode(const live_event& what);

/// {"type":"error","payload":{"error":...,"code":...}} for a refused client message.
std::string encode_error(const failure& why);

/// AgentState of the REST contract from the live snapshot.
std::string encode_agent_state(const agent_snapshot& now, timestamp at);

/// A client message of either door, or why it is not understood.
result<client_command> decode_command(std::string_view text);

} // namespace evs::web
