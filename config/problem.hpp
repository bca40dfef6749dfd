#pragma once
// What is wrong with a configuration: where, and what to do about it.

#include <string>
#include <vector>

namespace evs::config {

struct problem {
  /// "auth.argon2.memory", "asterisk[0].port"; empty: the whole file.
  std::string path;
  /// Line of the file from 1; 0: of no line.
  int line = 0;
  /// Never holds a secret.
  std::string text;

  /// "line 12: sessions.tick: must be ..."
  std::string full_text() const;
  friend bool operator==(const problem&, const problem&) = default;
};

using problems = std::vector<problem>;

} // namespace evs::config
