#pragma once
// What a reload changes.

#include "config/config.hpp"
#include "config/schema.hpp"

#include <string>
#include <vector>

namespace evs::config {

struct change {
  /// "sessions.tick"; for a server "asterisk[central].port", and "asterisk[central]" when the whole server came or went.
  std::string path;
  applies when = applies::live;
  friend bool operator==(const change&, const change&) = default;
};

/// Every key whose value differs, in the order of the schema. Values are not told: some are secrets.
std::vector<change> diff(const settings& before, const settings& after);

/// Every key of the schema, as in a file: "http.port", "asterisk[].port".
std::vector<std::string> all_keys();

/// `wanted`, but with the values of `running` wherever only a restart could change them: what a reload puts into effect.
settings applied_live(const settings& running, settings wanted);

} // namespace evs::config
