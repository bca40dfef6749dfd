#include "tests/fuzz/csv_holds.hpp"
#include "tests/fuzz/replay.hpp"

int main(int count, char** arguments) {
  static constexpr std::string_view words[] = {"\"", "\"\"", ";", ",", "\t", "\r\n", "\n", "\r", "sep=;\r\n", "\xEF\xBB\xBF", "\xFF\xFE",
                                               "\xE9", "\xC3\xA9", "=1", "'", "\";\"", "\"\r\n"};
  return evs::fuzz::replay(count, arguments, words, evs::fuzz::check_csv);
}
