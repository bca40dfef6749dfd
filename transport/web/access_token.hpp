#pragma once
// Access tokens: JWT (RFC 7519) with HS256 and nothing else, checked as RFC 8725 asks.

#include "domain/error.hpp"
#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <string>
#include <string_view>

namespace evs::web {

struct access_claims {
  viewer who;
  std::string login;
  /// Family of the refresh token that the session lives by.
  std::string family;
  /// Unique per token.
  std::string id;
  timestamp issued{};
  timestamp expires{};
};

/// Signs and checks; immutable, any thread.
class access_tokens {
public:
  /// `key`: at least 32 bytes, otherwise std::invalid_argument.
  explicit access_tokens(std::string key);

  /// Whole seconds count: both times are rounded down.
  std::string sign(const access_claims& claims) const;

  /// `unauthenticated` for whatever is not exactly a token of ours that is valid now.
  result<access_claims> verify(std::string_view token, timestamp now) const;

private:
  std::string signature(std::string_view signed_part) const;
  std::string key_;
};

} // namespace evs::web
