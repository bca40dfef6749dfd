#pragma once
// The newest lines of this node's log, for the people who look at it in the dashboard.

#include "actors/telemetry.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace evs {

struct log_line {
  std::uint64_t id = 0;
  timestamp at{};
  severity level = severity::info;
  std::string who, what;
};

/// Thread-safe; bounded in lines and in bytes a line.
class log_ring {
public:
  explicit log_ring(std::size_t most = 1000) : most_(most) {}

  void add(timestamp at, severity level, std::string_view who, std::string_view what);
  /// The newest `limit` of at least that severity, newest first.
  std::vector<log_line> newest(severity least, std::size_t limit) const;

private:
  std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<log_line> lines_;
  std::uint64_t last_ = 0;
};

/// As GET /system/logs has them: [{id, timestamp, level, service, message}].
std::string to_json(const std::vector<log_line>& lines);

} // namespace evs
