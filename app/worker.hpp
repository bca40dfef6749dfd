#pragma once
// One thread for what takes long: it waits for others (a mail server, pg_dump), so that nobody else has to.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace evs {

/// Thread-safe. Jobs run one after the other.
class worker {
public:
  explicit worker(std::size_t longest_line) : longest_(longest_line), thread_([this] { work(); }) {}
  /// Finishes the job in hand, drops what waits.
  ~worker() { stop(); }

  /// False: too many wait, or it ends; the job is dropped.
  bool push(std::function<void()> job) {
    {
      std::lock_guard lock{mutex_};
      if (stopping_ || line_.size() >= longest_)
        return false;
      line_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
  }

  void stop() {
    {
      std::lock_guard lock{mutex_};
      stopping_ = true;
      line_.clear();
    }
    wake_.notify_all();
    if (thread_.joinable())
      thread_.join();
  }

private:
  void work() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock{mutex_};
        wake_.wait(lock, [&] { return stopping_ || !line_.empty(); });
        if (stopping_)
          return;
        job = std::move(line_.front());
        line_.pop_front();
      }
      job();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> line_;
  std::size_t longest_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace evs
