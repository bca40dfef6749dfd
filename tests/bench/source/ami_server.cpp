#include "tests/bench/source/ami_server.hpp"

#include "tests/bench/common/stamp_board.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace evs::bench {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t asterisk_patience_us = 100'000; // writetimeout of manager.conf

/// Cuts the next block off `input`; false when it is not complete yet.
bool take_action(std::string& input, ami_action& action) {
  action.headers.clear();
  std::size_t at = 0;
  while (true) {
    const auto end = input.find('\n', at);
    if (end == std::string::npos) return false;
    std::string_view line(input.data() + at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) {
      input.erase(0, at);
      return true;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string key(line.substr(0, colon));
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    line.remove_prefix(colon + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    action.headers[key] = std::string(line);
  }
}

std::string block(const ami_action& action, const std::string& response, const std::string& rest) {
  std::string text = "Response: " + response + "\r\n";
  if (!action["actionid"].empty()) text += "ActionID: " + action["actionid"] + "\r\n";
  return text + rest + "\r\n";
}

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

} // namespace

const std::string& ami_action::operator[](const std::string& key) const {
  static const std::string none;
  const auto found = headers.find(key);
  return found == headers.end() ? none : found->second;
}

struct ami_server::impl {
  struct client : std::enable_shared_from_this<client> {
    client(tcp::socket s, impl& o) : socket(std::move(s)), owner(o) {}

    void start() {
      socket.non_blocking(true);
      socket.set_option(tcp::no_delay(true));
      send("Asterisk Call Manager/11.0.0\r\n");
      read();
    }

    void read() {
      socket.async_read_some(boost::asio::buffer(chunk),
                             [self = shared_from_this()](error_code error, std::size_t size) {
                               if (error) return self->close();
                               self->input.append(self->chunk.data(), size);
                               ami_action action;
                               while (self->open && take_action(self->input, action)) self->answer(action);
                               if (self->open) self->read();
                             });
    }

    void answer(const ami_action& action) {
      const auto name = lower(action["action"]);
      if (name == "challenge") return send(block(action, "Success", "Challenge: 123456789\r\n"));
      if (name == "login") return login(action);
      if (!logged_in) return send(block(action, "Error", "Message: Permission denied\r\n"));
      if (name == "ping")
        return send(block(action, "Success",
                          "Ping: Pong\r\nTimestamp: " + std::to_string(now_us() / 1'000'000) + ".000000\r\n"));
      if (name == "events") {
        events = lower(action["eventmask"]) != "off";
        return send(block(action, "Success", std::string("Events: ") + (events ? "On" : "Off") + "\r\n"));
      }
      if (name == "logoff") {
        send(block(action, "Goodbye", "Message: Thanks for all the fish.\r\n"));
        return close();
      }
      send(owner.answer(action));
    }

    void login(const ami_action& action) {
      const bool known = action["username"] == owner.wanted.user &&
                         (action["secret"] == owner.wanted.secret || !action["key"].empty());
      if (!known) {
        send(block(action, "Error", "Message: Authentication failed\r\n"));
        return close();
      }
      logged_in = true;
      events = lower(action["events"]) != "off";
      owner.count_logins();
      send(block(action, "Success", "Message: Authentication accepted\r\n"));
      send(
          "Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 41\r\nLastReload: 41\r\nStatus: Fully Booted\r\n\r\n");
    }

    void send(std::string_view bytes) {
      if (!open) return;
      output.append(bytes);
      if (!waiting) flush();
    }

    void flush() {
      while (open && sent < output.size()) {
        error_code error;
        const auto size = socket.write_some(boost::asio::buffer(output.data() + sent, output.size() - sent), error);
        sent += size;
        if (error == boost::asio::error::would_block) return wait();
        if (error) return close();
      }
      output.clear();
      sent = 0;
      if (open && owner.drained) owner.drained();
    }

    void wait() {
      if (sent > (1U << 20)) {
        output.erase(0, sent);
        sent = 0;
      }
      waiting = true;
      const auto since = now_us();
      socket.async_wait(tcp::socket::wait_write, [self = shared_from_this(), since](error_code error) {
        self->waiting = false;
        if (error) return self->close();
        auto& header = self->owner.board.header();
        const auto blocked = now_us() - since;
        if (blocked > header.blocked_max_us) header.blocked_max_us = blocked;
        if (blocked > asterisk_patience_us) ++header.blocked_count;
        self->flush();
      });
    }

    void close() {
      if (!open) return;
      open = false;
      logged_in = false;
      error_code ignored;
      socket.shutdown(tcp::socket::shutdown_both, ignored);
      socket.close(ignored);
      owner.clients.erase(shared_from_this());
      owner.count_logins();
    }

    tcp::socket socket;
    impl& owner;
    std::array<char, 8192> chunk{};
    std::string input;
    std::string output;
    std::size_t sent = 0;
    bool open = true;
    bool waiting = false;
    bool logged_in = false;
    bool events = true;
  };

  impl(boost::asio::io_context& io, const settings& s, stamp_board& b, handler h)
      : acceptor(io, tcp::endpoint(boost::asio::ip::make_address(s.address), s.port)), wanted(s), board(b),
        answer(std::move(h)) {}

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      auto added = std::make_shared<client>(std::move(socket), *this);
      clients.insert(added);
      added->start();
      accept();
    });
  }

  void count_logins() {
    board.header().logged_in = static_cast<std::uint64_t>(
        std::count_if(clients.begin(), clients.end(), [](const auto& c) { return c->logged_in; }));
  }

  tcp::acceptor acceptor;
  settings wanted;
  stamp_board& board;
  handler answer;
  std::set<std::shared_ptr<client>> clients;
  std::function<void()> drained;
};

ami_server::ami_server(boost::asio::io_context& io, const settings& s, stamp_board& board, handler answer)
    : impl_(std::make_unique<impl>(io, s, board, std::move(answer))) {
  impl_->accept();
}

ami_server::~ami_server() = default;

void ami_server::broadcast(std::string_view events) {
  const auto receivers = impl_->clients; // sending may close and so remove one
  for (const auto& c : receivers)
    if (c->logged_in && c->events) c->send(events);
}

std::size_t ami_server::backlog() const {
  std::size_t most = 0;
  for (const auto& c : impl_->clients)
    if (c->logged_in && c->events) most = std::max(most, c->output.size() - c->sent);
  return most;
}

std::size_t ami_server::logged_in() const { return impl_->board.header().logged_in; }

void ami_server::on_drained(std::function<void()> callback) { impl_->drained = std::move(callback); }

} // namespace evs::bench
