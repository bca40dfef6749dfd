#pragma once
// The calls that were, page by page or as CSV.

#include "persistence/postgres/areas.hpp"

namespace evs::persistence::postgres {

result<data_answer> calls(workplace& at, const requester& who, const list_calls& asked);

} // namespace evs::persistence::postgres
