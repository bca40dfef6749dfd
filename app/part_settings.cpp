#include "app/part_settings.hpp"

namespace evs {

persistence::store_settings store_settings_of(const config::database_settings& s) {
  return {s.url, s.connect_timeout, s.statement_timeout};
}

persistence::log_settings log_settings_of(const config::redis_settings& s) {
  persistence::log_settings log;
  log.redis_host = s.host;
  log.redis_port = s.port;
  log.redis_password = s.password;
  log.redis_database = static_cast<int>(s.database);
  log.stream = s.stream;
  log.keep = s.keep;
  return log;
}

ami::link_settings link_settings_of(const config::asterisk_settings& s) {
  ami::link_settings l;
  l.server = server_id{s.name};
  l.host = s.host;
  l.port = s.port;
  l.username = s.username;
  l.secret = s.secret;
  l.tls = s.tls;
  l.tls_ca_file = s.tls_ca_file;
  l.tls_verify = s.tls_verify;
  l.connect_timeout = s.connect_timeout;
  l.keep_alive = s.keep_alive;
  l.backoff_min = s.backoff_min;
  l.backoff_max = s.backoff_max;
  l.max_pending = s.max_pending;
  return l;
}

store_policy store_policy_of(const config::store_settings& s) {
  store_policy policy;
  policy.batch = s.batch_size;
  policy.flush_interval = s.flush_interval;
  policy.limit = s.queue_limit;
  return policy;
}

} // namespace evs
