#include "app/database_pool.hpp"

namespace evs {

database_pool::database_pool(const persistence::desk_settings& settings, std::size_t threads, std::size_t longest_line)
    : longest_(longest_line) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this, settings] { work(settings); });
}

database_pool::~database_pool() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& t : threads_)
    t.join();
  for (auto& j : line_)
    j(nullptr);
}

void database_pool::push(job what) {
  {
    std::lock_guard lock{mutex_};
    if (!stopping_ && line_.size() < longest_) {
      line_.push_back(std::move(what));
      wake_.notify_one();
      return;
    }
  }
  what(nullptr);
}

void database_pool::work(const persistence::desk_settings& settings) {
  tools mine{persistence::make_postgres_accounts(settings.store), persistence::make_postgres_reader(settings.store),
             persistence::make_postgres_desk(settings)};
  for (;;) {
    job next;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [&] { return stopping_ || !line_.empty(); });
      if (stopping_)
        return;
      next = std::move(line_.front());
      line_.pop_front();
    }
    next(&mine);
  }
}

} // namespace evs
