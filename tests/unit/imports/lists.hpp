#pragma once
// The lists of files/, read to the end, as texts that are easy to compare.

#include "imports/list_file.hpp"

#include <string>
#include <vector>

namespace evs::imports::testing {

std::filesystem::path file(const std::string& name);

struct contents {
  /// "line|cell|cell", "!" and the problem behind it where there is one; last "failed: " and why.
  std::vector<std::string> rows;
  std::string description;
};

/// Everything in it; the second reading (after restart) must give the same.
contents read(const std::string& name, const workbook_limits& limits = {});

using texts = std::vector<std::string>;

} // namespace evs::imports::testing
