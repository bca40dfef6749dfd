#pragma once
// The present state of everything that lasts, folded from the event log: what a snapshot at offset N shows.

#include "domain/time.hpp"
#include "persistence/event_log.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace evs {

/// Not thread-safe; the broadcast owns it.
class live_board {
public:
  /// Forgets everything (a new epoch).
  void clear();
  /// Entries in order of offset.
  void apply(const persistence::log_entry& entry);

  std::uint64_t offset() const { return offset_; }

  struct entity {
    std::string type;
    std::string state;
    audience whom;
  };
  /// By entity name, "agent:user-1001".
  const std::map<std::string, entity>& entities() const { return entities_; }

  /// {"agents":[...],"calls":[...],"queues":[...],"trunks":[...],"campaigns":[...],"serverTime":...} as this viewer may see it.
  std::string snapshot(const viewer& who, timestamp now) const;

private:
  std::map<std::string, entity> entities_;
  std::uint64_t offset_ = 0;
};

} // namespace evs
