#pragma once
// What every actor may use besides messages: the directory, the living calls, the clock, the operators' ear.

#include "actors/call_table.hpp"
#include "actors/directory_board.hpp"
#include "actors/telemetry.hpp"

#include "domain/agent_fsm.hpp"
#include "domain/queue_line.hpp"
#include "domain/trunk_fsm.hpp"

#include <caf/send.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace evs {

/// Rules and paces of the actors; replaced as a whole on reload.
struct policies {
  agent_fsm::policy agent;
  queue_line::policy queue;
  trunk_fsm::policy trunk;
  seconds ring_timeout{20};
  seconds default_wrap_up{10};
  /// 0: never.
  seconds max_call{0};
  /// How often owners compare themselves with the living calls.
  milliseconds self_check{5000};
  milliseconds action_timeout{5000};
  milliseconds audit_interval{2000};
  std::string trunk_context = "evs-from-trunk";
  std::string waiting_context = "evs-waiting";
  std::string outbound_context = "evs-outbound";
  /// Sessions get their events at this pace.
  milliseconds session_tick{30};
  /// ... or faster, down to this, while there are few of them.
  milliseconds session_tick_min{8};
  /// Bytes that wait for a session before its events are merged, and before it is closed as slow.
  std::size_t coalesce_above = 256 * 1024;
  std::size_t close_above = 4 * 1024 * 1024;
  /// A session that is behind and makes no progress for so long is closed as slow.
  milliseconds slow_after{10000};
  /// Restarts of one actor within a time, before its supervisor gives up.
  std::size_t max_restarts = 5;
  seconds restart_window{60};
};

/// The last announced state of each agent, for a restart of his actor. Thread-safe.
class agent_states {
public:
  void remember(const agent_snapshot& now) {
    std::lock_guard lock{mutex_};
    states_[now.id] = now;
  }
  std::optional<agent_snapshot> find(const agent_id& id) const {
    std::lock_guard lock{mutex_};
    auto found = states_.find(id);
    return found == states_.end() ? std::nullopt : std::optional{found->second};
  }
  std::vector<agent_snapshot> all() const {
    std::lock_guard lock{mutex_};
    std::vector<agent_snapshot> found;
    for (const auto& [id, now] : states_)
      found.push_back(now);
    return found;
  }
  void forget(const agent_id& id) {
    std::lock_guard lock{mutex_};
    states_.erase(id);
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<agent_id, agent_snapshot> states_;
};

/// One a node; thread-safe. Outlives every actor.
class node_services {
public:
  node_services(telemetry& operators, std::function<timestamp()> clock, std::function<std::string()> make_id)
      : ear(operators), now(std::move(clock)), new_id(std::move(make_id)) {}

  telemetry& ear;
  /// The wall clock (a fake one in tests).
  const std::function<timestamp()> now;
  /// A fresh globally unique text, [a-z0-9-] only.
  const std::function<std::string()> new_id;
  /// Called with every committed change that comes out of the event log, by the broadcast's thread: returns at once. Set before
  /// the actors start.
  std::function<void(const persistence::log_entry&)> on_data;

  directory_board directory;
  call_table calls;
  agent_states states;

  std::shared_ptr<const policies> rules() const {
    std::lock_guard lock{mutex_};
    return rules_;
  }
  void set_rules(policies next) {
    std::lock_guard lock{mutex_};
    rules_ = std::make_shared<const policies>(std::move(next));
  }

  /// Handles of the two sinks; replaced when the supervisor restarts one.
  store_actor store() const {
    std::lock_guard lock{mutex_};
    return store_;
  }
  broadcast_actor broadcast() const {
    std::lock_guard lock{mutex_};
    return broadcast_;
  }
  /// AMI actors by server; a new agent call goes through the first one.
  ami_actor any_ami() const {
    std::lock_guard lock{mutex_};
    return amis_.empty() ? ami_actor{} : amis_.begin()->second;
  }
  ami_actor ami(const server_id& server) const {
    std::lock_guard lock{mutex_};
    auto found = amis_.find(server);
    return found == amis_.end() ? ami_actor{} : found->second;
  }
  void set_ami(const server_id& server, ami_actor next) {
    std::lock_guard lock{mutex_};
    if (next)
      amis_[server] = std::move(next);
    else
      amis_.erase(server);
  }
  void set_store(store_actor next) {
    std::lock_guard lock{mutex_};
    store_ = std::move(next);
  }
  void set_broadcast(broadcast_actor next) {
    std::lock_guard lock{mutex_};
    broadcast_ = std::move(next);
  }

  /// Tells the outside.
  void tell(live_event what, timestamp caused) const {
    if (auto to = broadcast())
      caf::anon_send(to, announce{std::move(what), caused});
  }
  /// Has rows written soon.
  void keep(std::vector<store_write> rows) const {
    if (auto to = store())
      caf::anon_send(to, store_rows{std::move(rows)});
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const policies> rules_ = std::make_shared<const policies>();
  store_actor store_;
  broadcast_actor broadcast_;
  std::map<server_id, ami_actor> amis_;
};

using services_ptr = std::shared_ptr<node_services>;

} // namespace evs
