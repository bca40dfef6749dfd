#pragma once
// What every question and every answer has.

#include "domain/roles.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evs {

/// Who asks, from where: what rights and the audit log need.
struct requester {
  viewer who;
  std::string login;
  /// Address of the client.
  std::string address;
  /// X-Request-Id of the request, which the log has too.
  std::string request_id;
  /// What the audit log calls it, "PUT /trunks/{id}", and what it is about, "trunks/trunk-paris"; empty: it only reads.
  std::string action{};
  std::string entity{};
};

/// ?limit=&cursor=&sort=&q=&<filter>=
struct list_query {
  /// Asked for pages: {"items":[...],"nextCursor":...}. Otherwise (older clients) everything, as an array.
  bool paged = false;
  int limit = 50;
  /// As an earlier answer gave it; opaque to clients, checked by whoever reads it.
  std::string cursor;
  /// "name" or "-name" (falling); from the allow-list of what is listed.
  std::string sort;
  /// Search text.
  std::string q;
  /// Filters from the allow-list of what is listed; name, value.
  std::vector<std::pair<std::string, std::string>> filters;
};

/// An answer: a status and JSON text, or a file.
struct data_answer {
  unsigned status = 200;
  std::string json;
  /// Version of what was answered, without quotes; empty: none.
  std::string etag;
  /// More headers: what a deletion detached, for instance.
  std::vector<std::pair<std::string, std::string>> headers{};
  /// Instead of JSON: this file, sent from the disk.
  struct file {
    std::string path;
    std::string content_type;
    /// Name that a browser saves it under; empty: shown in the page.
    std::string save_as;
    /// Removed once it was sent.
    bool temporary = false;
  };
  std::optional<file> attached{};
};

} // namespace evs
