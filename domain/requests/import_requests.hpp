#pragma once
// Jobs: imports of contact lists, their progress and their rejected rows.

#include "domain/requests/common.hpp"

#include <variant>

namespace evs {

using import_request = std::variant<std::monostate>;

} // namespace evs
