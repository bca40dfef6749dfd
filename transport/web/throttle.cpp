#include "transport/web/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>

namespace evs::web {

namespace {

constexpr std::size_t most_entries = 50'000;

} // namespace

std::string address_group(const std::string& address) {
  in6_addr six{};
  if (inet_pton(AF_INET6, address.c_str(), &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) return address;
  std::fill(std::begin(six.s6_addr) + 8, std::end(six.s6_addr), std::uint8_t{0});
  char text[INET6_ADDRSTRLEN]{};
  inet_ntop(AF_INET6, &six, text, sizeof text);
  return std::string{text} + "/64";
}

void login_throttle::forget_old(table& entries, timestamp now, seconds window) {
  if (entries.size() < most_entries) return;
  std::erase_if(entries, [&](const auto& e) { return e.second.last + window < now; });
  // Still full of fresh ones: a flood. Forgetting any is better than growing.
  while (entries.size() >= most_entries) entries.erase(entries.begin());
}

login_trial login_trial::of_stranger(const std::string& login, const std::string& group) {
  return {"pair:" + group + '\n' + login.substr(0, 128), group};
}
login_trial login_trial::of_acquaintance(const std::string& login, const std::string& group) {
  return {of_stranger(login, group).by, {}};
}
login_trial login_trial::of_device(const std::string& mark) { return {"device:" + mark, {}}; }
login_trial login_trial::of_member(const std::string& user) { return {"member:" + user, {}}; }

template <class Use> void login_throttle::each(const login_trial& who, Use use) {
  if (auto found = own_.find(who.by); found != own_.end()) use(found->second, false);
  if (who.address.empty()) return;
  if (auto found = addresses_.find(who.address); found != addresses_.end()) use(found->second, true);
}

std::optional<seconds> login_throttle::admit(const login_trial& who, timestamp now,
                                             const login_throttle_settings& limits) {
  std::lock_guard lock(mutex_);
  forget_old(own_, now, limits.window);
  forget_old(addresses_, now, limits.window);
  own_.try_emplace(who.by);
  if (!who.address.empty()) addresses_.try_emplace(who.address);
  std::optional<seconds> wait;
  each(who, [&](record& r, bool) {
    if (r.last + limits.window < now) r = {};
    if (r.blocked_until > now)
      wait = std::max(wait.value_or(seconds{1}), whole_seconds(now, r.blocked_until) + seconds{1});
  });
  if (wait) return wait;
  each(who, [&](record& r, bool whole) {
    const auto free_attempts = whole ? limits.attempts_of_address : limits.attempts;
    r.last = now;
    if (++r.failures < free_attempts) return;
    auto doubled = std::min(20u, r.failures - free_attempts);
    r.blocked_until = now + std::min<seconds>(seconds{1LL << doubled}, limits.window);
  });
  return std::nullopt;
}

void login_throttle::succeeded(const login_trial& who) {
  std::lock_guard lock(mutex_);
  own_.erase(who.by);
  each(who, [](record& r, bool) {
    if (r.failures > 0) --r.failures;
    r.wrong /= 2;
  });
}

void login_throttle::failed(const login_trial& who) {
  std::lock_guard lock(mutex_);
  each(who, [](record& r, bool) { ++r.wrong; });
}

void login_throttle::undecided(const login_trial& who, const login_throttle_settings& limits) {
  std::lock_guard lock(mutex_);
  each(who, [&](record& r, bool whole) {
    if (r.failures == 0) return;
    --r.failures;
    // Whoever was held up before stays so.
    if (r.failures < (whole ? limits.attempts_of_address : limits.attempts)) r.blocked_until = {};
  });
}

unsigned login_throttle::wrong_from(const std::string& group, timestamp now,
                                    const login_throttle_settings& limits) const {
  std::lock_guard lock(mutex_);
  const auto found = addresses_.find(group);
  return found == addresses_.end() || found->second.last + limits.window < now ? 0 : found->second.wrong;
}

std::optional<seconds> request_throttle::admit(const std::string& key, timestamp now, double rate, double burst) {
  if (rate <= 0) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= most_entries) {
    // A bucket that had time to fill says nothing any more.
    std::erase_if(buckets_, [&](const auto& b) { return now - b.second.at > seconds{60}; });
    if (buckets_.size() >= most_entries) buckets_.clear();
  }
  auto [at, fresh] = buckets_.try_emplace(key, bucket{burst, now});
  auto& b = at->second;
  if (!fresh && now > b.at) {
    b.tokens = std::min(burst, b.tokens + rate * std::chrono::duration<double>(now - b.at).count());
    b.at = now;
  }
  if (b.tokens >= 1) {
    b.tokens -= 1;
    return std::nullopt;
  }
  return seconds{std::max(1L, std::lround(std::ceil((1 - b.tokens) / rate)))};
}

} // namespace evs::web
