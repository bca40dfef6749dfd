#pragma once
// History, reports, personal data, retention.

#include "domain/requests/common.hpp"
#include "domain/time.hpp"
#include "domain/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace evs {

/// Calls that began in [from, to), newest first. Filters: agentId, queueId, campaignId, siteId, direction, endReason; `q`: part of the
/// number of the person outside, three digits at least.
struct list_calls {
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  list_query query;
  /// All of them as CSV, up to a million.
  bool csv = false;
};

enum class report_kind : std::uint8_t { calls, agents, campaigns, queues, sessions };

/// Figures of the days `from` to `to` (YYYY-MM-DD, both included), as the wall clocks say: of `timezone`, or where it is empty of each
/// site. Filters: siteId, direction, and agentId, queueId or campaignId where the report is about such.
struct make_report {
  report_kind kind = report_kind::calls;
  std::string from;
  std::string to;
  bool by_day = false;
  /// Hour of the day.
  bool by_hour = false;
  bool by_site = false;
  std::string timezone;
  bool csv = false;
  list_query query;
};

/// Everything that is kept about a contact.
struct export_personal_data {
  std::string contact;
};
/// The contact, its notes, callbacks and recordings go; its calls stay without the person.
struct erase_personal_data {
  std::string contact;
};

struct read_retention {};
struct set_retention {
  value body;
};

using report_request =
    std::variant<list_calls, make_report, export_personal_data, erase_personal_data, read_retention, set_retention>;

} // namespace evs
