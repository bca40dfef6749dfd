#include "app/secrets_command.hpp"

#include "app/part_settings.hpp"
#include "app/secret_keys.hpp"
#include "persistence/secrets_at_rest.hpp"

#include <cstdio>
#include <iostream>
#include <iterator>

namespace evs {

namespace {

/// Passwords may hold tabs, quotes and line breaks: scripts get them in a form that needs no quoting.
std::string as_hex(std::string_view clear) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : clear) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string as_it_is(std::string_view clear) { return std::string{clear}; }

int complain(const char* why) {
  std::fprintf(stderr, "evscallpro secrets: %s\n", why);
  return 1;
}

} // namespace

int secrets_command(const std::string& action, const config::settings& settings) {
  if (action == "new-key")
    return std::puts(persistence::new_secret_key().c_str()), 0;
  const auto keys = secret_keys_of(settings.secrets);
  if (keys.empty())
    return complain("there is no key: secrets.key_file in the configuration, or EVS_SECRET_KEYS");
  if (action == "seal") {
    std::string line;
    std::getline(std::cin, line);
    return std::puts(persistence::seal(keys, line).c_str()), 0;
  }
  if (action == "open" || action == "open-hex") {
    const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
    const auto clear = persistence::open_all(keys, text, action == "open" ? as_it_is : as_hex);
    if (!clear)
      return complain("a value was sealed with another key, or changed since");
    return std::fwrite(clear->data(), 1, clear->size(), stdout) == clear->size() ? 0 : 1;
  }
  if (action == "rotate") {
    const auto found = persistence::seal_secrets(store_settings_of(settings.database), keys, persistence::sealing::everything);
    std::printf("%zu sealed with the newest key, %zu were already\n", found.sealed, found.fine);
    for (const auto& name : found.lost)
      std::fprintf(stderr, "cannot be opened with these keys, enter it again: %s\n", name.c_str());
    return found.lost.empty() ? 0 : 3;
  }
  return complain("new-key, seal, open, open-hex or rotate");
}

} // namespace evs
