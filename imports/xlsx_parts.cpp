#include "imports/xlsx_parts.hpp"

#include <charconv>

namespace evs::imports {

namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text) noexcept {
  Number out{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || ec != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

constexpr std::size_t longest_text = 1 << 20;

bool is_true(std::string_view text) noexcept { return text == "1" || text == "true"; }

/// Excel writes characters that XML can't hold as _x000D_.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "_x" && i + 7 <= text.size() && text[i + 6] == '_') {
      unsigned code = 0;
      const auto digits = text.substr(i + 2, 4);
      const auto [end, ec] = std::from_chars(digits.data(), digits.data() + 4, code, 16);
      if (ec == std::errc{} && end == digits.data() + 4 && code > 0 && code < 0x80) {
        out += static_cast<char>(code);
        i += 7;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

} // namespace

// ---------------------------------------------------------------- relations

void relations::begin(std::string_view name, const xml_attributes& attributes) {
  if (name != "Relationship" || attributes.find("TargetMode") == "External")
    return;
  by_id.emplace(attributes.find("Id"), target{std::string{attributes.find("Type")}, std::string{attributes.find("Target")}});
}

std::optional<std::string> relations::of_type(std::string_view ending) const {
  for (const auto& [id, to] : by_id)
    if (to.type.ends_with(ending))
      return to.path;
  return std::nullopt;
}

std::string resolve_target(std::string_view part, std::string_view target) {
  std::vector<std::string_view> names;
  auto add = [&](std::string_view path) {
    for (std::size_t at = 0; at <= path.size();) {
      const auto end = std::min(path.find('/', at), path.size());
      const auto name = path.substr(at, end - at);
      if (name == "..") {
        if (names.empty())
          return false;
        names.pop_back();
      } else if (!name.empty() && name != ".") {
        names.push_back(name);
      }
      at = end + 1;
    }
    return true;
  };
  const auto folder = part.rfind('/');
  const bool absolute = target.starts_with('/');
  if ((!absolute && folder != std::string_view::npos && !add(part.substr(0, folder))) || !add(target))
    return {};
  std::string out;
  for (auto name : names) {
    if (!out.empty())
      out += '/';
    out += name;
  }
  return out;
}

// ---------------------------------------------------------------- workbook, styles

void workbook_part::begin(std::string_view name, const xml_attributes& attributes) {
  if (name == "workbookPr")
    since_1904 = is_true(attributes.find("date1904"));
  if (name != "sheet" || found_visible_)
    return;
  const auto state = attributes.find("state");
  found_visible_ = state.empty() || state == "visible";
  if (found_visible_ || sheet_relation.empty()) {
    sheet_relation = attributes.find("id");
    sheet_name = attributes.find("name");
  }
}

void styles_part::begin(std::string_view name, const xml_attributes& attributes) {
  const auto id = number_in<unsigned>(attributes.find("numFmtId")).value_or(0);
  if (name == "numFmt")
    own_[id] = read_format(attributes.find("formatCode"));
  else if (name == "cellXfs")
    in_cells_ = true;
  else if (name == "xf" && in_cells_)
    cells_.push_back(id);
}

void styles_part::end(std::string_view name) {
  if (name == "cellXfs")
    in_cells_ = false;
}

cell_format styles_part::format_of(std::string_view style) const {
  const auto number = number_in<std::size_t>(style);
  if (!number || *number >= cells_.size())
    return {};
  const auto own = own_.find(cells_[*number]);
  return own != own_.end() ? own->second : builtin_format(cells_[*number]);
}

// ---------------------------------------------------------------- shared strings

void shared_strings_part::begin(std::string_view name, const xml_attributes&) {
  if (name == "si")
    now_.clear();
  else if (name == "rPh")
    ++phonetic_;
  in_text_ = name == "t" && phonetic_ == 0;
}

void shared_strings_part::end(std::string_view name) {
  in_text_ = false;
  if (name == "rPh" && phonetic_ > 0)
    --phonetic_;
  if (name != "si" || problem)
    return;
  const bool escaped = now_.find("_x") != std::string::npos;
  if (auto put = to_.append(escaped ? unescaped(now_) : now_); !put)
    problem = put.error();
}

void shared_strings_part::text(std::string_view what) {
  if (!in_text_)
    return;
  now_ += what;
  if (now_.size() > longest_text && !problem)
    problem = failure{errc::too_large, "Le classeur contient une cellule plus longue que permis.", {}};
}

// ---------------------------------------------------------------- sheet

std::optional<std::size_t> column_of(std::string_view reference) noexcept {
  std::size_t column = 0, letters = 0;
  for (char c : reference) {
    if (c >= '0' && c <= '9')
      break;
    if (c < 'A' || c > 'Z' || ++letters > 3)
      return std::nullopt;
    column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
  }
  return letters == 0 ? std::nullopt : std::optional{column - 1};
}

void sheet_part::begin_row(const xml_attributes& attributes) {
  line_ = number_in<std::uint64_t>(attributes.find("r")).value_or(line_ + 1);
  if (line_ > context_.rows && !problem)
    problem = failure{errc::too_large, "La feuille a plus de lignes que permis.", {}};
  column_ = 0;
  in_row_ = true;
  if (ready_ == rows_.size())
    rows_.emplace_back();
  rows_[ready_].clear();
  rows_[ready_].line = line_;
}

void sheet_part::begin_cell(const xml_attributes& attributes) {
  if (const auto said = column_of(attributes.find("r")))
    column_ = *said;
  type_ = attributes.find("t");
  style_ = attributes.find("s");
  value_.clear();
}

std::string sheet_part::shown_value() const {
  if (type_ == "s") {
    const auto number = number_in<std::uint64_t>(value_);
    return number ? std::string{context_.strings->at(*number)} : std::string{};
  }
  if (type_ == "b")
    return is_true(value_) ? "true" : "false";
  if (type_.empty() || type_ == "n")
    return show_number(value_, context_.styles->format_of(style_), context_.since_1904);
  return value_.find("_x") != std::string::npos ? unescaped(value_) : value_;
}

void sheet_part::end_cell() {
  const auto column = column_++;
  if (value_.empty() || !in_row_)
    return;
  auto shown = shown_value();
  if (shown.empty())
    return;
  if (column >= context_.columns) {
    if (!problem)
      problem = failure{errc::too_large, "La feuille a plus de " + std::to_string(context_.columns) + " colonnes.", {}};
    return;
  }
  auto& row = rows_[ready_];
  while (row.size() <= column)
    row.add();
  row[column] = std::move(shown);
}

void sheet_part::begin(std::string_view name, const xml_attributes& attributes) {
  if (name == "row")
    begin_row(attributes);
  else if (name == "c" && in_row_)
    begin_cell(attributes);
  else if (name == "is")
    in_inline_ = true;
  else if (name == "rPh")
    ++phonetic_;
  in_value_ = in_row_ && (name == "v" || (name == "t" && in_inline_ && phonetic_ == 0));
}

void sheet_part::end(std::string_view name) {
  in_value_ = false;
  if (name == "c" && in_row_) {
    end_cell();
  } else if (name == "is") {
    in_inline_ = false;
  } else if (name == "rPh" && phonetic_ > 0) {
    --phonetic_;
  } else if (name == "row" && in_row_) {
    in_row_ = false;
    if (!rows_[ready_].blank())
      ++ready_;
  }
}

void sheet_part::text(std::string_view what) {
  if (!in_value_)
    return;
  value_ += what;
  if (value_.size() > longest_text && !problem)
    problem = failure{errc::too_large, "Le classeur contient une cellule plus longue que permis.", {}};
}

source_row* sheet_part::next() {
  if (taken_ < ready_)
    return &rows_[taken_++];
  // All taken: the room is used again, but a row that is being read stays.
  if (ready_ > 0 && in_row_)
    std::swap(rows_[0], rows_[ready_]);
  taken_ = ready_ = 0;
  return nullptr;
}

} // namespace evs::imports
