#pragma once

#include <map>
#include <string>

namespace evs::bench {

/// `--name value` pairs of a command line. Throws std::runtime_error on anything else.
class arguments {
public:
  arguments(int count, char** values);

  /// Throws std::runtime_error when the argument is missing.
  std::string text(const std::string& name) const;
  std::string text(const std::string& name, const std::string& fallback) const;
  unsigned long number(const std::string& name, unsigned long fallback) const;

private:
  std::map<std::string, std::string> values_;
};

} // namespace evs::bench
