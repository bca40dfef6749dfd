#pragma once
// The session actor: one WebSocket. Passes frames on, merges what a slow reader missed, closes one that does not read at all.

#include "actors/node_services.hpp"

#include "transport/web/backend.hpp"

#include <map>
#include <memory>

namespace evs {

struct session_actor_state {
  static inline const char* name = "session";
  std::shared_ptr<web::connection> wire;
  web::session_request who;
  bool behind = false;
  timestamp behind_since{};
  std::size_t last_backlog = 0;
  bool closed = false;
  /// While behind: the latest of each (entity, type), by offset.
  std::map<std::uint64_t, std::shared_ptr<const persistence::log_entry>> merged;
  std::map<std::pair<std::string, std::string>, std::uint64_t> latest;
};

session_actor::behavior_type make_session(session_actor::stateful_pointer<session_actor_state> self, services_ptr services,
                                          std::uint64_t number, web::session_request what, std::shared_ptr<web::connection> wire);

/// One JSON array of events as the native door sends it.
std::string native_frame(const std::vector<std::shared_ptr<const persistence::log_entry>>& entries);
/// One event as the compatibility door sends it.
std::string compatibility_text(const std::string& type, const std::string& payload);

} // namespace evs
