#pragma once
// Jobs: imports of contact lists, their progress and their rejected rows; contacts in bulk, in and out.

#include "domain/requests/common.hpp"
#include "domain/value.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace evs {

/// Which contacts are the same person: those that agree in all of these fields.
struct deduplication {
  bool enabled = false;
  /// firstName, lastName, phoneNumber, postalCode or names of custom fields.
  std::vector<std::string> fields;
};

/// Which column goes to which field: field, heading (or the column's number from 1). Empty: headings are recognised.
using mapping_wish = std::vector<std::pair<std::string, std::string>>;

/// How a list is to be read.
struct import_plan {
  mapping_wish mapping;
  deduplication same;
  /// The first row names the columns.
  bool heading = true;
  /// ISO 3166 code of the country that numbers without one belong to; empty: that of the campaign's time zone.
  std::string country;
};

/// POST /campaigns/{id}/contacts/import. The list is `size` bytes at `offset` of the file `path`, which is ours and is moved or copied
/// before the answer. Answers 202 {"jobId"}.
struct start_import {
  std::string campaign;
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  /// As the sender calls it; shown, never opened.
  std::string file_name;
  import_plan plan;
};
/// POST /campaigns/{id}/contacts: contacts as objects, as older clients send them. Answers {message, summary, invalids}.
struct add_contacts {
  std::string campaign;
  value::array contacts;
  deduplication same;
};
/// GET /campaigns/{id}/contacts/export: a CSV file.
struct export_contacts {
  std::string campaign;
};
/// GET /jobs: the newest ones that one may see.
struct list_jobs {
  list_query query;
};
/// GET /jobs/{id}
struct read_job {
  std::string id;
};
/// GET /jobs/{id}/rejected: a CSV file.
struct read_rejected {
  std::string id;
};

using import_request = std::variant<start_import, add_contacts, export_contacts, list_jobs, read_job, read_rejected>;

} // namespace evs
