#pragma once
// The one thread that talks to the listener.

#include "persistence/event_log.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

namespace evs::persistence {

/// Hands epochs and entries to the listener in the order in which they were given, as many entries at once as wait.
/// Every function may be called from any thread and none waits for the listener, except stop().
class delivery {
public:
  explicit delivery(log_listener& listener) : listener_(listener) {}
  ~delivery() { stop(); }
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;

  void start();
  /// `drop_waiting`: what the listener did not get yet is forgotten.
  void begin_epoch(std::string epoch, bool shared, std::string why, bool drop_waiting = false);
  /// Entries with their offsets.
  void push(std::vector<log_entry> entries);
  /// Entries that the listener did not get yet.
  std::size_t waiting() const;
  /// Delivers what waits, then ends the thread. Not to be called by the listener.
  void stop();

private:
  struct epoch_start { std::string epoch; bool shared; std::string why; };
  using item = std::variant<epoch_start, std::vector<log_entry>>;
  void run();
  void hand_over(item& next);

  log_listener& listener_;
  mutable std::mutex lock_;
  std::condition_variable wake_;
  std::deque<item> queue_;
  std::size_t waiting_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace evs::persistence
