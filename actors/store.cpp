#include "actors/store.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace evs {

namespace {

using self_ptr = store_actor::stateful_pointer<store_actor_state>;

class sink {
public:
  sink(self_ptr self, services_ptr services) : self_(self), services_(std::move(services)) {}

  store_actor_state& state() const { return self_->state; }

  void take(std::vector<store_write>& rows) const {
    auto& s = state();
    for (auto& row : rows) {
      // Bounded: the journal is a luxury, the records are not.
      if (s.rows.size() >= s.policy.limit && std::holds_alternative<call_step>(row)) {
        services_->ear.count("store_dropped_steps");
        continue;
      }
      ++s.accepted;
      s.rows.push_back(std::move(row));
    }
    services_->ear.gauge("store_queue", {}, static_cast<double>(s.rows.size()));
  }

  void schedule() const {
    auto& s = state();
    if (s.rows.empty() || s.timer_set)
      return;
    s.timer_set = true;
    auto wait = s.policy.flush_interval;
    if (s.away)
      wait = std::max(wait, std::chrono::duration_cast<milliseconds>(s.not_before - services_->now()));
    self_->delayed_send(self_, wait, tick{});
  }

  /// Writes until empty or refused; false when PostgreSQL is away.
  bool flush() const {
    auto& s = state();
    while (!s.rows.empty()) {
      const auto n = std::min(s.rows.size(), s.policy.batch);
      std::vector<store_write> batch(s.rows.begin(), s.rows.begin() + static_cast<std::ptrdiff_t>(n));
      const auto started = std::chrono::steady_clock::now();
      try {
        s.store->write(batch);
      } catch (const persistence::store_unavailable& e) {
        went_away(e.what());
        return false;
      } catch (const persistence::store_rejected& e) {
        if (!one_by_one(batch, s.written))
          return false;
      }
      services_->ear.observe("store_batch", std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
      services_->ear.count("store_rows", {}, n);
      s.rows.erase(s.rows.begin(), s.rows.begin() + static_cast<std::ptrdiff_t>(n));
      s.written += n;
      came_back();
      answer();
    }
    services_->ear.gauge("store_queue", {}, 0);
    return true;
  }

  void refuse_waiters() const {
    for (auto& w : state().waiters)
      w.promise.deliver(outcome::refused({errc::database_unavailable, {}, {}}));
    state().waiters.clear();
  }

private:
  /// A batch was refused: every good row of it is kept, each bad one is logged and left out.
  bool one_by_one(const std::vector<store_write>& batch, std::uint64_t before) const {
    auto& rejected = state().rejected;
    for (const auto& row : batch) {
      ++before;
      try {
        state().store->write({row});
      } catch (const persistence::store_unavailable& e) {
        went_away(e.what());
        return false; // the rows before are written again: every kind is idempotent
      } catch (const persistence::store_rejected& e) {
        rejected.insert(before);
        services_->ear.count("store_rejected_rows");
        services_->ear.log(severity::error, "store", "row of kind " + std::to_string(row.index()) + " rejected: " + e.what());
      }
    }
    return true;
  }

  void went_away(const char* why) const {
    auto& s = state();
    if (!s.away) {
      services_->ear.log(severity::error, "store", std::string{"PostgreSQL is away, keeping rows: "} + why);
      services_->ear.count("store_outages");
      services_->ear.gauge("store_up", {}, 0);
      services_->tell(system_alert{"error", "database_down", "La base de données est injoignable : les données sont gardées en mémoire."},
                      services_->now());
      s.retry = s.policy.retry_min;
    } else {
      s.retry = std::min(s.retry * 2, s.policy.retry_max);
    }
    s.away = true;
    s.not_before = services_->now() + s.retry;
    refuse_waiters();
  }

  void came_back() const {
    auto& s = state();
    if (!s.away)
      return;
    s.away = false;
    services_->ear.gauge("store_up", {}, 1);
    services_->ear.log(severity::info, "store", "PostgreSQL is back, " + std::to_string(s.rows.size()) + " rows still to write");
    services_->tell(system_alert{"info", "database_up", "La base de données est de nouveau joignable."}, services_->now());
  }

  void answer() const {
    auto& s = state();
    while (!s.waiters.empty() && s.waiters.front().after <= s.written) {
      auto& w = s.waiters.front();
      auto bad = s.rejected.upper_bound(w.before);
      const bool kept = bad == s.rejected.end() || *bad > w.after;
      w.promise.deliver(kept ? outcome::success() : outcome::refused({errc::internal, {}, {}}));
      s.waiters.pop_front();
    }
    s.rejected.erase(s.rejected.begin(), s.rejected.upper_bound(s.written));
  }

  self_ptr self_;
  services_ptr services_;
};

} // namespace

store_actor::behavior_type make_store(store_actor::stateful_pointer<store_actor_state> self, services_ptr services,
                                      std::function<std::unique_ptr<persistence::store>()> open, store_policy policy) {
  self->state.policy = policy;
  self->state.store = open();
  services->ear.gauge("store_up", {}, 1);
  sink does{self, services};

  return {
    [=](store_rows& m) {
      does.take(m.rows);
      does.schedule();
    },
    [=](store_now& m) -> caf::result<outcome> {
      // While PostgreSQL is away the answer is no, at once: the intent of a call that is not made need not be kept.
      if (self->state.away && services->now() < self->state.not_before)
        return outcome::refused({errc::database_unavailable, {}, {}});
      const auto before = self->state.accepted;
      does.take(m.rows);
      auto promise = self->make_response_promise<outcome>();
      self->state.waiters.push_back({before, self->state.accepted, promise});
      does.flush();
      does.schedule();
      return promise;
    },
    [=](tick&) {
      self->state.timer_set = false;
      does.flush();
      does.schedule();
    },
    [=](stop_work&) {
      auto all = does.flush();
      if (!all)
        services->ear.log(severity::error, "store",
                          std::to_string(self->state.rows.size()) + " rows could not be written before the end");
      self->quit();
      return all ? outcome::success() : outcome::refused({errc::database_unavailable, {}, {}});
    },
  };
}

} // namespace evs
