#pragma once
// What is kept about one person: told, or erased.

#include "persistence/postgres/areas.hpp"

namespace evs::persistence::postgres {

/// Everything about a contact as one JSON object, as a file to be saved.
result<data_answer> personal_data(workplace& at, const requester& who, const export_personal_data& asked);

/// All in one transaction. Calls keep their figures and lose number, contact, journal details and recording.
result<data_answer> erase_person(workplace& at, const requester& who, const erase_personal_data& asked);

} // namespace evs::persistence::postgres
