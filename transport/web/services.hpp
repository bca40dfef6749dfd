#pragma once
// What routes and doors share: settings, the backend, and the keepers of sign-in state. One per server, any thread.

#include "transport/web/access_token.hpp"
#include "transport/web/acquaintances.hpp"
#include "transport/web/backend.hpp"
#include "transport/web/device_marks.hpp"
#include "transport/web/http_message.hpp"
#include "transport/web/password.hpp"
#include "transport/web/revocations.hpp"
#include "transport/web/server_settings.hpp"
#include "transport/web/throttle.hpp"
#include "transport/web/tickets.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace evs::web {

/// Counters since start (sessions and connections: now).
struct statistics {
  std::uint64_t connections = 0;
  std::uint64_t sessions = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_requests = 0;
  std::uint64_t failed_requests = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t slow_closed = 0;
};

struct live_counters {
  std::atomic<std::uint64_t> connections{0}, sessions{0}, requests{0}, refused_requests{0}, failed_requests{0},
      messages_in{0}, frames_out{0}, bytes_out{0}, slow_closed{0},
      uploads{0};
};

/// One answered request, for the access log. The query is in `what`, but must not be logged.
struct access_record {
  const request& what;
  unsigned status = 0;
  std::size_t bytes = 0;
  std::chrono::microseconds took{0};
};

/// Somebody was not let in, or may not do what he tried.
struct refused_attempt {
  http_method method = http_method::get;
  /// "/api/trunks/{id}", and as it was sent.
  std::string pattern, path;
  std::string address;
  /// Account; empty: unknown.
  std::string user;
  /// His login, or the one that he tried.
  std::string login;
  unsigned status = 0;
};

struct services {
  /// `now` is the clock of everything that expires.
  services(server_settings initial, web::backend& the_backend, std::function<timestamp()> clock);

  std::shared_ptr<const server_settings> settings() const;
  void replace_settings(server_settings next);

  /// Who an access token stands for: signature, times and revocations checked.
  result<access_claims> identify(std::string_view access_token) const;

  web::backend& backend;
  std::function<timestamp()> now;
  const access_tokens tokens;
  const device_marks marks;
  password_pool passwords;
  login_throttle logins;
  acquaintances known;
  request_throttle requests;
  ticket_office tickets;
  revocations revoked;
  live_counters counters;
  /// Told of every answer; from the loops' threads. Set before start.
  std::function<void(const access_record&)> on_request;
  /// Told of every refused attempt; from any thread. Set before start.
  std::function<void(const refused_attempt&)> on_refused;

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const server_settings> settings_;
};

} // namespace evs::web
