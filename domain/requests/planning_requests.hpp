#pragma once
// The planning of agents and their callbacks.

#include "domain/requests/common.hpp"

#include <variant>

namespace evs {

using planning_request = std::variant<std::monostate>;

} // namespace evs
