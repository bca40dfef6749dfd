#include "app/reachability.hpp"

#include "app/part_settings.hpp"
#include "transport/ami/link.hpp"

#include <condition_variable>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace evs {

namespace {

constexpr int connection_limit_ms = 3000;
constexpr seconds login_limit{6};

/// 0, or errno.
int connect_to(const addrinfo& where) {
  const int socket = ::socket(where.ai_family, where.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, where.ai_protocol);
  if (socket < 0)
    return errno;
  int error = ::connect(socket, where.ai_addr, where.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{socket, POLLOUT, 0};
    socklen_t size = sizeof error;
    if (::poll(&waiting, 1, connection_limit_ms) <= 0)
      error = ETIMEDOUT;
    else
      ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  ::close(socket);
  return error;
}

/// The first thing that a link says.
class first_word : public ami::link_listener {
public:
  void on_up(const std::string& version, const std::string&) override { say(version); }
  void on_down(const std::string& why) override { say(failure{errc::telephony_unavailable, why, {}}); }
  void on_events(std::vector<telephony_event>, timestamp) override {}

  std::optional<result<std::string>> wait() {
    std::unique_lock lock{mutex_};
    said_.wait_for(lock, login_limit, [&] { return word_.has_value(); });
    return word_;
  }

private:
  void say(result<std::string> word) {
    std::lock_guard lock{mutex_};
    if (!word_)
      word_ = std::move(word);
    said_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable said_;
  std::optional<result<std::string>> word_;
};

} // namespace

result<milliseconds> try_connection(const std::string& host, std::uint16_t port) {
  const auto began = std::chrono::steady_clock::now();
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0)
    return {errc::conflict, "Le nom " + host + " est inconnu."};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, ::freeaddrinfo};
  if (const int error = connect_to(*all); error != 0)
    return {errc::conflict, host + ':' + std::to_string(port) + " ne répond pas : " + std::strerror(error)};
  return std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - began);
}

result<std::string> try_asterisk(const config::asterisk_settings& server) {
  auto settings = link_settings_of(server);
  settings.server = server_id{"test"};
  first_word ear;
  auto link = ami::make_link(settings, ear);
  link->start();
  auto word = ear.wait();
  link->stop();
  if (!word)
    return {errc::telephony_unavailable, "Asterisk n'a pas répondu à temps."};
  return *word;
}

} // namespace evs
