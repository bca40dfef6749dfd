#pragma once
// The numbered schema changes, compiled in.

#include <string_view>
#include <vector>

namespace evs::persistence::postgres {

struct migration {
  /// File name without ".sql": "0001_configuration".
  std::string_view name;
  /// SHA-256 of the file, hex.
  std::string_view checksum;
  std::string_view sql;
};

/// In the order in which they apply.
const std::vector<migration>& embedded_migrations();

} // namespace evs::persistence::postgres
