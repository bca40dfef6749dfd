#pragma once
// How often a supervisor restarts a crashed actor before it gives up (Erlang/OTP's max_restarts within max_seconds).

#include "domain/time.hpp"

#include <cstddef>
#include <deque>

namespace evs {

class restart_intensity {
public:
  /// Notes a crash; true: restart it, false: more than `most` crashes within `window`, give up.
  bool allow(timestamp now, std::size_t most, seconds window) {
    while (!crashes_.empty() && crashes_.front() + window < now)
      crashes_.pop_front();
    crashes_.push_back(now);
    return crashes_.size() <= most;
  }

private:
  std::deque<timestamp> crashes_;
};

} // namespace evs
