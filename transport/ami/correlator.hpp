#pragma once
// Which answer belongs to which action. Pure: time comes in as an argument, answers go out through the callbacks given.

#include "transport/ami/frame_view.hpp"
#include "transport/ami/link.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace evs::ami {

/// Not thread-safe: the link's thread owns it. A callback may call expect() again.
class correlator {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using callback = std::function<void(reply)>;

  /// ActionIDs begin with `prefix`, so that a stranger's are told apart.
  correlator(std::string prefix, std::size_t max_pending) : prefix_(std::move(prefix)), max_pending_(max_pending) {}

  /// The ActionID that the next expect() stands for.
  std::string next_id() const { return prefix_ + std::to_string(last_ + 1); }
  /// Waits for the answer to next_id() until `deadline`; false, and `done` untouched, when too many wait already.
  bool expect(time_point deadline, callback&& done);

  /// What a frame was to us.
  enum class verdict {
    /// A live event: hand it on.
    event,
    /// An answer or a list entry: taken.
    taken,
    /// Belongs to an action that was given up: ignore it.
    late,
    /// Neither event nor answer.
    stray,
  };
  /// Responses complete their action, "EventList: start" opens its list, entries with its ActionID are collected whatever comes between
  /// them, "EventList: Complete" ends it and its ListItems is checked, "EventList: Cancelled" ends it as incomplete.
  verdict take(const frame_view& arrived);

  /// Gives up what was due by `now`.
  void expire(time_point now);
  /// Gives up everything: the connection is gone.
  void abandon(const std::string& why);

  std::optional<time_point> next_deadline() const;
  std::size_t pending() const noexcept { return pending_.size(); }
  std::uint64_t late() const noexcept { return late_; }
  std::uint64_t timed_out() const noexcept { return timed_out_; }

private:
  struct waiting {
    time_point deadline;
    callback done;
    reply so_far;
    bool listing = false;
  };
  using table = std::unordered_map<std::uint64_t, waiting>;

  /// Our number in an ActionID, 0 when it is not ours.
  std::uint64_t number_of(std::string_view action_id) const noexcept;
  void finish(table::iterator which, reply_status status, std::string message);

  std::string prefix_;
  std::size_t max_pending_;
  std::uint64_t last_ = 0;
  std::uint64_t late_ = 0;
  std::uint64_t timed_out_ = 0;
  table pending_;
  std::set<std::pair<time_point, std::uint64_t>> deadlines_;
};

} // namespace evs::ami
