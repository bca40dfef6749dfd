#pragma once
// The AMI actor: owner of the calls of one Asterisk server. It hands each event to the call that it belongs to, sends the calls' actions,
// rebuilds everything after a (re)connect, and compares its calls with Asterisk's channels at a slow pace (the truth audit).

#include "actors/call.hpp"
#include "actors/node_services.hpp"

#include "transport/ami/link.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace evs {

/// Makes the link to this server; a scripted one in tests.
using link_factory = std::function<std::unique_ptr<ami::link>(ami::link_listener&)>;

struct ami_actor_state {
  static inline const char* name = "ami";

  /// One leg that belongs to a call of ours.
  struct route {
    call_id call;
    /// Whether the switch has shown it; an announced leg may not exist yet.
    bool seen = false;
    std::string channel;
    timestamp since{};
    /// The existence check that is under way.
    bool checking = false;
  };
  struct owned_call {
    call_actor handle;
    std::vector<channel_id> legs;
  };

  std::unique_ptr<ami::link_listener> listener;
  std::unique_ptr<ami::link> link;
  bool up = false;
  std::string boot;
  std::unordered_map<call_id, owned_call> calls;
  std::unordered_map<channel_id, route> routes;
  std::unordered_map<std::uint64_t, std::function<void(ami::reply&)>> pending;
  std::uint64_t next_ticket = 0;
  /// Uniqueids that ended lately: a listing that was under way may still show them.
  std::unordered_map<channel_id, timestamp> gone;
  /// While the first listing after a connect is under way, events wait here.
  bool resyncing = false;
  std::vector<telephony_event> waiting;
  /// Calls of the journal and of crashed actors, to be compared with the next listing.
  std::vector<call_memory> to_recover;
  /// What listings since the connect have shown, until one was whole.
  std::unordered_map<channel_id, listed_channel> seen_in_listings;
  int listings = 0;
  std::uint64_t audits = 0;
  /// When the latest caller arrived: no two callers share an instant.
  timestamp last_arrival{};
  bool auditing = false;

  ~ami_actor_state();
};

/// `open_calls`: calls whose end is not on record, from the journal.
ami_actor::behavior_type make_ami(ami_actor::stateful_pointer<ami_actor_state> self, services_ptr services, server_id server,
                                  link_factory connect, std::vector<call_memory> open_calls);

} // namespace evs
