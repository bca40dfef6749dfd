#pragma once
// Committed changes on their way to the event log: rows of `outbox`, written in the transaction of the change itself.

#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evs::persistence {

/// One change that nobody has been told of yet.
struct outbox_row {
  std::int64_t id = 0;
  /// Event: "updateUser".
  std::string type;
  std::string payload;
  /// Resource of the catalogue that it is about: its readers get it. Empty: `min_role` says who does.
  std::string resource;
  std::optional<role> min_role;
  site_id site;
  std::vector<user_id> also_to;
  /// As in an audience.
  std::vector<user_id> about{};
};

/// Reads and marks; blocking, one owner, throws as store.hpp says. Rows are given until they are marked, in the order in which the
/// changes of one thing were committed; several nodes may read the same ones, so readers of the log know them by their id.
class outbox {
public:
  virtual ~outbox() = default;
  virtual std::vector<outbox_row> waiting(const std::vector<std::int64_t>& except, std::size_t most) = 0;
  virtual void mark_relayed(const std::vector<std::int64_t>& ids) = 0;
  /// Removes what was relayed longer ago than this.
  virtual void forget(seconds older_than) = 0;
  /// Returns when something was committed (with NOTIFY, or by whoever calls waker()), or after `longest`.
  virtual void wait(milliseconds longest) = 0;
  /// Ends a wait(), or the next one at once. What it gives is for any thread, also when the outbox is gone.
  virtual std::function<void()> waker() const = 0;
};

std::unique_ptr<outbox> make_postgres_outbox(store_settings settings);

} // namespace evs::persistence
