#include "transport/ami/link.hpp"

#include "transport/ami/actions.hpp"
#include "transport/ami/correlator.hpp"
#include "transport/ami/events.hpp"
#include "transport/ami/parser.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <optional>
#include <random>
#include <thread>

namespace evs::ami {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr std::size_t read_size = 64 * 1024;
/// Bytes that may wait to be written; beyond it Asterisk is not reading.
constexpr std::size_t max_backlog = 4 * 1024 * 1024;
/// A user who may not read `system` events never sees FullyBooted: go on without it after this.
constexpr milliseconds boot_wait{10'000};
constexpr milliseconds own_action_timeout{5000};
/// Longest time that a Logoff may take.
constexpr milliseconds farewell{300};

/// One TCP connection, plain or TLS, with what belongs to its life. Handlers share it, so that a late one finds its own connection.
struct wire {
  explicit wire(asio::io_context& io) : socket(io) {}

  tcp::socket socket;
  std::optional<asio::ssl::context> tls_context;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  parser incoming;
  std::string waiting;
  std::string being_written;
  bool writing = false;

  asio::awaitable<std::size_t> read_some(asio::mutable_buffer room) {
    if (tls) co_return co_await tls->async_read_some(room, asio::use_awaitable);
    co_return co_await socket.async_read_some(room, asio::use_awaitable);
  }

  template <class Handler> void write(Handler handler) {
    if (tls) asio::async_write(*tls, asio::buffer(being_written), std::move(handler));
    else asio::async_write(socket, asio::buffer(being_written), std::move(handler));
  }

  void close() noexcept {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
};

std::string random_prefix() {
  std::random_device device;
  char text[32];
  std::snprintf(text, sizeof text, "evs-%08x-", static_cast<unsigned>(device()));
  return text;
}

class asio_link final : public link {
public:
  asio_link(link_settings settings, link_listener& listener)
      : settings_(std::move(settings)), listener_(listener), resolver_(io_), alarm_(io_), pause_(io_),
        correlator_(random_prefix(), settings_.max_pending), random_(std::random_device{}()) {}

  ~asio_link() override { stop(); }

  void start() override {
    asio::co_spawn(io_, live(), [](std::exception_ptr) {});
    thread_ = std::thread([this] { io_.run(); });
  }

  void submit(action what, milliseconds timeout, std::function<void(reply)> done) override {
    if (stopping_.load(std::memory_order_relaxed)) return;
    asio::post(io_, [this, what = std::move(what), timeout, done = std::move(done)]() mutable {
      if (!up_) refuse(done, reply_status::disconnected, "Asterisk is not connected");
      else send(what, timeout, std::move(done));
    });
  }

  void stop() override {
    stopping_ = true;
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { take_leave(); });
    thread_.join();
  }

  link_stats stats() const override {
    return {up_, events_, bytes_, reconnects_, malformed_, late_, timed_out_, pending_};
  }

private:
  enum class phase { down, connecting, greeting, login, booting, asking, up, leaving };

  // --- a connection's life ---------------------------------------------------------------------------------------

  asio::awaitable<void> live() {
    while (!stopping_) {
      refused_ = false;
      fault_.clear();
      auto connection = wire_ = std::make_shared<wire>(io_);
      std::string why;
      try {
        co_await connect(*connection);
        co_await read_on(*connection);
      } catch (const boost::system::system_error& problem) {
        why = problem.code() == asio::error::eof ? "Asterisk closed the connection" : problem.code().message();
      } catch (const std::exception& problem) { why = problem.what(); }
      if (!fault_.empty()) why = fault_;
      down(where() + ": " + why);
      if (!stopping_) co_await wait_before_next();
    }
    alarm_.cancel();
  }

  asio::awaitable<void> connect(wire& to) {
    enter(phase::connecting, settings_.connect_timeout);
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(settings_.host, not_numeric);
    if (!not_numeric) {
      co_await to.socket.async_connect({address, settings_.port}, asio::use_awaitable);
    } else {
      auto found =
          co_await resolver_.async_resolve(settings_.host, std::to_string(settings_.port), asio::use_awaitable);
      if (!fault_.empty()) throw std::runtime_error(fault_);
      co_await asio::async_connect(to.socket, found, asio::use_awaitable);
    }
    to.socket.set_option(tcp::no_delay{true});
    if (settings_.tls) co_await secure(to);
    enter(phase::greeting, settings_.connect_timeout);
  }

  asio::awaitable<void> secure(wire& to) {
    auto& context = to.tls_context.emplace(asio::ssl::context::tls_client);
    context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    if (settings_.tls_ca_file.empty()) context.set_default_verify_paths();
    else context.load_verify_file(settings_.tls_ca_file);
    auto& stream = to.tls.emplace(to.socket, context);
    if (settings_.tls_verify) {
      stream.set_verify_mode(asio::ssl::verify_peer);
      stream.set_verify_callback(asio::ssl::host_name_verification(settings_.host));
      SSL_set_tlsext_host_name(stream.native_handle(), settings_.host.c_str());
    } else {
      stream.set_verify_mode(asio::ssl::verify_none);
    }
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  }

  asio::awaitable<void> read_on(wire& from) {
    for (;;) {
      const auto room = from.incoming.prepare(read_size);
      const auto size = co_await from.read_some(asio::buffer(room.data(), room.size()));
      received_ = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
      last_heard_ = steady::now();
      pinged_ = false;
      bytes_ += size;
      const auto malformed_before = from.incoming.malformed();
      from.incoming.commit(size);
      while (const auto frame = from.incoming.next()) take(*frame);
      malformed_ += from.incoming.malformed() - malformed_before;
      hand_on_events();
      if (phase_ == phase::greeting) greeted(from);
      publish_counters();
      schedule();
    }
  }

  /// The secret goes to nobody who does not greet like Asterisk.
  void greeted(const wire& from) {
    if (!from.incoming.greeting().empty()) log_in();
    else if (from.incoming.malformed() > 0) fail("who answers there is not Asterisk's manager interface");
  }

  void log_in() {
    enter(phase::login, settings_.connect_timeout);
    send(login(settings_.username, settings_.secret), settings_.connect_timeout, [this](const reply& answer) {
      if (answer.status == reply_status::ok) return enter(phase::booting, boot_wait);
      refused_ = answer.status == reply_status::refused || answer.status == reply_status::not_sendable;
      fail("login of user \"" + settings_.username + "\" failed: " + answer.message);
    });
  }

  void ask_who_it_is() {
    enter(phase::asking, 2 * own_action_timeout);
    send(core_settings(), own_action_timeout, [this](const reply& answer) {
      const auto version = answer.response.get("AsteriskVersion");
      version_ = version.empty() ? wire_->incoming.greeting() : std::string{version};
    });
    send(core_status(), own_action_timeout, [this](const reply& answer) {
      const auto boot = boot_of(answer);
      if (boot.empty()) return fail("CoreStatus failed: " + answer.message);
      enter(phase::up, {});
      up_ = true;
      up_since_ = steady::now();
      if (was_up_) ++reconnects_;
      was_up_ = true;
      told_.clear();
      listener_.on_up(version_, boot);
    });
  }

  void down(const std::string& why) {
    const bool was = up_.exchange(false);
    phase_ = phase::down;
    wire_->close();
    correlator_.abandon(why);
    batch_.clear();
    publish_counters();
    if (was && steady::now() - up_since_ >= settings_.backoff_max) attempts_ = 0;
    if (stopping_ || (!was && told_ == why)) return;
    told_ = why;
    listener_.on_down(why);
  }

  asio::awaitable<void> wait_before_next() {
    milliseconds wait = settings_.backoff_min * (1L << std::min(attempts_++, 16U));
    wait = std::min(wait, settings_.backoff_max);
    if (refused_) wait = std::max(wait, settings_.backoff_refused);
    std::uniform_real_distribution<double> jitter(0.75, 1.25);
    pause_.expires_after(std::chrono::duration_cast<steady::duration>(wait * jitter(random_)));
    boost::system::error_code ended_early;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ended_early));
  }

