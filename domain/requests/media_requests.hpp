#pragma once
// Audio files, recordings, pictures.

#include "domain/requests/common.hpp"

#include <variant>

namespace evs {

using media_request = std::variant<std::monostate>;

} // namespace evs
