#include "tests/bench/dashboards/rest_client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace evs::bench {

namespace {

sockaddr_in address_of(const std::string& host, unsigned short port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error("not an IPv4 address: " + host);
  return address;
}

/// The text value of a key in flat JSON; empty when it is not there.
std::string json_text(const std::string& json, const std::string& key) {
  const auto at = json.find("\"" + key + "\":\"");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 4;
  return json.substr(begin, json.find('"', begin) - begin);
}

/// The value of a header; empty when it is not there.
std::string header(const std::string& head, const std::string& name) {
  for (auto at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
    if (head.size() > at + 2 + name.size() && head[at + 2 + name.size()] == ':' &&
        ::strncasecmp(head.c_str() + at + 2, name.c_str(), name.size()) == 0) {
      const auto begin = head.find_first_not_of(' ', at + 3 + name.size());
      return head.substr(begin, head.find('\r', begin) - begin);
    }
  }
  return {};
}

} // namespace

int tcp_connect(const std::string& source, const std::string& host, unsigned short port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
  const int on = 1;
  if (!source.empty()) {
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto local = address_of(source, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
      ::close(fd);
      throw std::runtime_error("bind " + source + ": " + std::strerror(errno));
    }
  }
  const auto remote = address_of(host, port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
    ::close(fd);
    throw std::runtime_error("connect " + host + ":" + std::to_string(port) + ": " + std::strerror(errno));
  }
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string read_head(int fd, std::string& leftover) {
  std::string text;
  char chunk[4096];
  while (true) {
    const auto end = text.find("\r\n\r\n");
    if (end != std::string::npos) {
      leftover = text.substr(end + 4);
      return text.substr(0, end + 2);
    }
    const auto size = ::recv(fd, chunk, sizeof chunk, 0);
    if (size <= 0) throw std::runtime_error("connection closed before an answer");
    text.append(chunk, static_cast<std::size_t>(size));
  }
}

rest_client::rest_client(std::string host, unsigned short port, std::string origin)
    : host_(std::move(host)), port_(port), origin_(std::move(origin)) {}

rest_client::~rest_client() {
  if (fd_ >= 0) ::close(fd_);
}

std::string rest_client::login(const std::string& login_id, const std::string& password) {
  const auto body = post("/api/auth/login", "", R"({"loginId":")" + login_id + R"(","password":")" + password + "\"}");
  const auto token = json_text(body, "accessToken");
  if (token.empty()) throw std::runtime_error("login refused: " + body.substr(0, 300));
  return token;
}

std::string rest_client::ticket(const std::string& access_token) {
  const auto body = post("/api/auth/ws-ticket", access_token, "{}");
  const auto ticket = json_text(body, "ticket");
  if (ticket.empty()) throw std::runtime_error("ticket refused: " + body.substr(0, 300));
  return ticket;
}

std::string rest_client::post(const std::string& path, const std::string& token, const std::string& body) {
  if (fd_ < 0) fd_ = tcp_connect("", host_, port_);
  std::string request = "POST " + path + " HTTP/1.1\r\nHost: " + host_ + ":" + std::to_string(port_) +
                        "\r\nOrigin: " + origin_ +
                        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
  send_all(fd_, request + "\r\n" + body);
  std::string answer;
  const auto head = read_head(fd_, answer);
  const auto length = header(head, "Content-Length");
  if (length.empty()) throw std::runtime_error("no Content-Length in the answer to " + path);
  char chunk[4096];
  while (answer.size() < std::stoul(length)) {
    const auto size = ::recv(fd_, chunk, sizeof chunk, 0);
    if (size <= 0) throw std::runtime_error("connection closed within an answer");
    answer.append(chunk, static_cast<std::size_t>(size));
  }
  if (::strcasecmp(header(head, "Connection").c_str(), "close") == 0) {
    ::close(fd_);
    fd_ = -1;
  }
  return answer;
}

} // namespace evs::bench
