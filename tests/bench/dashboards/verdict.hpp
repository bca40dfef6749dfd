#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace evs::bench {

/// Counts of microseconds, exact to 1.6 %: 64 steps a power of two.
class latency_histogram {
public:
  void add(std::uint64_t us);
  /// 0 when nothing was added.
  std::uint64_t percentile(double percent) const;
  std::uint64_t max() const { return max_; }
  std::uint64_t count() const { return count_; }

private:
  std::array<std::uint64_t, 64 * 48> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

/// What one dashboard has seen: two bits a call.
class seen_calls {
public:
  explicit seen_calls(std::size_t capacity) : seen_(capacity) {}
  /// False when the call is out of range or this was seen before.
  bool mark(std::uint64_t index, unsigned bit);
  /// Of the first `calls` calls: newCall or callHangup events that never came.
  std::uint64_t missing(std::uint64_t calls) const;

private:
  std::vector<std::uint8_t> seen_;
};

/// What the crowd of dashboards found out.
struct verdict {
  std::uint64_t connections = 0;
  std::uint64_t calls = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t timed = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;
  std::uint64_t doubled = 0;
  std::uint64_t unknown = 0; ///< a call the source never made
  std::uint64_t resets = 0;
  std::uint64_t lost_connections = 0;
  std::vector<unsigned> close_codes;
  bool timed_out = false;
  std::uint64_t drained_us = 0; ///< clock when the last timed event arrived
  const latency_histogram* latency = nullptr;

  std::string json() const;
};

} // namespace evs::bench
