#pragma once

#include "tests/bench/dashboards/event_scan.hpp"
#include "tests/bench/dashboards/verdict.hpp"
#include "tests/bench/dashboards/websocket.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace evs::bench {

class stamp_board;

/// Many listening dashboards on one thread. Dashboards that receive the same bytes share the work of reading them.
class crowd {
public:
  explicit crowd(stamp_board& stamps);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  /// Takes over a connected, non-blocking socket and what was already read from it.
  void add(int fd, std::string_view already_read);
  /// Reads what there is, waiting at most `wait_ms` for it.
  void turn(int wait_ms);
  /// Every dashboard has seen the beginning and the end of each call the source has made.
  bool complete() const;
  /// `standard_input` becomes readable: see stopped().
  void watch(int standard_input);
  bool stopped() const { return stopped_; }
  verdict result(bool timed_out) const;
  std::uint64_t last_progress_us() const { return last_progress_us_; }

private:
  struct dashboard;
  struct cached;

  void read(dashboard& d);
  void message(dashboard& d, std::string_view text);
  void apply(dashboard& d, const scanned& events);
  void lose(dashboard& d, unsigned code);
  const scanned& look(std::string_view text);

  stamp_board& stamps_;
  std::string prefix_;
  int epoll_;
  std::vector<std::unique_ptr<dashboard>> dashboards_;
  std::vector<cached> cache_;
  std::vector<char> buffer_;
  latency_histogram latency_;
  verdict counts_;
  std::uint64_t applied_ = 0; ///< first sights of a begin or an end of a call, over all dashboards
  std::uint64_t read_at_us_ = 0;
  std::uint64_t last_progress_us_ = 0;
  std::uint64_t drained_us_ = 0;
  bool stopped_ = false;
  int standard_input_ = -1;
};

} // namespace evs::bench
