#include "transport/web/server.hpp"

#include "transport/web/dispatcher.hpp"
#include "transport/web/event_loop.hpp"
#include "transport/web/http_connection.hpp"
#include "transport/web/spool.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <system_error>

namespace evs::web {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

timestamp system_clock_now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

[[noreturn]] void fail(const boost::system::error_code& ec, const server_settings& s) {
  throw std::system_error(ec.value(), std::generic_category(),
                          "cannot listen on " + s.address + ":" + std::to_string(s.port));
}

} // namespace

struct server::machinery {
  machinery(server_settings settings, backend& the_backend, std::function<timestamp()> clock)
      : shared(
            std::make_shared<services>(std::move(settings), the_backend, clock ? std::move(clock) : system_clock_now)),
        routes(std::make_shared<dispatcher>(shared, all_routes(shared))) {}

  void listen();
  void accept();
  void accepted(const boost::system::error_code& ec, tcp::socket socket);
  void tidy();

  std::shared_ptr<services> shared;
  std::shared_ptr<dispatcher> routes;
  std::vector<std::shared_ptr<event_loop>> loops;
  /// Both live on loops[0].
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<asio::steady_timer> timer, tidy_timer;
  std::size_t next_loop = 0;
  std::uint16_t port = 0;
  bool running = false;
};

void server::machinery::listen() {
  auto settings = shared->settings();
  auto fresh = std::make_unique<tcp::acceptor>(loops.front()->context());
  boost::system::error_code ec;
  tcp::endpoint where{asio::ip::make_address(settings->address, ec), settings->port};
  if (!ec) fresh->open(where.protocol(), ec);
  if (!ec) fresh->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) fresh->bind(where, ec);
  if (!ec) fresh->listen(4096, ec);
  if (!ec) port = fresh->local_endpoint(ec).port();
  if (ec) fail(ec, *settings);
  acceptor = std::move(fresh);
}

void server::machinery::accept() {
  acceptor->async_accept(loops[0]->context(), [this](const boost::system::error_code& ec, tcp::socket socket) {
    accepted(ec, std::move(socket));
  });
}

void server::machinery::accepted(const boost::system::error_code& ec, tcp::socket socket) {
  if (!acceptor->is_open()) return;
  if (ec && ec != asio::error::connection_aborted) {
    // Out of file descriptors, most likely: look again in a moment instead of spinning.
    timer->expires_after(milliseconds{50});
    timer->async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && acceptor->is_open()) accept();
    });
    return;
  }
  const auto& counters = shared->counters;
  if (!ec && counters.connections + counters.sessions < shared->settings()->http.max_connections) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto loop = loops[next_loop++ % loops.size()];
    auto fd = socket.release(ignored);
    if (!ignored)
      loop->post([loop_ptr = loop.get(), loops_shared = shared, routes_shared = routes, fd] {
        start_http(loop_ptr->shared_from_this(), loops_shared, routes_shared, fd);
      });
  }
  accept();
}

void server::machinery::tidy() {
  tidy_timer->expires_after(seconds{60});
  tidy_timer->async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    shared->revoked.forget(shared->now(), shared->settings()->sign_in.access_life);
    tidy();
  });
}

server::server(server_settings settings, backend& the_backend, std::function<timestamp()> clock)
    : machinery_(std::make_unique<machinery>(std::move(settings), the_backend, std::move(clock))) {}

server::~server() {
  stop();
  machinery_->shared->passwords.stop();
}

void server::on_request(std::function<void(const access_record&)> log) {
  machinery_->shared->on_request = std::move(log);
}

void server::on_refused(std::function<void(const refused_attempt&)> note) { machinery_->shared->on_refused = std::move(note); }

void server::on_password(std::function<void(const password_event&)> note) { machinery_->shared->passwords.on_event(std::move(note)); }

void server::start() {
  auto& m = *machinery_;
  auto settings = m.shared->settings();
  for (unsigned i = 0; i < std::max(1u, settings->threads); ++i)
    m.loops.push_back(std::make_shared<event_loop>(settings->sweep_interval));
  try {
    m.listen();
  } catch (...) {
    m.loops.clear();
    throw;
  }
  tidy_spool(settings->spool_dir);
  m.timer = std::make_unique<asio::steady_timer>(m.loops[0]->context());
  m.tidy_timer = std::make_unique<asio::steady_timer>(m.loops[0]->context());
  m.running = true;
  m.accept();
  m.tidy();
  for (auto& loop : m.loops) loop->start();
}

void server::stop() {
  auto& m = *machinery_;
  if (!std::exchange(m.running, false)) return;
  m.loops[0]->post([&m] {
    boost::system::error_code ignored;
    m.acceptor->close(ignored);
    m.timer->cancel();
    m.tidy_timer->cancel();
  });
  auto timeout = m.shared->settings()->drain_timeout;
  for (auto& loop : m.loops) loop->begin_drain(timeout);
  for (auto& loop : m.loops) loop->join();
  m.acceptor.reset();
  m.timer.reset();
  m.tidy_timer.reset();
  m.loops.clear();
  m.shared->passwords.stop();
}

std::uint16_t server::port() const { return machinery_->port; }

std::vector<std::string> server::update(server_settings next) {
  auto now = machinery_->shared->settings();
  std::vector<std::string> wait;
  auto fixed = [&](const char* name, auto member) {
    if (next.*member == (*now).*member) return;
    wait.emplace_back(name);
    next.*member = (*now).*member;
  };
  fixed("address", &server_settings::address);
  fixed("port", &server_settings::port);
  fixed("threads", &server_settings::threads);
  fixed("token_key", &server_settings::token_key);
  fixed("password_threads", &server_settings::password_threads);
  fixed("spool_dir", &server_settings::spool_dir);
  fixed("sweep_interval", &server_settings::sweep_interval);
  machinery_->shared->replace_settings(std::move(next));
  return wait;
}

void server::revoke_family(const std::string& family) {
  machinery_->shared->revoked.end_family(family, machinery_->shared->now());
}
void server::revoke_user(const user_id& user) { machinery_->shared->revoked.end_user(user, machinery_->shared->now()); }

std::vector<route> server::routes() const { return machinery_->routes->routes(); }

statistics server::statistics() const {
  const auto& c = machinery_->shared->counters;
  return {c.connections, c.sessions,   c.requests,  c.refused_requests, c.failed_requests,
          c.messages_in, c.frames_out, c.bytes_out, c.slow_closed};
}

} // namespace evs::web
