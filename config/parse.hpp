#pragma once
// YAML -> settings, reporting everything that is wrong at once. A wrong file yields problems, never an exception.

#include "config/config.hpp"
#include "config/problem.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace evs::config {

/// Where values of secrets may come from, besides the text itself.
struct sources {
  /// Value of an environment variable; nullopt: not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  /// Contents of a file; nullopt: not readable.
  std::function<std::optional<std::string>(const std::string& path)> file;
};

/// The process's environment and file system.
sources process_sources();

struct loaded {
  /// Where a value had a problem, its default stands.
  settings value;
  problems wrong;
  bool ok() const noexcept { return wrong.empty(); }
};

/// Reads the text alone: keys, types, ranges.
loaded parse(std::string_view yaml, const sources& from);

/// parse() and validate().
loaded load(std::string_view yaml, const sources& from);

/// load() of a file; a file that can't be read is a problem too.
loaded load_file(const std::string& path);

} // namespace evs::config
