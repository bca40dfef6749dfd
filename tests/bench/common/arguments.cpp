#include "tests/bench/common/arguments.hpp"

#include <stdexcept>

namespace evs::bench {

arguments::arguments(int count, char** values) {
  for (int i = 1; i < count; i += 2) {
    const std::string name = values[i];
    if (name.rfind("--", 0) != 0 || i + 1 >= count) throw std::runtime_error("expected --name value, found: " + name);
    values_[name.substr(2)] = values[i + 1];
  }
}

std::string arguments::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::runtime_error("missing argument: --" + name);
  return found->second;
}

std::string arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second;
}

unsigned long arguments::number(const std::string& name, unsigned long fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::stoul(found->second);
}

} // namespace evs::bench
