#include "app/web_settings.hpp"

#include "app/random_id.hpp"

namespace evs {

web::server_settings web_settings_of(const config::settings& s) {
  static const std::string random_key = random_id() + random_id();
  web::server_settings w;
  w.address = s.http.address;
  w.port = s.http.port;
  w.threads = s.http.threads;
  w.token_key = s.auth.jwt_secret.empty() ? random_key : s.auth.jwt_secret;
  w.static_dir = s.http.static_dir;
  w.allowed_origins = s.http.allowed_origins;
  if (!s.http.public_url.empty())
    w.allowed_origins.push_back(s.http.public_url);
  w.compatibility_door = s.http.compatibility_door;
  w.allow_missing_origin = s.http.allow_missing_origin;
  w.trusted_proxies = s.http.trusted_proxies;
  w.open_operations = s.http.open_operations;
  w.spool_dir = std::filesystem::path{s.storage.data_dir} / "spool";
  w.password = {s.auth.argon2.memory, s.auth.argon2.operations};
  w.password_threads = s.auth.hash_threads;
  w.password_wait = s.auth.login_wait;
  w.http.max_body = s.http.max_body;
  w.http.header_timeout = s.http.header_timeout;
  w.http.body_timeout = 3 * s.http.header_timeout;
  w.http.idle_timeout = s.http.idle_timeout;
  w.http.max_connections = s.http.max_connections;
  w.http.requests_per_second = s.limits.requests_per_second;
  w.http.request_burst = s.limits.request_burst;
  w.websocket.max_message = s.sessions.max_message;
  w.websocket.max_backlog = s.sessions.close_above * 2;
  w.websocket.max_sessions = s.sessions.max_sessions;
  w.websocket.ping_interval = s.sessions.ping_interval;
  w.sign_in.access_life = s.auth.access_ttl;
  w.sign_in.refresh_life = s.auth.refresh_ttl;
  w.sign_in.single_session = s.auth.single_session;
  w.sign_in.secure_cookies = s.http.secure_cookies;
  w.sign_in.throttle.attempts = s.auth.login_throttle.attempts;
  w.sign_in.throttle.window = s.auth.login_throttle.window;
  return w;
}

} // namespace evs
