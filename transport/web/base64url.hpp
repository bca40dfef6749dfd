#pragma once
// base64url without padding (RFC 4648 section 5), strict; and the base64 of data URLs.

#include <optional>
#include <string>
#include <string_view>

namespace evs::web {

std::string base64url_encode(std::string_view bytes);

/// nullopt for padding, other characters, or bits left over: one text for one value.
std::optional<std::string> base64url_decode(std::string_view text);

/// The usual alphabet with padding (RFC 4648 section 4), as in data URLs.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace evs::web
