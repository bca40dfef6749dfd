#pragma once
// The web door: HTTP and WebSockets on one port.

#include "transport/web/http_message.hpp"
#include "transport/web/router.hpp"
#include "transport/web/server_settings.hpp"
#include "transport/web/services.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace evs::web {

class backend;

/// Threads: `threads` loops; a connection stays on one of them for life, and routes and sessions are called there. One more
/// thread (or `password_threads`) hashes passwords. Every public function may be called from any thread.
class server {
public:
  /// The backend must outlive the server and every callback it holds. Throws std::invalid_argument for a token key under
  /// 32 bytes. `clock`: for tests; the system's by default.
  server(server_settings settings, backend& the_backend, std::function<timestamp()> clock = {});
  /// Stops.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Told of every answered request; before start().
  void on_request(std::function<void(const access_record&)> log);
  /// Told of every 401 and 403; from any thread, must return at once. Set before start().
  void on_refused(std::function<void(const refused_attempt&)> note);
  /// Told of everything that happens in the line of passwords; from any thread, must return at once. Set before start().
  void on_password(std::function<void(const password_event&)> note);

  /// Listens and serves; throws std::system_error when the address or port cannot be had.
  void start();
  /// Stops accepting, lets requests finish, closes WebSockets with 4000 ("come back"), all within drain_timeout; then
  /// everything has ended and no session is called any more. Callbacks that still come are ignored.
  void stop();
  /// The port that is listened on.
  std::uint16_t port() const;

  /// New settings, at once, for what happens from now on. Returns the names of those that wait for a restart.
  std::vector<std::string> update(server_settings next);

  /// Sign-outs that happened elsewhere (another node, an administrator): tokens are refused at once, WebSockets close with 4001.
  void revoke_family(const std::string& family);
  void revoke_user(const user_id& user);

  std::vector<route> routes() const;
  evs::web::statistics statistics() const;

private:
  struct machinery;
  std::unique_ptr<machinery> machinery_;
};

} // namespace evs::web
