#pragma once
// Random tokens and digests, over libsodium.

#include <cstddef>
#include <string>
#include <string_view>

namespace evs::web {

/// `bytes` random bytes as base64url (32 bytes: 43 characters).
std::string random_token(std::size_t bytes = 32);

/// SHA-256 in lower-case hex.
std::string sha256_hex(std::string_view text);

} // namespace evs::web
