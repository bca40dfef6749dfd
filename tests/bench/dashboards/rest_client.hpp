#pragma once

#include <string>
#include <string_view>

namespace evs::bench {

/// Blocking connect over IPv4; `source` is the local address, empty = any. Throws std::runtime_error.
int tcp_connect(const std::string& source, const std::string& host, unsigned short port);
void send_all(int fd, std::string_view bytes);
/// Reads up to the empty line; what came behind it goes to `leftover`.
std::string read_head(int fd, std::string& leftover);

/// A blocking REST client on one kept-alive connection: enough to log in and to fetch tickets.
class rest_client {
public:
  rest_client(std::string host, unsigned short port, std::string origin);
  ~rest_client();
  rest_client(const rest_client&) = delete;
  rest_client& operator=(const rest_client&) = delete;

  /// The access token of a fresh session. Throws std::runtime_error with the server's answer when refused.
  std::string login(const std::string& login_id, const std::string& password);
  /// A single-use ticket for the native door.
  std::string ticket(const std::string& access_token);

private:
  std::string post(const std::string& path, const std::string& token, const std::string& body);

  std::string host_;
  unsigned short port_;
  std::string origin_;
  int fd_ = -1;
};

} // namespace evs::bench
