#pragma once
// An answer as a CSV file on the disk, written row by row: memory stays flat whatever the length.

#include "domain/requests/common.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace evs::persistence::postgres {

/// Semicolons, UTF-8 with a byte order mark, formulas neutralised. The file is removed again unless finish() was called.
class csv_file {
public:
  /// Throws store_unavailable when the folder below `data_dir` can't be written.
  explicit csv_file(const std::filesystem::path& data_dir);
  ~csv_file();
  csv_file(const csv_file&) = delete;
  csv_file& operator=(const csv_file&) = delete;

  csv_file& cell(std::string_view text);
  /// Digits, a sign and a decimal point, as the database writes numbers; shown with a decimal comma.
  csv_file& number(std::string_view digits);
  void end_row();
  /// The answer that sends the file and then removes it.
  data_answer finish(std::string save_as);

private:
  void separate();
  void flush();

  std::filesystem::path path_;
  std::ofstream out_;
  std::string line_;
  bool row_begun_ = false;
  bool finished_ = false;
};

} // namespace evs::persistence::postgres
