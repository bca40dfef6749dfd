#pragma once
// Writes the audit lines that nobody waits for: refused attempts, and changes whose own line could not be written at once. Chains
// what was committed, and leaves the chain's head in the node's log.

#include "actors/telemetry.hpp"
#include "persistence/audit.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace evs {

struct audit_limits {
  /// Lines of refused attempts at once, and an hour in the long run: a flood must not fill the disk. What is more is counted, and the
  /// number noted.
  double burst = 500;
  double an_hour = 3600;
  /// Different attempts that are held between two turns.
  std::size_t different = 1000;
  /// Changes that wait while the database is away; more are written to the log.
  std::size_t changes = 20'000;
  milliseconds pace{1000};
};

/// Thread-safe; note() and refused() return at once.
class audit_trail {
public:
  audit_trail(telemetry& ear, std::function<std::unique_ptr<persistence::audit_book>()> open, std::function<timestamp()> clock,
              audit_limits limits = {});
  /// Writes what waits, once.
  ~audit_trail();

  /// A change that was made: waits until the database takes it.
  void note(persistence::audit_line line);
  /// Equal ones between two turns become one line with a number.
  void refused(persistence::audit_line line);

private:
  void work();
  void turn(persistence::audit_book& book);
  void write(persistence::audit_book& book, const std::vector<persistence::audit_line>& lines);
  std::vector<persistence::audit_line> take_refused();

  telemetry& ear_;
  std::function<std::unique_ptr<persistence::audit_book>()> open_;
  std::function<timestamp()> now_;
  audit_limits limits_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::deque<persistence::audit_line> changes_;
  /// Without detail, by its text.
  std::map<std::string, std::pair<persistence::audit_line, std::uint64_t>> refused_;
  std::uint64_t untold_ = 0;
  double allowance_;
  timestamp filled_{};
  timestamp head_told_{};
  std::thread thread_;
};

} // namespace evs
