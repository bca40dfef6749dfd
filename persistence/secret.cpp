#include "persistence/secret.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>

#include <sys/random.h>

namespace evs::persistence {

namespace {

unsigned char random_byte() {
  unsigned char byte = 0;
  while (::getrandom(&byte, 1, 0) != 1)
    if (errno != EINTR)
      throw std::runtime_error{"the kernel gives no random bytes"};
  return byte;
}

} // namespace

std::string random_secret(std::size_t length) {
  // 32 characters: a byte modulo 32 stays uniform.
  constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(alphabet.size() == 32);
  std::string out;
  while (out.size() < length)
    out += alphabet[random_byte() % alphabet.size()];
  return out;
}

std::string random_hex() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  while (out.size() < 32)
    out += digits[random_byte() % digits.size()];
  return out;
}

} // namespace evs::persistence
