#include "transport/web/websocket_frame.hpp"

#include "transport/web/utf8.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace evs::web {

namespace {

bool is_sendable_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void release(std::string& text) { std::string{}.swap(text); }

} // namespace

frame_header make_frame_header(opcode kind, std::size_t payload) noexcept {
  frame_header h;
  auto put = [&](std::uint64_t byte) {
    h.bytes[h.size++] = static_cast<char>(static_cast<unsigned char>(byte & 0xff));
  };
  put(0x80u | static_cast<unsigned>(kind));
  if (payload < 126) {
    put(payload);
  } else if (payload <= 0xffff) {
    put(126);
    put(payload >> 8);
    put(payload);
  } else {
    put(127);
    for (int shift = 56; shift >= 0; shift -= 8) put(static_cast<std::uint64_t>(payload) >> shift);
  }
  return h;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  while (!reason.empty() && out.size() < 125) {
    auto length = utf8_sequence(reason);
    if (length == 0 || out.size() + length > 125) break;
    out.append(reason.substr(0, length));
    reason.remove_prefix(length);
  }
  return out;
}

std::vector<incoming> frame_parser::feed(std::string_view bytes) {
  std::vector<incoming> out;
  if (over_) return out;
  // Usually whole frames arrive: then nothing is copied but the payload.
  if (!partial_.empty()) {
    partial_.append(bytes);
    bytes = partial_;
  }
  std::size_t used = 0;
  while (!over_) {
    auto taken = take_frame(bytes.substr(used), out);
    if (taken == 0) break;
    used += taken;
  }
  auto rest = over_ ? std::string{} : std::string{bytes.substr(used)};
  partial_ = std::move(rest);
  if (partial_.empty()) release(partial_);
  return out;
}

void frame_parser::fail(std::uint16_t code, std::vector<incoming>& out) {
  out.push_back({incoming::kind::error, {}, code});
  over_ = true;
  release(message_);
}

std::size_t frame_parser::take_frame(std::string_view bytes, std::vector<incoming>& out) {
  if (bytes.size() < 2) return 0;
  auto first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
  bool final = first & 0x80;
  auto kind = static_cast<opcode>(first & 0x0f);
  bool control = (first & 0x08) != 0;
  std::uint64_t length = second & 0x7f;
  bool known = kind == opcode::continuation || kind == opcode::text || kind == opcode::binary ||
               kind == opcode::close || kind == opcode::ping || kind == opcode::pong;
  if ((first & 0x70) != 0 || (second & 0x80) == 0 || !known || (control && (!final || length > 125)) ||
      (!control && (kind == opcode::continuation) != in_message_))
    return fail(close_code::protocol_error, out), 0;
  if (kind == opcode::binary) return fail(close_code::not_text, out), 0;

  std::size_t header = 2;
  if (length >= 126) {
    std::size_t width = length == 126 ? 2 : 8;
    if (bytes.size() < header + width) return 0;
    length = big_endian(bytes.substr(header, width));
    header += width;
    if (length < (width == 2 ? 126u : 65536u)) return fail(close_code::protocol_error, out), 0;
  }
  if (!control && (length > max_message_ || message_.size() + length > max_message_))
    return fail(close_code::too_large, out), 0;
  auto size = static_cast<std::size_t>(length);
  if (bytes.size() < header + 4 + size) return 0;

  auto mask = bytes.substr(header, 4);
  auto masked = bytes.substr(header + 4, size);
  std::string data(size, '\0');
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(masked[i] ^ mask[i & 3]);

  switch (kind) {
  case opcode::ping: out.push_back({incoming::kind::ping, std::move(data), 0}); break;
  case opcode::pong: out.push_back({incoming::kind::pong, std::move(data), 0}); break;
  case opcode::close: {
    std::uint16_t code = 0;
    if (size == 1) return fail(close_code::protocol_error, out), 0;
    if (size >= 2) {
      code = static_cast<std::uint16_t>(big_endian(std::string_view{data}.substr(0, 2)));
      if (!is_sendable_close_code(code) || !is_utf8(std::string_view{data}.substr(2)))
        return fail(close_code::protocol_error, out), 0;
    }
    out.push_back({incoming::kind::close, {}, code});
    over_ = true;
    break;
  }
  default:
    if (message_.empty()) message_ = std::move(data);
    else message_ += data;
    in_message_ = !final;
    if (final) {
      if (!is_utf8(message_)) return fail(close_code::not_utf8, out), 0;
      out.push_back({incoming::kind::message, std::move(message_), 0});
      release(message_);
    }
  }
  return header + 4 + size;
}

std::string websocket_accept(std::string_view key) {
  auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 64> encoded{};
  auto length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

} // namespace evs::web