  /// Ends the connection for a reason of ours; read_on() then ends too.
  void fail(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
    resolver_.cancel();
    wire_->close();
  }

  void take_leave() {
    pause_.cancel();
    if (!wire_) return;
    if (!up_) return fail("stopped");
    enter(phase::leaving, farewell);
    up_ = false;
    correlator_.abandon("the link was stopped");
    send(logoff(), farewell, [](const reply&) {});
  }

  // --- frames ----------------------------------------------------------------------------------------------------

  void take(const frame_view& arrived) {
    // Answers must not overtake the events before them.
    if (!batch_.empty() && (arrived.has("Response") || arrived.has("EventList"))) hand_on_events();
    if (correlator_.take(arrived) != correlator::verdict::event) return;
    if (phase_ == phase::up) {
      if (auto event = to_event(arrived)) batch_.push_back(std::move(*event));
    } else if (phase_ == phase::booting && arrived.get("Event") == "FullyBooted") {
      ask_who_it_is();
    }
  }

  void hand_on_events() {
    if (batch_.empty()) return;
    events_ += batch_.size();
    listener_.on_events(std::exchange(batch_, {}), received_);
  }

  void send(const action& what, milliseconds timeout, std::function<void(reply)> done) {
    auto bytes = serialize(what, correlator_.next_id());
    if (!bytes) return refuse(done, reply_status::not_sendable, bytes.error().text());
    if (wire_->waiting.size() > max_backlog || !correlator_.expect(steady::now() + timeout, std::move(done)))
      return refuse(done, reply_status::overloaded, "too many actions wait for Asterisk");
    wire_->waiting += *bytes;
    write_on(wire_);
    publish_counters();
    schedule();
  }

