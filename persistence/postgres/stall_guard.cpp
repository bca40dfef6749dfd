#include "persistence/postgres/stall_guard.hpp"

#include <sys/socket.h>

namespace evs::persistence::postgres {

stall_guard::stall_guard() : thread_([this] { watch(); }) {}

stall_guard::~stall_guard() {
  {
    std::lock_guard hold{lock_};
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void stall_guard::arm(int socket, clock::time_point deadline) {
  std::lock_guard hold{lock_};
  socket_ = socket;
  deadline_ = deadline;
  fired_ = false;
  // A watcher that already sleeps towards an earlier deadline looks again by itself: no wake-up a statement.
  if (idle_)
    wake_.notify_one();
}

void stall_guard::disarm() {
  std::lock_guard hold{lock_};
  socket_ = -1;
}

bool stall_guard::fired() const {
  std::lock_guard hold{lock_};
  return fired_;
}

void stall_guard::watch() {
  std::unique_lock hold{lock_};
  while (!stop_) {
    if (socket_ < 0) {
      idle_ = true;
      wake_.wait(hold, [&] { return stop_ || socket_ >= 0; });
      idle_ = false;
    } else if (clock::now() >= deadline_) {
      ::shutdown(socket_, SHUT_RDWR);
      socket_ = -1;
      fired_ = true;
    } else {
      const auto until = deadline_;
      wake_.wait_until(hold, until, [&] { return stop_; });
    }
  }
}

} // namespace evs::persistence::postgres
