#include "transport/web/device_marks.hpp"

#include "transport/web/base64url.hpp"
#include "transport/web/secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

namespace evs::web {

namespace {

// name (random) . owner (of the login, keyed) . end (unix seconds) . seal (of all that)
constexpr std::size_t name_bytes = 12, name_length = 16, owner_bytes = 9, owner_length = 12, seal_bytes = 18,
                      seal_length = 24;
constexpr char between_marks = '~';

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), mac.data(), &size);
  return {reinterpret_cast<const char*>(mac.data()), size};
}

std::int64_t unix_seconds(timestamp t) { return std::chrono::floor<seconds>(t.time_since_epoch()).count(); }

} // namespace

device_marks::device_marks(std::string_view secret) : key_(hmac(secret, "evscallpro device marks, version 1")) {}

std::string device_marks::owner_of(std::string_view login) const {
  return base64url_encode(hmac(key_, "login:" + std::string{login}).substr(0, owner_bytes));
}

std::string device_marks::seal(std::string_view text) const {
  return base64url_encode(hmac(key_, "mark:" + std::string{text}).substr(0, seal_bytes));
}

std::optional<device_marks::mark> device_marks::read(std::string_view text, timestamp now) const {
  constexpr std::size_t end_at = name_length + 1 + owner_length + 1;
  const auto last = text.rfind('.');
  if (text.size() < end_at + 2 + seal_length || last == std::string_view::npos || last <= end_at ||
      text.size() - last - 1 != seal_length || text[name_length] != '.' || text[end_at - 1] != '.')
    return std::nullopt;
  const auto expected = seal(text.substr(0, last));
  if (CRYPTO_memcmp(expected.data(), text.data() + last + 1, seal_length) != 0) return std::nullopt;
  std::int64_t end = 0;
  const auto number = text.substr(end_at, last - end_at);
  const auto [stopped, wrong] = std::from_chars(number.data(), number.data() + number.size(), end);
  if (wrong != std::errc{} || stopped != number.data() + number.size() || end <= unix_seconds(now)) return std::nullopt;
  return mark{text, text.substr(0, name_length), text.substr(name_length + 1, owner_length)};
}

std::vector<device_marks::mark> device_marks::read_all(std::string_view cookie, timestamp now) const {
  std::vector<mark> out;
  for (std::size_t looked_at = 0; !cookie.empty() && looked_at < most; ++looked_at) {
    const auto end = std::min(cookie.find(between_marks), cookie.size());
    if (auto one = read(cookie.substr(0, end), now)) out.push_back(*one);
    cookie.remove_prefix(std::min(end + 1, cookie.size()));
  }
  return out;
}

std::optional<std::string> device_marks::find(std::string_view cookie, std::string_view login, timestamp now) const {
  if (cookie.empty()) return std::nullopt;
  const auto owner = owner_of(login);
  for (const auto& one : read_all(cookie, now))
    if (one.owner == owner) return std::string{one.name};
  return std::nullopt;
}

std::optional<std::string> device_marks::any(std::string_view cookie, timestamp now) const {
  const auto all = read_all(cookie, now);
  return all.empty() ? std::nullopt : std::optional{std::string{all.front().name}};
}

std::string device_marks::add(std::string_view cookie, std::string_view login, timestamp now) const {
  const auto owner = owner_of(login);
  auto out = random_token(name_bytes) + '.' + owner + '.' + std::to_string(unix_seconds(now + lifetime));
  out += '.' + seal(out);
  std::size_t kept = 1;
  for (const auto& one : read_all(cookie, now))
    if (one.owner != owner && kept < most) {
      ++kept;
      (out += between_marks) += one.text;
    }
  return out;
}

} // namespace evs::web
