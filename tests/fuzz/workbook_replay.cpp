#include "tests/fuzz/replay.hpp"
#include "tests/fuzz/workbook_holds.hpp"

int main(int count, char** arguments) {
  static constexpr std::string_view words[] = {"<row>", "</row>", "<c t=\"s\">", "<c r=\"B2\">", "</c>", "<v>", "</v>", "<is><t>", "</t></is>", "<si>",
                                               "</si>", "<a>", "</a>", "r=\"9999\"", "Target=\"../../x\"", "formatCode=\"yyyy\"", "&amp;", "]]>", "<![CDATA["};
  return evs::fuzz::replay(count, arguments, words, evs::fuzz::check_workbook);
}
