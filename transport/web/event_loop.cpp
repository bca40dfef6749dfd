#include "transport/web/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace evs::web {

namespace asio = boost::asio;

struct event_loop::machinery {
  asio::io_context context{1};
  asio::steady_timer sweep{context};
  asio::steady_timer patience{context};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work{context.get_executor()};
};

event_loop::event_loop(milliseconds sweep_interval)
    : sweep_interval_(sweep_interval), read_buffer_(16 * 1024), machinery_(std::make_unique<machinery>()) {}

event_loop::~event_loop() = default;

asio::io_context& event_loop::context() noexcept { return machinery_->context; }

void event_loop::start() {
  arm_sweep();
  thread_ = std::thread([this] { machinery_->context.run(); });
}

void event_loop::post(std::function<void()> task) { asio::post(machinery_->context, std::move(task)); }

void event_loop::wake(std::shared_ptr<loop_member> member) {
  std::unique_lock lock(mutex_);
  woken_.push_back(std::move(member));
  if (woken_.size() > 1) return;
  lock.unlock();
  asio::post(machinery_->context, [this] { run_woken(); });
}

void event_loop::run_woken() {
  std::unique_lock lock(mutex_);
  auto batch = std::exchange(woken_, {});
  lock.unlock();
  for (auto& member : batch) member->woken();
}

void event_loop::each(void (*what)(loop_member&)) {
  // A member may remove itself, or another one.
  std::vector<std::shared_ptr<loop_member>> all(members_.begin(), members_.end());
  for (auto& member : all) what(*member);
}

void event_loop::arm_sweep() {
  machinery_->sweep.expires_after(sweep_interval_);
  machinery_->sweep.async_wait([this](boost::system::error_code) {
    if (draining_ && members_.empty()) {
      machinery_->patience.cancel();
      return;
    }
    static thread_local std::chrono::steady_clock::time_point now;
    now = std::chrono::steady_clock::now();
    each([](loop_member& m) { m.sweep(now); });
    arm_sweep();
  });
}

void event_loop::begin_drain(milliseconds timeout) {
  post([this, timeout] {
    draining_ = true;
    machinery_->work.reset();
    each([](loop_member& m) { m.drain(); });
    machinery_->patience.expires_after(timeout);
    machinery_->patience.async_wait([this](boost::system::error_code ec) {
      if (!ec) each([](loop_member& m) { m.abandon(); });
    });
    machinery_->sweep.expires_after(milliseconds{0}); // an empty loop ends at once
    arm_sweep();
  });
}

void event_loop::join() {
  if (thread_.joinable()) thread_.join();
}

} // namespace evs::web
