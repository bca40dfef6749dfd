#include "persistence/file_checksum.hpp"

#include <sodium.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace evs::persistence {

std::string sha256_of_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw std::runtime_error{file.string() + " can't be read"};
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::vector<char> part(1 << 20);
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0)
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), static_cast<unsigned long long>(in.gcount()));
  if (in.bad())
    throw std::runtime_error{file.string() + " can't be read"};
  std::array<unsigned char, crypto_hash_sha256_BYTES> sum{};
  crypto_hash_sha256_final(&state, sum.data());
  std::string hex(sum.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), sum.data(), sum.size());
  hex.pop_back();
  return hex;
}

} // namespace evs::persistence
