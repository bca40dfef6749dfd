#pragma once
// The rules of how long things are kept; persistence/housekeeping.hpp applies them.

#include "persistence/postgres/areas.hpp"

namespace evs::persistence::postgres {

/// The rules, and what the last runs removed.
result<data_answer> retention_settings(workplace& at);

/// Members that are absent stay; null: kept for ever; unknown ones are refused.
result<data_answer> change_retention(workplace& at, const set_retention& asked);

} // namespace evs::persistence::postgres
