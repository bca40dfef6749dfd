#include "tcp_proxy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace evs::persistence::testing {

namespace {

sockaddr_in address(const std::string& host, std::uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &a.sin_addr) != 1)
    throw std::runtime_error{"the proxy needs a numeric IPv4 address, not " + host};
  return a;
}

void make_quick(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

} // namespace

tcp_proxy::tcp_proxy(std::string host, std::uint16_t port) : host_(std::move(host)), target_(port) {
  wake_ = ::eventfd(0, EFD_NONBLOCK);
  listen();
  thread_ = std::thread{[this] { run(); }};
}

tcp_proxy::~tcp_proxy() {
  {
    std::lock_guard hold{lock_};
    stop_ = true;
  }
  ::eventfd_write(wake_, 1);
  thread_.join();
  close_all();
  ::close(listener_);
  ::close(wake_);
}

void tcp_proxy::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto a = address("127.0.0.1", port_);
  socklen_t size = sizeof a;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&a), size) != 0 || ::listen(listener_, 64) != 0)
    throw std::runtime_error{"the proxy cannot listen"};
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &size);
  port_ = ntohs(a.sin_port);
}

void tcp_proxy::set(mode m) {
  std::lock_guard hold{lock_};
  mode_ = m;
  if (m == mode::refuse) {
    // At once, so that whoever calls may rely on it.
    ::shutdown(listener_, SHUT_RDWR);
    ::close(listener_);
    listener_ = -1;
    drop_ = true;
  } else if (listener_ < 0) {
    listen();
  }
  ::eventfd_write(wake_, 1);
}

void tcp_proxy::heal() {
  {
    std::lock_guard hold{lock_};
    delay_ = {};
  }
  set(mode::pass);
}
void tcp_proxy::cut() { set(mode::refuse); }
void tcp_proxy::black_hole() { set(mode::hold); }

void tcp_proxy::hiccup() {
  std::lock_guard hold{lock_};
  drop_ = true;
  ::eventfd_write(wake_, 1);
}

void tcp_proxy::delay(std::chrono::milliseconds by) {
  std::lock_guard hold{lock_};
  delay_ = by;
}

void tcp_proxy::close_all() {
  for (auto& p : pairs_) {
    // A reset, as when a machine dies.
    const linger hard{1, 0};
    ::setsockopt(p.client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(p.client);
    ::close(p.server);
  }
  pairs_.clear();
}

void tcp_proxy::accept_one() {
  const int client = ::accept(listener_, nullptr, nullptr);
  if (client < 0)
    return;
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto to = address(host_, target_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(client);
    ::close(server);
    return;
  }
  make_quick(client);
  make_quick(server);
  pairs_.push_back({client, server, {}, {}, false});
}

/// False when the peer is gone.
bool tcp_proxy::take(int from, flow& into, clock::time_point due) {
  std::array<char, 65536> bytes;
  const auto got = ::recv(from, bytes.data(), bytes.size(), 0);
  if (got < 0)
    return errno == EAGAIN || errno == EINTR;
  if (got == 0)
    into.ended = true;
  else
    into.waiting.push_back({due, std::string{bytes.data(), static_cast<std::size_t>(got)}});
  return true;
}

bool tcp_proxy::give(int to, flow& from, clock::time_point now) {
  while (!from.waiting.empty() && from.waiting.front().due <= now) {
    auto& bytes = from.waiting.front().bytes;
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0)
      return errno == EAGAIN || errno == EINTR;
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (!bytes.empty())
      return true;
    from.waiting.pop_front();
  }
  return !(from.ended && from.waiting.empty());
}

void tcp_proxy::run() {
  std::unique_lock hold{lock_};
  while (!stop_) {
    if (drop_) {
      close_all();
      drop_ = false;
    }
    const bool pass = mode_ == mode::pass;
    std::vector<pollfd> fds{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    auto next = clock::now() + std::chrono::seconds{5};
    for (auto& p : pairs_) {
      auto wants = [&](const flow& in, const flow& out) {
        short events = in.ended || in.waiting.size() > 256 ? 0 : POLLIN;
        if (pass && !out.waiting.empty()) {
          if (out.waiting.front().due <= clock::now()) events = static_cast<short>(events | POLLOUT);
          else next = std::min(next, out.waiting.front().due);
        }
        return events;
      };
      fds.push_back({p.client, wants(p.up, p.down), 0});
      fds.push_back({p.server, wants(p.down, p.up), 0});
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now()).count();
    hold.unlock();
    ::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
    hold.lock();
    if (fds[0].revents) {
      eventfd_t n = 0;
      ::eventfd_read(wake_, &n);
    }
    if (drop_)
      continue;
    const auto now = clock::now();
    std::size_t i = 2;
    for (auto& p : pairs_) {
      const auto client = fds[i++].revents, server = fds[i++].revents;
      if (client & (POLLIN | POLLHUP | POLLERR)) p.dead |= !take(p.client, p.up, now + delay_);
      if (server & (POLLIN | POLLHUP | POLLERR)) p.dead |= !take(p.server, p.down, now + delay_);
      if (mode_ == mode::pass) p.dead |= !give(p.server, p.up, now) || !give(p.client, p.down, now);
    }
    for (auto p = pairs_.begin(); p != pairs_.end();) {
      if (!p->dead) {
        ++p;
        continue;
      }
      ::close(p->client);
      ::close(p->server);
      p = pairs_.erase(p);
    }
    if (fds[1].revents & POLLIN && listener_ >= 0 && fds[1].fd == listener_)
      accept_one();
  }
}

} // namespace evs::persistence::testing
