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

/// On whose account a try of a password counts. Never on the account as such: nobody can lock somebody else out from elsewhere.
struct login_trial {
  /// A device, an account at an address, or somebody who is signed in; never empty.
  std::string by;
  /// The whole address, where nothing tells one of its people from another; empty: does not count there.
  std::string address;

  /// Anybody at an address (see address_group).
  static login_trial of_stranger(const std::string& login, const std::string& group);
  /// An account that has signed in from there before: what others at this address do is not his.
  static login_trial of_acquaintance(const std::string& login, const std::string& group);
  /// A known device (device_marks): nobody's failures but its own.
  static login_trial of_device(const std::string& mark);
  static login_trial of_member(const std::string& user);
};

/// Counts failures. Any thread.
class login_throttle {
public:
  /// Nullopt: go on (and it counts as failed until succeeded() or undecided() says otherwise); else how long to wait.
  std::optional<seconds> admit(const login_trial& who, timestamp now, const login_throttle_settings& limits);
  void succeeded(const login_trial& who);
  /// The password was wrong; makes what admit() counted final.
  void failed(const login_trial& who);
  /// The attempt could not be judged (no place in the line, database away): it does not count.
  void undecided(const login_trial& who, const login_throttle_settings& limits);
  /// Wrong passwords from an address lately, less what was made good by right ones.
  unsigned wrong_from(const std::string& group, timestamp now, const login_throttle_settings& limits) const;

private:
  struct record {
    unsigned failures = 0;
    /// Of these, known for sure.
    unsigned wrong = 0;
    timestamp last{};
    timestamp blocked_until{};
  };
  using table = std::unordered_map<std::string, record>;
  static void forget_old(table& entries, timestamp now, seconds window);
  /// The record of a trial in each table where it has one.
  template <class Use> void each(const login_trial& who, Use use);

  mutable std::mutex mutex_;
  table own_, addresses_;
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
