#include "persistence/postgres/areas.hpp"

namespace evs::persistence::postgres {

result<data_answer> answer(workplace&, const requester&, const media_request&) { return errc::not_found; }

} // namespace evs::persistence::postgres
