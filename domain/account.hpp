#pragma once
// Accounts as sign-in needs them.

#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <string>

namespace evs {

struct account {
  user_id id;
  std::string login_id;
  std::string first_name;
  std::string last_name;
  evs::role role = evs::role::agent;
  bool is_active = true;
  site_id site;
  /// argon2id, as libsodium writes it.
  std::string password_hash;
  /// The object as REST returns it (GET /users/{id}), as JSON text, without secrets.
  std::string json;
};

/// A refresh token as the database keeps it: never the token itself.
struct refresh_token {
  /// SHA-256 of the token, hex.
  std::string hash;
  /// Shared by all tokens that were rotated out of one login.
  std::string family;
  user_id user;
  timestamp issued{};
  timestamp expires{};
  std::string address;
  std::string user_agent;
};

enum class rotation : std::uint8_t {
  /// The old token was current: it is now spent, the new one is stored.
  rotated,
  /// The old token was spent within the leeway (two tabs at once): the new one is stored beside its sibling.
  sibling,
  /// The old token was spent longer ago: the whole family is revoked now.
  reused,
  /// Unknown, expired or revoked.
  invalid,
};

} // namespace evs
