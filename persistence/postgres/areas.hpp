#pragma once
// The desk's areas: each answers the requests of one header of domain/requests, in a file of its own. What all of them need is here,
// what lists need in cursor.hpp.

#include "persistence/desk.hpp"
#include "persistence/postgres/session.hpp"

namespace evs::persistence::postgres {

/// What every area works with. Lives as long as the desk.
struct workplace {
  session& db;
  const desk_settings& settings;
};

/// Leaves a transaction, which is rolled back; no std::exception, so that the session keeps its connection.
struct refused {
  failure why;
};

/// Leaves a transaction that met what others have in hand for a few milliseconds; it is run again.
struct busy {};

/// What a refusal of the database means to people; nothing: it is thrown on.
using explanation = std::optional<failure> (*)(const store_rejected&);

/// Runs `work` in one transaction, several times when it is busy. What `work` does outside the database must bear that.
result<data_answer> in_transaction(workplace& at, const std::function<data_answer(transaction&)>& work, explanation explain = nullptr,
                                   isolation level = isolation::read_committed);

result<data_answer> answer(workplace& at, const requester& who, const resource_request& what);
result<data_answer> answer(workplace& at, const requester& who, const contact_request& what);
result<data_answer> answer(workplace& at, const requester& who, const import_request& what);
result<data_answer> answer(workplace& at, const requester& who, const media_request& what);
result<data_answer> answer(workplace& at, const requester& who, const planning_request& what);
result<data_answer> answer(workplace& at, const requester& who, const report_request& what);
result<data_answer> answer(workplace& at, const requester& who, const system_request& what);

} // namespace evs::persistence::postgres
