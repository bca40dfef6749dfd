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

struct known_key {
  /// As in a file: "http.port", "asterisk[].port".
  std::string path;
  applies when = applies::live;
};

/// Every key of the schema, in its order.
std::vector<known_key> all_keys();

/// `wanted`, but with the values of `running` wherever only a restart could change them: what a reload puts into effect.
settings applied_live(const settings& running, settings wanted);

} // namespace evs::config
