#pragma once
// The durable side: PostgreSQL behind a few blocking functions. Called from detached actors and pool threads only.

#include "domain/records.hpp"
#include "domain/settings.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace evs::persistence {

/// The database cannot be reached, refused the connection, timed out or is shutting down: try the same again later.
struct store_unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The database is there, but this took longer than statement_timeout, or waited too long for a lock: nothing was kept.
struct store_overdue : store_unavailable {
  using store_unavailable::store_unavailable;
};

/// Others changed the same at the same time (deadlock, serialization failure): nothing was kept, and the same transaction may succeed
/// when it is run again at once.
struct store_conflict : store_unavailable {
  using store_unavailable::store_unavailable;
};

/// The database refused this very input; trying again would not help.
struct store_rejected : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct store_settings {
  /// libpq connection string or URL.
  std::string url;
  milliseconds connect_timeout{2000};
  milliseconds statement_timeout{5000};
  friend bool operator==(const store_settings&, const store_settings&) = default;
};

/// One connection, reconnecting by itself on the next call after a failure. Not thread-safe: one owner each.
/// Every function throws store_unavailable or store_rejected, and nothing else.
class store {
public:
  virtual ~store() = default;

  /// All that is configured, in one consistent read.
  virtual directory_data load_directory() = 0;
  /// States of agents as saved, for a restart.
  virtual std::vector<agent_snapshot> load_agent_states() = 0;
  /// Calls whose journal has no row in call_history yet.
  virtual std::vector<open_call> load_open_calls() = 0;
  /// Writes all in one transaction; every kind is idempotent, so a batch whose outcome is unknown may be written again.
  virtual void write(const std::vector<store_write>& batch) = 0;
  /// Counters of today for each queue, from call_history (queue id, offered, answered, abandoned, within target).
  struct queue_day { queue_id id; std::uint32_t offered = 0, answered = 0, abandoned = 0, within_target = 0; };
  virtual std::vector<queue_day> load_queue_day(timestamp since) = 0;
  /// Cheap round trip for health checks.
  virtual void ping() = 0;
};

std::unique_ptr<store> make_postgres_store(store_settings settings);

/// Applies what is missing of migrations/*.sql (compiled in) in order, under an advisory lock; returns the names applied.
/// Refuses (store_rejected) a database whose applied migrations differ from ours.
std::vector<std::string> migrate(const store_settings& settings);

/// The seed of a new installation (idempotent). `demo` adds demo agents, queues, DIDs, and sets each password to the loginId
/// through `hash_password`; without it the initial passwords are generated and returned as (loginId, password), for accounts just created.
std::vector<std::pair<std::string, std::string>> seed(const store_settings& settings, bool demo,
                                                      const std::function<std::string(const std::string&)>& hash_password);

} // namespace evs::persistence
