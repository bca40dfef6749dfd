#include "transport/web/access_token.hpp"

#include "transport/web/base64url.hpp"
#include "transport/web/json_text.hpp"

#include <boost/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace evs::web {

namespace {

constexpr std::string_view issuer = "evscallpro", audience_name = "evscallpro-api";
/// A clock that is this much behind is forgiven for "not before"; expiry is exact.
constexpr seconds skew{5};
constexpr std::size_t longest = 4096;

std::int64_t unix_seconds(timestamp t) { return std::chrono::floor<seconds>(t.time_since_epoch()).count(); }

timestamp from_unix_seconds(std::int64_t s) { return timestamp{seconds{s}}; }

std::optional<boost::json::object> decoded_object(std::string_view part) {
  auto text = base64url_decode(part);
  if (!text) return std::nullopt;
  boost::json::error_code ec;
  boost::json::parse_options strict;
  strict.max_depth = 2;
  auto value = boost::json::parse(*text, ec, {}, strict);
  if (ec || !value.is_object()) return std::nullopt;
  return value.as_object();
}

std::optional<std::string> text_of(const boost::json::object& o, std::string_view name) {
  auto found = o.if_contains(name);
  if (!found || !found->is_string()) return std::nullopt;
  return std::string{found->get_string()};
}

std::optional<std::int64_t> number_of(const boost::json::object& o, std::string_view name) {
  auto found = o.if_contains(name);
  if (!found || !found->is_int64() || found->get_int64() < 0 || found->get_int64() > 253'402'300'799)
    return std::nullopt;
  return found->get_int64();
}

} // namespace

access_tokens::access_tokens(std::string key) : key_(std::move(key)) {
  if (key_.size() < 32) throw std::invalid_argument("the key of the access tokens needs at least 32 bytes");
}

std::string access_tokens::signature(std::string_view signed_part) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), mac.data(), &size);
  return {reinterpret_cast<const char*>(mac.data()), size};
}

std::string access_tokens::sign(const access_claims& claims) const {
  static const std::string header = base64url_encode(R"({"alg":"HS256","typ":"JWT"})");
  json_object payload;
  payload.text("iss", issuer)
      .text("aud", audience_name)
      .id("sub", claims.who.user)
      .text("login", claims.login)
      .text("role", to_string(claims.who.role))
      .id("site", claims.who.site)
      .text("fam", claims.family)
      .text("jti", claims.id)
      .number("iat", unix_seconds(claims.issued))
      .number("nbf", unix_seconds(claims.issued))
      .number("exp", unix_seconds(claims.expires));
  auto out = header + '.' + base64url_encode(std::move(payload).str());
  out += '.' + base64url_encode(signature(out));
  return out;
}

result<access_claims> access_tokens::verify(std::string_view token, timestamp now) const {
  const failure refused{errc::unauthenticated, "Jeton d'accès absent, invalide ou expiré.", {}};
  auto first = token.find('.'), last = token.rfind('.');
  if (token.size() > longest || first == std::string_view::npos || first == last || token.find('.', first + 1) != last)
    return refused;

  auto expected = signature(token.substr(0, last));
  auto given = base64url_decode(token.substr(last + 1));
  if (!given || given->size() != expected.size() || CRYPTO_memcmp(given->data(), expected.data(), expected.size()) != 0)
    return refused;

  auto header = decoded_object(token.substr(0, first));
  if (!header || text_of(*header, "alg") != "HS256" || text_of(*header, "typ") != "JWT" || header->contains("crit"))
    return refused;

  auto payload = decoded_object(token.substr(first + 1, last - first - 1));
  if (!payload || text_of(*payload, "iss") != issuer || text_of(*payload, "aud") != audience_name) return refused;
  auto sub = text_of(*payload, "sub"), login = text_of(*payload, "login"), role_name = text_of(*payload, "role"),
       site = text_of(*payload, "site"), family = text_of(*payload, "fam"), id = text_of(*payload, "jti");
  auto issued = number_of(*payload, "iat"), not_before = number_of(*payload, "nbf"),
       expires = number_of(*payload, "exp");
  if (!sub || sub->empty() || !login || !role_name || !site || !family || !id || !issued || !not_before || !expires)
    return refused;
  auto role = role_from_string(*role_name);
  if (!role || now >= from_unix_seconds(*expires) || now + skew < from_unix_seconds(*not_before)) return refused;

  return access_claims{{user_id{*sub}, *role, site_id{*site}},
                       *login,
                       *family,
                       *id,
                       from_unix_seconds(*issued),
                       from_unix_seconds(*expires)};
}

} // namespace evs::web
