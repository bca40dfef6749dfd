#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace evs::bench {

class ami_server;
class stamp_board;
class switchboard;

/// Decides when callers arrive and leave. One load at a time; sets `finished` on the board when its last call has ended.
class load_plan {
public:
  load_plan(boost::asio::io_context& io, switchboard& board, ami_server& server, stamp_board& stamps);
  ~load_plan();
  load_plan(const load_plan&) = delete;
  load_plan& operator=(const load_plan&) = delete;

  /// Callers arrive evenly, stay `hold_ms`; those of the first `warm_up_ms` are not measured.
  void steady(double calls_per_second, std::uint64_t warm_up_ms, std::uint64_t measured_ms, std::uint64_t hold_ms);
  /// `calls` callers, `concurrent` at a time, sent as fast as the server reads; the first `warm_up` are not measured.
  void flood(std::uint64_t calls, std::uint64_t concurrent, std::uint64_t warm_up);
  /// Callers who arrive and stay: what a resync has to list.
  void hold(std::uint64_t calls);
  /// Calls switchboard::answer later.
  void answer_later(std::uint64_t index, std::uint64_t epoch, std::uint64_t delay_ms);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace evs::bench
