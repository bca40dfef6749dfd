#pragma once
// Runs another program, without a shell and within limits, and waits for its end.

#include "domain/time.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace evs {

struct process_limits {
  /// Of the wall clock; then it is killed.
  seconds time{30};
  /// Of the processor, of memory, of a file that it writes.
  seconds processor{20};
  std::uint64_t memory = 512ULL * 1024 * 1024;
  std::uint64_t file_size = 256ULL * 1024 * 1024;
  /// Set by another thread when nobody waits for the result any more: looked at every 100 ms.
  const std::atomic<bool>* given_up = nullptr;
};

struct process_end {
  /// It ended by itself with 0.
  bool ok = false;
  /// "exit 2", "signal 9", "not within 30 s", "given up", "cannot be started"
  std::string how;
  /// The first 4 KiB that it said on standard error.
  std::string complaint;
};

/// `command[0]` is a path. The child has no input, none of our files, PATH and LC_ALL=C for an environment, and gains no rights.
/// Blocking; any thread. When the calling thread ends meanwhile, so does the child.
process_end run_process(const std::vector<std::string>& command, const process_limits& limits);

} // namespace evs
