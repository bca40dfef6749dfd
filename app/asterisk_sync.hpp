#pragma once
// Keeps Asterisk's phones and trunks as the database has them: runs the command of asterisk_apply whenever they have changed.

#include "actors/node_services.hpp"
#include "config/config.hpp"
#include "domain/apply_schedule.hpp"
#include "persistence/store.hpp"
#include "process/child_process.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace evs {

/// Runs one command at a time on a thread of its own. Its outcome is logged, counted (evs_asterisk_applies_total, evs_asterisk_apply_ok)
/// and, when it begins to fail or works again, told to administrators.
class asterisk_sync {
public:
  struct means {
    services_ptr services;
    persistence::store_settings store;
    config::secrets_settings secrets;
    /// Whether it is this node's turn: in a cluster the leader's. Who becomes the leader calls changed().
    std::function<bool()> leads;
  };

  asterisk_sync(means with, config::asterisk_apply_settings what);
  ~asterisk_sync();

  /// Another command or timeout, from now on. A new command runs at once.
  void configure(config::asterisk_apply_settings what);
  /// A phone or a trunk may have changed: looked into soon. Returns at once; any thread.
  void changed();

  /// Once the database is there; runs the command a first time.
  void start();
  /// Ends a run in hand.
  void stop();

private:
  void work();
  /// False: to be tried again.
  bool apply(const config::asterisk_apply_settings& what, std::string& why);
  process_end run(const config::asterisk_apply_settings& what);
  void succeeded(const process_end& end, milliseconds took);
  void alert(const char* level, const char* code, const std::string& message);

  means with_;
  std::string program_;
  std::mutex mutex_;
  std::condition_variable wake_;
  config::asterisk_apply_settings what_;
  apply_schedule plan_;
  std::atomic<bool> stopping_{false};

  // Of the thread.
  /// What the database had when the command last succeeded; nothing after a failure or with another command.
  std::optional<std::string> applied_;
  std::atomic<bool> anew_{false};
  bool failing_ = false;
  /// What was left out the last time.
  std::string left_out_;
  std::thread thread_;
};

} // namespace evs
