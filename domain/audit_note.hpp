#pragma once
// What the audit log keeps of a request, beside who, when and which: never a secret.

#include "domain/requests/requests.hpp"

namespace evs {

/// A JSON object: names of the fields that were sent, short plain values of those that are no secrets, texts of database queries without
/// the values in them. Nothing of a contact but ids: the log can't be changed, so it couldn't forget him.
value audit_detail(const data_request& what);

/// As JSON text that PostgreSQL keeps: it takes no NUL.
std::string audit_text(const value& detail);

/// A statement with '?' in place of every text, every comment and every number of four digits or more: names and telephone numbers of
/// people stand nowhere else. What doesn't end (a quote, a comment) goes on to the end.
std::string without_values(std::string_view sql);

/// Changes that people's work makes all day and that their own history keeps (handing out a contact, its lock) are not noted.
bool worth_an_audit_line(std::string_view action) noexcept;

} // namespace evs
