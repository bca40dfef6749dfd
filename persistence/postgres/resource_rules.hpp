#pragma once
// Rules of resources that need the database: what a body alone can't show. A check that fails leaves the transaction (`refused`).

#include "domain/catalogue.hpp"
#include "domain/value.hpp"
#include "persistence/postgres/areas.hpp"

#include <optional>
#include <string>

namespace evs::persistence::postgres {

/// Everything that the body refers to exists; the refusal names each path that doesn't.
void check_references(transaction& t, const resource& what, const value& body);

/// A time zone is one that exists: a row with one that nobody knows would fail every report.
void check_zone(const value& body);

/// Accounts: who may write whom, nobody shuts himself out, one active SuperAdmin remains. `removed`: the account is to be deleted.
void check_user(transaction& t, const requester& who, const std::string& id, const value& body, bool removed);

/// A qualification that every centre has: its code stays, and so does it. The id must exist.
bool is_standard_qualification(transaction& t, const resource& what, const std::string& id);

/// What a refusal of the database means to people: a value that is taken, a reference that went meanwhile ...
std::optional<failure> resource_refused(const store_rejected& said);

} // namespace evs::persistence::postgres
