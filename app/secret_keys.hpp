#pragma once
// The keys of the passwords that the database keeps.

#include "config/config.hpp"
#include "persistence/sealed.hpp"

namespace evs {

/// Of the configured file, else of EVS_SECRET_KEYS; none where neither is given. Throws std::runtime_error with a sentence for a
/// file that cannot be read or holds something else.
persistence::secret_keys secret_keys_of(const config::secrets_settings& s);

} // namespace evs
