#pragma once
// The trunk actor: domain/trunk_fsm carried out. It owns the lines of one site trunk.

#include "actors/node_services.hpp"

namespace evs {

struct trunk_actor_state {
  static inline const char* name = "trunk";
  trunk_fsm::memory memory;
};

trunk_actor::behavior_type make_trunk(trunk_actor::stateful_pointer<trunk_actor_state> self, services_ptr services,
                                      trunk_settings settings);

} // namespace evs
