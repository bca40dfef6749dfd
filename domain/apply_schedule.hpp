#pragma once
// When something that follows changes is done again: soon after the last change, and once more after a failure.

#include "domain/time.hpp"

#include <cstdint>
#include <optional>

namespace evs {

/// Times are those of one clock that never goes back. Pure: nothing runs here, and one run at a time is the caller's.
class apply_schedule {
public:
  struct policy {
    /// After the last change; a stream of changes delays it no longer than `longest` after its first.
    milliseconds quiet{300};
    milliseconds longest{1500};
    /// After the first failure in a row, twice as long after each next one, at most:
    milliseconds retry{1000};
    milliseconds longest_retry{60'000};
  };

  apply_schedule() = default;
  explicit apply_schedule(policy p) : policy_(p) {}

  /// Something changed: before a run, or during it, which makes another one due.
  void changed(milliseconds now);
  /// A run begins: it sees every change until now.
  void begun();
  void done();
  /// How long until the next attempt, where no change makes it sooner.
  milliseconds failed(milliseconds now);

  /// When to run; nullopt: there is nothing to do.
  std::optional<milliseconds> due() const noexcept { return due_; }

private:
  policy policy_;
  std::optional<milliseconds> first_change_, due_;
  std::uint32_t failures_ = 0;
};

} // namespace evs
