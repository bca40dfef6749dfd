#pragma once
// Everything that can be set about the web door.

#include "domain/time.hpp"
#include "transport/web/password.hpp"
#include "transport/web/throttle.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace evs::web {

struct http_limits {
  std::size_t max_header = 16 * 1024;
  std::size_t max_body = 1024 * 1024;
  /// Longest time that a request line and its headers, and then its body, may take to arrive.
  milliseconds header_timeout{10'000};
  milliseconds body_timeout{30'000};
  /// A body that goes to a file gets more time while it arrives at least at this pace, in bytes a second.
  std::size_t least_upload_rate = 64 * 1024;
  /// Bodies that may be on their way to files at once; more are answered 503.
  std::uint32_t max_uploads = 16;
  /// A connection without a request is closed after this.
  milliseconds idle_timeout{60'000};
  /// Longest time that a route may take to answer.
  milliseconds answer_timeout{15'000};
  milliseconds write_timeout{30'000};
  std::uint32_t max_connections = 10'000;
  /// API requests a second of one account (or address, before sign-in); 0: no limit.
  double requests_per_second = 50;
  double request_burst = 200;
};

struct websocket_limits {
  std::size_t max_message = 64 * 1024;
  /// A connection that lets so much wait is closed as slow, should its session not have done so before.
  std::size_t max_backlog = 16 * 1024 * 1024;
  std::uint32_t max_sessions = 10'000;
  milliseconds ping_interval{30'000};
  /// Silence after a ping that means "dead".
  milliseconds pong_timeout{20'000};
  /// Time to send what waits before a close frame, and then to wait for the client's own.
  milliseconds flush_timeout{2'000};
  milliseconds close_timeout{5'000};
  /// Messages a second that a client may send, and at once.
  double messages_per_second = 20;
  double message_burst = 60;
};

struct sign_in_settings {
  seconds access_life{15 * 60};
  seconds refresh_life{7 * 24 * 3600};
  /// The newest sign-in of an account ends the older one.
  bool single_session = true;
  /// Cookies only over TLS.
  bool secure_cookies = false;
  login_throttle_settings throttle;
};

struct server_settings {
  /// Restart: address, port (0: any free one), threads, token_key, password_threads, spool_dir.
  /// All else changes live.
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  unsigned threads = 1;
  /// Signs access tokens; at least 32 bytes.
  std::string token_key;
  /// Each hashes one password at a time.
  unsigned password_threads = 1;
  /// Cost of new hashes; old ones stay valid.
  password_cost password;
  /// Longest foreseen wait of a sign-in for its hash; whoever would wait longer is answered 429 at once.
  milliseconds password_wait{3'000};

  /// Built dashboard; empty: none.
  std::filesystem::path static_dir;
  /// Where large bodies wait for their requests' end; empty: routes that need it answer 503.
  std::filesystem::path spool_dir;
  /// Origins ("https://host[:port]") that may use the door beside its own host.
  std::vector<std::string> allowed_origins;
  /// WebSocket clients that are not browsers send no Origin.
  bool allow_missing_origin = true;
  bool compatibility_door = true;
  /// Reverse proxies whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;
  /// /metrics and details of /readyz for everybody, not only for this machine.
  bool open_operations = false;

  http_limits http;
  websocket_limits websocket;
  sign_in_settings sign_in;
  /// How often deadlines are looked at.
  milliseconds sweep_interval{250};
  /// Longest time that stop() waits for requests under way and closing WebSockets.
  milliseconds drain_timeout{3'000};
};

} // namespace evs::web
