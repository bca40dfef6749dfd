#pragma once
// Brakes: sign-in attempts, and requests in general.

#include "domain/time.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace evs::web {

struct login_throttle_settings {
  /// Failures of one account from one address before it has to wait; each further one doubles the wait.
  unsigned attempts = 10;
  /// Failures of one address over all accounts before it has to wait.
  unsigned attempts_of_address = 200;
  /// Failures older than this no longer count; also the longest wait.
  seconds window{300};
};

/// Counts by account *and* address, so that nobody can lock somebody else out from elsewhere. Any thread.
class login_throttle {
public:
  /// Nullopt: go on (and it counts as failed until succeeded() or undecided() says otherwise); else how long to wait.
  std::optional<seconds> admit(const std::string& login, const std::string& address, timestamp now,
                               const login_throttle_settings& limits);
  void succeeded(const std::string& login, const std::string& address);
  /// The attempt could not be judged (database away): it does not count.
  void undecided(const std::string& login, const std::string& address);

private:
  struct record {
    unsigned failures = 0;
    timestamp last{};
    timestamp blocked_until{};
  };
  using table = std::unordered_map<std::string, record>;
  static void forget_old(table& entries, timestamp now, seconds window);

  std::mutex mutex_;
  table pairs_, addresses_;
};

/// A token bucket per key. Any thread.
class request_throttle {
public:
  /// Nullopt: go on; else how long to wait. rate 0: no limit.
  std::optional<seconds> admit(const std::string& key, timestamp now, double rate, double burst);

private:
  struct bucket {
    double tokens = 0;
    timestamp at{};
  };
  std::mutex mutex_;
  std::unordered_map<std::string, bucket> buckets_;
};

/// What is counted as one address: an IPv4 address, or the /64 of an IPv6 one.
std::string address_group(const std::string& address);

} // namespace evs::web
