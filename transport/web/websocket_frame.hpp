#pragma once
// RFC 6455 frames, pure: bytes in, messages out. The network is elsewhere (websocket_connection).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evs::web {

namespace close_code {
// Of the live contract. 4000-4499: come back; 4500-4999: do not.
inline constexpr std::uint16_t normal = 1000, protocol_error = 1002, not_text = 1003, abnormal = 1006, not_utf8 = 1007,
                               policy = 1008, restarting = 4000, forced_logout = 4001, token_expired = 4003,
                               slow_consumer = 4008, too_large = 4009;
} // namespace close_code

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// What precedes a server's payload: never masked, so it is the same for all receivers.
struct frame_header {
  std::array<char, 10> bytes{};
  std::uint8_t size = 0;
};

frame_header make_frame_header(opcode kind, std::size_t payload) noexcept;

/// Payload of a close frame; the reason is cut to what fits (123 bytes).
std::string close_payload(std::uint16_t code, std::string_view reason);

/// One thing that a client sent. `error`: the connection must be closed with `code`; nothing follows it.
struct incoming {
  enum class kind : std::uint8_t { message, ping, pong, close, error } what = kind::message;
  std::string data;
  /// Of a close (0: it named none) or an error.
  std::uint16_t code = 0;
};

/// Cuts what a client sends into messages, at whatever byte the reads end. Holds no memory between messages.
class frame_parser {
public:
  /// Messages above `max_message` bytes are refused as soon as their header says so.
  explicit frame_parser(std::size_t max_message) : max_message_(max_message) {}

  std::vector<incoming> feed(std::string_view bytes);

private:
  /// Bytes consumed from the front of `bytes`; 0: more are needed.
  std::size_t take_frame(std::string_view bytes, std::vector<incoming>& out);
  void fail(std::uint16_t code, std::vector<incoming>& out);

  std::size_t max_message_;
  std::string partial_;
  std::string message_;
  bool in_message_ = false;
  bool over_ = false;
};

/// The value of Sec-WebSocket-Accept for a client's key.
std::string websocket_accept(std::string_view key);

} // namespace evs::web
