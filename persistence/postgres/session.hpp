#pragma once
// One connection to PostgreSQL that mends itself; the only place that knows libpqxx.

#include "persistence/postgres/copy_line.hpp"
#include "persistence/postgres/encode.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace evs::persistence::postgres {

/// A statement with $1, $2 ... Prepared once a connection under its name, which must be unique.
struct statement {
  const char* name;
  const char* sql;
};

/// One row of a result; columns count from 0.
class row {
public:
  explicit row(std::vector<parameter> cells) : cells_(std::move(cells)) {}
  bool is_null(std::size_t i) const { return !cells_.at(i); }
  /// NULL reads as "".
  std::string text(std::size_t i) const { return cells_.at(i).value_or(std::string{}); }
  /// NULL reads as 0.
  std::int64_t number(std::size_t i) const;
  double real(std::size_t i) const;
  bool flag(std::size_t i) const { return text(i) == "t"; }
  /// From milliseconds since the Unix epoch.
  timestamp moment(std::size_t i) const { return timestamp{milliseconds{number(i)}}; }
  std::optional<timestamp> optional_moment(std::size_t i) const;

private:
  std::vector<parameter> cells_;
};
using rows = std::vector<row>;

/// Statements of one piece of work; lives only while session::run calls it.
class transaction {
public:
  virtual ~transaction() = default;
  virtual rows run(const statement& what, parameters values = {}) = 0;
  /// Several statements without parameters, for migrations.
  virtual void script(const std::string& sql) = 0;
  /// Rows into a table of ours by COPY: `next` fills a line (all columns, in their order) until it answers false. Nothing else may be
  /// run meanwhile.
  virtual void copy(const std::string& table, const std::vector<std::string>& columns, const std::function<bool(copy_line&)>& next) = 0;
};

enum class isolation {
  /// Each statement for itself: for a single one.
  none,
  read_committed,
  /// One consistent picture, read only.
  snapshot,
};

/// Not thread-safe. Connects on first use, drops the connection after any failure of it and connects again on the next
/// call. A connection that turns out dead before anything was sent on it is replaced at once.
class session {
public:
  /// `outbox_written`: called after each commit that may have written into the outbox, instead of NOTIFY. Must not throw.
  explicit session(store_settings settings, std::function<void()> outbox_written = {});
  ~session();

  /// Runs `work` in one transaction; commits when it returns, rolls back when it throws. Throws store_unavailable (store_overdue and
  /// store_conflict told apart) or store_rejected and nothing else. Each statement is ended after statement_timeout by the server, and soon after by
  /// us when the server doesn't answer.
  void run(isolation level, const std::function<void(transaction&)>& work);

  /// One statement on its own.
  rows run(const statement& what, parameters values = {});

private:
  struct link;
  bool connect();
  void committed();
  [[noreturn]] void failed(const std::string& what, const std::string& sql_state);

  store_settings settings_;
  std::function<void()> outbox_written_;
  std::unique_ptr<link> link_;
};

/// A connection of its own that hears NOTIFY on one channel. Not thread-safe, but for what ringer() gives.
class bell {
public:
  bell(store_settings settings, std::string channel);
  ~bell();

  /// Rings it from this process; for any thread, at any time, also when the bell is gone.
  std::function<void()> ringer() const;

  /// Waits until it rings, or for `longest`. True: it rang, or the connection was new and something may have been missed. While the
  /// database is away it sleeps and answers true, so that the caller looks for himself.
  bool wait(milliseconds longest);

private:
  struct line;
  struct cord;
  store_settings settings_;
  std::string channel_;
  std::unique_ptr<line> line_;
  std::shared_ptr<cord> cord_;
};

} // namespace evs::persistence::postgres
