#include "transport/web/services.hpp"

namespace evs::web {

services::services(server_settings initial, web::backend& the_backend, std::function<timestamp()> clock)
    : backend(the_backend), now(std::move(clock)), tokens(initial.token_key), marks(initial.token_key),
      passwords(initial.password_threads, initial.password_wait, initial.password),
      settings_(std::make_shared<const server_settings>(std::move(initial))) {}

std::shared_ptr<const server_settings> services::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

void services::replace_settings(server_settings next) {
  passwords.set_cost(next.password);
  passwords.set_longest_wait(next.password_wait);
  auto fresh = std::make_shared<const server_settings>(std::move(next));
  std::lock_guard lock(mutex_);
  settings_ = std::move(fresh);
}

result<access_claims> services::identify(std::string_view access_token) const {
  auto claims = tokens.verify(access_token, now());
  if (claims && revoked.ended(claims->who.user, claims->family, claims->issued))
    return {errc::unauthenticated, "Cette session est terminée."};
  return claims;
}

} // namespace evs::web
