#pragma once
// The connection to Asterisk that an administrator saved (POST /system-connection). It wins over the configuration file's first server.

#include "config/config.hpp"
#include "persistence/sealed.hpp"
#include "persistence/store.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace evs {

/// Thread-safe.
class saved_connection {
public:
  saved_connection(persistence::store_settings store, persistence::secret_keys keys);

  /// Reads again what is saved. Throws store_unavailable; what was known stays then.
  void refresh();

  /// Puts host, port, user and password over those of the first server; what was never saved stays the file's, and without a saved host
  /// all of it. The keys of the file that count for nothing: "asterisk[central].host".
  std::vector<std::string> put_over(std::vector<config::asterisk_settings>& servers) const;

private:
  persistence::store_settings store_;
  persistence::secret_keys keys_;
  mutable std::mutex mutex_;
  /// Empty, or 0: not saved.
  std::string host_, username_, secret_;
  std::uint16_t port_ = 0;
};

} // namespace evs
