#pragma once
// The broadcast actor: announcements go into the event log, and come back in its order to every session that may see them.

#include "actors/live_board.hpp"
#include "actors/node_services.hpp"

#include "persistence/event_log.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace evs {

using event_log_factory = std::function<std::unique_ptr<persistence::event_log>(persistence::log_listener&)>;

struct broadcast_policy {
  /// Entries that can be resumed from.
  std::size_t keep = 20000;
  /// ... and for how long; looked at with boards_due.
  milliseconds keep_for{std::chrono::hours{24}};
  /// A snapshot is shared for so long; what came after it follows as events.
  milliseconds snapshot_age{200};
};

/// What was announced last of each entity. Kept outside the actor, so that a crash of it loses nothing; used by it alone.
using announced_states = std::map<std::string, persistence::log_entry>;

struct broadcast_actor_state {
  static inline const char* name = "broadcast";

  using entry_ptr = std::shared_ptr<const persistence::log_entry>;

  /// Sessions that see the same: one text for all of them.
  struct group {
    viewer like;
    std::set<std::uint64_t> sessions;
    std::size_t compatibility = 0;
    std::shared_ptr<const std::string> snapshot;
    std::uint64_t snapshot_offset = 0;
    timestamp snapshot_at{};
  };
  struct member {
    session_actor handle;
    web::session_request what;
    std::string group;
  };

  std::unique_ptr<persistence::log_listener> listener;
  std::unique_ptr<persistence::event_log> log;
  std::string epoch;
  live_board board;
  /// The newest entries, for resume.
  std::deque<entry_ptr> recent;
  /// Entries since the last tick.
  std::vector<entry_ptr> fresh;
  bool tick_set = false;
  /// Outbox numbers of the committed changes told lately.
  std::unordered_set<std::int64_t> sources;
  std::deque<std::int64_t> sources_in_order;
  std::map<std::string, group> groups;
  std::unordered_map<std::uint64_t, member> sessions;
  std::unordered_map<user_id, std::set<std::uint64_t>> by_user;
  /// Who has whom in his charge as last heard, and the offset at which that changed: who was away then can't resume from before.
  std::unordered_map<user_id, std::shared_ptr<const people>> charges;
  std::unordered_map<user_id, std::uint64_t> charges_since;
  /// On the live board but not in the directory, when that was looked at last.
  std::set<std::string> strangers;

  ~broadcast_actor_state();
};

broadcast_actor::behavior_type make_broadcast(broadcast_actor::stateful_pointer<broadcast_actor_state> self, services_ptr services,
                                              event_log_factory open, std::shared_ptr<announced_states> last, broadcast_policy policy);

} // namespace evs
