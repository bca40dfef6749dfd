#pragma once
// A connection's settings for libpq's own programs.

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evs::persistence::postgres {

/// PGHOST, PGPASSWORD ... of a URL or connection string. Throws std::runtime_error when libpq can't read it.
std::vector<std::pair<std::string, std::string>> connection_environment(const std::string& url);

/// The same URL or string with another user and password, as a connection string.
std::string with_user(const std::string& url, const std::string& user, const std::string& password);

/// Host, port, user and database, never the password.
struct connection_place {
  std::string host, port, user, database;
};
connection_place place_of(const std::string& url);

/// The same URL or string with what `place` says in place of its own; members that are empty, and no password, leave what is there.
std::string with_place(const std::string& url, const connection_place& place, const std::optional<std::string>& password);

} // namespace evs::persistence::postgres
