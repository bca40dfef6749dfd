#pragma once
// One connection to Redis; the only place that knows hiredis.

#include "persistence/event_log.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

struct redisContext;

namespace evs::persistence {

/// Redis can't be reached, refused, or said something unexpected: the connection is of no more use.
struct redis_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A reply by value.
struct redis_reply {
  enum class kind { nil, text, error, number, list };
  kind what = kind::nil;
  std::string text;
  long long number = 0;
  std::vector<redis_reply> items;
};

/// Blocking (with a limit) until stream(), non-blocking afterwards. Not thread-safe. Throws redis_failure.
class redis_link {
public:
  /// Connects, signs in, selects the database. `address`: where to connect instead of the settings' host (empty: that).
  redis_link(const log_settings& settings, const std::string& address, std::chrono::milliseconds limit);
  ~redis_link();
  redis_link(redis_link&&) noexcept;
  redis_link& operator=(redis_link&&) noexcept;

  /// One command and its answer (blocking phase).
  redis_reply ask(const std::vector<std::string>& words);
  /// Numeric address of the peer.
  std::string peer() const;

  /// From here on nothing waits.
  void stream();
  int socket() const;
  /// Queues a command; flush() sends.
  void say(const std::vector<std::string>& words);
  /// Sends what the socket takes.
  void flush();
  bool unsent() const { return unsent_; }
  /// Reads what is there.
  void receive();
  /// The next complete reply, nullopt when none is complete.
  std::optional<redis_reply> next();

private:
  struct close {
    void operator()(redisContext* c) const;
  };
  [[noreturn]] void fail() const;
  std::unique_ptr<redisContext, close> context_;
  bool unsent_ = false;
};

} // namespace evs::persistence
