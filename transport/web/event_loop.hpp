#pragma once
// One thread of the web door and everything that lives on it. A connection stays on its loop for life, so nothing on it needs
// a lock or a strand; other threads only post.

#include "domain/time.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_set>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace evs::web {

/// Something that lives on a loop until it removes itself. Called on the loop's thread only.
class loop_member {
public:
  virtual ~loop_member() = default;
  /// Looks at its deadlines.
  virtual void sweep(std::chrono::steady_clock::time_point now) = 0;
  /// Something was asked for through event_loop::wake().
  virtual void woken() {}
  /// Finish what is under way, begin nothing new.
  virtual void drain() = 0;
  /// The time for that is over: end now.
  virtual void abandon() = 0;
};

class event_loop : public std::enable_shared_from_this<event_loop> {
public:
  explicit event_loop(milliseconds sweep_interval);
  ~event_loop();

  void start();
  /// Tells the members to finish, gives them that long, and joins the thread.
  void begin_drain(milliseconds timeout);
  void join();

  /// Any thread.
  void post(std::function<void()> task);
  /// Any thread: has woken() called soon. Many wishes of one moment cost the loop one task.
  void wake(std::shared_ptr<loop_member> member);

  // On the loop's thread only.
  void add(std::shared_ptr<loop_member> member) { members_.insert(std::move(member)); }
  void remove(const std::shared_ptr<loop_member>& member) { members_.erase(member); }
  bool draining() const noexcept { return draining_; }
  boost::asio::io_context& context() noexcept;
  /// Scratch space for one read, shared by all connections of the loop: an idle connection holds no buffer.
  std::span<char> read_buffer() noexcept { return read_buffer_; }

private:
  struct machinery;
  void arm_sweep();
  void each(void (*what)(loop_member&));
  void run_woken();

  milliseconds sweep_interval_;
  bool draining_ = false;
  std::vector<char> read_buffer_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<loop_member>> woken_;
  std::unique_ptr<machinery> machinery_;
  std::unordered_set<std::shared_ptr<loop_member>> members_;
  std::thread thread_;
};

} // namespace evs::web
