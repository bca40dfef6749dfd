#pragma once
// Which accounts have signed in from which addresses: for clients that keep no cookies.

#include "domain/time.hpp"

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace evs::web {

/// The latest sign-ins, in memory only. Any thread.
class acquaintances {
public:
  static constexpr std::size_t most = 20'000;
  static constexpr seconds lifetime{30 * 24 * 3600};

  /// `address`: as address_group() has it.
  void remember(const std::string& login, const std::string& address, timestamp now);
  bool knows(const std::string& login, const std::string& address, timestamp now) const;

private:
  struct meeting {
    std::string key;
    timestamp last{};
  };
  mutable std::mutex mutex_;
  /// The newest first.
  std::list<meeting> meetings_;
  std::unordered_map<std::string, std::list<meeting>::iterator> places_;
};

} // namespace evs::web
