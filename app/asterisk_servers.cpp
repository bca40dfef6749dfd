#include "app/asterisk_servers.hpp"

#include <utility>

namespace evs {

void asterisk_servers::set(const std::vector<config::asterisk_settings>& all) {
  std::lock_guard lock{mutex_};
  names_.clear();
  for (const auto& s : all) names_.push_back(s.name);
}

std::vector<std::string> asterisk_servers::names() const {
  std::lock_guard lock{mutex_};
  return names_;
}

void asterisk_servers::keep_unended(std::map<std::string, std::vector<call_memory>> calls) {
  std::lock_guard lock{mutex_};
  unended_ = std::move(calls);
}

std::vector<call_memory> asterisk_servers::take_unended(const std::string& name) {
  std::lock_guard lock{mutex_};
  auto mine = std::exchange(unended_[name], {});
  if (!names_.empty() && name == names_.front())
    for (auto& call : std::exchange(unended_[""], {})) mine.push_back(std::move(call));
  return mine;
}

} // namespace evs
