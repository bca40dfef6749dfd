#include "app/random_id.hpp"

#include <sodium.h>

#include <array>

namespace evs {

std::string random_id() {
  std::array<unsigned char, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 33> text{};
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return std::string{"evs-"} + text.data();
}

} // namespace evs
