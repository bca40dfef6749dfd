#pragma once
// Settings of the whole system: what may stand in each, and when a scheduled backup is due. Source of the names: the REST contract.

#include "domain/error.hpp"
#include "domain/time.hpp"
#include "domain/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace evs {

enum class settings_kind : std::uint8_t { app, smtp, modules, backup_schedule, connection };

/// "smtp": the name in the database.
std::string_view token(settings_kind what) noexcept;
/// "smtpSettings": the name in application-data and in events.
std::string_view contract_name(settings_kind what) noexcept;

/// Members that were given and may be kept. The password travels apart: it is sealed before it is kept, and never comes out.
struct checked_settings {
  value content = value::object{};
  /// Given: replaces the one that is there; "": none any more.
  std::optional<std::string> password;
};

/// Everything that is wrong with a body, per member; members that nobody knows are ignored (older clients send them).
result<checked_settings> check_settings(settings_kind what, const value& body);

struct smtp_settings {
  std::string server;
  int port = 587;
  /// TLS from the first byte; otherwise STARTTLS.
  bool secure = false;
  /// Refuses to go on where STARTTLS is not offered. A password is never sent without TLS, except to this machine.
  bool require_tls = true;
  bool auth = false;
  std::string user;
  std::string from;
};
smtp_settings smtp_of(const value& content);

struct backup_schedule {
  enum class pace : std::uint8_t { none, daily, weekly, monthly };
  pace frequency = pace::none;
  /// Minutes after midnight.
  int minute_of_day = 2 * 60;
  /// 0 Sunday ... 6; weekly only.
  int day_of_week = 0;
  /// Successful scheduled backups beyond so many are removed, the oldest first; 0: none is.
  int keep = 14;
  friend bool operator==(const backup_schedule&, const backup_schedule&) = default;
};
backup_schedule schedule_of(const value& content);

/// A moment as the wall clock of the node shows it.
struct wall_moment {
  int minute_of_day = 0;
  int day_of_week = 0;
  int day_of_month = 1;
};

/// Whether one is due: the day fits, its time has come, and the schedule began none since midnight. Where the clock jumps over the
/// time (daylight saving) it is an hour late at most; where the clock goes back it does not come twice.
bool backup_due(const backup_schedule& schedule, const wall_moment& now, bool begun_today);

/// "evs-20261122-020000-1a2b3c4d.dump": letters, digits, '-', '_' and '.', no other; at most 120.
bool valid_backup_name(std::string_view name) noexcept;

/// Whether a text is an e-mail address, alone or as "Name <address>"; never with line breaks.
bool valid_mailbox(std::string_view text) noexcept;
/// The address alone.
std::string address_of(std::string_view mailbox);

} // namespace evs
