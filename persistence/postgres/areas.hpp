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
  /// The audit line of the change that is asked for, until a transaction that wrote it was committed.
  std::optional<audit_line> line{};
  /// Whether the transaction that runs now wrote it.
  bool line_written = false;
};

/// Leaves a transaction, which is rolled back; no std::exception, so that the session keeps its connection.
struct refused {
  failure why;
};

/// Leaves a transaction that met what others have in hand for a few milliseconds; it is run again.
struct busy {};

/// What a refusal of the database means to people; nothing: it is thrown on.
using explanation = std::optional<failure> (*)(const store_rejected&);
/// A conflict, whatever it was.
std::optional<failure> value_refused(const store_rejected& said);

/// Runs `work` in one transaction, several times when it is busy or when others' changes crossed it (store_conflict): so `work` does
/// nothing outside the database, and keeps nothing of an earlier time. Every change is
/// made by this function, because it writes the change's audit line too, last of all before the commit: both are kept, or neither. What
/// needs several transactions (long lists) has its line in the first one. With isolation::none `work` is one statement that changes
/// something, with line_values() where its line is wanted.
result<data_answer> in_transaction(workplace& at, const std::function<data_answer(transaction&)>& work, explanation explain = nullptr,
                                   isolation level = isolation::read_committed);

/// The parameters of EVS_AUDIT for a statement of `work` that writes the line along with the change, which saves a round trip where that
/// matters. The answer's id is not known to it.
parameters line_values(workplace& at);
#define EVS_AUDIT(actor, login, address, action, entity, detail)                                                                       \
  "case when " action "::text is not null then audit(" actor ", " login ", " address ", " action ", " entity ", " detail "::jsonb) end"

/// The line of something that is no change in the database.
void write_line(workplace& at, const audit_line& line);

result<data_answer> answer(workplace& at, const requester& who, const resource_request& what);
result<data_answer> answer(workplace& at, const requester& who, const contact_request& what);
result<data_answer> answer(workplace& at, const requester& who, const import_request& what);
result<data_answer> answer(workplace& at, const requester& who, const media_request& what);
result<data_answer> answer(workplace& at, const requester& who, const planning_request& what);
result<data_answer> answer(workplace& at, const requester& who, const report_request& what);
result<data_answer> answer(workplace& at, const requester& who, const system_request& what);

} // namespace evs::persistence::postgres
