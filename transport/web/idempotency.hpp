#pragma once
// Idempotency-Key: a write that is sent again (a lost answer, an impatient finger) is answered again, not done again.

#include "domain/id.hpp"
#include "domain/time.hpp"
#include "transport/web/http_message.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace evs::web {

/// Remembers answers for ten minutes, on this node. Any thread.
class idempotency {
public:
  static std::string name(const user_id& who, http_method method, std::string_view path, std::string_view key);

  /// Nullopt: new, do it and call finish(). Else what to answer: the earlier answer, or 409 while that is under way or when
  /// the body is another one.
  std::optional<response> begin(const std::string& name, std::string_view body, timestamp now);
  /// Faults of ours (5xx) and refused floods (429) are forgotten, so that trying again makes sense.
  void finish(const std::string& name, const response& made);

private:
  struct entry {
    std::string body_hash;
    timestamp at{};
    std::optional<response> answer;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
};

} // namespace evs::web
