#include "tests/support/fake_ami_server.hpp"

#include "transport/ami/parser.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace evs::test {

namespace asio = boost::asio;
using asio::ip::tcp;

class fake_ami_server::state {
public:
  state() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), port(acceptor_.local_endpoint().port()) {
    accept_next();
    thread_ = std::thread([this] { io_.run(); });
  }

  ~state() {
    io_.stop();
    thread_.join();
  }

  /// Runs `what` on the server's thread and waits for it, so that a test's next step sees its effect.
  template <class F> void in_turn(F what) {
    std::mutex mutex;
    std::condition_variable over;
    bool ended = false;
    asio::post(io_, [&] {
      what();
      std::lock_guard lock(mutex);
      ended = true;
      over.notify_one();
    });
    std::unique_lock lock(mutex);
    over.wait(lock, [&] { return ended; });
  }

  void send(const std::string& bytes) {
    for (const auto& one : connections_) write(one, bytes);
  }

  void cut() {
    for (const auto& one : std::exchange(connections_, {})) one->socket.close();
  }

  std::optional<ami::frame> wait_for(const std::string& name, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    std::optional<ami::frame> found;
    arrived_.wait_for(lock, limit, [&] {
      const auto it =
          std::find_if(seen_.begin(), seen_.end(), [&](const auto& one) { return one.get("Action") == name; });
      if (it == seen_.end()) return false;
      found = std::move(*it);
      seen_.erase(it);
      return true;
    });
    return found;
  }

private:
  struct connection {
    explicit connection(tcp::socket s) : socket(std::move(s)) {}
    tcp::socket socket;
    ami::parser incoming;
    std::array<char, 4096> room{};
    std::deque<std::string> out;
  };

  void accept_next() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (!error && open) {
        socket.set_option(tcp::no_delay{true});
        auto made = std::make_shared<connection>(std::move(socket));
        connections_.insert(made);
        ++accepted;
        write(made, greeting);
        read(made);
      }
      if (error != asio::error::operation_aborted) accept_next();
    });
  }

  void read(const std::shared_ptr<connection>& from) {
    from->socket.async_read_some(asio::buffer(from->room),
                                 [this, from](boost::system::error_code error, std::size_t size) {
                                   if (error) {
                                     connections_.erase(from);
                                     return;
                                   }
                                   from->incoming.feed({from->room.data(), size});
                                   while (const auto action = from->incoming.next()) take(from, action->copy());
                                   read(from);
                                 });
  }

  void take(const std::shared_ptr<connection>& from, ami::frame action) {
    std::string bytes;
    if (const auto how = scripts.find(std::string{action.get("Action")}); how != scripts.end())
      bytes = how->second(action);
    else bytes = usual_answer(action);
    for (auto at = bytes.find("{id}"); at != std::string::npos; at = bytes.find("{id}", at))
      bytes.replace(at, 4, action.get("ActionID"));
    if (!silent) write(from, bytes);
    if (action.get("Action") == "Logoff") from->socket.shutdown(tcp::socket::shutdown_receive);
    {
      std::lock_guard lock(mutex_);
      seen_.push_back(std::move(action));
    }
    arrived_.notify_all();
  }

  std::string usual_answer(const ami::frame& action) const {
    const auto name = action.get("Action");
    if (name == "Login")
      return success("Authentication accepted") + "Event: FullyBooted\r\nUptime: 1\r\nStatus: Fully Booted\r\n\r\n";
    if (name == "Ping") return "Response: Success\r\nActionID: {id}\r\nPing: Pong\r\nTimestamp: 1.5\r\n\r\n";
    if (name == "CoreSettings")
      return "Response: Success\r\nActionID: {id}\r\nAMIversion: 11.0.0\r\nAsteriskVersion: 22.0.0\r\n\r\n";
    if (name == "CoreStatus")
      return "Response: Success\r\nActionID: {id}\r\nCoreStartupDate: " + boot_date +
             "\r\nCoreStartupTime: " + boot_time + "\r\nCoreCurrentCalls: 0\r\n\r\n";
    if (name == "Logoff") return "Response: Goodbye\r\nActionID: {id}\r\nMessage: Thanks for all the fish.\r\n\r\n";
    return success();
  }

  void write(const std::shared_ptr<connection>& to, std::string_view bytes) {
    const bool idle = to->out.empty();
    const auto size = piece == 0 ? std::max<std::size_t>(bytes.size(), 1) : piece;
    for (; !bytes.empty(); bytes = bytes.substr(std::min(size, bytes.size())))
      to->out.emplace_back(bytes.substr(0, size));
    if (idle && !to->out.empty()) write_next(to);
  }

  void write_next(const std::shared_ptr<connection>& to) {
    asio::async_write(to->socket, asio::buffer(to->out.front()),
                      [this, to](boost::system::error_code error, std::size_t) {
                        to->out.pop_front();
                        if (error) to->out.clear();
                        else if (!to->out.empty()) write_next(to);
                      });
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::set<std::shared_ptr<connection>> connections_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<ami::frame> seen_;

public:
  // Changed in_turn only.
  const std::uint16_t port;
  std::map<std::string, script> scripts;
  std::string greeting = "Asterisk Call Manager/11.0.0\r\n";
  std::string boot_date = "2026-11-22", boot_time = "08:00:00";
  bool silent = false;
  bool open = true;
  std::size_t piece = 0;
  std::atomic<std::size_t> accepted{0};
};

fake_ami_server::fake_ami_server() : state_(std::make_unique<state>()) {}
fake_ami_server::~fake_ami_server() = default;

std::uint16_t fake_ami_server::port() const { return state_->port; }

void fake_ami_server::answer(std::string action_name, script how) {
  state_->in_turn([&] { state_->scripts[std::move(action_name)] = std::move(how); });
}

std::string fake_ami_server::success(std::string_view message) {
  return "Response: Success\r\nActionID: {id}\r\nMessage: " + std::string{message} + "\r\n\r\n";
}

void fake_ami_server::greet_with(std::string bytes) {
  state_->in_turn([&] { state_->greeting = std::move(bytes); });
}

void fake_ami_server::set_boot(std::string date, std::string time) {
  state_->in_turn([&] {
    state_->boot_date = std::move(date);
    state_->boot_time = std::move(time);
  });
}

void fake_ami_server::keep_silent(bool silent) {
  state_->in_turn([&] { state_->silent = silent; });
}

void fake_ami_server::write_in_pieces(std::size_t size) {
  state_->in_turn([&] { state_->piece = size; });
}

void fake_ami_server::send(std::string bytes) {
  state_->in_turn([&] { state_->send(bytes); });
}

void fake_ami_server::cut() {
  state_->in_turn([&] { state_->cut(); });
}

void fake_ami_server::accept(bool open) {
  state_->in_turn([&] { state_->open = open; });
}

std::optional<ami::frame> fake_ami_server::wait_for(std::string action_name, std::chrono::milliseconds limit) {
  return state_->wait_for(action_name, limit);
}

std::size_t fake_ami_server::connections() const { return state_->accepted; }

} // namespace evs::test
