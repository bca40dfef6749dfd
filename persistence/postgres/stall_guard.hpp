#pragma once
// libpq waits for an answer without a limit of its own: this ends a wait that outlived its deadline.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace evs::persistence::postgres {

/// Shuts a socket down when its deadline passes, which wakes the thread that reads from it. One own thread, asleep
/// unless armed.
class stall_guard {
public:
  using clock = std::chrono::steady_clock;

  stall_guard();
  ~stall_guard();
  stall_guard(const stall_guard&) = delete;
  stall_guard& operator=(const stall_guard&) = delete;

  /// Watches `socket` until disarm(); the socket must stay open until then.
  void arm(int socket, clock::time_point deadline);
  void disarm();
  /// Whether the deadline passed since the last arm().
  bool fired() const;

private:
  void watch();

  mutable std::mutex lock_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool idle_ = true;
  bool fired_ = false;
  int socket_ = -1;
  clock::time_point deadline_{};
  std::thread thread_;
};

} // namespace evs::persistence::postgres
