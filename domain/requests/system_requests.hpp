#pragma once
// Settings, backups, logs, database access, audit.

#include "domain/requests/common.hpp"

#include <variant>

namespace evs {

using system_request = std::variant<std::monostate>;

} // namespace evs
