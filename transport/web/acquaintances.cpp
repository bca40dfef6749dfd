#include "transport/web/acquaintances.hpp"

namespace evs::web {

namespace {
std::string key_of(const std::string& login, const std::string& address) { return address + '\n' + login; }
} // namespace

void acquaintances::remember(const std::string& login, const std::string& address, timestamp now) {
  auto key = key_of(login, address);
  std::lock_guard lock(mutex_);
  if (auto found = places_.find(key); found != places_.end()) {
    meetings_.splice(meetings_.begin(), meetings_, found->second);
    meetings_.front().last = now;
    return;
  }
  if (places_.size() >= most) {
    places_.erase(meetings_.back().key);
    meetings_.pop_back();
  }
  meetings_.push_front({key, now});
  places_.emplace(std::move(key), meetings_.begin());
}

bool acquaintances::knows(const std::string& login, const std::string& address, timestamp now) const {
  const auto key = key_of(login, address);
  std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  return found != places_.end() && now - found->second->last < lifetime;
}

} // namespace evs::web
