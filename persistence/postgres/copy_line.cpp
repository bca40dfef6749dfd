#include "persistence/postgres/copy_line.hpp"

#include <charconv>

namespace evs::persistence::postgres {

void copy_line::separate() {
  if (begun_)
    text_ += '\t';
  begun_ = true;
}

void copy_line::add(std::string_view cell) {
  separate();
  std::size_t clean = 0;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const char c = cell[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '\\')
      continue;
    const char* instead = c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '\0' ? "\xEF\xBF\xBD" : nullptr;
    if (!instead)
      continue;
    text_ += cell.substr(clean, i - clean);
    text_ += instead;
    clean = i + 1;
  }
  text_ += cell.substr(clean);
}

void copy_line::add_null() {
  separate();
  text_ += "\\N";
}

void copy_line::add(std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  separate();
  text_.append(digits, end);
}

} // namespace evs::persistence::postgres
