#include "persistence/postgres/csv_file.hpp"

#include "domain/csv_text.hpp"
#include "persistence/secret.hpp"
#include "persistence/store.hpp"

#include <algorithm>

namespace evs::persistence::postgres {

namespace {

constexpr std::size_t flush_at = 64 * 1024;

} // namespace

csv_file::csv_file(const std::filesystem::path& data_dir) {
  const auto folder = data_dir / "exports";
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  path_ = folder / ("export-" + random_secret(16) + ".csv");
  out_.open(path_, std::ios::binary | std::ios::trunc);
  if (!out_) throw store_unavailable{"can't write to " + folder.string()};
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ec);
  line_ = csv_byte_order_mark;
}

csv_file::~csv_file() {
  if (finished_) return;
  out_.close();
  std::error_code ec;
  std::filesystem::remove(path_, ec);
}

void csv_file::separate() {
  if (row_begun_) line_ += ';';
  row_begun_ = true;
}

csv_file& csv_file::cell(std::string_view text) {
  separate();
  append_csv_cell(line_, text, ';');
  return *this;
}

csv_file& csv_file::number(std::string_view digits) {
  // Anything else is a text, and treated as one.
  if (digits.find_first_not_of("0123456789.-") != std::string_view::npos) return cell(digits);
  separate();
  const auto start = line_.size();
  line_ += digits;
  std::replace(line_.begin() + static_cast<std::ptrdiff_t>(start), line_.end(), '.', ',');
  return *this;
}

void csv_file::end_row() {
  line_ += "\r\n";
  row_begun_ = false;
  if (line_.size() >= flush_at) flush();
}

void csv_file::flush() {
  out_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
  line_.clear();
  if (!out_) throw store_unavailable{"can't write " + path_.string() + ": is the disk full?"};
}

data_answer csv_file::finish(std::string save_as) {
  flush();
  out_.close();
  if (!out_) throw store_unavailable{"can't write " + path_.string() + ": is the disk full?"};
  finished_ = true;
  data_answer out;
  data_answer::file file;
  file.path = path_.string();
  file.content_type = "text/csv; charset=utf-8";
  file.save_as = std::move(save_as);
  file.temporary = true;
  out.attached = std::move(file);
  return out;
}

} // namespace evs::persistence::postgres
