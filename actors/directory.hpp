#pragma once
// The directory actor: makes agents, queues, trunks and campaigns match the settings, restarts those that crash, and publishes
// where each lives.

#include "actors/node_services.hpp"

#include "domain/restart_intensity.hpp"
#include "domain/service_level.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace evs {

/// What a restart of the whole node brings back.
struct node_memory {
  std::map<agent_id, agent_snapshot> agents;
  std::map<queue_id, queue_counters> queues;
  /// Calls of the journal whose end is not on record.
  std::map<call_id, bool> open_calls;
};

/// Days by the clocks of a time zone; an empty one is the installation's.
struct day_clock {
  /// "2026-11-22"
  std::function<std::string(timestamp, const std::string& zone)> day;
  /// When that day began.
  std::function<timestamp(timestamp, const std::string& zone)> start;
};

struct directory_actor_state {
  static inline const char* name = "directory";
  std::shared_ptr<const directory_data> data;
  std::shared_ptr<directory_picture> picture;
  node_memory memory;
  /// "agent user-1001" -> how often it crashed.
  std::map<std::string, restart_intensity> crashes;
  /// Address of a child -> what it is.
  struct child {
    std::string kind;
    std::string id;
    /// A trunk's; who hears that it is gone.
    site_id site{};
  };
  std::map<caf::actor_addr, child> children;
  /// Those that crashed too often and stay down.
  std::set<std::string> given_up;
  /// What day it is in each zone that counts.
  std::map<std::string, std::string> days;
};

/// Totals start again with the day: agents' by the clocks of their site, queues' and campaigns' by those of the house.
directory_actor::behavior_type make_directory(directory_actor::stateful_pointer<directory_actor_state> self, services_ptr services,
                                              node_memory memory, day_clock days);

} // namespace evs
