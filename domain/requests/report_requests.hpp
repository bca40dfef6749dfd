#pragma once
// History, reports, personal data.

#include "domain/requests/common.hpp"

#include <variant>

namespace evs {

using report_request = std::variant<std::monostate>;

} // namespace evs
