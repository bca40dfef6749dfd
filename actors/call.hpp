#pragma once
// The call actor: domain/call_fsm carried out. It lives as long as its call and writes the call's row.

#include "actors/node_services.hpp"

#include "domain/call_fsm.hpp"

#include <functional>
#include <memory>
#include <variant>

namespace evs {

/// How a call begins.
/// `arrived`: when the switch told of him; callers are served in this order.
struct call_inbound { channel_facts caller; timestamp arrived{}; };
/// Outbound: the dial_out message follows.
struct call_outbound { call_id id; };
struct call_recovered { call_memory memory; std::vector<listed_channel> living; };
using call_origin = std::variant<call_inbound, call_outbound, call_recovered>;

struct call_actor_state {
  static inline const char* name = "call";
  call_memory memory;
  /// The dial string of the agent's phone (outbound).
  std::string agent_dial;
  /// Whom a dial_out asked.
  agent_id asked;
  std::string caller_id;
  seconds ring{25};
  /// The agent who was last told that the call is his.
  agent_id shown_to;
  /// After a restart while a phone rings: the queue doesn't know the call yet.
  bool unknown_to_queue = false;
  bool finished = false;
  /// Outbound: asked for a line and not on disk yet.
  std::optional<attempt_intent> unwritten{};
  server_id server;
  /// Outbound: answers the one who asked; empty once that is done.
  std::function<void(dial_answer)> answer;
};

/// `ami` carries its actions; `server` is that Asterisk's name.
call_actor::behavior_type make_call(call_actor::stateful_pointer<call_actor_state> self, services_ptr services, ami_actor ami,
                                    server_id server, std::shared_ptr<call_origin> origin);

} // namespace evs
