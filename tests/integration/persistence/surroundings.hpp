#pragma once
// What these tests need from outside: a PostgreSQL role that may create databases (EVS_PG_URL) and a Redis (EVS_REDIS_PORT).

#include "persistence/store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace evs::persistence::testing {

/// Throws with a sentence that says what to set.
std::string admin_url();
std::uint16_t redis_port();

/// `url` with another database.
std::string with_database(const std::string& url, const std::string& database);
/// `url` through another local port.
std::string with_port(const std::string& url, std::uint16_t port);
/// Host and port of the URL.
std::pair<std::string, std::uint16_t> endpoint(const std::string& url);

/// A database for one test.
class scratch_database {
public:
  enum kind {
    /// The run's own migrated database, emptied.
    migrated,
    /// One made for this test without any table, dropped with it.
    bare,
  };
  explicit scratch_database(kind k = migrated);
  ~scratch_database();
  scratch_database(const scratch_database&) = delete;
  scratch_database& operator=(const scratch_database&) = delete;
  const std::string& url() const { return url_; }
  store_settings settings() const;
  /// Runs statements; the first column of the first row, "" when there is none or it is NULL.
  std::string ask(const std::string& sql) const;
  /// Ends every connection of the program under test to this database.
  void end_connections() const;

private:
  struct tool;
  kind kind_;
  std::string name_;
  std::string url_;
  /// A connection for ask().
  std::shared_ptr<tool> tool_;
};

} // namespace evs::persistence::testing
