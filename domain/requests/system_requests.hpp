#pragma once
// Settings, backups, logs, database access, audit.

#include "domain/requests/common.hpp"
#include "domain/system_settings.hpp"
#include "domain/value.hpp"

#include <variant>

namespace evs {

/// GET /audit; filters: actor, login, action, entity, from, to.
struct read_audit {
  list_query query;
};
/// GET /audit?verify=1: recomputes the chain.
struct verify_audit {};
/// PUT /system/{smtp-settings,...}; `content` was checked: its members replace those that are there.
struct save_settings {
  settings_kind what = settings_kind::app;
  checked_settings content;
};
struct list_backups {
  list_query query;
};
struct make_backup {};
struct restore_backup {
  std::string file_name;
};
struct remove_backup {
  std::string file_name;
};
/// POST /system-connection: how the node reaches Asterisk.
struct save_connection {
  checked_settings content;
  /// What the client believes of the database's address, where it sends that too: {host, port, user, database, password}.
  value database{};
};
/// POST /system/test-email. What is not given is taken from the saved settings; no recipient: the caller's own address.
struct test_email {
  std::string to;
  checked_settings settings;
};
/// POST /system/test-db. `wanted`: {host, port, user, database, password}; what is not given is as in the configuration file.
struct test_database {
  value wanted{};
};
/// What is not given is taken from the settings in force.
struct test_ami {
  checked_settings settings;
};
/// Name of a service as GET /application-data lists them.
struct ping_service {
  std::string target;
};
struct read_stats {};
/// The newest lines of this node's log; level: least severity, empty: all.
struct read_logs {
  std::string level;
  int limit = 200;
};
struct read_schema {};
struct query_database {
  std::string sql;
};

using system_request =
  std::variant<read_audit, verify_audit, save_settings, list_backups, make_backup, restore_backup, remove_backup, save_connection,
               test_email, test_database, test_ami, ping_service, read_stats, read_logs, read_schema, query_database>;

} // namespace evs
