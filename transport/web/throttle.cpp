#include "transport/web/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>

namespace evs::web {

namespace {

constexpr std::size_t most_entries = 50'000;

std::string pair_key(const std::string& login, const std::string& address) {
  return address_group(address) + '\n' + login.substr(0, 128);
}

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

std::optional<seconds> login_throttle::admit(const std::string& login, const std::string& address, timestamp now,
                                             const login_throttle_settings& limits) {
  std::lock_guard lock(mutex_);
  forget_old(pairs_, now, limits.window);
  forget_old(addresses_, now, limits.window);
  auto& pair = pairs_[pair_key(login, address)];
  auto& whole = addresses_[address_group(address)];
  std::optional<seconds> wait;
  for (auto* r : {&pair, &whole}) {
    if (r->last + limits.window < now) *r = {};
    if (r->blocked_until > now)
      wait = std::max(wait.value_or(seconds{1}), whole_seconds(now, r->blocked_until) + seconds{1});
  }
  if (wait) return wait;
  auto count = [&](record& r, unsigned free_attempts) {
    r.last = now;
    if (++r.failures < free_attempts) return;
    auto doubled = std::min(20u, r.failures - free_attempts);
    r.blocked_until = now + std::min<seconds>(seconds{1LL << doubled}, limits.window);
  };
  count(pair, limits.attempts);
  count(whole, limits.attempts_of_address);
  return std::nullopt;
}

void login_throttle::succeeded(const std::string& login, const std::string& address) {
  std::lock_guard lock(mutex_);
  pairs_.erase(pair_key(login, address));
  if (auto found = addresses_.find(address_group(address)); found != addresses_.end() && found->second.failures > 0)
    --found->second.failures;
}

void login_throttle::undecided(const std::string& login, const std::string& address) {
  std::lock_guard lock(mutex_);
  for (auto [entries, key] : {std::pair{&pairs_, pair_key(login, address)}, {&addresses_, address_group(address)}})
    if (auto found = entries->find(key); found != entries->end() && found->second.failures > 0) {
      --found->second.failures;
      found->second.blocked_until = {};
    }
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
