#pragma once
// The order of one process, in memory.

#include "persistence/log/delivery.hpp"

namespace evs::persistence {

/// Numbers entries from 1 and hands them to the delivery; holds at most `keep` that the listener did not take. When the
/// listener is slower than that, what waits is dropped and a new epoch begins. Guarded by its owner's lock.
class ring {
public:
  ring(delivery& to, std::size_t keep) : to_(to), keep_(keep) {}
  /// A new epoch, named by 128 random bits.
  void begin(std::string why, bool drop_waiting = false);
  void append(std::vector<log_entry> entries);

private:
  delivery& to_;
  std::size_t keep_;
  std::uint64_t last_ = 0;
};

} // namespace evs::persistence
