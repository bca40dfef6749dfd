#pragma once
// A manager interface that does what a test says: accepts, greets, answers, keeps silent, breaks off. Real sockets on the loopback.

#include "transport/ami/action.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace evs::test {

/// Runs on its own thread; all functions may be called from any thread. By default it accepts every login, says FullyBooted, and answers
/// Ping, CoreSettings, CoreStatus and Logoff; other actions get what answer() says, or a plain success.
class fake_ami_server {
public:
  /// Makes the bytes to send for an action; "{id}" in them becomes its ActionID. Empty: no answer.
  using script = std::function<std::string(const ami::frame&)>;

  /// Listens on 127.0.0.1, on a port of the system's choice.
  fake_ami_server();
  ~fake_ami_server();
  fake_ami_server(const fake_ami_server&) = delete;
  fake_ami_server& operator=(const fake_ami_server&) = delete;

  std::uint16_t port() const;

  /// How actions of this name are answered from now on.
  void answer(std::string action_name, script how);
  /// The usual answer of an action that has no script.
  static std::string success(std::string_view message = "OK");
  /// What is sent on connection instead of the usual greeting; empty: nothing.
  void greet_with(std::string bytes);
  /// The start time that CoreStatus tells.
  void set_boot(std::string date, std::string time);
  /// Reads, but answers nothing any more (true).
  void keep_silent(bool silent);
  /// From now on writes go out in pieces of this many bytes (0: whole).
  void write_in_pieces(std::size_t size);

  /// Sends to every connection.
  void send(std::string bytes);
  /// Cuts every connection; new ones are accepted all the same.
  void cut();
  /// Whether new connections are taken; false: they are closed at once.
  void accept(bool open);

  /// Waits for the next action of this name that no earlier call returned, up to `limit`.
  std::optional<ami::frame> wait_for(std::string action_name,
                                     std::chrono::milliseconds limit = std::chrono::seconds{10});
  /// Connections accepted so far.
  std::size_t connections() const;

private:
  class state;
  std::unique_ptr<state> state_;
};

} // namespace evs::test
