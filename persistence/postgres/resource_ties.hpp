#pragma once
// Ties between resources that no column holds: what a value names from inside, trees, and lists of the other side's rows.

#include "domain/catalogue.hpp"
#include "domain/value.hpp"
#include "persistence/postgres/areas.hpp"

#include <string>

namespace evs::persistence::postgres {

/// A queue overflows to a queue or flow that exists and is another one; a qualification is not below itself. The refusal names the field.
void check_ties(transaction& t, const resource& what, const std::string& id, const value& body);

/// What a body says about rows of another resource: the qualifications of a group. The group must be there.
void write_ties(transaction& t, const resource& what, const std::string& id, const value& body);

/// Before a thing is deleted: what names it from inside a value lets go of it. "queue.overflow=1" for X-Detached, or empty.
std::string cut_ties(transaction& t, const resource& what, const std::string& id);

} // namespace evs::persistence::postgres
