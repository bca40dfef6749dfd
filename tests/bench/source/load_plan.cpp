#include "tests/bench/source/load_plan.hpp"

#include "tests/bench/common/stamp_board.hpp"
#include "tests/bench/source/ami_server.hpp"
#include "tests/bench/source/switchboard.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <queue>
#include <vector>

namespace evs::bench {

namespace {

constexpr std::uint64_t media_wait_us = 500'000;  // what Answer() waits for media in the recording
constexpr std::size_t flood_backlog = 256 * 1024; // bytes kept ready for the server while flooding
constexpr auto tick = std::chrono::milliseconds(1);

enum class step { settle, end, answer };

struct due {
  std::uint64_t at_us;
  std::uint64_t index;
  std::uint64_t epoch;
  step what;
  bool operator>(const due& other) const { return at_us > other.at_us; }
};

} // namespace

struct load_plan::impl {
  impl(boost::asio::io_context& i, switchboard& b, ami_server& s, stamp_board& st)
      : io(i), board(b), server(s), stamps(st), timer(i) {}

  void arm() {
    if (armed) return;
    armed = true;
    timer.expires_after(tick);
    timer.async_wait([this](boost::system::error_code error) {
      armed = false;
      if (!error) on_tick();
    });
  }

  void on_tick() {
    const auto now = now_us();
    while (!steps.empty() && steps.top().at_us <= now) {
      const auto next = steps.top();
      steps.pop();
      perform(next, now);
    }
    if (flooding) { // the flood has its own pace; only answers are due here
      if (!steps.empty()) arm();
      return;
    }
    if (to_start > 0) start_due(now);
    if (to_start > 0 || !steps.empty()) arm();
    else if (running) finish();
  }

  void perform(const due& d, std::uint64_t now) {
    switch (d.what) {
    case step::settle: return board.settle(d.index);
    case step::answer: return board.answer(d.index, d.epoch);
    case step::end: return board.end(d.index, now);
    }
  }

  void start_due(std::uint64_t now) {
    const auto wanted =
        std::min<std::uint64_t>(total, static_cast<std::uint64_t>(static_cast<double>(now - began_us) * rate / 1e6));
    while (total - to_start < wanted) {
      const auto number = total - to_start;
      const auto planned = began_us + static_cast<std::uint64_t>(static_cast<double>(number) * 1e6 / rate);
      auto& late = stamps.header().late_max_us;
      if (number >= unmeasured && now > planned && now - planned > late) late = now - planned;
      const auto index = board.arrive(now);
      if (number == unmeasured) stamps.header().measure_from = index;
      steps.push({now + media_wait_us, index, 0, step::settle});
      steps.push({now + hold_us, index, 0, step::end});
      --to_start;
    }
  }

  void finish() {
    running = false;
    stamps.header().finished = 1;
  }

  /// Keeps the server's socket full; the caller who arrived `concurrent` calls ago leaves.
  void pump() {
    while (flooding && server.backlog() < flood_backlog) {
      const auto now = now_us();
      if (to_start > 0) {
        if (total - to_start == unmeasured) stamps.header().measure_from = stamps.header().started.load();
        const auto index = board.arrive(now);
        board.settle(index);
        flood_calls.push(index);
        --to_start;
      }
      if (flood_calls.size() > concurrent || to_start == 0) {
        board.end(flood_calls.front(), now);
        flood_calls.pop();
      }
      if (to_start == 0 && flood_calls.empty()) {
        flooding = false;
        finish();
      }
      if (++since_poll == 64) { // let the sockets and the timers have their turn
        since_poll = 0;
        return boost::asio::post(io, [this] { pump(); });
      }
    }
  }

  void begin(std::uint64_t calls, std::uint64_t warm_up) {
    auto& header = stamps.header();
    header.finished = 0;
    header.late_max_us = 0;
    header.blocked_max_us = 0;
    header.blocked_count = 0;
    header.measure_from = ~std::uint64_t{0};
    total = to_start = calls;
    unmeasured = warm_up;
    running = true;
    began_us = now_us();
  }

  boost::asio::io_context& io;
  switchboard& board;
  ami_server& server;
  stamp_board& stamps;
  boost::asio::steady_timer timer;
  std::priority_queue<due, std::vector<due>, std::greater<>> steps;
  std::queue<std::uint64_t> flood_calls;
  bool armed = false;
  bool running = false;
  bool flooding = false;
  double rate = 0;
  std::uint64_t began_us = 0;
  std::uint64_t total = 0;
  std::uint64_t to_start = 0;
  std::uint64_t unmeasured = 0;
  std::uint64_t hold_us = 0;
  std::uint64_t concurrent = 0;
  unsigned since_poll = 0;
};

load_plan::load_plan(boost::asio::io_context& io, switchboard& board, ami_server& server, stamp_board& stamps)
    : impl_(std::make_unique<impl>(io, board, server, stamps)) {}

load_plan::~load_plan() = default;

void load_plan::steady(double calls_per_second, std::uint64_t warm_up_ms, std::uint64_t measured_ms,
                       std::uint64_t hold_ms) {
  auto& p = *impl_;
  p.rate = calls_per_second;
  p.hold_us = std::max(hold_ms * 1000, media_wait_us + 50'000);
  const auto calls = [&](std::uint64_t ms) {
    return static_cast<std::uint64_t>(calls_per_second * static_cast<double>(ms) / 1e3);
  };
  p.begin(calls(warm_up_ms) + calls(measured_ms), calls(warm_up_ms));
  p.arm();
}

void load_plan::flood(std::uint64_t calls, std::uint64_t concurrent, std::uint64_t warm_up) {
  auto& p = *impl_;
  p.concurrent = concurrent;
  p.begin(calls, warm_up);
  p.flooding = true;
  p.server.on_drained([&p] {
    if (p.flooding) boost::asio::post(p.io, [&p] { p.pump(); });
  });
  p.pump();
}

void load_plan::hold(std::uint64_t calls) {
  for (std::uint64_t i = 0; i < calls; ++i) impl_->board.settle(impl_->board.arrive(now_us()));
}

void load_plan::answer_later(std::uint64_t index, std::uint64_t epoch, std::uint64_t delay_ms) {
  impl_->steps.push({now_us() + delay_ms * 1000, index, epoch, step::answer});
  impl_->arm();
}

} // namespace evs::bench
