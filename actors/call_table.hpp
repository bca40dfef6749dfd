#pragma once
// The living calls of this node: id -> actor. Written by AMI actors, read by everybody.

#include "actors/messages/interfaces.hpp"

#include <mutex>
#include <optional>
#include <unordered_map>

namespace evs {

struct call_entry {
  call_actor handle;
  /// As of its last step: a crashed call actor is rebuilt from it.
  call_memory memory;
};

/// Thread-safe.
class call_table {
public:
  void put(const call_id& id, call_actor handle) {
    std::lock_guard lock{mutex_};
    calls_[id].handle = std::move(handle);
  }
  void remember(const call_id& id, const call_memory& memory) {
    std::lock_guard lock{mutex_};
    if (auto found = calls_.find(id); found != calls_.end())
      found->second.memory = memory;
  }
  void erase(const call_id& id) {
    std::lock_guard lock{mutex_};
    calls_.erase(id);
  }
  std::optional<call_entry> find(const call_id& id) const {
    std::lock_guard lock{mutex_};
    auto found = calls_.find(id);
    return found == calls_.end() ? std::nullopt : std::optional{found->second};
  }
  bool contains(const call_id& id) const {
    std::lock_guard lock{mutex_};
    return calls_.count(id) != 0;
  }
  /// Calls that began before `before`: news of younger ones are still on their way.
  std::vector<call_id> on_trunk(const trunk_id& trunk, timestamp before) const {
    std::lock_guard lock{mutex_};
    std::vector<call_id> found;
    for (const auto& [id, entry] : calls_)
      if (entry.memory.now.trunk == trunk && entry.memory.now.started < before)
        found.push_back(id);
    return found;
  }
  /// Calls that wait for this queue and are offered to nobody.
  std::vector<call_snapshot> waiting_for(const queue_id& queue) const {
    std::lock_guard lock{mutex_};
    std::vector<call_snapshot> found;
    for (const auto& [id, entry] : calls_)
      if (entry.memory.now.queue == queue && entry.memory.now.state == call_state::queued)
        found.push_back(entry.memory.now);
    return found;
  }
  /// Takes out the calls of one server: handle and memory, for their recovery.
  std::vector<call_entry> take_all(const server_id& server) {
    std::lock_guard lock{mutex_};
    std::vector<call_entry> found;
    for (auto it = calls_.begin(); it != calls_.end();) {
      if (it->second.memory.server == server) {
        found.push_back(std::move(it->second));
        it = calls_.erase(it);
      } else {
        ++it;
      }
    }
    return found;
  }
  std::vector<call_actor> handles() const {
    std::lock_guard lock{mutex_};
    std::vector<call_actor> all;
    for (const auto& [id, entry] : calls_)
      all.push_back(entry.handle);
    return all;
  }
  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return calls_.size();
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<call_id, call_entry> calls_;
};

} // namespace evs
