#pragma once
// Text to rows of cells: RFC 4180, and what spreadsheet programs and people make of it.

#include "domain/row_source.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace evs::imports {

struct csv_limits {
  std::size_t cells = 4096;
  std::size_t cell_bytes = 1 << 20;
};

/// Rows end with CR LF, LF or CR, mixed as they come. A quote opens a quoted cell only at its begin; inside, two quotes are one, and
/// what follows the closing quote belongs to the cell. A quote that is never closed spoils the row it is in, to the end of the text.
class csv_parser {
public:
  explicit csv_parser(char separator, csv_limits limits = {}) : separator_(separator), limits_(limits) {}

  /// More text (UTF-8); it must stay where it is until next() asked for more. `last`: nothing follows.
  void feed(std::string_view text, bool last) {
    text_ = text;
    last_ = last;
  }

  enum class step : std::uint8_t {
    /// `out` holds a row.
    row,
    /// Feed more, then call again with the same `out`.
    more,
    end,
    /// A limit was passed; why() says which, and nothing more comes.
    broken,
  };
  /// Blank rows come too.
  step next(source_row& out);
  const failure& why() const noexcept { return why_; }

private:
  enum class state : std::uint8_t { row_begin, cell_begin, plain, quoted, quote_seen };
  step break_off(const std::string& what);
  step at_end(source_row& out);
  bool add_cell(source_row& out);
  bool take_plain(std::string& cell);
  bool take_quoted(std::string& cell);
  void count_line_end(char c) noexcept;

  char separator_;
  csv_limits limits_;
  std::string_view text_;
  bool last_ = false;
  state state_ = state::row_begin;
  std::uint64_t line_ = 1;
  std::string* cell_ = nullptr;
  bool after_cr_ = false;
  failure why_;
  bool broken_ = false;
};

/// The separator that fits these first lines best: ; , tab or |. A lone column gives ';'.
char detect_separator(std::string_view begin);

/// "sep=;" in the first line, as spreadsheet programs write it: that separator; 0: there is no such line.
char declared_separator(std::string_view begin) noexcept;

} // namespace evs::imports
