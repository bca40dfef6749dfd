#include "persistence/postgres/table_file.hpp"

#include "domain/csv_text.hpp"
#include "persistence/secret.hpp"

namespace evs::persistence::postgres {

table_file::table_file(const std::filesystem::path& data_dir) {
  const auto folder = data_dir / "exports";
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  path_ = folder / (random_secret(16) + ".csv");
  out_.open(path_, std::ios::binary | std::ios::trunc);
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
  out_ << csv_byte_order_mark;
}

table_file::~table_file() {
  std::error_code ignored;
  if (!taken_)
    std::filesystem::remove(path_, ignored);
}

void table_file::separate() {
  if (row_begun_)
    line_ += ';';
  row_begun_ = true;
}

void table_file::cell(std::string_view text) {
  separate();
  append_csv_cell(line_, text);
}

void table_file::raw(std::string_view cells) {
  if (cells.empty())
    return;
  separate();
  line_ += cells;
}

void table_file::end_row() {
  line_ += "\r\n";
  out_ << line_;
  line_.clear();
  row_begun_ = false;
}

result<data_answer> table_file::take(const std::string& save_as) {
  out_.close();
  if (!out_)
    return failure{errc::internal, "Le serveur ne peut pas enregistrer le fichier : prévenez un administrateur.", {}};
  taken_ = true;
  data_answer out;
  out.attached = data_answer::file{path_.string(), "text/csv; charset=utf-8", save_as, true};
  return out;
}

} // namespace evs::persistence::postgres
