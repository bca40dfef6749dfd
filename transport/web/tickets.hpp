#pragma once
// WebSocket tickets: a token in a URL or subprotocol must be worth nothing a moment later.

#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace evs::web {

struct ticket {
  viewer who;
  std::string login;
  std::string family;
  timestamp expires{};
};

/// Single use, short-lived, known to this node only. Any thread.
class ticket_office {
public:
  static constexpr seconds lifetime{30};

  /// Nullopt: too many unused tickets are about.
  std::optional<std::string> issue(viewer who, std::string login, std::string family, timestamp now);
  /// The first time within its life: what it stands for.
  std::optional<ticket> redeem(const std::string& value, timestamp now);

private:
  std::mutex mutex_;
  /// By SHA-256 of the value, so that a look-up's time tells nothing about it.
  std::unordered_map<std::string, ticket> open_;
};

} // namespace evs::web
