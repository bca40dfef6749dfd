#pragma once
// What the node itself needs of the system's settings.

#include "domain/system_settings.hpp"
#include "persistence/sealed.hpp"
#include "persistence/store.hpp"

#include <optional>
#include <string>

namespace evs::persistence {

struct kept_settings {
  value content;
  /// Opened; empty: none, or sealed with a key that is not given.
  std::string password;
};

/// smtp or connection. Throws as store.hpp says.
kept_settings read_kept_settings(const store_settings& settings, const secret_keys& keys, settings_kind what);

/// E-mail address of an account; empty: none.
std::string address_of_account(const store_settings& settings, const user_id& id);

/// Whether a site has this address.
bool is_address_of_site(const store_settings& settings, const std::string& address);

/// Differs whenever something differs that Asterisk's phones and trunks are made of (scripts/apply-asterisk-config). Throws as store.hpp says.
std::string lines_fingerprint(const store_settings& settings);

/// PostgreSQL's version, "15.14".
std::string database_version(const store_settings& settings);

} // namespace evs::persistence
