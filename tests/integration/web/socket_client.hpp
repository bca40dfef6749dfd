#pragma once
// A blocking TCP client that says exactly the bytes it is told, for tests of the door's behaviour on the wire.

#include <cstdint>
#include <string>
#include <string_view>

namespace evs::web::test {

struct plain_response {
  unsigned status = 0;
  std::string head;
  std::string body;
  /// Value of a header (name as sent), or "".
  std::string header(const std::string& name) const;
};

class socket_client {
public:
  explicit socket_client(std::uint16_t port, int receive_buffer = 0);
  ~socket_client();
  socket_client(const socket_client&) = delete;
  socket_client& operator=(const socket_client&) = delete;

  void send(std::string_view bytes);
  /// Next response on the connection; status 0: the connection has ended. `no_body`: it answers a HEAD.
  plain_response receive(bool no_body = false);
  /// Sends a request with Host and Content-Length.
  plain_response request(const std::string& method, const std::string& path, const std::string& body = {},
                         const std::string& headers = {});
  /// Everything until the other side closes.
  std::string rest();
  bool ended();

  /// Opens a WebSocket; returns the handshake's response (101).
  plain_response upgrade(const std::string& path, const std::string& headers = {});
  void send_frame(unsigned first_byte, std::string_view payload);
  struct frame {
    unsigned first = 0;
    std::string payload;
  };
  /// Next frame; first == 0: the connection has ended.
  frame receive_frame();
  /// Skips to the close frame and returns its code; 0: ended without one.
  std::uint16_t receive_close();

private:
  bool fill();
  int fd_;
  std::string buffer_;
};

} // namespace evs::web::test
