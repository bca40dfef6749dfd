#pragma once
// The order of everything that dashboards see: an append-only log with (epoch, offset).

#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace evs::persistence {

/// One event as the log keeps it: already serialised, once, for all sessions.
struct log_entry {
  /// Position in the epoch, from 1 without gaps; set by the log.
  std::uint64_t offset = 0;
  /// "agentStatusUpdate", "newCall", ...
  std::string type;
  /// What it is about: "agent:user-1001", "call:1700000000.12"; empty: nothing that lasts (a raised hand).
  std::string entity;
  /// JSON text of the payload as clients get it.
  std::string payload;
  /// JSON text of the entity's whole present state for snapshots; empty: same as payload. "-": the entity is gone.
  std::string state;
  audience whom;
  /// When the cause was observed, µs since the Unix epoch; for latency figures, 0 = unknown.
  std::int64_t caused_us = 0;
  /// Number in the outbox, for a committed change; such an entry may come twice. 0: none.
  std::int64_t source = 0;
};

/// Told by the log, always from one thread, never concurrently.
class log_listener {
public:
  virtual ~log_listener() = default;
  /// A new order begins (first of all at start; again when Redis went away or came back): offsets restart at 1.
  /// What was appended and not yet delivered may be appended again by the log or is lost to this epoch: the receiver
  /// announces its whole state anew after an epoch change.
  virtual void on_epoch(std::string epoch, bool shared, std::string why) = 0;
  /// Entries in order of offset, none skipped, none twice.
  virtual void on_entries(std::vector<log_entry> entries) = 0;
};

struct log_settings {
  /// Empty host: in-process ring only.
  std::string redis_host;
  std::uint16_t redis_port = 6379;
  std::string redis_password;
  int redis_database = 0;
  std::string stream = "evs:events";
  /// Entries that stay readable for resume (ring capacity; approximate stream length).
  std::size_t keep = 100000;
};

/// Appends and reads back. append() may be called from any thread and never blocks; delivery comes through the listener, so that
/// every node sees one order. Bound: when Redis does not take entries (away, slow) for longer than a second, or more than
/// `keep` wait, the log falls back to the in-process ring under a new epoch; it returns to Redis, under a new epoch again, when that answers.
class event_log {
public:
  virtual ~event_log() = default;
  virtual void start() = 0;
  virtual void append(std::vector<log_entry> entries) = 0;
  virtual void stop() = 0;
  /// True while entries go through Redis.
  virtual bool shared() const = 0;
};

/// The in-process ring alone; delivers from its own thread too.
std::unique_ptr<event_log> make_local_log(log_settings settings, log_listener& listener);
/// Removes from the stream what was caused longer ago than `keep_for`; how many. It may take a moment: not for a thread that others wait
/// for. Without Redis there is nothing to do. Throws std::runtime_error while Redis is away.
std::uint64_t forget_old_entries(const log_settings& settings, milliseconds keep_for, timestamp now);

/// Redis stream with the ring as fallback. The listener must outlive the log.
std::unique_ptr<event_log> make_redis_log(log_settings settings, log_listener& listener);

} // namespace evs::persistence
