#include "tests/fuzz/csv_holds.hpp"

#include "domain/csv_text.hpp"
#include "imports/csv_parser.hpp"
#include "imports/text_encoding.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace evs::fuzz {

namespace {

using namespace imports;

constexpr csv_limits limits{16, 200};

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

struct seen_row {
  std::uint64_t line;
  std::vector<std::string> cells;
  bool spoilt;
  friend bool operator==(const seen_row&, const seen_row&) = default;
};

std::string decoded(std::string_view bytes, encoding from, std::size_t piece) {
  text_decoder decoder{from};
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) decoder.decode(bytes.substr(0, piece), false, out);
  decoder.decode({}, true, out);
  return out;
}

std::vector<seen_row> rows(std::string_view text, char separator, std::size_t piece, bool& broken) {
  csv_parser parser{separator, limits};
  source_row row;
  std::vector<seen_row> out;
  for (std::uint64_t last = 0;;) {
    switch (parser.next(row)) {
    case csv_parser::step::row: {
      must(row.line >= last && row.line >= 1, "rows come in the order of their lines");
      must(row.size() >= 1 && row.size() <= limits.cells, "a row keeps to its limit");
      last = row.line;
      seen_row seen{row.line, {}, !row.problem.empty()};
      for (std::size_t i = 0; i < row.size(); ++i) seen.cells.push_back(row[i]);
      out.push_back(std::move(seen));
      break;
    }
    case csv_parser::step::more:
      parser.feed(text.substr(0, piece), text.empty());
      text.remove_prefix(std::min(piece, text.size()));
      break;
    case csv_parser::step::broken: broken = true; return out;
    case csv_parser::step::end: return out;
    }
  }
}

bool is_utf8(const std::string& text) {
  return text.find('\0') == std::string::npos && decoded(text, encoding::utf8, text.size() + 1) == text;
}

/// What we write is what we read, but for the guards before formulas.
void check_writing(const std::vector<seen_row>& all) {
  std::string text;
  for (const auto& row : all) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (i > 0) text += ';';
      append_csv_cell(text, row.cells[i]);
    }
    text += "\r\n";
  }
  csv_parser parser{';'};
  parser.feed(text, true);
  source_row row;
  for (const auto& wanted : all) {
    must(parser.next(row) == csv_parser::step::row && row.size() == wanted.cells.size(), "as many rows and cells as were written");
    for (std::size_t i = 0; i < row.size(); ++i) {
      must(row[i].empty() || std::string_view{"=+-@\t\r"}.find(row[i][0]) == std::string_view::npos, "no cell begins a formula");
      must(row[i] == wanted.cells[i] || row[i] == "'" + wanted.cells[i], "a cell comes back as it was written");
    }
  }
}

} // namespace

void check_csv(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::size_t piece = 1 + input[0] % 37;
  const std::string_view bytes{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};

  encoding_detector whole, pieces;
  whole.feed(bytes);
  for (auto rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) pieces.feed(rest.substr(0, piece));
  must(whole.verdict() == pieces.verdict(), "the same encoding however the bytes are split");

  const auto text = decoded(bytes, whole.verdict(), bytes.size() + 1);
  must(text == decoded(bytes, whole.verdict(), piece), "the same text however the bytes are split");
  for (auto from : {encoding::utf8, encoding::windows_1252, encoding::utf16_le, encoding::utf16_be})
    if (const auto one = decoded(bytes, from, piece); !one.starts_with("\xEF\xBB\xBF")) must(is_utf8(one), "a decoded text is UTF-8 without NUL");

  auto separator = declared_separator(text);
  if (separator == 0) separator = detect_separator(text);
  bool broken = false, broken_in_pieces = false;
  const auto read = rows(text, separator, text.size() + 1, broken);
  must(read == rows(text, separator, piece, broken_in_pieces) || broken, "the same rows however the text is split");
  if (!broken) check_writing(read);
}

} // namespace evs::fuzz
