#pragma once
// Every place of the database that holds a secret, and its sealing.

#include "persistence/sealed.hpp"
#include "persistence/store.hpp"

#include <cstddef>

namespace evs::persistence {

enum class sealing {
  /// Only what stands there in clear: rows of scripts, of the seed, of a time before there were keys.
  what_is_clear,
  /// Also what an older key sealed.
  everything,
};

struct sealing_report {
  std::size_t sealed = 0;
  std::size_t fine = 0;
  /// "trunk trunk-paris sip_secret": sealed with a key that is not given, or damaged. Left as it is.
  std::vector<std::string> lost;
};

/// In one transaction; may be repeated, and by several nodes at once. Throws as store.hpp says.
sealing_report seal_secrets(const store_settings& settings, const secret_keys& keys, sealing how);

} // namespace evs::persistence
