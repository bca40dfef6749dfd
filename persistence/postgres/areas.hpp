#pragma once
// The desk's areas: each answers the requests of one header of domain/requests, in a file of its own.

#include "persistence/desk.hpp"
#include "persistence/postgres/session.hpp"

namespace evs::persistence::postgres {

/// What every area works with. Lives as long as the desk.
struct workplace {
  session& db;
  const desk_settings& settings;
};

result<data_answer> answer(workplace& at, const requester& who, const resource_request& what);
result<data_answer> answer(workplace& at, const requester& who, const contact_request& what);
result<data_answer> answer(workplace& at, const requester& who, const import_request& what);
result<data_answer> answer(workplace& at, const requester& who, const media_request& what);
result<data_answer> answer(workplace& at, const requester& who, const planning_request& what);
result<data_answer> answer(workplace& at, const requester& who, const report_request& what);
result<data_answer> answer(workplace& at, const requester& who, const system_request& what);

} // namespace evs::persistence::postgres
