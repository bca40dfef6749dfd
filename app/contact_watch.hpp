#pragma once
// Looks after contacts once a second: locks whose owner is gone, callbacks that are due, lists that follow new rules.

#include "actors/node_services.hpp"
#include "persistence/desk.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace evs {

/// A thread and a connection of its own; while PostgreSQL is away it waits. Leases that ended meanwhile end then.
class contact_watch {
public:
  contact_watch(services_ptr services, persistence::desk_settings settings);
  ~contact_watch();

  void start();
  void stop();

private:
  void work();
  /// True when it stops.
  bool pause(milliseconds time);

  services_ptr services_;
  persistence::desk_settings settings_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace evs
