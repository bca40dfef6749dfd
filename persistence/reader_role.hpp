#pragma once
// The database role behind POST /system/db-query: it reads the contract's views and nothing else.

#include "persistence/sealed.hpp"
#include "persistence/store.hpp"

#include <string>

namespace evs::persistence {

/// Its name: one a database, so that databases of one server don't share it.
std::string reader_role_name(const store_settings& settings);

/// How it connects: the node's own place, its name, a password derived from the newest key. Throws std::invalid_argument without a key.
store_settings as_reader(const store_settings& settings, const secret_keys& keys);

/// Makes the role, its password, limits and rights anew. Throws store_rejected or store_unavailable where our own role may not.
void ensure_reader_role(const store_settings& settings, const secret_keys& keys);

} // namespace evs::persistence
