#pragma once
// A listener that keeps all it was told and notices every breach of the log's promises.

#include "persistence/event_log.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace evs::persistence {

class recorder : public log_listener {
public:
  struct told { std::string epoch; bool shared; std::string why; std::vector<log_entry> entries; };

  void on_epoch(std::string epoch, bool shared, std::string why) override {
    const entered once{*this};
    std::lock_guard hold{lock_};
    if (!names_.insert(epoch).second)
      complain("epoch " + epoch + " began twice");
    epochs_.push_back({std::move(epoch), shared, std::move(why), {}});
    news_.notify_all();
  }

  void on_entries(std::vector<log_entry> entries) override {
    const entered once{*this};
    std::unique_lock hold{lock_};
    if (epochs_.empty())
      return complain("entries before the first epoch");
    if (entries.empty())
      complain("no entries");
    for (auto& entry : entries) {
      auto& all = epochs_.back().entries;
      if (entry.offset != all.size() + 1)
        complain("offset " + std::to_string(entry.offset) + " after " + std::to_string(all.size()));
      all.push_back(std::move(entry));
    }
    news_.notify_all();
    gate_.wait(hold, [&] { return open_; });
  }

  /// Holds the log's thread inside on_entries until it is opened again.
  void open(bool open) {
    std::lock_guard hold{lock_};
    open_ = open;
    gate_.notify_all();
  }

  /// Waits until `what` holds for all that was told; false after `limit`.
  bool wait(const std::function<bool(const std::vector<told>&)>& what, std::chrono::milliseconds limit = std::chrono::seconds{8}) {
    std::unique_lock hold{lock_};
    return news_.wait_for(hold, limit, [&] { return what(epochs_); });
  }
  /// Waits until the present epoch is of that kind.
  bool wait_shared(bool shared) {
    return wait([&](const auto& all) { return !all.empty() && all.back().shared == shared; });
  }
  bool wait_total(std::size_t entries) {
    return wait([&](const auto& all) {
      std::size_t n = 0;
      for (const auto& e : all) n += e.entries.size();
      return n >= entries;
    });
  }
  /// Waits until each payload was seen at least once, in whichever epoch.
  bool wait_payloads(const std::set<std::string>& payloads) {
    return wait([&](const auto& all) {
      auto missing = payloads;
      for (const auto& e : all)
        for (const auto& entry : e.entries) missing.erase(entry.payload);
      return missing.empty();
    });
  }

  std::vector<told> epochs() const {
    std::lock_guard hold{lock_};
    return epochs_;
  }
  /// Broken promises; a payload twice in one epoch is one too (tests give each entry its own).
  std::vector<std::string> complaints() const {
    std::lock_guard hold{lock_};
    auto all = complaints_;
    for (const auto& e : epochs_) {
      std::set<std::string> seen;
      for (const auto& entry : e.entries)
        if (!seen.insert(entry.payload).second) all.push_back(entry.payload + " twice in " + e.epoch);
    }
    return all;
  }

private:
  struct entered {
    explicit entered(recorder& r) : r_(r) {
      std::lock_guard hold{r_.lock_};
      if (r_.inside_++ > 0) r_.complain("called concurrently");
      if (r_.thread_ == std::thread::id{}) r_.thread_ = std::this_thread::get_id();
      if (r_.thread_ != std::this_thread::get_id()) r_.complain("called from two threads");
    }
    ~entered() {
      std::lock_guard hold{r_.lock_};
      --r_.inside_;
    }
    recorder& r_;
  };
  void complain(std::string what) { complaints_.push_back(std::move(what)); }

  mutable std::mutex lock_;
  std::condition_variable news_, gate_;
  bool open_ = true;
  int inside_ = 0;
  std::thread::id thread_;
  std::set<std::string> names_;
  std::vector<told> epochs_;
  std::vector<std::string> complaints_;
};

/// An entry whose payload is `payload`.
inline log_entry entry_of(std::string payload) {
  log_entry entry;
  entry.type = "test";
  entry.entity = "thing:1";
  entry.payload = std::move(payload);
  entry.whom.min_role = role::supervisor;
  return entry;
}

} // namespace evs::persistence
