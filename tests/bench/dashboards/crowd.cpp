#include "tests/bench/dashboards/crowd.hpp"

#include "tests/bench/common/stamp_board.hpp"

#include <array>
#include <cerrno>
#include <functional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace evs::bench {

namespace {

constexpr std::size_t cache_slots = 8192;
constexpr std::size_t buffer_size = 256 * 1024;

} // namespace

struct crowd::dashboard {
  dashboard(int f, std::size_t capacity) : fd(f), seen(capacity) {}
  int fd;
  websocket_reader reader;
  websocket_reader::events events;
  seen_calls seen;
  bool alive = true;
};

struct crowd::cached {
  std::size_t hash = 0;
  std::size_t size = 0;
  scanned events;
};

crowd::crowd(stamp_board& stamps)
    : stamps_(stamps), prefix_(std::to_string(stamps.header().prefix) + "."), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      cache_(cache_slots), buffer_(buffer_size), last_progress_us_(now_us()) {}

crowd::~crowd() {
  for (const auto& d : dashboards_)
    if (d->alive) ::close(d->fd);
  ::close(epoll_);
}

void crowd::add(int fd, std::string_view already_read) {
  auto& d = *dashboards_.emplace_back(std::make_unique<dashboard>(fd, stamps_.capacity()));
  d.events.on_message = [this, &d](std::string_view text) { message(d, text); };
  d.events.on_ping = [&d](std::string_view payload) {
    const auto frame = pong_frame(payload);
    (void)!::send(d.fd, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  };
  d.events.on_close = [this, &d](unsigned code) { lose(d, code); };
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &d;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  ++counts_.connections;
  stamps_.header().connected = counts_.connections;
  read_at_us_ = now_us();
  d.reader.feed(already_read, d.events);
}

void crowd::watch(int standard_input) {
  standard_input_ = standard_input;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, standard_input, &event);
}

void crowd::turn(int wait_ms) {
  std::array<epoll_event, 512> ready;
  const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), wait_ms);
  for (int i = 0; i < count; ++i) {
    auto* d = static_cast<dashboard*>(ready[static_cast<std::size_t>(i)].data.ptr);
    if (d == nullptr) stopped_ = true;
    else if (d->alive) read(*d);
  }
  auto& header = stamps_.header();
  header.deliveries = counts_.deliveries;
  header.frames = counts_.frames;
  header.received_bytes = counts_.bytes;
}

void crowd::read(dashboard& d) {
  const auto size = ::recv(d.fd, buffer_.data(), buffer_.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return lose(d, 1006);
  read_at_us_ = now_us();
  counts_.bytes += static_cast<std::uint64_t>(size);
  d.reader.feed({buffer_.data(), static_cast<std::size_t>(size)}, d.events);
}

void crowd::lose(dashboard& d, unsigned code) {
  if (!d.alive) return;
  d.alive = false;
  ::close(d.fd);
  ++counts_.lost_connections;
  counts_.close_codes.push_back(code);
  stamps_.header().lost_connections = counts_.lost_connections;
}

const scanned& crowd::look(std::string_view text) {
  const auto hash = std::hash<std::string_view>{}(text);
  auto& slot = cache_[hash % cache_slots];
  if (slot.hash != hash || slot.size != text.size()) {
    slot.hash = hash;
    slot.size = text.size();
    slot.events = scan_events(text, prefix_);
  }
  return slot.events;
}

void crowd::message(dashboard& d, std::string_view text) {
  ++counts_.frames;
  apply(d, look(text));
}

void crowd::apply(dashboard& d, const scanned& events) {
  counts_.deliveries += events.events;
  counts_.resets += events.reset ? 1 : 0;
  auto& header = stamps_.header();
  for (const auto& mark : events.marks) {
    if (mark.index >= header.started) {
      ++counts_.unknown;
      continue;
    }
    if (!d.seen.mark(mark.index, static_cast<unsigned>(mark.kind))) {
      ++counts_.doubled;
      continue;
    }
    ++applied_;
    last_progress_us_ = read_at_us_;
    if (mark.index < header.measure_from) continue;
    auto& stamp = stamps_.call(mark.index);
    const std::uint64_t sent = mark.kind == mark_kind::new_call ? stamp.arrived_us : stamp.ended_us;
    if (sent == 0) { // said to have ended while it lives
      ++counts_.unknown;
      continue;
    }
    latency_.add(read_at_us_ > sent ? read_at_us_ - sent : 0);
    drained_us_ = read_at_us_;
  }
}

bool crowd::complete() const {
  const auto& header = stamps_.header();
  return header.finished == 1 && applied_ >= 2 * header.started * (counts_.connections - counts_.lost_connections) &&
         applied_ > 0;
}

verdict crowd::result(bool timed_out) const {
  verdict v = counts_;
  v.calls = stamps_.header().started;
  for (const auto& d : dashboards_) v.missing += d->seen.missing(v.calls);
  v.timed = latency_.count();
  v.timed_out = timed_out;
  v.drained_us = drained_us_;
  v.latency = &latency_;
  return v;
}

} // namespace evs::bench
