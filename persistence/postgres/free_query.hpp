#pragma once
// A statement that a person typed, run by a role that may only read the views which show no secret.

#include "domain/error.hpp"
#include "persistence/store.hpp"

#include <string>

namespace evs::persistence::postgres {

struct free_query_limits {
  int rows = 1000;
  milliseconds time{5000};
  /// Of all values together.
  std::size_t bytes = 4 * 1024 * 1024;
};

/// {"columns":[...],"rows":[{...}],"rowCount":n,"truncated":bool,"durationMs":n}. One statement that gives rows, in a read-only
/// transaction of its own connection; what PostgreSQL says against it is an invalid_input failure with its text. timeout: it took longer
/// than it may, or waited too long for a lock; database_unavailable: there is no connection (any more). The settings must be those of the reading role.
result<std::string> run_free_query(const store_settings& as_reader, const std::string& sql, const free_query_limits& limits = {});

} // namespace evs::persistence::postgres
