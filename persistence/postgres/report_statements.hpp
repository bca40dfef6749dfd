#pragma once
// The statements of the reports. Parameters: $1 to $3 who asks; $4, $5 instants that hold the whole range in every zone; $6, $7 first and last
// day; $8 zone or null (each site's own); $9 by day, $10 by hour, $11 by site, $12 by what it is about; $13 site, $14 direction, $15 what it
// is about, or null; $16 most rows; $17 now. Columns: day, hour, site, id, name, four
// that are for ordering only, then figure_columns() of domain/report_table.

#include "domain/requests/report_requests.hpp"
#include "persistence/postgres/session.hpp"

namespace evs::persistence::postgres {

/// $1 first day, $2 last day, $3 zone or null: the two instants, and whether some zone's hours don't begin with those of UTC.
const statement& report_frame() noexcept;

/// `exact`: from the calls themselves, for zones whose hours begin at 15, 30 or 45 minutes; otherwise from the hours' figures.
const statement& report_statement(report_kind kind, bool exact);

} // namespace evs::persistence::postgres
