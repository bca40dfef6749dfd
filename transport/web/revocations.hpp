#pragma once
// Access tokens that ended before their time. They are short, so this list is too.

#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace evs::web {

/// Any thread. An entry is forgotten once every token that it could concern has expired.
class revocations {
public:
  void end_family(const std::string& family, timestamp now);
  /// Every token of the user that was issued until now (deactivated, role changed).
  void end_user(const user_id& user, timestamp now);
  /// A new sign-in: older families of the user end with it.
  void keep_only(const user_id& user, const std::string& family, timestamp now);
  /// A new sign-in beside the others.
  void keep_also(const user_id& user, const std::string& family);

  bool ended(const user_id& user, const std::string& family, timestamp issued) const;
  /// Rises with each new entry: open connections look again only then.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

  /// Drops what is older than the longest life of a token.
  void forget(timestamp now, seconds longest_life);

private:
  struct survivors {
    std::vector<std::string> families;
    timestamp since{};
  };
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, timestamp> families_;
  std::unordered_map<user_id, timestamp> users_;
  std::unordered_map<user_id, survivors> survivors_;
};

} // namespace evs::web
