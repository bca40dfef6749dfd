#include "tests/bench/api/listeners.hpp"

#include "tests/bench/api/plan.hpp"
#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/dashboards/websocket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace evs::bench {

namespace asio = boost::asio;

struct listeners::session {
  session(asio::io_context& context, int fd) : socket(context, fd) {}
  asio::posix::stream_descriptor socket;
  websocket_reader reader;
  websocket_reader::events events;
  bool alive = true;
};

listeners::listeners(asio::io_context& context, std::string prefix, heard told)
    : context_(context), prefix_(std::move(prefix)), told_(std::move(told)), buffer_(256 * 1024) {}

listeners::~listeners() = default;

void listeners::add(int fd, std::string_view already_read) {
  const auto number = all_.size();
  auto& s = *all_.emplace_back(std::make_unique<session>(context_, fd));
  s.events.on_message = [this, number](std::string_view text) {
    ++messages_;
    for (const auto mark : marks_in(text, prefix_)) told_(number, mark, read_at_us_);
  };
  s.events.on_ping = [&s](std::string_view payload) {
    const auto frame = pong_frame(payload);
    (void)!::send(s.socket.native_handle(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  };
  s.events.on_close = [this, &s](unsigned) {
    if (std::exchange(s.alive, false)) ++lost_;
  };
  read_at_us_ = now_us();
  s.reader.feed(already_read, s.events);
  wait(s);
}

void listeners::wait(session& s) {
  s.socket.async_wait(asio::posix::descriptor_base::wait_read, [this, &s](boost::system::error_code ec) {
    if (ec) return;
    read(s);
    if (s.alive) wait(s);
  });
}

void listeners::read(session& s) {
  const auto size = ::recv(s.socket.native_handle(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return s.events.on_close(1006);
  read_at_us_ = now_us();
  s.reader.feed({buffer_.data(), static_cast<std::size_t>(size)}, s.events);
}

} // namespace evs::bench
