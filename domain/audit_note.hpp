#pragma once
// What the audit log keeps of a request, beside who, when and which: never a secret.

#include "domain/requests/requests.hpp"

namespace evs {

/// A JSON object: names of the fields that were sent, short plain values of those that are no secrets, texts of database queries.
value audit_detail(const data_request& what);

/// As JSON text that PostgreSQL keeps: it takes no NUL.
std::string audit_text(const value& detail);

/// Changes that people's work makes all day and that their own history keeps (handing out a contact, its lock) are not noted.
bool worth_an_audit_line(std::string_view action) noexcept;

} // namespace evs
