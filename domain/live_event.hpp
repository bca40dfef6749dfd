#pragma once
// What owners announce to the outside: each becomes one event of the log (see the live contract).

#include "domain/roles.hpp"
#include "domain/snapshots.hpp"

#include <cstdint>
#include <variant>

namespace evs {
// clang-format off

/// agentStatusUpdate
struct agent_changed { agent_snapshot now; };
/// The agent's account was removed or is no longer an agent; takes him off the boards (deleteUser tells clients).
struct agent_removed { agent_id id; site_id site{}; };
/// queueRemoved, trunkRemoved, campaignRemoved: the same for these. Told when their actor has ended, so nothing of theirs comes after it.
struct queue_removed { queue_id id; };
struct trunk_removed { trunk_id id; site_id site{}; };
struct campaign_removed { campaign_id id; };
/// newCall
struct call_started { call_snapshot now; };
/// newCall to the agent who gets a call that the others have seen before, and to those who have him, but nothing that they knew the call
/// by, in a group; `before`: the agent who had the call until now
struct call_shown { call_snapshot now; agent_id before{}; };
/// callUpdate; `before`: the agent who had the call until now, he is told that it is no longer his
struct call_changed { call_snapshot now; agent_id before{}; };
/// callHangup, once a call; `before` as above
struct call_finished { call_snapshot now; agent_id before{}; };
/// queueUpdate; `at` is the moment at which longestWait is computed
struct queue_changed { queue_snapshot now; timestamp at{}; };
/// campaignStatsUpdate
struct campaign_changed { campaign_snapshot now; };
/// trunkUpdate
struct trunk_changed { trunk_snapshot now; };
/// agentRaisedHand, to the supervisors of his site
struct hand_raised { agent_id agent; std::string name; std::string login_id; site_id site; };
/// agentResponseMessage
struct agent_replied { agent_id agent; std::string name; site_id site; std::string message; };
/// supervisorMessage, to that agent
struct supervisor_wrote { std::string id; user_id from; std::string from_name; agent_id to; std::string message; };
/// planningUpdated
struct planning_changed { user_id by; };
/// systemAlert. level: info | warning | error
struct system_alert { std::string level; std::string code; std::string message; };
/// A committed change of a resource, e.g. type "updateUser"; payload = the object as REST returns it, as JSON text. `source`: its
/// number in the outbox, by which every reader of the log knows it again.
struct data_changed { std::string type; std::string payload; audience whom; std::int64_t source = 0; };

using live_event =
  std::variant<agent_changed, agent_removed, queue_removed, trunk_removed, campaign_removed, call_started, call_shown, call_changed, call_finished, queue_changed,
               campaign_changed, trunk_changed, hand_raised, agent_replied, supervisor_wrote, planning_changed, system_alert, data_changed>;

} // namespace evs
