#pragma once
// Contacts: handing out, locks, qualification, callbacks, notes, lists.

#include "domain/requests/common.hpp"

#include <variant>

namespace evs {

using contact_request = std::variant<std::monostate>;

} // namespace evs
