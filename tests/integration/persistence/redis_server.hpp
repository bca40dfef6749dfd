#pragma once
// A Redis of the test's own, for what can't be done to a shared one: stopping it.

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace evs::persistence::testing {

class redis_server {
public:
  /// Starts an empty server on a free port of 127.0.0.1 and waits until it answers.
  redis_server();
  ~redis_server();
  redis_server(const redis_server&) = delete;
  redis_server& operator=(const redis_server&) = delete;
  std::uint16_t port() const { return port_; }
  /// kill -9 and a new, empty one on the same port.
  void restart();
  /// SIGSTOP: it keeps its connections and answers nothing.
  void freeze();
  void thaw();

private:
  void launch();
  void end();
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// One command on a connection of its own; the answer as text ("" for nil).
std::string redis_command(std::uint16_t port, const std::string& line);

} // namespace evs::persistence::testing
