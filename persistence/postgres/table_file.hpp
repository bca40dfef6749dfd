#pragma once
// Long answers as CSV: written to a temporary file row by row, sent from there.

#include "domain/error.hpp"
#include "domain/requests/common.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace evs::persistence::postgres {

/// UTF-8 with its mark, semicolons, CR LF: what a double click opens rightly. Cells that a spreadsheet program would run as a formula
/// get an apostrophe (domain/csv_text.hpp).
class table_file {
public:
  /// In a folder of ours below `data_dir`.
  explicit table_file(const std::filesystem::path& data_dir);
  /// Removes the file unless it was taken.
  ~table_file();
  table_file(const table_file&) = delete;
  table_file& operator=(const table_file&) = delete;

  void cell(std::string_view text);
  /// Cells that are CSV already.
  void raw(std::string_view cells);
  void end_row();
  /// storage_unavailable when the disk did not take it.
  result<data_answer> take(const std::string& save_as);

private:
  void separate();

  std::filesystem::path path_;
  std::ofstream out_;
  std::string line_;
  bool row_begun_ = false;
  bool taken_ = false;
};

} // namespace evs::persistence::postgres
