#pragma once
// An event log in memory that delivers when the test says so (by default at once), and changes its epoch on order.

#include "persistence/event_log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace evs::test {

/// The log's inside; shared with the test.
struct log_room {
  persistence::log_listener* listener = nullptr;
  std::string epoch = "epoch-1";
  std::uint64_t offset = 0;
  bool at_once = true;
  std::vector<persistence::log_entry> kept;

  void deliver() {
    if (!listener || kept.empty())
      return;
    auto entries = std::move(kept);
    kept.clear();
    listener->on_entries(std::move(entries));
  }
  /// A new order begins; what was not delivered is lost to it.
  void new_epoch(const std::string& name, bool shared) {
    kept.clear();
    epoch = name;
    offset = 0;
    if (listener)
      listener->on_epoch(name, shared, "ordered by the test");
  }
};

class memory_log : public persistence::event_log {
public:
  memory_log(std::shared_ptr<log_room> room, persistence::log_listener& listener) : room_(std::move(room)) { room_->listener = &listener; }
  void start() override { room_->listener->on_epoch(room_->epoch, false, "start"); }
  void append(std::vector<persistence::log_entry> entries) override {
    for (auto& e : entries) {
      e.offset = ++room_->offset;
      room_->kept.push_back(std::move(e));
    }
    if (room_->at_once)
      room_->deliver();
  }
  void stop() override { room_->listener = nullptr; }
  bool shared() const override { return false; }

private:
  std::shared_ptr<log_room> room_;
};

} // namespace evs::test
