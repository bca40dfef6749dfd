#pragma once
// Does the jobs of this node, one after the other, on a thread and connections of its own: neither actors nor requests wait for it.

#include "actors/telemetry.hpp"
#include "domain/job.hpp"
#include "persistence/desk.hpp"
#include "persistence/jobs.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace evs {

/// Reads a telephone number as E.164 by the rules of a country, or of a time zone's country when none is said.
result<std::string> read_phone_number(std::string_view typed, std::string_view country, std::string_view time_zone);

class job_runner {
public:
  using logger = std::function<void(severity, const std::string&)>;

  /// Begins at once: with what a crash left, then with what waits.
  job_runner(persistence::desk_settings settings, logger log);
  /// Gives up what it does, which waits for the next start.
  ~job_runner();

private:
  void run();
  void work(persistence::jobs& book, const import_job& job);

  persistence::desk_settings settings_;
  logger log_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

} // namespace evs
