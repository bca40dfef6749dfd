#pragma once
// The queue actor: domain/queue_line carried out. It owns one waiting line.

#include "actors/node_services.hpp"

#include <map>

namespace evs {

struct queue_actor_state {
  static inline const char* name = "queue";
  queue_line::memory memory;
  /// Self-checks in a row that missed a waiting call.
  std::map<call_id, int> missing;
};

queue_actor::behavior_type make_queue(queue_actor::stateful_pointer<queue_actor_state> self, services_ptr services,
                                      queue_settings settings, queue_counters today);

} // namespace evs
