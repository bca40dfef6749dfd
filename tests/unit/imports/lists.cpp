#include "tests/unit/imports/lists.hpp"

#include <gtest/gtest.h>

namespace evs::imports::testing {

namespace {

std::vector<std::string> rows_of(row_source& list) {
  std::vector<std::string> out;
  source_row row;
  for (;;) {
    const auto read = list.next(row);
    if (!read) {
      out.push_back("failed: " + read.error().text());
      return out;
    }
    if (!*read)
      return out;
    auto text = std::to_string(row.line);
    for (std::size_t i = 0; i < row.size(); ++i)
      text += '|' + row[i];
    out.push_back(text + (row.problem.empty() ? "" : "!" + row.problem));
  }
}

} // namespace

std::filesystem::path file(const std::string& name) { return std::filesystem::path{EVS_IMPORT_FILES} / name; }

contents read(const std::string& name, const workbook_limits& limits) {
  auto list = open_list(file(name), limits);
  if (!list)
    return {{"failed: " + list.error().text()}, {}};
  contents out{rows_of(*list.value()), list.value()->description()};
  EXPECT_TRUE(list.value()->restart());
  EXPECT_EQ(rows_of(*list.value()), out.rows) << "read again";
  return out;
}

} // namespace evs::imports::testing
