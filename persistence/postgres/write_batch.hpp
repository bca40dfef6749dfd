#pragma once
// Rows of calls and people, many at once.

#include "persistence/postgres/session.hpp"

namespace evs::persistence::postgres {

/// Writes every row, one statement a kind; each may be written again without harm. An empty status of a call_record is
/// filled with call_status_text.
void write_batch(transaction& t, const std::vector<store_write>& batch);

} // namespace evs::persistence::postgres
