#include "tests/bench/api/http_exchange.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdlib>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace evs::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {
constexpr std::chrono::seconds patience{30};
} // namespace

struct http_exchange::wire : std::enable_shared_from_this<wire> {
  wire(asio::io_context& c, std::string h, unsigned short port, std::string s)
      : host(std::move(h)), server(asio::ip::make_address(host), port), source(std::move(s)), stream(c) {}

  void ask(http_question what, std::function<void(http_reply)> then) {
    done = std::move(then);
    request = http::request<http::string_body>{http::string_to_verb(what.method), what.target, 11};
    request.set(http::field::host, host);
    if (!what.token.empty()) request.set(http::field::authorization, "Bearer " + what.token);
    if (!what.cookies.empty()) request.set(http::field::cookie, what.cookies);
    if (!what.body.empty()) request.set(http::field::content_type, "application/json");
    request.body() = std::move(what.body);
    request.prepare_payload();
    stream.expires_after(patience);
    if (open) return write();
    if (const auto ec = take_address())
      return asio::post(stream.get_executor(), [self = shared_from_this(), ec] { self->fail(ec); });
    stream.async_connect(server, [self = shared_from_this()](error_code ec) {
      if (ec) return self->fail(ec);
      self->open = true;
      self->stream.socket().set_option(tcp::no_delay{true}, ec);
      self->write();
    });
  }

  /// The port is chosen at connect, so that thousands of connections fit between the same two addresses.
  error_code take_address() {
    error_code ec;
    buffer.clear();
    stream.socket().close(ec);
    stream.socket().open(tcp::v4(), ec);
    if (ec || source.empty()) return ec;
    const int on = 1;
    ::setsockopt(stream.socket().native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    stream.socket().bind({asio::ip::make_address(source), 0}, ec);
    return ec;
  }

  void write() {
    http::async_write(stream, request, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return self->fail(ec);
      self->read();
    });
  }

  void read() {
    parser.emplace();
    parser->body_limit(boost::none);
    http::async_read(stream, buffer, *parser, [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec) return self->fail(ec);
      const auto& got = self->parser->get();
      if (!got.keep_alive()) self->close();
      self->finish(reply_of(got));
    });
  }

  static http_reply reply_of(const http::response<http::string_body>& got) {
    http_reply out{got.result_int(), got.body().size(), 0, {}};
    out.retry_after = static_cast<unsigned>(std::strtoul(std::string{got[http::field::retry_after]}.c_str(), nullptr, 10));
    for (auto [at, end] = got.equal_range(http::field::set_cookie); at != end; ++at) {
      const std::string text{at->value()};
      out.cookies.push_back(text.substr(0, text.find(';')));
    }
    return out;
  }

  void close() {
    error_code ignored;
    stream.socket().close(ignored);
    open = false;
  }

  void fail(error_code) {
    close();
    finish({});
  }

  void finish(http_reply reply) {
    if (auto then = std::exchange(done, nullptr)) then(std::move(reply));
  }

  std::string host;
  tcp::endpoint server;
  std::string source;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  std::optional<http::response_parser<http::string_body>> parser;
  std::function<void(http_reply)> done;
  bool open = false;
};

http_exchange::http_exchange(asio::io_context& context, std::string host, unsigned short port, std::string source)
    : wire_(std::make_shared<wire>(context, std::move(host), port, std::move(source))) {}

http_exchange::~http_exchange() {
  if (wire_) wire_->close();
}

http_exchange::http_exchange(http_exchange&&) noexcept = default;

void http_exchange::ask(http_question what, std::function<void(http_reply)> done) {
  wire_->ask(std::move(what), std::move(done));
}

} // namespace evs::bench
