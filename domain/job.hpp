#pragma once
// Work that takes longer than a request, as whoever does it sees it.

#include "domain/requests/import_requests.hpp"

#include <cstdint>
#include <string>

namespace evs {

/// An import that was claimed and has to be done.
struct import_job {
  std::string id;
  std::string campaign;
  /// Of the campaign; says which country numbers without a prefix belong to.
  std::string time_zone;
  import_plan plan;
  /// Name below the data folder.
  std::string file;
};

/// What became of a list.
struct import_summary {
  std::uint64_t total = 0;
  std::uint64_t valid = 0;
  std::uint64_t invalid = 0;
  /// Of the invalid ones.
  std::uint64_t duplicates = 0;
};

} // namespace evs
