#pragma once
// What people configured, read into the values that the actors use.

#include "persistence/postgres/session.hpp"

namespace evs::persistence::postgres {

/// Everything, in order of id; consistent when the transaction is a snapshot.
directory_data read_directory(transaction& t);

} // namespace evs::persistence::postgres
