#pragma once
// Programs that we start: with arguments, never through a shell, and within limits.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evs {

/// What a program may use; 0: as much as there is.
struct process_limits {
  /// Of the processor.
  std::chrono::seconds processor{0};
  /// Bytes: of memory, of one file that it writes.
  std::uint64_t memory = 0;
  std::uint64_t file_size = 0;
  /// Whether sudo and the like work.
  bool may_gain_rights = false;
};

struct process_command {
  /// Program and arguments; a name without a slash is looked for in PATH.
  std::vector<std::string> words;
  /// Its environment beside our PATH and LC_ALL=C. Passwords belong here: arguments are seen by everybody on the machine.
  std::vector<std::pair<std::string, std::string>> environment;
  bool takes_input = false;
  bool gives_output = false;
  process_limits limits;
};

struct process_end {
  /// It ended by itself with 0.
  bool ok = false;
  /// Its exit code; -1: it has none (killed, never started).
  int code = -1;
  /// "exit 2", "signal 9", "not within 30 s", "given up", "can't be started: No such file or directory"
  std::string how;
  /// What it said on standard error: the first 4 KiB.
  std::string complaint;
};

/// One running program. It has none of our open files and no input or output that it was not given; when the thread that started it
/// ends, so does the program. One thread at a time.
class child_process {
public:
  using clock = std::chrono::steady_clock;

  /// Throws std::runtime_error ("NAME can't be started: why").
  explicit child_process(const process_command& what);
  /// Kills it, and what it started, where it still runs.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void close_input();
  /// Writes all of it; false when the program does not take it any more, or the deadline passed.
  bool feed(std::string_view text, clock::time_point deadline);
  /// What it wrote next; empty at its end, or when the deadline passed.
  std::string read(clock::time_point deadline);

  /// Waits for its end; kills it at the deadline, or soon (100 ms) after `given_up` was set by another thread. What it started and left
  /// behind ends with it.
  process_end wait(clock::time_point deadline, const std::atomic<bool>* given_up = nullptr);

private:
  void kill() noexcept;
  /// True: it has ended. False: the deadline passed, or it was given up.
  bool listen(clock::time_point deadline, const std::atomic<bool>* given_up, std::string& complaint) const;

  int pid_ = -1;
  int watched_ = -1, input_ = -1, output_ = -1, errors_ = -1;
};

/// Starts it and waits for its end; a program that can't be started is an end too. Blocking; any thread.
process_end run_process(const process_command& what, std::chrono::milliseconds within, const std::atomic<bool>* given_up = nullptr);

} // namespace evs
