#pragma once
// Programs that we start: with arguments, never through a shell.

#include "domain/time.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evs::persistence {

/// One running program. It sees our environment's PATH and what is given, and none of our open files.
class child_process {
public:
  struct command {
    /// Name and arguments; the name is looked for in PATH.
    std::vector<std::string> words;
    /// Passwords belong here: arguments are seen by everybody on the machine.
    std::vector<std::pair<std::string, std::string>> environment;
    bool takes_input = false;
    bool gives_output = false;
  };
  using clock = std::chrono::steady_clock;

  /// Throws std::runtime_error when it can't be started.
  explicit child_process(const command& what);
  /// Kills it where it still runs.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Descriptors of our ends; -1: none.
  int input() const noexcept { return input_; }
  int output() const noexcept { return output_; }
  void close_input();

  /// Writes all of it; false when the program does not take it any more, or the deadline passed.
  bool feed(std::string_view text, clock::time_point deadline);
  /// What it wrote next; empty at its end, or when the deadline passed.
  std::string read(clock::time_point deadline);

  struct outcome {
    /// Ended by itself with 0.
    bool ok = false;
    /// What it said on its standard error, at most 4 KB.
    std::string complaint;
  };
  /// Waits for its end; kills it at the deadline.
  outcome wait(clock::time_point deadline);
  void kill() noexcept;

private:
  int pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
};

} // namespace evs::persistence
