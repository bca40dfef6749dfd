#include "app/secret_keys.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace evs {

persistence::secret_keys secret_keys_of(const config::secrets_settings& s) {
  std::string text, where = "EVS_SECRET_KEYS";
  if (s.key_file.empty()) {
    const char* given = std::getenv("EVS_SECRET_KEYS");
    if (!given || !*given)
      return {};
    text = given;
  } else {
    where = "secrets.key_file " + s.key_file;
    std::ifstream file{s.key_file};
    text.assign(std::istreambuf_iterator<char>{file}, {});
    if (!file)
      throw std::runtime_error{where + " cannot be read"};
  }
  if (auto keys = persistence::read_secret_keys(text))
    return *keys;
  throw std::runtime_error{where + " must hold keys of 64 hex digits (evscallpro secrets new-key), newest first"};
}

} // namespace evs
