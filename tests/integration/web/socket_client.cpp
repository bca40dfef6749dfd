#include "socket_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace evs::web::test {

std::string plain_response::header(const std::string& name) const {
  auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  at += name.size() + 4;
  return head.substr(at, head.find("\r\n", at) - at);
}

socket_client::socket_client(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  // A test that waits for what never comes fails instead of hanging.
  timeval patience{10, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
}

socket_client::~socket_client() { ::close(fd_); }

void socket_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return; // the other side closed: receive() tells
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool socket_client::fill() {
  char room[65536];
  auto n = ::recv(fd_, room, sizeof room, 0);
  if (n > 0) buffer_.append(room, static_cast<std::size_t>(n));
  return n > 0;
}

plain_response socket_client::receive(bool no_body) {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  plain_response out;
  out.head = buffer_.substr(0, end + 2);
  out.status = static_cast<unsigned>(std::stoul(out.head.substr(9, 3)));
  buffer_.erase(0, end + 4);
  auto length = out.header("Content-Length");
  if (no_body || length.empty()) return out;
  while (buffer_.size() < std::stoul(length))
    if (!fill()) return {};
  out.body = buffer_.substr(0, std::stoul(length));
  buffer_.erase(0, out.body.size());
  return out;
}

plain_response socket_client::request(const std::string& method, const std::string& path, const std::string& body,
                                      const std::string& headers) {
  send(method + " " + path + " HTTP/1.1\r\nHost: evs.example\r\n" + headers +
       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return receive(method == "HEAD");
}

std::string socket_client::rest() {
  while (fill()) {}
  return std::move(buffer_);
}

bool socket_client::ended() { return buffer_.empty() && !fill(); }

plain_response socket_client::upgrade(const std::string& path, const std::string& headers) {
  send(
      "GET " + path +
      " HTTP/1.1\r\nHost: evs.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      headers + "\r\n");
  return receive();
}

void socket_client::send_frame(unsigned first_byte, std::string_view payload) {
  std::string out(1, static_cast<char>(first_byte));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int s = 56; s >= 0; s -= 8) out += static_cast<char>((payload.size() >> s) & 0xff);
  }
  const char mask[] = {1, 2, 3, 4};
  out.append(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i & 3]);
  send(out);
}

socket_client::frame socket_client::receive_frame() {
  auto need = [&](std::size_t n) {
    while (buffer_.size() < n)
      if (!fill()) return false;
    return true;
  };
  if (!need(2)) return {};
  std::size_t header = 2, length = static_cast<unsigned char>(buffer_[1]) & 0x7f,
              width = length == 126   ? 2
                      : length == 127 ? 8
                                      : 0;
  if (!need(header + width)) return {};
  if (width) length = 0;
  for (std::size_t i = 0; i < width; ++i) length = length << 8 | static_cast<unsigned char>(buffer_[2 + i]);
  header += width;
  if (!need(header + length)) return {};
  frame out{static_cast<unsigned char>(buffer_[0]), buffer_.substr(header, length)};
  buffer_.erase(0, header + length);
  return out;
}

std::uint16_t socket_client::receive_close() {
  for (auto f = receive_frame(); f.first != 0; f = receive_frame())
    if (f.first == 0x88 && f.payload.size() >= 2)
      return static_cast<std::uint16_t>(static_cast<unsigned char>(f.payload[0]) << 8 |
                                        static_cast<unsigned char>(f.payload[1]));
  return 0;
}

} // namespace evs::web::test
