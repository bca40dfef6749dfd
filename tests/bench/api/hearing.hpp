#pragma once

#include "tests/bench/dashboards/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace evs::bench {

/// Who has heard of which save: every entitled session once, nobody else.
class hearing {
public:
  void add_session(std::size_t group);
  /// A save goes out now; its number. Sessions of the groups `by` must hear of it.
  std::uint64_t sent(const std::vector<std::size_t>& by, std::uint64_t at_us, bool measured);
  /// It was refused: nobody needs to hear of it.
  void refused(std::uint64_t number);
  void heard(std::size_t session, std::uint64_t number, std::uint64_t at_us);

  /// Everybody has heard of everything he must.
  bool complete() const { return open_ == 0; }
  std::uint64_t missing() const;
  std::uint64_t doubled() const { return doubled_; }
  std::uint64_t foreign() const { return foreign_; }
  /// Counts, and the times of each arrival and of each save's last one, from its sending.
  std::string json() const;

private:
  struct save {
    std::vector<bool> groups; ///< entitled
    std::uint64_t sent_us;
    bool measured;
    bool refused;
    std::size_t wanted;
    std::size_t arrived;
    std::uint64_t last_us;
    std::vector<bool> by; ///< sessions that have heard of it
  };
  std::vector<std::size_t> group_of_; ///< by session
  std::vector<std::size_t> size_of_;  ///< by group
  std::vector<save> saves_;
  std::size_t open_ = 0; ///< saves that somebody still has to hear of
  std::uint64_t doubled_ = 0;
  std::uint64_t foreign_ = 0;
  latency_histogram each_;
};

} // namespace evs::bench
