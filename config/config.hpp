#pragma once
// What evscallpro.yaml may say, as plain structs; the defaults stand here and nowhere else.
// Which key fills which member, its range and whether it changes live: schema.hpp.

#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace evs::config {

struct node_settings {
  /// Name of this node in logs, metrics and the event log.
  std::string name = "evs-1";
  /// Threads that run actors; 0: one a core.
  std::uint32_t worker_threads = 0;
  friend bool operator==(const node_settings&, const node_settings&) = default;
};

struct http_settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  /// Threads that serve HTTP and WebSockets.
  std::uint32_t threads = 1;
  /// Folder of the built dashboard; empty: none is served.
  std::string static_dir = "web/dist";
  /// How browsers reach this node ("https://evs.example.fr"); empty: as their Host header says.
  std::string public_url;
  /// Origins that may open WebSockets and call the API from a browser, beside our own.
  std::vector<std::string> allowed_origins;
  /// Cookies only over TLS; needed wherever a browser is not on this machine.
  bool secure_cookies = false;
  /// Whether the older WebSocket door (/api/?token=) is open.
  bool compatibility_door = true;
  /// Whether WebSockets open without an Origin: clients that are no browsers send none.
  bool allow_missing_origin = true;
  /// Addresses of reverse proxies whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;
  /// /metrics and the details of /readyz for everybody, not only for this machine.
  bool open_operations = false;
  /// Largest request body, bytes.
  std::size_t max_body = 1024 * 1024;
  /// Longest time that the headers of a request may take to arrive; its body: three times that.
  milliseconds header_timeout{10'000};
  /// A connection without a request is closed after this.
  milliseconds idle_timeout{60'000};
  std::uint32_t max_connections = 10'000;
  friend bool operator==(const http_settings&, const http_settings&) = default;
};

struct storage_settings {
  /// Where audio files, recordings, pictures, uploads and backups live. Asterisk plays from it.
  std::string data_dir = "/var/lib/evscallpro/data";
  friend bool operator==(const storage_settings&, const storage_settings&) = default;
};

struct argon2_settings {
  /// Bytes of memory a hash takes (OWASP: 19 MiB with two passes).
  std::size_t memory = 19 * 1024 * 1024;
  std::uint32_t operations = 2;
  friend bool operator==(const argon2_settings&, const argon2_settings&) = default;
};

struct login_throttle_settings {
  /// Failed sign-ins of one account and address before it has to wait.
  std::uint32_t attempts = 10;
  /// Failures older than this no longer count.
  seconds window{300};
  friend bool operator==(const login_throttle_settings&, const login_throttle_settings&) = default;
};

struct auth_settings {
  /// Key of the access tokens' signature, at least 32 bytes; empty: a random one at each start, which ends all sessions.
  std::string jwt_secret;
  seconds access_ttl{15 * 60};
  seconds refresh_ttl{7 * 24 * 3600};
  /// A refresh token that was just replaced is still taken for so long (two tabs at once).
  seconds refresh_leeway{10};
  /// The newest sign-in of an account ends the older one.
  bool single_session = true;
  argon2_settings argon2;
  /// Passwords that are hashed at the same time.
  std::uint32_t hash_threads = 1;
  /// Longest wait for a hash that a sign-in may have before it; whoever would wait longer is told at once to come back.
  milliseconds login_wait{3000};
  login_throttle_settings login_throttle;
  friend bool operator==(const auth_settings&, const auth_settings&) = default;
};

struct database_settings {
  /// libpq URL or connection string.
  std::string url = "postgresql://evs@127.0.0.1:5432/evs";
  milliseconds connect_timeout{2000};
  milliseconds statement_timeout{5000};
  /// Connections for REST requests; the store and the sign-in have their own.
  std::uint32_t pool = 4;
  friend bool operator==(const database_settings&, const database_settings&) = default;
};

struct redis_settings {
  /// Empty: the event log stays in this process.
  std::string host;
  std::uint16_t port = 6379;
  std::string password;
  std::uint32_t database = 0;
  std::string stream = "evs:events";
  /// Events that can be resumed from.
  std::size_t keep = 100'000;
  friend bool operator==(const redis_settings&, const redis_settings&) = default;
};

/// One Asterisk server; `name` identifies it across reloads.
struct asterisk_settings {
  std::string name = "central";
  std::string host = "127.0.0.1";
  std::uint16_t port = 5038;
  std::string username = "evs";
  std::string secret;
  bool tls = false;
  /// CA certificates (PEM) that the server's certificate must come from; empty: the system's.
  std::string tls_ca_file;
  /// Only false for a laboratory: anybody in between could read and command.
  bool tls_verify = true;
  milliseconds connect_timeout{3000};
  /// A Ping after this silence; cut after twice as long.
  milliseconds keep_alive{5000};
  milliseconds backoff_min{200};
  milliseconds backoff_max{750};
  /// Actions that may wait for their answer at once.
  std::uint32_t max_pending = 10'000;
  friend bool operator==(const asterisk_settings&, const asterisk_settings&) = default;
};

/// What brings the database's phones and trunks into Asterisk's configuration.
struct asterisk_apply_settings {
  /// Program and arguments; empty: nothing does.
  std::vector<std::string> command;
  milliseconds timeout{30'000};
  friend bool operator==(const asterisk_apply_settings&, const asterisk_apply_settings&) = default;
};

struct telephony_settings {
  /// Dialplan contexts of asterisk-conf/extensions.conf.
  std::string trunk_context = "evs-from-trunk";
  std::string waiting_context = "evs-waiting";
  std::string outbound_context = "evs-outbound";
  std::string hold_context = "evs-hold";
  /// How long a phone rings where no queue or campaign says otherwise.
  seconds ring_timeout{20};
  /// Wrap-up where no queue or campaign says otherwise.
  seconds default_wrap_up{10};
  /// A call is ended after this; 0: never.
  seconds max_call{4 * 3600};
  /// How often actors are compared with Asterisk.
  milliseconds audit_interval{2000};
  /// Longest wait for the answer to one action.
  milliseconds action_timeout{5000};
  /// Offers in a row that an agent may let ring before he is paused; 0: never.
  std::uint32_t misses_before_pause = 3;
  /// An agent whose last connection is gone stays signed in for so long (reload of the page, sleep of the browser).
  seconds disconnect_grace{30};
  friend bool operator==(const telephony_settings&, const telephony_settings&) = default;
};

struct session_settings {
  /// Events are sent to dashboards at this pace.
  milliseconds tick{30};
  /// ... or faster, down to this, while few dashboards are open.
  milliseconds tick_min{8};
  /// Bytes that wait for a slow dashboard before its events are merged by entity ...
  std::size_t coalesce_above = 256 * 1024;
  /// ... and before it is closed as too slow.
  std::size_t close_above = 4 * 1024 * 1024;
  /// Largest message that a client may send, bytes.
  std::size_t max_message = 64 * 1024;
  milliseconds ping_interval{30'000};
  std::uint32_t max_sessions = 10'000;
  friend bool operator==(const session_settings&, const session_settings&) = default;
};

struct store_settings {
  /// Rows that one transaction writes at most.
  std::uint32_t batch_size = 500;
  /// Longest wait before a smaller batch is written.
  milliseconds flush_interval{50};
  /// Rows that may wait while the database is away; above it steps of calls' journals are left out (and counted), never records.
  std::uint32_t queue_limit = 200'000;
  friend bool operator==(const store_settings&, const store_settings&) = default;
};

struct supervision_settings {
  /// An actor that crashes more often than this ...
  std::uint32_t max_restarts = 5;
  /// ... within this time stays down: a service makes the node "not ready", anything else is told to administrators.
  seconds within{60};
  friend bool operator==(const supervision_settings&, const supervision_settings&) = default;
};

struct secrets_settings {
  /// File with the keys of the passwords that the database keeps; empty: EVS_SECRET_KEYS of the environment has them.
  std::string key_file;
  friend bool operator==(const secrets_settings&, const secrets_settings&) = default;
};

enum class log_level : std::uint8_t { trace, debug, info, warning, error };
enum class log_format : std::uint8_t { text, json };

struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::text;
  /// Empty: standard error.
  std::string file;
  friend bool operator==(const log_settings&, const log_settings&) = default;
};

struct limit_settings {
  /// API requests a second of one account or address, in the long run ...
  std::uint32_t requests_per_second = 50;
  /// ... and at once.
  std::uint32_t request_burst = 200;
  friend bool operator==(const limit_settings&, const limit_settings&) = default;
};

struct settings {
  node_settings node;
  http_settings http;
  storage_settings storage;
  auth_settings auth;
  database_settings database;
  redis_settings redis;
  std::vector<asterisk_settings> asterisk;
  asterisk_apply_settings asterisk_apply;
  telephony_settings telephony;
  session_settings sessions;
  store_settings store;
  supervision_settings supervision;
  log_settings log;
  limit_settings limits;
  secrets_settings secrets;
  friend bool operator==(const settings&, const settings&) = default;
};

} // namespace evs::config
