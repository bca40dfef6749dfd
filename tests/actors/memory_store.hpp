#pragma once
// A database in memory that can be away, or refuse rows.

#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace evs::test {

/// What the database has seen; shared with the test, which outlives the store.
struct memory_rows {
  bool away = false;
  /// Rows that the database does not take.
  std::function<bool(const store_write&)> rejects = [](const store_write&) { return false; };
  std::vector<std::vector<store_write>> batches;

  template <class Row>
  std::vector<Row> all() const {
    std::vector<Row> found;
    for (const auto& batch : batches)
      for (const auto& row : batch)
        if (auto* r = std::get_if<Row>(&row))
          found.push_back(*r);
    return found;
  }
  std::size_t size() const {
    std::size_t n = 0;
    for (const auto& batch : batches)
      n += batch.size();
    return n;
  }
};

class memory_store : public persistence::store {
public:
  explicit memory_store(std::shared_ptr<memory_rows> rows) : rows_(std::move(rows)) {}

  directory_data load_directory() override { return {}; }
  std::vector<agent_snapshot> load_agent_states() override { return {}; }
  std::vector<open_call> load_open_calls() override { return {}; }
  std::vector<queue_day> load_queue_day(timestamp) override { return {}; }
  void ping() override {}
  void write(const std::vector<store_write>& batch) override {
    if (rows_->away)
      throw persistence::store_unavailable("no connection");
    for (const auto& row : batch)
      if (rows_->rejects(row))
        throw persistence::store_rejected("bad row");
    rows_->batches.push_back(batch);
  }

private:
  std::shared_ptr<memory_rows> rows_;
};

} // namespace evs::test
