#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace evs::bench {

/// The receiving half of RFC 6455 for a client that only listens: puts frames together from bytes, answers pings.
class websocket_reader {
public:
  struct events {
    std::function<void(std::string_view message)> on_message;
    std::function<void(std::string_view payload)> on_ping;
    std::function<void(unsigned code)> on_close;
  };

  /// Takes bytes as they come. The views given to the callbacks live until the callback returns.
  void feed(std::string_view bytes, const events& to);

private:
  std::size_t consume(std::string_view bytes, const events& to);
  void data(std::string_view payload, bool last, bool first, const events& to);

  std::string rest_;    ///< an unfinished frame
  std::string message_; ///< the fragments so far
};

/// A masked pong frame.
std::string pong_frame(std::string_view payload);

/// Connects from `source` (empty = any), does the handshake for `target` and returns the non-blocking socket. `leftover`
/// receives what came behind the handshake. Throws std::runtime_error with the server's first line where it refuses.
int websocket_connect(const std::string& source, const std::string& host, unsigned short port,
                      const std::string& target, const std::string& subprotocols, const std::string& origin,
                      std::string& leftover);

} // namespace evs::bench
