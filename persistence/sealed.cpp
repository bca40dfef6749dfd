#include "persistence/sealed.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace evs::persistence {

namespace {

constexpr std::string_view prefix = "v1:";
constexpr std::size_t name_length = 8;
/// Where the base64 begins.
constexpr std::size_t head = prefix.size() + name_length + 1;
constexpr int variant = sodium_base64_VARIANT_ORIGINAL;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void prepare() {
  static const bool ready = sodium_init() >= 0;
  if (!ready)
    throw std::runtime_error{"libsodium does not start"};
}

std::string hex(std::string_view text) {
  std::string out(text.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes(text), text.size());
  out.pop_back();
  return out;
}

/// Keyed hash; the key never leaves it.
std::string hash(std::string_view key, std::string_view text, std::size_t length) {
  std::string out(length, '\0');
  crypto_generichash(bytes(out), out.size(), bytes(text), text.size(), bytes(key), key.size());
  return out;
}

/// Tells keys apart and gives nothing of them away.
std::string name_of(const std::string& key) { return hex(hash(key, "name of the key", 16)).substr(0, name_length); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_base64(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '='; }

std::optional<std::string> decode(std::string_view base64) {
  std::string out(base64.size(), '\0');
  std::size_t length = 0;
  if (sodium_base642bin(bytes(out), out.size(), base64.data(), base64.size(), nullptr, &length, nullptr, variant) != 0)
    return std::nullopt;
  out.resize(length);
  return out;
}

} // namespace

std::optional<secret_keys> read_secret_keys(std::string_view text) {
  secret_keys keys;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (std::string_view{" ,;\t\r\n"}.find(text[at]) != std::string_view::npos) {
      ++at;
      continue;
    }
    const auto end = std::min(text.find_first_of(" ,;\t\r\n#", at), text.size());
    const auto word = text.substr(at, end - at);
    std::string key(crypto_secretbox_KEYBYTES, '\0');
    std::size_t length = 0;
    if (word.size() != key.size() * 2 || sodium_hex2bin(bytes(key), key.size(), word.data(), word.size(), nullptr, &length, nullptr) != 0 ||
        length != key.size())
      return std::nullopt;
    keys.push_back(std::move(key));
    at = end;
  }
  return keys.empty() ? std::nullopt : std::optional{std::move(keys)};
}

std::string new_secret_key() {
  prepare();
  std::string key(crypto_secretbox_KEYBYTES, '\0');
  randombytes_buf(key.data(), key.size());
  return hex(key);
}

std::string seal(const secret_keys& keys, std::string_view text) {
  prepare();
  if (keys.empty())
    throw std::invalid_argument{"no key for secrets is configured"};
  std::string box(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size(), '\0');
  randombytes_buf(box.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(bytes(box) + crypto_secretbox_NONCEBYTES, bytes(text), text.size(), bytes(box), bytes(keys.front()));
  std::string base64(sodium_base64_encoded_len(box.size(), variant), '\0');
  sodium_bin2base64(base64.data(), base64.size(), bytes(box), box.size(), variant);
  base64.pop_back();
  return std::string{prefix} + name_of(keys.front()) + ':' + base64;
}

std::optional<std::string> open(const secret_keys& keys, std::string_view sealed) {
  prepare();
  if (!is_sealed(sealed))
    return std::nullopt;
  const auto name = sealed.substr(prefix.size(), name_length);
  const auto box = decode(sealed.substr(head));
  constexpr std::size_t least = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!box || box->size() < least)
    return std::nullopt;
  for (const auto& key : keys) {
    if (name_of(key) != name)
      continue;
    std::string clear(box->size() - least, '\0');
    if (crypto_secretbox_open_easy(bytes(clear), bytes(*box) + crypto_secretbox_NONCEBYTES, box->size() - crypto_secretbox_NONCEBYTES,
                                   bytes(*box), bytes(key)) == 0)
      return clear;
  }
  return std::nullopt;
}

bool is_sealed(std::string_view text) noexcept {
  constexpr std::size_t least = head + (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) * 4 / 3;
  return text.size() >= least && text.starts_with(prefix) && text[head - 1] == ':' &&
         std::all_of(text.begin() + prefix.size(), text.begin() + head - 1, is_hex) && std::all_of(text.begin() + head, text.end(), is_base64);
}

bool is_sealed_with_newest(const secret_keys& keys, std::string_view sealed) {
  prepare();
  return !keys.empty() && is_sealed(sealed) && sealed.substr(prefix.size(), name_length) == name_of(keys.front());
}

std::string derived_password(const secret_keys& keys, std::string_view purpose) {
  prepare();
  if (keys.empty())
    throw std::invalid_argument{"no key for secrets is configured"};
  return hex(hash(keys.front(), std::string{"password: "} + std::string{purpose}, 32));
}

std::optional<std::string> open_all(const secret_keys& keys, std::string_view text, std::string (*shown)(std::string_view clear)) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = text.find(prefix, at);
    out += text.substr(at, found - at);
    if (found == std::string_view::npos)
      break;
    std::size_t end = found + std::min(head, text.size() - found);
    while (end < text.size() && is_base64(text[end]))
      ++end;
    const auto word = text.substr(found, end - found);
    if (!is_sealed(word)) {
      out += prefix;
      at = found + prefix.size();
      continue;
    }
    const auto clear = open(keys, word);
    if (!clear)
      return std::nullopt;
    out += shown(*clear);
    at = end;
  }
  return out;
}

} // namespace evs::persistence
