#include "config/validate.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <arpa/inet.h>

namespace evs::config {

namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == '.';
  });
}

/// scheme://host[:port] and nothing behind it, as browsers write an Origin.
bool is_origin(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"})
    if (text.starts_with(scheme)) {
      const auto host = text.substr(scheme.size());
      return !host.empty() && host.find_first_of("/?#*@ ") == std::string_view::npos;
    }
  return false;
}

bool is_address(const std::string& text) {
  unsigned char room[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), room) == 1 || inet_pton(AF_INET6, text.c_str(), room) == 1;
}

class checker {
public:
  problems found;
  void must(bool holds, std::string path, std::string text) {
    if (!holds) found.push_back({std::move(path), 0, std::move(text)});
  }
};

void check_http(checker& c, const http_settings& http) {
  c.must(http.public_url.empty() || is_origin(http.public_url), "http.public_url",
         "must be a scheme and a host without a path, such as https://evs.example.fr");
  for (std::size_t i = 0; i < http.allowed_origins.size(); ++i)
    c.must(is_origin(http.allowed_origins[i]), "http.allowed_origins[" + std::to_string(i) + ']',
           "must be a scheme and a host without a path or a *, such as https://evs.example.fr");
  for (std::size_t i = 0; i < http.trusted_proxies.size(); ++i)
    c.must(is_address(http.trusted_proxies[i]), "http.trusted_proxies[" + std::to_string(i) + ']',
           "must be an IPv4 or IPv6 address, such as 10.0.0.2");
  c.must(http.secure_cookies || !http.public_url.starts_with("https://"), "http.secure_cookies",
         "must be true where public_url is https");
}

void check_asterisk(checker& c, const std::vector<asterisk_settings>& servers) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto& server = servers[i];
    const auto path = "asterisk[" + std::to_string(i) + "].";
    c.must(is_word(server.name), path + "name", "must consist of letters, digits, '_', '-' and '.'");
    c.must(names.insert(server.name).second, path + "name", "\"" + server.name + "\" is the name of an earlier server");
    c.must(!server.secret.empty(), path + "secret", "must not be empty");
    c.must(server.backoff_min <= server.backoff_max, path + "backoff_min", "must not be longer than backoff_max");
  }
}

void check_telephony(checker& c, const telephony_settings& calls) {
  const std::pair<const char*, const std::string&> contexts[] = {{"trunk_context", calls.trunk_context},
                                                                 {"waiting_context", calls.waiting_context},
                                                                 {"outbound_context", calls.outbound_context},
                                                                 {"hold_context", calls.hold_context}};
  std::set<std::string> names;
  for (const auto& [key, context] : contexts) {
    c.must(is_word(context), std::string{"telephony."} + key, "must consist of letters, digits, '_', '-' and '.'");
    c.must(names.insert(context).second, std::string{"telephony."} + key,
           "\"" + context + "\" is another key's context already");
  }
}

} // namespace

problems validate(const settings& s) {
  checker c;
  check_http(c, s.http);
  c.must(s.auth.jwt_secret.empty() || s.auth.jwt_secret.size() >= 32, "auth.jwt_secret", "must have at least 32 bytes");
  c.must(s.auth.access_ttl < s.auth.refresh_ttl, "auth.access_ttl", "must be shorter than refresh_ttl");
  c.must(s.database.url.starts_with("postgres://") || s.database.url.starts_with("postgresql://") ||
             s.database.url.find('=') != std::string::npos,
         "database.url", "must be postgresql://user@host:port/database, or a libpq connection string");
  check_asterisk(c, s.asterisk);
  c.must(s.asterisk_apply.command.empty() || !s.asterisk_apply.command.front().empty(), "asterisk_apply.command[0]",
         "must be a program: a path, or a name that is looked for in PATH");
  check_telephony(c, s.telephony);
  c.must(s.sessions.coalesce_above < s.sessions.close_above, "sessions.coalesce_above",
         "must be smaller than close_above");
  c.must(s.store.batch_size <= s.store.queue_limit, "store.batch_size", "must not be larger than queue_limit");
  c.must(s.limits.request_burst >= s.limits.requests_per_second, "limits.request_burst",
         "must not be smaller than requests_per_second");
  return c.found;
}

} // namespace evs::config
