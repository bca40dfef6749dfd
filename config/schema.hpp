#pragma once
// Which key fills which member, its range, and when a change of it takes effect: the one list that parsing, diffing and the tests walk.
//
// A visitor V has: section(key, member) for a group, field(key, member, applies[, range]) for a value, size() for one that counts bytes,
// secret(key, member, applies) for text that may also come from ${ENVIRONMENT} or, as <key>_file, from a file, and servers(key, list)
// for the list of Asterisk servers.

#include "config/config.hpp"

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace evs::config {

/// When a changed value takes effect.
enum class applies : std::uint8_t { live, restart };

/// Limits of a number, of a duration (as the duration itself) or of a size in bytes; both ends included.
template <class T> struct between {
  T least;
  T most;
};
template <class T> between(T, T) -> between<T>;

/// Text that must not be empty.
struct not_empty {};

/// The structure, const or not.
template <class S, class T>
concept either = std::same_as<std::remove_const_t<S>, T>;

template <class V, either<node_settings> S> void describe(V& v, S& s) {
  v.field("name", s.name, applies::restart, not_empty{});
  v.field("worker_threads", s.worker_threads, applies::restart, between{0U, 256U});
}

template <class V, either<http_settings> S> void describe(V& v, S& s) {
  v.field("address", s.address, applies::restart, not_empty{});
  v.field("port", s.port, applies::restart, between{1U, 65535U});
  v.field("threads", s.threads, applies::restart, between{1U, 64U});
  v.field("static_dir", s.static_dir, applies::restart);
  v.field("public_url", s.public_url, applies::live);
  v.field("allowed_origins", s.allowed_origins, applies::live);
  v.field("secure_cookies", s.secure_cookies, applies::live);
  v.field("compatibility_door", s.compatibility_door, applies::live);
  v.field("allow_missing_origin", s.allow_missing_origin, applies::live);
  v.field("trusted_proxies", s.trusted_proxies, applies::live);
  v.field("open_operations", s.open_operations, applies::live);
  v.size("max_body", s.max_body, applies::live, between{1024U, 1024U * 1024U * 1024U});
  v.field("header_timeout", s.header_timeout, applies::live, between{milliseconds{100}, milliseconds{300'000}});
  v.field("idle_timeout", s.idle_timeout, applies::live, between{milliseconds{1000}, milliseconds{3'600'000}});
  v.field("max_connections", s.max_connections, applies::live, between{1U, 1'000'000U});
}

template <class V, either<storage_settings> S> void describe(V& v, S& s) {
  v.field("data_dir", s.data_dir, applies::restart, not_empty{});
}

template <class V, either<argon2_settings> S> void describe(V& v, S& s) {
  v.size("memory", s.memory, applies::live, between{8U * 1024U * 1024U, 1024U * 1024U * 1024U});
  v.field("operations", s.operations, applies::live, between{1U, 20U});
}

template <class V, either<login_throttle_settings> S> void describe(V& v, S& s) {
  v.field("attempts", s.attempts, applies::live, between{1U, 1000U});
  v.field("window", s.window, applies::live, between{seconds{1}, seconds{86'400}});
}

template <class V, either<auth_settings> S> void describe(V& v, S& s) {
  v.secret("jwt_secret", s.jwt_secret, applies::restart);
  v.field("access_ttl", s.access_ttl, applies::live, between{seconds{10}, seconds{86'400}});
  v.field("refresh_ttl", s.refresh_ttl, applies::live, between{seconds{60}, seconds{90 * 86'400}});
  v.field("refresh_leeway", s.refresh_leeway, applies::live, between{seconds{0}, seconds{120}});
  v.field("single_session", s.single_session, applies::live);
  v.section("argon2", s.argon2);
  v.field("hash_threads", s.hash_threads, applies::restart, between{1U, 64U});
  v.field("login_wait", s.login_wait, applies::live, between{milliseconds{500}, milliseconds{4000}});
  v.section("login_throttle", s.login_throttle);
}

template <class V, either<database_settings> S> void describe(V& v, S& s) {
  v.secret("url", s.url, applies::restart);
  v.field("connect_timeout", s.connect_timeout, applies::restart, between{milliseconds{100}, milliseconds{60'000}});
  v.field("statement_timeout", s.statement_timeout, applies::restart,
          between{milliseconds{100}, milliseconds{600'000}});
  v.field("pool", s.pool, applies::restart, between{1U, 100U});
}

template <class V, either<redis_settings> S> void describe(V& v, S& s) {
  v.field("host", s.host, applies::restart);
  v.field("port", s.port, applies::restart, between{1U, 65535U});
  v.secret("password", s.password, applies::restart);
  v.field("database", s.database, applies::restart, between{0U, 1023U});
  v.field("stream", s.stream, applies::restart, not_empty{});
  v.field("keep", s.keep, applies::restart, between{1000U, 100'000'000U});
}

template <class V, either<asterisk_settings> S> void describe(V& v, S& s) {
  v.field("name", s.name, applies::live, not_empty{});
  v.field("host", s.host, applies::live, not_empty{});
  v.field("port", s.port, applies::live, between{1U, 65535U});
  v.field("username", s.username, applies::live, not_empty{});
  v.secret("secret", s.secret, applies::live);
  v.field("tls", s.tls, applies::live);
  v.field("tls_ca_file", s.tls_ca_file, applies::live);
  v.field("tls_verify", s.tls_verify, applies::live);
  v.field("connect_timeout", s.connect_timeout, applies::live, between{milliseconds{100}, milliseconds{60'000}});
  v.field("keep_alive", s.keep_alive, applies::live, between{milliseconds{200}, milliseconds{300'000}});
  v.field("backoff_min", s.backoff_min, applies::live, between{milliseconds{10}, milliseconds{60'000}});
  v.field("backoff_max", s.backoff_max, applies::live, between{milliseconds{10}, milliseconds{300'000}});
  v.field("max_pending", s.max_pending, applies::live, between{16U, 1'000'000U});
}

template <class V, either<asterisk_apply_settings> S> void describe(V& v, S& s) {
  v.field("command", s.command, applies::live);
  v.field("timeout", s.timeout, applies::live, between{milliseconds{100}, milliseconds{600'000}});
}

template <class V, either<telephony_settings> S> void describe(V& v, S& s) {
  v.field("trunk_context", s.trunk_context, applies::restart, not_empty{});
  v.field("waiting_context", s.waiting_context, applies::restart, not_empty{});
  v.field("outbound_context", s.outbound_context, applies::restart, not_empty{});
  v.field("hold_context", s.hold_context, applies::restart, not_empty{});
  v.field("ring_timeout", s.ring_timeout, applies::live, between{seconds{3}, seconds{300}});
  v.field("default_wrap_up", s.default_wrap_up, applies::live, between{seconds{0}, seconds{3600}});
  v.field("max_call", s.max_call, applies::live, between{seconds{0}, seconds{86'400}});
  v.field("audit_interval", s.audit_interval, applies::live, between{milliseconds{200}, milliseconds{60'000}});
  v.field("action_timeout", s.action_timeout, applies::live, between{milliseconds{100}, milliseconds{60'000}});
  v.field("misses_before_pause", s.misses_before_pause, applies::live, between{0U, 100U});
  v.field("disconnect_grace", s.disconnect_grace, applies::live, between{seconds{0}, seconds{3600}});
}

template <class V, either<session_settings> S> void describe(V& v, S& s) {
  v.field("tick", s.tick, applies::live, between{milliseconds{5}, milliseconds{1000}});
  v.field("tick_min", s.tick_min, applies::live, between{milliseconds{1}, milliseconds{1000}});
  v.size("coalesce_above", s.coalesce_above, applies::live, between{4U * 1024U, 1024U * 1024U * 1024U});
  v.size("close_above", s.close_above, applies::live, between{64U * 1024U, 1024U * 1024U * 1024U});
  v.size("max_message", s.max_message, applies::live, between{1024U, 16U * 1024U * 1024U});
  v.field("ping_interval", s.ping_interval, applies::live, between{milliseconds{1000}, milliseconds{300'000}});
  v.field("max_sessions", s.max_sessions, applies::live, between{1U, 1'000'000U});
}

template <class V, either<store_settings> S> void describe(V& v, S& s) {
  v.field("batch_size", s.batch_size, applies::restart, between{1U, 10'000U});
  v.field("flush_interval", s.flush_interval, applies::restart, between{milliseconds{1}, milliseconds{5000}});
  v.field("queue_limit", s.queue_limit, applies::restart, between{1000U, 100'000'000U});
}

template <class V, either<supervision_settings> S> void describe(V& v, S& s) {
  v.field("max_restarts", s.max_restarts, applies::live, between{0U, 1000U});
  v.field("within", s.within, applies::live, between{seconds{1}, seconds{86'400}});
}

template <class V, either<log_settings> S> void describe(V& v, S& s) {
  v.field("level", s.level, applies::live);
  v.field("format", s.format, applies::restart);
  v.field("file", s.file, applies::restart);
}

template <class V, either<limit_settings> S> void describe(V& v, S& s) {
  v.field("requests_per_second", s.requests_per_second, applies::live, between{1U, 1'000'000U});
  v.field("request_burst", s.request_burst, applies::live, between{1U, 1'000'000U});
}

template <class V, either<secrets_settings> S> void describe(V& v, S& s) {
  v.field("key_file", s.key_file, applies::restart);
}

template <class V, either<settings> S> void describe(V& v, S& s) {
  v.section("node", s.node);
  v.section("http", s.http);
  v.section("storage", s.storage);
  v.section("auth", s.auth);
  v.section("database", s.database);
  v.section("redis", s.redis);
  v.servers("asterisk", s.asterisk);
  v.section("asterisk_apply", s.asterisk_apply);
  v.section("telephony", s.telephony);
  v.section("sessions", s.sessions);
  v.section("store", s.store);
  v.section("supervision", s.supervision);
  v.section("log", s.log);
  v.section("limits", s.limits);
  v.section("secrets", s.secrets);
}

} // namespace evs::config
