#include "imports/csv_parser.hpp"

namespace evs::imports {

void csv_parser::count_line_end(char c) noexcept {
  if (c == '\r' || !after_cr_)
    ++line_;
  after_cr_ = c == '\r';
}

csv_parser::step csv_parser::break_off(const std::string& what) {
  broken_ = true;
  why_ = {errc::invalid_input, "Ligne " + std::to_string(line_) + " : " + what, {}};
  return step::broken;
}

/// Up to a separator or the end of the line. False: the cell is too long.
bool csv_parser::take_plain(std::string& cell) {
  std::size_t n = 0;
  while (n < text_.size() && text_[n] != separator_ && text_[n] != '\n' && text_[n] != '\r')
    ++n;
  cell += text_.substr(0, n);
  text_.remove_prefix(n);
  return cell.size() <= limits_.cell_bytes;
}

/// Up to a quote. False: the cell is too long.
bool csv_parser::take_quoted(std::string& cell) {
  std::size_t n = 0;
  for (; n < text_.size() && text_[n] != '"'; ++n) {
    if (text_[n] == '\n' || text_[n] == '\r')
      count_line_end(text_[n]);
    else
      after_cr_ = false;
  }
  cell += text_.substr(0, n);
  text_.remove_prefix(n);
  return cell.size() <= limits_.cell_bytes;
}

/// False: the row has as many cells as it may.
bool csv_parser::add_cell(source_row& out) {
  if (out.size() == limits_.cells) {
    break_off("plus de " + std::to_string(limits_.cells) + " colonnes.");
    return false;
  }
  cell_ = &out.add();
  return true;
}

csv_parser::step csv_parser::at_end(source_row& out) {
  if (state_ == state::row_begin)
    return step::end;
  if (state_ == state::quoted)
    out.problem = "Un guillemet ouvert sur cette ligne n'est jamais refermé : la suite du fichier en fait partie.";
  if (state_ == state::cell_begin && !add_cell(out))
    return step::broken;
  state_ = state::row_begin;
  return step::row;
}

csv_parser::step csv_parser::next(source_row& out) {
  if (broken_)
    return step::broken;
  for (;;) {
    if (text_.empty())
      return last_ ? at_end(out) : step::more;
    const char c = text_.front();
    switch (state_) {
    case state::row_begin:
      if (c == '\n' && after_cr_) {
        after_cr_ = false;
        text_.remove_prefix(1);
        break;
      }
      after_cr_ = false;
      out.clear();
      out.line = line_;
      state_ = state::cell_begin;
      break;
    case state::cell_begin:
      if (!add_cell(out))
        return step::broken;
      if (c == '"') {
        text_.remove_prefix(1);
        state_ = state::quoted;
      } else {
        state_ = state::plain;
      }
      break;
    case state::plain:
      if (!take_plain(*cell_))
        return break_off("une cellule dépasse la taille permise.");
      if (text_.empty())
        break;
      if (text_.front() == separator_) {
        text_.remove_prefix(1);
        state_ = state::cell_begin;
        break;
      }
      count_line_end(text_.front());
      text_.remove_prefix(1);
      state_ = state::row_begin;
      return step::row;
    case state::quoted:
      if (!take_quoted(*cell_))
        return break_off("une cellule dépasse la taille permise ; un guillemet ouvert n'est sans doute jamais refermé.");
      if (!text_.empty()) {
        text_.remove_prefix(1);
        after_cr_ = false;
        state_ = state::quote_seen;
      }
      break;
    case state::quote_seen:
      if (c == '"') {
        *cell_ += '"';
        text_.remove_prefix(1);
        state_ = state::quoted;
      } else {
        state_ = state::plain;
      }
      break;
    }
  }
}

char declared_separator(std::string_view begin) noexcept {
  if (begin.size() < 5 || !(begin.starts_with("sep=") || begin.starts_with("SEP=")))
    return 0;
  const char said = begin[4];
  if (said != '\t' && (said <= ' ' || said > '~' || said == '"'))
    return 0;
  return begin.size() == 5 || begin[5] == '\r' || begin[5] == '\n' ? said : '\0';
}

char detect_separator(std::string_view begin) {
  constexpr std::size_t looked_at = 25;
  char best = ';';
  std::size_t best_columns = 1;
  double best_share = 0;
  for (char candidate : {';', ',', '\t', '|'}) {
    csv_parser parser{candidate};
    // The last line may be cut: nothing is said to be the end, so it isn't looked at.
    parser.feed(begin, false);
    source_row row;
    std::size_t columns = 0, rows = 0, alike = 0;
    auto look = [&] {
      if (row.blank())
        return;
      if (columns == 0)
        columns = row.size();
      ++rows;
      alike += row.size() == columns;
    };
    auto step = csv_parser::step::row;
    while (rows < looked_at && (step = parser.next(row)) == csv_parser::step::row)
      look();
    if (rows == 0 && step == csv_parser::step::more) {
      parser.feed({}, true);
      if (parser.next(row) == csv_parser::step::row)
        look();
    }
    if (columns < 2)
      continue;
    const double share = static_cast<double>(alike) / static_cast<double>(rows);
    if (share > best_share + 0.2 || (share > best_share - 0.2 && columns > best_columns)) {
      best = candidate;
      best_columns = columns;
      best_share = share;
    }
  }
  return best;
}

} // namespace evs::imports
