#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace evs::bench {

class stamp_board;

/// One AMI action as it came in: keys in lower case, the last of equal keys wins.
struct ami_action {
  std::map<std::string, std::string> headers;
  /// Empty when the header is absent.
  const std::string& operator[](const std::string& key) const;
};

/// The listening side of an AMI port. Login, Logoff, Challenge, Events, Ping are answered here, everything else by the
/// handler. Single-threaded: runs on the io_context's thread.
class ami_server {
public:
  /// Returns the complete answer to one action, responses and list events, each block closed by an empty line.
  using handler = std::function<std::string(const ami_action&)>;

  struct settings {
    std::string address = "127.0.0.1";
    unsigned short port = 0;
    std::string user;
    std::string secret;
  };

  /// Listens at once. Throws boost::system::system_error.
  ami_server(boost::asio::io_context& io, const settings& s, stamp_board& board, handler answer);
  ~ami_server();
  ami_server(const ami_server&) = delete;
  ami_server& operator=(const ami_server&) = delete;

  /// Sends events to every client that is logged in and has events on; never blocks, what a client does not take waits
  /// in memory as it would in Asterisk.
  void broadcast(std::string_view events);
  /// Bytes the slowest client has not taken yet.
  std::size_t backlog() const;
  std::size_t logged_in() const;
  /// Called whenever a client's backlog has become empty.
  void on_drained(std::function<void()> callback);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace evs::bench
