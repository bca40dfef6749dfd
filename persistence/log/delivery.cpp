#include "persistence/log/delivery.hpp"

#include <iterator>
#include <utility>

namespace evs::persistence {

void delivery::start() { thread_ = std::thread{[this] { run(); }}; }

void delivery::begin_epoch(std::string epoch, bool shared, std::string why, bool drop_waiting) {
  {
    std::lock_guard hold{lock_};
    if (drop_waiting) {
      queue_.clear();
      waiting_ = 0;
    }
    queue_.emplace_back(epoch_start{std::move(epoch), shared, std::move(why)});
  }
  wake_.notify_one();
}

void delivery::push(std::vector<log_entry> entries) {
  if (entries.empty())
    return;
  {
    std::lock_guard hold{lock_};
    waiting_ += entries.size();
    auto* last = queue_.empty() ? nullptr : std::get_if<std::vector<log_entry>>(&queue_.back());
    if (last)
      last->insert(last->end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
    else
      queue_.emplace_back(std::move(entries));
  }
  wake_.notify_one();
}

std::size_t delivery::waiting() const {
  std::lock_guard hold{lock_};
  return waiting_;
}

void delivery::stop() {
  {
    std::lock_guard hold{lock_};
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void delivery::run() {
  std::unique_lock hold{lock_};
  for (;;) {
    wake_.wait(hold, [&] { return stop_ || !queue_.empty(); });
    if (queue_.empty())
      return;
    item next = std::move(queue_.front());
    queue_.pop_front();
    if (const auto* entries = std::get_if<std::vector<log_entry>>(&next))
      waiting_ -= entries->size();
    hold.unlock();
    hand_over(next);
    hold.lock();
  }
}

void delivery::hand_over(item& next) {
  if (auto* start = std::get_if<epoch_start>(&next))
    listener_.on_epoch(std::move(start->epoch), start->shared, std::move(start->why));
  else
    listener_.on_entries(std::move(std::get<std::vector<log_entry>>(next)));
}

} // namespace evs::persistence
