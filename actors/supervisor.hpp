#pragma once
// The supervisor actor: the node's services (store, broadcast, directory, one AMI actor a server) and their restarts.

#include "actors/node_services.hpp"

#include "domain/restart_intensity.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace evs {

struct supervisor_actor_state {
  static inline const char* name = "supervisor";
  struct service {
    std::string name;
    std::function<caf::strong_actor_ptr()> spawn;
    caf::strong_actor_ptr running;
    restart_intensity crashes;
  };
  std::vector<service> services;
};

/// `gave_up` is set when a service crashed too often and stays down: the node is no longer ready.
supervisor_actor::behavior_type make_supervisor(supervisor_actor::stateful_pointer<supervisor_actor_state> self, services_ptr services,
                                                std::shared_ptr<std::atomic<bool>> gave_up);

} // namespace evs
