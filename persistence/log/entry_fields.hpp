#pragma once
// A log entry as the fields of a stream entry; every value is kept to the byte.

#include "persistence/event_log.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evs::persistence {

/// Name and value; "user" may occur many times.
using entry_fields = std::vector<std::pair<std::string, std::string>>;

entry_fields to_fields(const log_entry& entry);
/// Without the offset; nullopt when it is not one of ours.
std::optional<log_entry> from_fields(const entry_fields& fields);

} // namespace evs::persistence
