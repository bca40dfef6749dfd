#pragma once
// The agent actor: domain/agent_fsm carried out. It owns one agent's state; queues, calls and browsers ask it.

#include "actors/node_services.hpp"

#include <optional>

namespace evs {

struct agent_actor_state {
  static inline const char* name = "agent";
  agent_fsm::memory memory;
  agent_settings settings;
  /// Self-checks in a row that missed his call.
  int missing = 0;
};

/// How an agent comes back after a restart: what the store knew, and whether that call may still live.
struct agent_restart {
  agent_snapshot saved;
  bool call_lives = false;
  timestamp day_start{};
  /// His phone, where the switch was heard all the time.
  bool phone_reachable = false;
};

agent_actor::behavior_type make_agent(agent_actor::stateful_pointer<agent_actor_state> self, services_ptr services,
                                      agent_settings settings, std::optional<agent_restart> restart);

} // namespace evs
