#include "transport/web/http_connection.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/file_answer.hpp"
#include "transport/web/http_heads.hpp"
#include "transport/web/secrets.hpp"
#include "transport/web/spool.hpp"
#include "transport/web/websocket_connection.hpp"
#include "transport/web/websocket_frame.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

#include <sys/socket.h>

namespace evs::web {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using steady = std::chrono::steady_clock;
using boost::system::error_code;

/// Where the coroutine waits for an answer that may come from any thread.
struct answer_slot {
  explicit answer_slot(asio::io_context& context) : timer(context) {}
  std::optional<response> made;
  asio::steady_timer timer;
};

/// The giving end. When every copy of `respond` is gone without an answer, that is a fault of ours, and answered so.
struct answer_promise {
  answer_promise(std::shared_ptr<event_loop> the_loop, std::shared_ptr<answer_slot> the_slot)
      : loop(std::move(the_loop)), slot(std::move(the_slot)) {}
  ~answer_promise() { give(refusal({errc::internal, {}, {}})); }
  void give(response made) {
    if (given.exchange(true)) return;
    loop->post([to = slot, made = std::move(made)]() mutable {
      to->made = std::move(made);
      to->timer.cancel();
    });
  }
  std::shared_ptr<event_loop> loop; // outlives the slot, whose timer lives on it
  std::shared_ptr<answer_slot> slot;
  std::atomic<bool> given{false};
};

std::string_view plain(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// The socket may only be asked while its connection waits for an answer: then nobody reads from it.
class open_socket final : public client_presence {
public:
  explicit open_socket(int fd) : fd_(fd) {}
  /// The connection goes on with its socket, or closes it.
  void let_go() {
    std::lock_guard lock(mutex_);
    fd_ = -1;
  }
  bool gone() const override {
    std::lock_guard lock(mutex_);
    if (fd_ < 0) return true;
    char next = 0;
    const auto seen = recv(fd_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen == 0 || (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  }

private:
  mutable std::mutex mutex_;
  int fd_;
};

std::string plain_address(const asio::ip::tcp::endpoint& peer) {
  auto a = peer.address();
  if (a.is_v6() && a.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6()).to_string();
  return a.to_string();
}

class http_connection final : public loop_member, public std::enable_shared_from_this<http_connection> {
public:
  http_connection(std::shared_ptr<event_loop> loop, std::shared_ptr<services> shared,
                  std::shared_ptr<dispatcher> routes, int fd)
      : loop_(std::move(loop)), services_(std::move(shared)), dispatcher_(std::move(routes)),
        socket_(loop_->context(), asio::ip::tcp::v4(), fd), buffer_(services_->settings()->http.max_header + 8192) {
    ++services_->counters.connections;
  }
  ~http_connection() override { --services_->counters.connections; }

  void start() {
    loop_->add(shared_from_this());
    asio::co_spawn(loop_->context(), run(shared_from_this()), asio::detached);
  }

  void sweep(steady::time_point now) override {
    if (now < deadline_) return;
    deadline_ = steady::time_point::max();
    timed_out_ = true;
    error_code ignored;
    if (phase_ == phase::writing) socket_.close(ignored);
    else socket_.cancel(ignored);
  }

  void drain() override {
    error_code ignored;
    if (phase_ == phase::idle || phase_ == phase::lingering) socket_.cancel(ignored);
  }

  void abandon() override {
    error_code ignored;
    if (presence_) presence_->let_go();
    socket_.close(ignored);
    if (slot_) slot_->timer.cancel();
  }

private:
  enum class phase : std::uint8_t { idle, reading, answering, writing, lingering };
  using head_parser = http::request_parser<http::empty_body>;
  static constexpr std::size_t longest_linger = 16 * 1024 * 1024;
  /// A refused request's body that is worth reading past, to keep the connection.
  static constexpr std::size_t longest_skip = 64 * 1024;
  static constexpr std::size_t piece = 64 * 1024;

  void enter(phase next, milliseconds patience) {
    phase_ = next;
    timed_out_ = false;
    deadline_ = steady::now() + patience;
  }

  /// `self` keeps the object until the coroutine ends.
  asio::awaitable<void> run(std::shared_ptr<http_connection> self) {
    try {
      error_code ec;
      auto peer = socket_.remote_endpoint(ec);
      peer_ = plain_address(peer);
      while (!ec && co_await one_request()) {}
      if (socket_.is_open()) co_await linger();
    } catch (const std::exception&) {
      // Out of memory or the like: this connection ends, the others do not notice.
    }
    error_code ignored;
    if (presence_) presence_->let_go();
    socket_.close(ignored);
    loop_->remove(self);
  }

  /// False: the connection has ended, was handed on, or must be closed.
  asio::awaitable<bool> one_request() {
    auto settings = services_->settings();
    error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    if (buffer_.size() == 0) {
      if (loop_->draining()) co_return false;
      enter(phase::idle, settings->http.idle_timeout);
      buffer_.commit(co_await socket_.async_read_some(buffer_.prepare(2048), token));
      if (ec) co_return false;
    }
    head_parser parser;
    parser.header_limit(static_cast<std::uint32_t>(settings->http.max_header));
    parser.body_limit(boost::none); // each route has its own
    enter(phase::reading, settings->http.header_timeout);
    co_await http::async_read_header(socket_, buffer_, parser, token);
    request what;
    what.address = peer_;
    what.id = random_token(12);
    ++services_->counters.requests;
    if (ec) {
      if (auto made = unreadable(ec)) co_await write(*made, what, false, *settings);
      co_return false;
    }
    const auto began = steady::now();
    bool keep_alive = parser.get().keep_alive() && !loop_->draining();
    dispatcher::ruling ruling;
    const auto& head = parser.get();
    for (const auto& field : head)
      what.headers.emplace_back(header_name(plain(field.name_string())), std::string{field.value()});
    ruling.no = complete(what, {plain(head.method_string()), plain(head.target()), head.version()}, *settings);
    if (ruling.no) keep_alive = keep_alive && parser.is_done();
    else if (wants_websocket(what) && parser.is_done()) {
      co_await upgrade(what, *settings);
      co_return false;
    } else {
      ruling = dispatcher_->rule(what);
    }
    // What somebody may not do is refused before he sends what he wants to do it with.
    std::uint64_t to_skip = 0;
    if (!parser.is_done()) {
      if (!ruling.no) {
        auto outcome = co_await read_body(parser, what, ruling, *settings);
        if (outcome == arrival::gone) co_return false;
        keep_alive = keep_alive && outcome == arrival::complete;
      } else {
        to_skip = expects_continue(what, head.version()) ? longest_skip + 1 : parser.content_length().value_or(longest_skip + 1);
        keep_alive = keep_alive && to_skip <= longest_skip;
      }
    }
    // Not one conditional expression: GCC 12 destroys the temporary of a co_await in one twice.
    response made;
    if (ruling.no) made = std::move(*ruling.no);
    else made = co_await answer(what, ruling);
    bool written = co_await write(made, what, keep_alive && !loop_->draining(), *settings);
    if (services_->on_request)
      services_->on_request({what, made.status, sent_, std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - began)});
    if (!written || !keep_alive || loop_->draining()) co_return false;
    if (to_skip == 0) co_return true;
    enter(phase::reading, settings->http.body_timeout);
    co_return co_await skip(to_skip);
  }

  enum class arrival : std::uint8_t { complete, refused, gone };

  /// The body of a request that was let through, into `what`; or why not, into `ruling`.
  asio::awaitable<arrival> read_body(head_parser& head, request& what, dispatcher::ruling& ruling, const server_settings& settings) {
    if (head.content_length().value_or(0) > ruling.max_body) {
      ruling.no = refusal({errc::too_large, {}, {}});
      co_return arrival::refused;
    }
    error_code ec;
    enter(phase::reading, settings.http.body_timeout);
    if (expects_continue(what, head.get().version()))
      co_await asio::async_write(socket_, asio::buffer(std::string_view{"HTTP/1.1 100 Continue\r\n\r\n"}),
                                 asio::redirect_error(asio::use_awaitable, ec));
    if (!ec && ruling.spool) {
      ec = co_await spool(head, what, ruling, settings);
    } else if (!ec) {
      http::request_parser<http::string_body> parser{std::move(head)};
      parser.body_limit(ruling.max_body);
      co_await http::async_read(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
      what.body = std::move(parser.get().body());
    }
    if (ec) ruling.no = unreadable(ec);
    if (ruling.no) co_return arrival::refused;
    co_return ec ? arrival::gone : arrival::complete;
  }

  /// A body that goes to a file. It may take as long as it comes at a fair pace.
  asio::awaitable<error_code> spool(head_parser& head, request& what, dispatcher::ruling& ruling, const server_settings& settings) {
    struct turn {
      explicit turn(std::atomic<std::uint64_t>& count) : now(count), number(++count) {}
      ~turn() { --now; }
      std::atomic<std::uint64_t>& now;
      std::uint64_t number;
    } mine{services_->counters.uploads};
    error_code ec;
    if (mine.number > settings.http.max_uploads) {
      ruling.no = refusal({errc::storage_unavailable, "Trop d'envois de fichiers en cours : réessayez dans un instant.", {}}, seconds{5});
      co_return ec;
    }
    auto file = spool_writer::open(settings.spool_dir, what.header("content-type"), !what.header("idempotency-key").empty());
    if (!file) {
      ruling.no = refusal(file.error());
      co_return ec;
    }
    auto& writer = **file;
    http::request_parser<http::buffer_body> parser{std::move(head)};
    parser.body_limit(ruling.max_body);
    std::vector<char> room(16 * 1024);
    std::uint64_t arrived = 0;
    const auto latest = deadline_;
    while (!parser.is_done()) {
      auto& body = parser.get().body();
      body.data = room.data();
      body.size = room.size();
      co_await http::async_read_some(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
      if (ec == http::error::need_buffer) ec = {};
      if (ec) co_return ec;
      const auto fresh = room.size() - parser.get().body().size;
      arrived += fresh;
      deadline_ = latest + milliseconds{arrived * 1000 / std::max<std::size_t>(1, settings.http.least_upload_rate)};
      if (!writer.write({room.data(), fresh})) {
        ruling.no = refusal(writer.problem());
        co_return ec;
      }
    }
    auto kept = writer.finish();
    if (kept) what.spooled = std::move(kept.value());
    else ruling.no = refusal(kept.error());
    co_return ec;
  }

  /// Reads past the body of a request that was refused; false: it did not come.
  asio::awaitable<bool> skip(std::uint64_t left) {
    error_code ec;
    while (!ec) {
      const auto known = std::min<std::uint64_t>(left, buffer_.size());
      buffer_.consume(static_cast<std::size_t>(known));
      left -= known;
      if (left == 0) co_return true;
      buffer_.commit(co_await socket_.async_read_some(buffer_.prepare(2048), asio::redirect_error(asio::use_awaitable, ec)));
    }
    co_return false;
  }

  /// What to say about a request that could not be read; nothing when nobody is there to hear it.
  std::optional<response> unreadable(error_code ec) const {
    response made = refusal({errc::invalid_input, "Requête HTTP illisible.", {}});
    if (timed_out_) made.status = 408;
    else if (ec == http::error::body_limit) made = refusal({errc::too_large, {}, {}});
    else if (ec == http::error::header_limit || ec == http::error::buffer_overflow) made.status = 431;
    else if (ec == http::error::end_of_stream || ec == http::error::partial_message ||
             ec.category() != http::make_error_code(http::error::bad_method).category())
      return std::nullopt;
    return made;
  }

  asio::awaitable<response> answer(request& what, const dispatcher::ruling& ruling) {
    enter(phase::answering, milliseconds{std::chrono::hours{1}}); // the slot's own timer is the deadline
    slot_ = std::make_shared<answer_slot>(loop_->context());
    slot_->timer.expires_after(ruling.patience);
    auto promise = std::make_shared<answer_promise>(loop_, slot_);
    what.client = presence_ = std::make_shared<open_socket>(socket_.native_handle());
    try {
      dispatcher_->serve(what, ruling, [promise](response made) { promise->give(std::move(made)); });
    } catch (const std::exception&) { promise->give(refusal({errc::internal, {}, {}})); }
    promise.reset();
    error_code ec;
    // An answer given meanwhile is a task of this very loop: it can run only once we wait.
    co_await slot_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    std::exchange(presence_, nullptr)->let_go();
    auto slot = std::move(slot_);
    if (!slot->made) slot->made = refusal({errc::timeout, {}, {}});
    co_return std::move(*slot->made);
  }

  asio::awaitable<bool> write(response& made, const request& what, bool keep_alive, const server_settings& settings) {
    std::unique_ptr<open_file> file;
    if (made.file) file = open_answer(what, made);
    if (made.status >= 500) ++services_->counters.failed_requests;
    else if (made.status >= 400) ++services_->counters.refused_requests;
    const auto length = file ? file->left() : made.content().size();
    auto head = make_head(made, what, length, keep_alive, settings.sign_in.secure_cookies);
    const bool bare = what.head || made.status == 204 || made.status == 304;
    std::array<asio::const_buffer, 2> parts{asio::buffer(head),
                                            bare || file ? asio::const_buffer{} : asio::buffer(made.content())};
    enter(phase::writing, settings.http.write_timeout);
    error_code ec;
    co_await asio::async_write(socket_, parts, asio::redirect_error(asio::use_awaitable, ec));
    sent_ = bare ? 0 : length;
    if (ec || bare || !file) co_return !ec;
    std::vector<char> room(static_cast<std::size_t>(std::min<std::uint64_t>(piece, length)));
    while (file->left() > 0) {
      const auto size = file->read(room);
      // Shorter than promised: all we can still do is to end the connection.
      if (size == 0) co_return false;
      enter(phase::writing, settings.http.write_timeout);
      co_await asio::async_write(socket_, asio::buffer(room.data(), size), asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return false;
    }
    co_return true;
  }

  /// Hands the socket on, or says why not.
  asio::awaitable<void> upgrade(const request& what, const server_settings& settings) {
    std::variant<admission, response> verdict = refusal({errc::timeout, {}, {}});
    if (!loop_->draining()) verdict = admit(what, *services_);
    auto refused = std::get_if<response>(&verdict);
    if (services_->on_request) services_->on_request({what, refused ? refused->status : 101, 0, {}});
    if (refused) {
      co_await write(*refused, what, false, settings);
      co_return;
    }
    auto& who = std::get<admission>(verdict);
    std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    add_header(head, "Sec-WebSocket-Accept", websocket_accept(what.header("sec-websocket-key")));
    if (!who.subprotocol.empty()) add_header(head, "Sec-WebSocket-Protocol", who.subprotocol);
    add_header(head, "X-Request-Id", what.id);
    head += "\r\n";
    enter(phase::writing, settings.http.write_timeout);
    error_code ec;
    co_await asio::async_write(socket_, asio::buffer(head), asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    std::string early{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
    start_websocket(loop_, services_, socket_.release(), std::move(who), std::move(early));
  }

  /// Closing at once with unread bytes would make the network throw our answer away: first hear the client out, briefly.
  asio::awaitable<void> linger() {
    error_code ec;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    enter(phase::lingering, milliseconds{loop_->draining() ? 100 : 1000});
    for (std::size_t heard = 0; !ec && heard < longest_linger;) {
      auto room = loop_->read_buffer();
      heard += co_await socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                                asio::redirect_error(asio::use_awaitable, ec));
    }
  }

  std::shared_ptr<event_loop> loop_; // before the socket: it must outlive it
  std::shared_ptr<services> services_;
  std::shared_ptr<dispatcher> dispatcher_;
  asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type> socket_;
  boost::beast::flat_buffer buffer_;
  std::string peer_;
  std::shared_ptr<answer_slot> slot_;
  std::shared_ptr<open_socket> presence_;
  phase phase_ = phase::idle;
  steady::time_point deadline_ = steady::time_point::max();
  bool timed_out_ = false;
  /// Bytes of the last answer's body.
  std::uint64_t sent_ = 0;
};

} // namespace

void start_http(std::shared_ptr<event_loop> loop, std::shared_ptr<services> shared, std::shared_ptr<dispatcher> routes,
                int socket) {
  std::make_shared<http_connection>(std::move(loop), std::move(shared), std::move(routes), socket)->start();
}

} // namespace evs::web
