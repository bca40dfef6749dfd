#pragma once
// base64url without padding (RFC 4648 section 5), strict.

#include <optional>
#include <string>
#include <string_view>

namespace evs::web {

std::string base64url_encode(std::string_view bytes);

/// nullopt for padding, other characters, or bits left over: one text for one value.
std::optional<std::string> base64url_decode(std::string_view text);

} // namespace evs::web
