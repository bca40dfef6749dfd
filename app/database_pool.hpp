#pragma once
// A few threads with a PostgreSQL connection each, for what people ask over REST: actors and network threads never wait for it.

#include "app/database_failure.hpp"
#include "domain/error.hpp"
#include "persistence/accounts.hpp"
#include "persistence/desk.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace evs {

class database_pool {
public:
  database_pool(const persistence::desk_settings& settings, std::size_t threads, std::size_t longest_line = 2000);
  /// Finishes what is being asked, refuses what waits.
  ~database_pool();

  struct tools {
    std::unique_ptr<persistence::accounts> accounts;
    std::unique_ptr<persistence::reader> reader;
    std::unique_ptr<persistence::desk> desk;
  };

  /// Runs `work` on a thread of the pool and hands its result to `done` there; a failure of the database becomes what
  /// database_failure() says. Returns at once, also when the line is full (then `done` is called at once, from here).
  template <class T>
  void run(std::function<result<T>(tools&)> work, std::function<void(result<T>)> done) {
    push([this, work = std::move(work), done](tools* t) {
      if (!t)
        return done(result<T>{errc::database_unavailable});
      result<T> outcome{errc::internal};
      try {
        outcome = work(*t);
      } catch (const persistence::store_unavailable& e) {
        outcome = database_failure(e);
      } catch (const persistence::store_rejected& e) {
        outcome = result<T>{errc::conflict, "La base de données a refusé cette valeur."};
        if (on_rejected)
          on_rejected(e.what());
      } catch (const std::exception& e) {
        outcome = result<T>{errc::internal, {}};
        if (on_rejected)
          on_rejected(e.what());
      }
      done(std::move(outcome));
    });
  }

  /// Told what the database said about something it refused; from the pool's threads. Set before the first run().
  std::function<void(const std::string&)> on_rejected;

private:
  /// nullptr: not to be done.
  using job = std::function<void(tools*)>;
  void push(job what);
  void work(const persistence::desk_settings& settings);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> line_;
  std::size_t longest_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace evs
