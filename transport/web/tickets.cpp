#include "transport/web/tickets.hpp"

#include "transport/web/secrets.hpp"

namespace evs::web {

namespace {
constexpr std::size_t most_open = 50'000;
}

std::optional<std::string> ticket_office::issue(viewer who, std::string login, std::string family, timestamp now) {
  auto value = random_token();
  std::lock_guard lock(mutex_);
  if (open_.size() >= most_open) std::erase_if(open_, [&](const auto& t) { return t.second.expires <= now; });
  if (open_.size() >= most_open) return std::nullopt;
  open_.emplace(sha256_hex(value), ticket{std::move(who), std::move(login), std::move(family), now + lifetime});
  return value;
}

std::optional<ticket> ticket_office::redeem(const std::string& value, timestamp now) {
  auto key = sha256_hex(value);
  std::lock_guard lock(mutex_);
  auto found = open_.extract(key);
  if (found.empty() || found.mapped().expires <= now) return std::nullopt;
  return std::move(found.mapped());
}

} // namespace evs::web