  static void refuse(const std::function<void(reply)>& done, reply_status status, std::string message) {
    reply answer;
    answer.status = status;
    answer.message = std::move(message);
    if (done) done(std::move(answer));
  }

  void write_on(const std::shared_ptr<wire>& to) {
    if (to->writing || to->waiting.empty()) return;
    to->writing = true;
    to->being_written.clear();
    std::swap(to->being_written, to->waiting);
    to->write([this, to](boost::system::error_code error, std::size_t) {
      to->writing = false;
      if (!error) write_on(to);
      else if (to == wire_) fail("writing: " + error.message());
    });
  }

  // --- time ------------------------------------------------------------------------------------------------------

  void enter(phase next, milliseconds limit) {
    phase_ = next;
    phase_ends_ = limit.count() > 0 ? steady::now() + limit : steady::time_point::max();
    last_heard_ = std::max(last_heard_, steady::now());
    schedule();
  }

  /// One alarm for the phase's limit, the answers that are due and the silence.
  void schedule() {
    auto due = std::min(phase_ends_, correlator_.next_deadline().value_or(steady::time_point::max()));
    if (phase_ == phase::up) due = std::min(due, last_heard_ + (pinged_ ? 2 : 1) * settings_.keep_alive);
    if (phase_ == phase::down || due >= alarm_at_) return;
    alarm_at_ = due;
    alarm_.expires_at(due);
    alarm_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) ring();
    });
  }

  void ring() {
    alarm_at_ = steady::time_point::max();
    const auto now = steady::now();
    correlator_.expire(now);
    if (now >= phase_ends_) phase_over();
    if (phase_ == phase::up) {
      if (now - last_heard_ >= 2 * settings_.keep_alive) {
        fail("nothing was heard for " + std::to_string(2 * settings_.keep_alive.count()) + " ms");
      } else if (now - last_heard_ >= settings_.keep_alive && !pinged_) {
        pinged_ = true;
        send(ping(), 2 * settings_.keep_alive, [](const reply&) {});
      }
    }
    publish_counters();
    schedule();
  }

  void phase_over() {
    phase_ends_ = steady::time_point::max();
    switch (phase_) {
    case phase::connecting:
      return fail("no connection within " + std::to_string(settings_.connect_timeout.count()) + " ms");
    case phase::greeting:
      return fail("no greeting within " + std::to_string(settings_.connect_timeout.count()) + " ms");
    case phase::login:
    case phase::asking: return fail("no answer while logging in");
    case phase::booting: return ask_who_it_is();
    case phase::leaving: return fail("stopped");
    case phase::up:
    case phase::down: return;
    }
  }

  std::string where() const {
    return "Asterisk " + settings_.server.value + " (" + settings_.host + ':' + std::to_string(settings_.port) + ')';
  }

  void publish_counters() {
    pending_ = correlator_.pending();
    late_ = correlator_.late();
    timed_out_ = correlator_.timed_out();
  }

  const link_settings settings_;
  link_listener& listener_;
  asio::io_context io_{1};
  tcp::resolver resolver_;
  asio::steady_timer alarm_;
  asio::steady_timer pause_;
  correlator correlator_;
  std::mt19937 random_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  // Only the link's thread from here on, but for the atomics, which stats() reads.
  std::shared_ptr<wire> wire_;
  phase phase_ = phase::down;
  steady::time_point phase_ends_ = steady::time_point::max();
  steady::time_point alarm_at_ = steady::time_point::max();
  steady::time_point last_heard_;
  steady::time_point up_since_;
  timestamp received_;
  bool pinged_ = false;
  bool refused_ = false;
  bool was_up_ = false;
  unsigned attempts_ = 0;
  std::string fault_;
  std::string told_;
  std::string version_;
  std::vector<telephony_event> batch_;
  std::atomic<bool> up_{false};
  std::atomic<std::uint64_t> events_{0}, bytes_{0}, reconnects_{0}, malformed_{0}, late_{0}, timed_out_{0};
  std::atomic<std::size_t> pending_{0};
};

} // namespace

std::unique_ptr<link> make_link(link_settings settings, link_listener& listener) {
  return std::make_unique<asio_link>(std::move(settings), listener);
}

} // namespace evs::ami
