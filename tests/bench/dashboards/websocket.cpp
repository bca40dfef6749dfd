#include "tests/bench/dashboards/websocket.hpp"

#include "tests/bench/dashboards/rest_client.hpp"

#include <algorithm>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace evs::bench {

namespace {

constexpr unsigned opcode_continuation = 0;
constexpr unsigned opcode_close = 8;
constexpr unsigned opcode_ping = 9;
constexpr unsigned opcode_pong = 10;

unsigned byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

} // namespace

void websocket_reader::feed(std::string_view bytes, const events& to) {
  if (rest_.empty()) {
    const auto used = consume(bytes, to);
    rest_.assign(bytes.substr(used));
    return;
  }
  rest_.append(bytes);
  const auto used = consume(rest_, to);
  rest_.erase(0, used);
}

std::size_t websocket_reader::consume(std::string_view bytes, const events& to) {
  std::size_t used = 0;
  while (true) {
    const auto frame = bytes.substr(used);
    if (frame.size() < 2) return used;
    std::size_t header = 2;
    std::uint64_t size = byte(frame, 1) & 0x7f; // a server does not mask
    const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (frame.size() < header + extra) return used;
    if (extra > 0) {
      size = 0;
      for (std::size_t i = 0; i < extra; ++i) size = size << 8 | byte(frame, header + i);
      header += extra;
    }
    if (frame.size() < header + size) return used;
    const auto payload = frame.substr(header, size);
    used += header + size;
    const unsigned opcode = byte(frame, 0) & 0x0f;
    if (opcode == opcode_ping) to.on_ping(payload);
    else if (opcode == opcode_close) to.on_close(payload.size() >= 2 ? byte(payload, 0) << 8 | byte(payload, 1) : 1005);
    else if (opcode != opcode_pong) data(payload, (byte(frame, 0) & 0x80) != 0, opcode != opcode_continuation, to);
  }
}

void websocket_reader::data(std::string_view payload, bool last, bool first, const events& to) {
  if (first && last) return to.on_message(payload);
  message_.append(payload);
  if (last) {
    to.on_message(message_);
    message_.clear();
  }
}

std::string pong_frame(std::string_view payload) {
  payload = payload.substr(0, 125);
  std::string frame;
  frame += static_cast<char>(0x80U | opcode_pong);
  frame += static_cast<char>(0x80U | payload.size());
  frame.append(4, '\0'); // a mask of zeros leaves the payload as it is
  return frame.append(payload);
}

int websocket_connect(const std::string& source, const std::string& host, unsigned short port,
                      const std::string& target, const std::string& subprotocols, const std::string& origin,
                      std::string& leftover) {
  const int fd = tcp_connect(source, host, port);
  std::string request = "GET " + target + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: ZXZzLWJlbmNoLWRhc2hicw==\r\nOrigin: " +
                        origin + "\r\n";
  if (!subprotocols.empty()) request += "Sec-WebSocket-Protocol: " + subprotocols + "\r\n";
  try {
    send_all(fd, request + "\r\n");
    const auto head = read_head(fd, leftover);
    if (head.find(" 101 ") == std::string::npos)
      throw std::runtime_error("WebSocket refused: " + head.substr(0, head.find('\r')));
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

} // namespace evs::bench
