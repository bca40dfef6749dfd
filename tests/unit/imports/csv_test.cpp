#include "imports/csv_parser.hpp"
#include "imports/text_encoding.hpp"
#include "tests/unit/imports/lists.hpp"

#include <gtest/gtest.h>

namespace evs::imports {
namespace {

using namespace testing;

TEST(CsvFile, LeavesTheByteOrderMarkOutAndFindsSemicolons) {
  const auto list = read("bom-semicolons.csv");
  EXPECT_EQ(list.rows, (texts{"1|Prénom|Nom|Téléphone", "2|Zoé|Martin|06 12 34 56 78", "3|Jean|Dupont|0140000001"}));
  EXPECT_EQ(list.description, "CSV, séparateur « ; », UTF-8");
}

TEST(CsvFile, ReadsWindows1252) {
  const auto list = read("windows-1252.csv");
  EXPECT_EQ(list.rows, (texts{"1|Prénom|Nom|Téléphone|Remarque", "2|Zoé|L’Hôte|0612345678|« 10 € »", "3|François|Œuvrard|0612345679|"}));
  EXPECT_EQ(list.description, "CSV, séparateur « ; », Windows-1252");
}

TEST(CsvFile, ReadsUtf16WithAndWithoutAMark) {
  const auto marked = read("utf16-le.csv");
  EXPECT_EQ(marked.rows, (texts{"1|Prénom|Nom|Téléphone", "2|Zoé|😀|0612345678"}));
  EXPECT_EQ(marked.description, "CSV, séparateur tabulation, UTF-16");
  const auto plain = read("utf16-be-no-mark.csv");
  EXPECT_EQ(plain.rows, (texts{"1|firstName|lastName|phoneNumber", "2|Anna|Bell|+33612345678"}));
  EXPECT_EQ(plain.description, "CSV, séparateur « , », UTF-16");
}

TEST(CsvFile, TakesQuotesAsTheyAreMeant) {
  EXPECT_EQ(read("quotes.csv").rows, (texts{"1|nom|tel|note", "2|Dupont, Jean|0612345678|dit \"le Grand\"",
                                            "3|deux\r\nlignes|0612345679|ab", "5|milieu \"x\"|0612345680|"}));
}

TEST(CsvFile, CountsLinesWhateverEndsThem) {
  EXPECT_EQ(read("line-ends.csv").rows, (texts{"1|nom|tel", "2|a|1", "3|b|2", "4|c|3", "7|d|4"}));
}

TEST(CsvFile, LeavesEmptyLinesOut) {
  EXPECT_EQ(read("empty-lines.csv").rows, (texts{"3|nom|tel", "5|a|0612345678", "8|b|0612345679"}));
  EXPECT_EQ(read("only-blank.csv").rows, texts{});
  EXPECT_EQ(read("empty.csv").rows, texts{"failed: Le fichier est vide."});
}

TEST(CsvFile, KeepsRaggedRowsAsTheyAre) {
  EXPECT_EQ(read("ragged.csv").rows, (texts{"1|a|b|c", "2|1|2", "3|1|2|3", "4|1|2|3|", "5|1|2|3|4", "7|5"}));
}

TEST(CsvFile, FindsTheSeparator) {
  EXPECT_EQ(read("tabs.txt").rows, (texts{"1|nom|tel", "2|a;b|1", "3|c,d|2"}));
  EXPECT_EQ(read("bars.csv").rows, (texts{"1|nom|tel", "2|a|1", "3|b|2"}));
  EXPECT_EQ(read("commas-in-semicolons.csv").rows,
            (texts{"1|nom|adresse|tel", "2|A|1, rue X, Paris|0612345678", "3|B|2, rue Y, Lyon, Rhône|0612345679"}));
  EXPECT_EQ(read("sep-line.csv").rows, (texts{"2|nom|tel", "3|a;b,c|1"}));
  EXPECT_EQ(detect_separator("tel\n0612345678\n"), ';');
  EXPECT_EQ(declared_separator("sep=\"\n"), '\0');
}

TEST(CsvFile, SaysWhichQuoteWasNeverClosed) {
  EXPECT_EQ(read("open-quote.csv").rows,
            (texts{"1|nom|tel", "2|a|0612345678",
                   "3|b;0612345679\r\nc;0612345680\r\n!Un guillemet ouvert sur cette ligne n'est jamais refermé : la suite du fichier en fait partie."}));
}

TEST(CsvFile, Reads300Columns) {
  std::string heading = "1", values = "2";
  for (int i = 1; i <= 300; ++i) {
    heading += "|c" + std::to_string(i);
    values += "|v" + std::to_string(i);
  }
  EXPECT_EQ(read("columns-300.csv").rows, (texts{heading, values}));
}

TEST(CsvFile, ForgivesAFewBrokenBytesAndNul) {
  const auto list = read("few-broken-bytes.csv");
  EXPECT_EQ(list.rows.at(1), "2|é|1");
  EXPECT_EQ(list.rows.back(), "22|x\xEF\xBF\xBD|2");
  EXPECT_EQ(list.description, "CSV, séparateur « ; », UTF-8");
  EXPECT_EQ(read("nul.csv").rows.back(), "2|a\xEF\xBF\xBD" "b|1");
}

TEST(CsvFile, TellsAnOldOrEncryptedWorkbookFromText) {
  EXPECT_EQ(read("old.xls").rows, texts{"failed: Ce classeur est protégé par un mot de passe ou dans l'ancien format .xls : enregistrez-le en "
                                        ".xlsx ou en CSV."});
  EXPECT_FALSE(open_list(file("no-such-file")));
}

TEST(CsvParser, GivesTheSameRowsHoweverTheTextIsCut) {
  const std::string text = "a;\"b\r\n\"\"c\"\"\";d\r\n\r\n\"x\"y;z\n;\r\"end";
  auto rows_in_pieces = [&](std::size_t size) {
    csv_parser parser{';'};
    source_row row;
    texts out;
    std::size_t at = 0;
    for (;;) {
      switch (parser.next(row)) {
      case csv_parser::step::row: {
        auto shown = std::to_string(row.line);
        for (std::size_t i = 0; i < row.size(); ++i)
          shown += '|' + row[i];
        out.push_back(shown + (row.problem.empty() ? "" : "!"));
        break;
      }
      case csv_parser::step::more:
        parser.feed(std::string_view{text}.substr(at, size), at >= text.size());
        at = std::min(at + size, text.size());
        break;
      default: return out;
      }
    }
  };
  const auto whole = rows_in_pieces(text.size());
  EXPECT_EQ(whole, (texts{"1|a|b\r\n\"c\"|d", "3|", "4|xy|z", "5||", "6|end!"}));
  for (std::size_t size = 1; size < text.size(); ++size)
    EXPECT_EQ(rows_in_pieces(size), whole) << size;
}

TEST(CsvParser, StopsAtItsLimits) {
  source_row row;
  csv_parser narrow{';', {.cells = 3, .cell_bytes = 10}};
  narrow.feed("1;2;3\n1;2;3;4\n", true);
  EXPECT_EQ(narrow.next(row), csv_parser::step::row);
  EXPECT_EQ(narrow.next(row), csv_parser::step::broken);
  EXPECT_EQ(narrow.why().text(), "Ligne 2 : plus de 3 colonnes.");
  EXPECT_EQ(narrow.next(row), csv_parser::step::broken);
  csv_parser at_the_end{';', {.cells = 3, .cell_bytes = 10}};
  at_the_end.feed("1;2;3;", true);
  EXPECT_EQ(at_the_end.next(row), csv_parser::step::broken);
  csv_parser shallow{';', {.cells = 3, .cell_bytes = 10}};
  shallow.feed("\"12345678901", true);
  EXPECT_EQ(shallow.next(row), csv_parser::step::broken);
}

TEST(TextDecoder, GivesTheSameTextHoweverTheBytesAreCut) {
  const struct {
    encoding from;
    std::string bytes;
    std::string text;
  } cases[] = {
    {encoding::utf8, "\xEF\xBB\xBF" "aé€😀\xC3", "aé€😀\xEF\xBF\xBD"},
    {encoding::utf8, "\xED\xA0\x80\xC0\xAF\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {encoding::utf16_le, std::string("\xFF\xFE" "a\0\x3D\xD8\x00\xDE\x3D\xD8", 10), "a😀\xEF\xBF\xBD"},
    {encoding::utf16_be, std::string("\0a\xDE\x00\0b\0", 7), "a\xEF\xBF\xBD" "b\xEF\xBF\xBD"},
    {encoding::windows_1252, "\x80\x81\xE9\xFF", "€\xEF\xBF\xBDéÿ"},
  };
  for (const auto& c : cases)
    for (std::size_t size = 1; size <= c.bytes.size(); ++size) {
      text_decoder decoder{c.from};
      std::string out;
      for (std::size_t at = 0; at < c.bytes.size(); at += size)
        decoder.decode(std::string_view{c.bytes}.substr(at, size), false, out);
      decoder.decode({}, true, out);
      EXPECT_EQ(out, c.text) << "pieces of " << size << ", " << to_string(c.from);
    }
}

} // namespace
} // namespace evs::imports
