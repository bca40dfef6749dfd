#pragma once
// One IANA time zone. Rules come from the machine's tzdata (TZDIR, else /usr/share/zoneinfo), read once a zone.

#include "domain/time.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace evs::calendar {

/// What a clock on the wall shows: no zone, whole seconds.
using wall_time = std::chrono::local_seconds;

/// A copy is cheap; every function may be called from any thread.
class zone {
public:
  /// Nothing for a name that the machine has no rules for.
  static std::optional<zone> find(std::string_view name);

  const std::string& name() const noexcept;
  wall_time wall(timestamp t) const;

  /// The instants of a wall time.
  struct lookup {
    enum class kind : std::uint8_t { once, skipped, twice };
    kind how = kind::once;
    /// With the offset that held before the change of the clocks, the change itself, and with the offset after it; all
    /// the same when there is none.
    timestamp before{}, change{}, after{};
  };
  lookup instants(wall_time t) const;
  /// RFC 5545 3.3.5: what is skipped counts with the offset before the gap, what comes twice means the first.
  timestamp instant(wall_time t) const { return instants(t).before; }
  /// When the clocks change next, after `t`.
  std::optional<timestamp> next_change(timestamp t) const;

private:
  struct rules;
  explicit zone(std::shared_ptr<const rules> r) : rules_(std::move(r)) {}
  std::shared_ptr<const rules> rules_;
};

} // namespace evs::calendar
