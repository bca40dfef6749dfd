#pragma once
// What a node that starts finds in PostgreSQL: the settings, the day so far, and the calls without an end on record.

#include "actors/directory.hpp"
#include "domain/call_fsm.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace evs {

struct recollection {
  std::shared_ptr<const directory_data> settings;
  node_memory memory;
  /// By the name of their server.
  std::map<std::string, std::vector<call_memory>> unended;
};

/// The day is that of the house's clocks (directory_data::house_zone). Throws store_unavailable. A call whose journal can't be read is left as it is, and `complain` is told of it.
recollection recollect(persistence::store& store, timestamp now,
                       const std::function<void(const std::string&)>& complain);

} // namespace evs
