#pragma once
// Keeps the database tidy on a thread of its own: figures of hours that are over, and what was kept long enough.

#include "actors/telemetry.hpp"
#include "persistence/housekeeping.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace evs {

class housekeeper {
public:
  struct hooks {
    std::function<timestamp()> now;
    /// Rows went that speak of files: recordings.
    std::function<void()> files_discarded;
    /// Removes events that were kept long enough; how many.
    std::function<std::uint64_t()> forget_events{};
  };

  housekeeper(persistence::store_settings store, telemetry& tell, hooks with);
  ~housekeeper();

  /// Once the schema is known to be there.
  void start();
  void stop();

private:
  void work();
  void tidy(persistence::housekeeping& house);
  void forget_events();
  void report(const persistence::housekeeping::removed& gone);
  /// True when it is time to stop.
  bool wait(milliseconds time);

  persistence::store_settings settings_;
  telemetry& ear_;
  hooks hooks_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point forgot_{};
  std::thread thread_;
};

} // namespace evs
