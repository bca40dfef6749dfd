#pragma once
// Committed changes, from the outbox to the event log, at least once and in order; and what the node itself does about them.

#include "actors/node_services.hpp"
#include "persistence/outbox.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace evs {

/// A thread of its own; PostgreSQL or Redis being away only delays it. A row is marked when it came back out of the event log, so a
/// crash at any instant announces it again; sessions see each number once.
class data_relay {
public:
  struct reactions {
    /// Something that actors work with was changed: load the settings again. From the relay's thread; may throw store_unavailable.
    std::function<void()> settings_changed;
    /// An administrator saved another connection to Asterisk. From the relay's thread; may throw store_unavailable.
    std::function<void()> connection_saved;
    /// A phone or a trunk may have changed. From the broadcast's thread: returns at once.
    std::function<void()> lines_changed;
    /// Sign-ins ended: families of refresh tokens. From the broadcast's thread.
    std::function<void(const user_id& user, const std::vector<std::string>& families, const std::string& why)> signed_out;
  };

  data_relay(services_ptr services, persistence::store_settings store, reactions react);
  ~data_relay();

  /// For node_services::on_data: what came out of the event log.
  void arrived(const persistence::log_entry& entry);

  /// To be called when a change was committed by this node; for any thread, also when the relay is gone.
  std::function<void()> waker() const { return outbox_->waker(); }

  void start();
  void stop();

private:
  void work();
  void relay_once();
  /// Has the reaction happen, again and again while it fails, when something asked for it.
  static void react_once(std::atomic<bool>& wanted, const std::function<void()>& how);

  services_ptr services_;
  persistence::store_settings settings_;
  reactions react_;
  std::unique_ptr<persistence::outbox> outbox_;

  std::mutex mutex_;
  std::vector<std::int64_t> confirmed_;
  /// Given to the log, not back yet: when it was.
  std::map<std::int64_t, std::chrono::steady_clock::time_point> under_way_;
  std::atomic<bool> stale_settings_{false}, stale_connection_{false};
  std::atomic<bool> stopping_{false};
  std::chrono::steady_clock::time_point last_cleaning_{};
  bool told_ = false;
  std::thread thread_;
};

} // namespace evs
