#pragma once
// Secrets at rest: text that only holders of a key can read. XSalsa20-Poly1305 (libsodium's secretbox), so a changed byte is noticed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evs::persistence {

/// 32 random or derived bytes each, newest first: the first seals, all open.
using secret_keys = std::vector<std::string>;

/// Keys as a file or EVS_SECRET_KEYS has them: 64 hex digits each, newest first, apart by spaces, commas or line breaks; what
/// follows a # is a comment. nullopt where something else stands there, or nothing.
std::optional<secret_keys> read_secret_keys(std::string_view text);

/// A fresh key as read_secret_keys takes it.
std::string new_secret_key();

/// "v1:<name of the key, 8 hex digits>:<base64 of nonce and box>". Throws std::invalid_argument without a key.
std::string seal(const secret_keys& keys, std::string_view text);

/// nullopt when it was not sealed by one of these keys, or was changed since.
std::optional<std::string> open(const secret_keys& keys, std::string_view sealed);

/// Whether a text has the form that seal() gives.
bool is_sealed(std::string_view text) noexcept;

/// Whether it was sealed with the first key.
bool is_sealed_with_newest(const secret_keys& keys, std::string_view sealed);

/// A password that only holders of the first key can compute; `purpose` tells one from another.
std::string derived_password(const secret_keys& keys, std::string_view purpose);

/// A text in which every sealed value is replaced by what `shown` makes of its clear text; nullopt when one cannot be opened.
std::optional<std::string> open_all(const secret_keys& keys, std::string_view text, std::string (*shown)(std::string_view clear));

} // namespace evs::persistence
