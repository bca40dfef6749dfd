#pragma once
// What the database needs from time to time: figures of hours that are over, and the end of what was kept long enough. Blocking, one
// owner; several nodes may each have one, they don't get into each other's way.

#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace evs::persistence {

class housekeeping {
public:
  virtual ~housekeeping() = default;

  /// Computes the figures of hours that are over and in which calls changed, `most` at most; how many it were. Throws as store.hpp says.
  virtual std::size_t refresh_figures(std::size_t most) = 0;

  struct removed {
    /// False: it is not due yet, somebody else does it, or figures are still missing.
    bool ran = false;
    std::int64_t recordings = 0;
    std::int64_t calls = 0;
    std::int64_t states = 0;
    std::int64_t planning = 0;
  };
  /// Once in twenty hours: removes what is older than the rules say, in small transactions, until `stop` says true. Calls go after their
  /// figures were computed, which stay. Throws as store.hpp says; what was removed by then stays removed.
  virtual removed apply_retention(const std::function<bool()>& stop) = 0;
};

std::unique_ptr<housekeeping> make_postgres_housekeeping(store_settings settings, std::function<timestamp()> now);

} // namespace evs::persistence
