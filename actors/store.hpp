#pragma once
// The store actor: the durable sink. Detached, since PostgreSQL may block; its senders never wait for it.

#include "actors/node_services.hpp"

#include "persistence/store.hpp"

#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <set>

namespace evs {

struct store_policy {
  /// Rows a transaction.
  std::size_t batch = 500;
  milliseconds flush_interval{50};
  /// Rows kept while PostgreSQL is away; beyond it journal steps are dropped (counted), records never.
  std::size_t limit = 200000;
  milliseconds retry_min{250};
  milliseconds retry_max{5000};
};

struct store_actor_state {
  static inline const char* name = "store";
  std::unique_ptr<persistence::store> store;
  store_policy policy;
  std::deque<store_write> rows;
  /// Asked for a commit: answered when this many rows have been written; his own are those after `before`.
  struct waiter { std::uint64_t before = 0; std::uint64_t after = 0; caf::typed_response_promise<outcome> promise; };
  /// Numbers of rows that the database did not take, until their waiters know.
  std::set<std::uint64_t> rejected;
  std::deque<waiter> waiters;
  std::uint64_t accepted = 0;
  std::uint64_t written = 0;
  bool away = false;
  milliseconds retry{0};
  timestamp not_before{};
  bool timer_set = false;
};

store_actor::behavior_type make_store(store_actor::stateful_pointer<store_actor_state> self, services_ptr services,
                                      std::function<std::unique_ptr<persistence::store>()> open, store_policy policy);

} // namespace evs
