#pragma once
// A TCP relay that can misbehave.

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace evs::persistence::testing {

/// Listens on a free port of 127.0.0.1 and relays to `host:port`; one own thread.
class tcp_proxy {
public:
  tcp_proxy(std::string host, std::uint16_t port);
  ~tcp_proxy();
  tcp_proxy(const tcp_proxy&) = delete;
  tcp_proxy& operator=(const tcp_proxy&) = delete;

  std::uint16_t port() const { return port_; }
  /// Works as a wire again.
  void heal();
  /// Ends all connections and refuses new ones until heal().
  void cut();
  /// Ends all connections; new ones are welcome.
  void hiccup();
  /// Takes connections and bytes and passes nothing on, in either direction. What it held is passed on by heal().
  void black_hole();
  /// Passes every chunk on after that long.
  void delay(std::chrono::milliseconds by);

private:
  using clock = std::chrono::steady_clock;
  enum class mode { pass, refuse, hold };
  struct chunk { clock::time_point due; std::string bytes; };
  struct flow { std::deque<chunk> waiting; bool ended = false; };
  struct pair { int client; int server; flow up, down; bool dead = false; };

  void set(mode m);
  void run();
  void listen();
  void close_all();
  void accept_one();
  static bool take(int from, flow& into, clock::time_point due);
  static bool give(int to, flow& from, clock::time_point now);

  const std::string host_;
  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_ = -1;
  std::mutex lock_;
  bool stop_ = false;
  bool drop_ = false;
  mode mode_ = mode::pass;
  std::chrono::milliseconds delay_{0};
  std::list<pair> pairs_;
  std::thread thread_;
};

} // namespace evs::persistence::testing
