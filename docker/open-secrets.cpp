// evs-open-secrets open|open-hex --keys FILE: what `evscallpro secrets open` does, for a container without the server's program.

#include "persistence/sealed.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

std::string as_it_is(std::string_view clear) { return std::string{clear}; }

std::string as_hex(std::string_view clear) {
  std::string out;
  char two[3];
  for (const char c : clear) {
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += two;
  }
  return out;
}

} // namespace

int main(int argc, char** argv) {
  const std::string action = argc == 4 ? argv[1] : "";
  if ((action != "open" && action != "open-hex") || std::string_view{argv[2]} != "--keys")
    return std::fputs("usage: evs-open-secrets open|open-hex --keys FILE\n", stderr), 2;
  std::ifstream file{argv[3]};
  const auto keys = evs::persistence::read_secret_keys(std::string{std::istreambuf_iterator<char>{file}, {}});
  if (!keys)
    return std::fputs("evs-open-secrets: the file holds no keys\n", stderr), 1;
  const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
  const auto clear = evs::persistence::open_all(*keys, text, action == "open" ? as_it_is : as_hex);
  if (!clear)
    return std::fputs("evs-open-secrets: a value was sealed with another key, or changed since\n", stderr), 1;
  return std::fwrite(clear->data(), 1, clear->size(), stdout) == clear->size() ? 0 : 1;
}
