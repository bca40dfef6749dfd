#include "tests/fuzz/workbook_holds.hpp"

#include "imports/list_file.hpp"
#include "imports/xlsx_parts.hpp"
#include "imports/zip_archive.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace evs::fuzz {

namespace {

using namespace imports;

constexpr workbook_limits limits{.entries = 20, .unpacked = 1 << 20, .ratio = 50, .free_ratio_below = 64 << 10, .small_part = 1 << 18,
                                 .depth = 16, .columns = 32, .rows = 5000};

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void check_file(std::string_view bytes) {
  static const auto name = std::filesystem::temp_directory_path() / ("evs-fuzz-" + std::to_string(::getpid()) + ".xlsx");
  std::ofstream{name, std::ios::binary | std::ios::trunc}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (auto list = open_xlsx(name, limits)) {
    source_row row;
    for (auto read = list.value()->next(row); read && *read; read = list.value()->next(row)) {
      must(row.line <= limits.rows, "rows keep to their limit");
      must(row.size() <= limits.columns, "columns keep to their limit");
    }
  }
  std::filesystem::remove(name);
}

/// Everything of a part, in pieces; false: refused.
bool feed(std::string_view xml, std::size_t piece, xml_listener& to) {
  xml_stream stream{to, limits.depth};
  for (; !xml.empty(); xml.remove_prefix(std::min(piece, xml.size())))
    if (!stream.feed(xml.substr(0, piece), false)) return false;
  return stream.feed({}, true).ok();
}

std::vector<std::string> sheet_rows(std::string_view xml, std::size_t piece) {
  auto shelf = string_shelf::make(std::filesystem::temp_directory_path());
  styles_part styles;
  sheet_part sheet{{&shelf.value(), &styles, false, limits.columns, limits.rows}};
  xml_stream stream{sheet, limits.depth};
  std::vector<std::string> out;
  bool good = true;
  for (bool last = false; good && !last;) {
    last = xml.empty();
    good = stream.feed(xml.substr(0, piece), last).ok();
    xml.remove_prefix(std::min(piece, xml.size()));
    while (auto* row = sheet.next()) {
      must(row->size() <= limits.columns, "columns keep to their limit");
      std::string text = std::to_string(row->line);
      for (std::size_t i = 0; i < row->size(); ++i) text += '|' + (*row)[i];
      out.push_back(text);
    }
    good = good && !sheet.problem;
  }
  return good ? out : std::vector<std::string>{};
}

void check_strings(std::string_view xml, std::size_t piece) {
  auto shelf = string_shelf::make(std::filesystem::temp_directory_path());
  shared_strings_part strings{shelf.value()};
  feed(xml, piece, strings);
  must(shelf.value().seal().ok(), "the shelf closes");
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < shelf.value().size(); ++i) bytes += shelf.value().at(i).size();
  must(bytes <= xml.size(), "texts are no longer than the XML that they came from");
  must(shelf.value().at(shelf.value().size()).empty(), "there is nothing behind the last text");
}

} // namespace

void check_workbook(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::string_view bytes{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
  const std::size_t piece = 1 + input[0] / 6;
  switch (input[0] % 6) {
  case 0: return check_file(bytes);
  case 1: must(sheet_rows(bytes, piece) == sheet_rows(bytes, bytes.size() + 1), "the same rows however the sheet is split"); return;
  case 2: return check_strings(bytes, piece);
  case 3: {
    styles_part styles;
    feed(bytes, piece, styles);
    for (const char* number : {"0", "7", "46348.5", "-1", "2958465.9999999"})
      must(show_number(number, styles.format_of("0"), false).size() < 64, "a number stays short");
    return;
  }
  case 4: {
    workbook_part workbook;
    feed(bytes, piece, workbook);
    return;
  }
  default: {
    relations targets;
    feed(bytes, piece, targets);
    for (const auto& [id, to] : targets.by_id)
      if (const auto name = resolve_target("xl/workbook.xml", to.path); !name.empty())
        must(name.front() != '/' && ("/" + name + "/").find("/../") == std::string::npos, "a target stays in the archive");
    return;
  }
  }
}

} // namespace evs::fuzz
