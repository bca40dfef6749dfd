#include "transport/web/revocations.hpp"

#include <algorithm>

namespace evs::web {

void revocations::end_family(const std::string& family, timestamp now) {
  std::lock_guard lock(mutex_);
  families_[family] = now;
  ++version_;
}

void revocations::end_user(const user_id& user, timestamp now) {
  std::lock_guard lock(mutex_);
  users_[user] = now;
  ++version_;
}

void revocations::keep_only(const user_id& user, const std::string& family, timestamp now) {
  std::lock_guard lock(mutex_);
  survivors_[user] = {{family}, now};
  ++version_;
}

void revocations::keep_also(const user_id& user, const std::string& family) {
  std::lock_guard lock(mutex_);
  if (auto found = survivors_.find(user); found != survivors_.end()) found->second.families.push_back(family);
}

bool revocations::ended(const user_id& user, const std::string& family, timestamp issued) const {
  std::lock_guard lock(mutex_);
  if (families_.contains(family)) return true;
  if (auto found = users_.find(user); found != users_.end() && issued <= found->second) return true;
  // A token may have been issued to another node's newer sign-in that we have not heard of: its time decides.
  auto found = survivors_.find(user);
  if (found == survivors_.end() || issued > found->second.since) return false;
  const auto& kept = found->second.families;
  return std::find(kept.begin(), kept.end(), family) == kept.end();
}

void revocations::forget(timestamp now, seconds longest_life) {
  std::lock_guard lock(mutex_);
  auto old = [&](timestamp since) { return since + longest_life + seconds{60} < now; };
  std::erase_if(families_, [&](const auto& e) { return old(e.second); });
  std::erase_if(users_, [&](const auto& e) { return old(e.second); });
  std::erase_if(survivors_, [&](const auto& e) { return old(e.second.since); });
}

} // namespace evs::web
