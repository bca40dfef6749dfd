#include "imports/cell_format.hpp"
#include "imports/xlsx_parts.hpp"
#include "imports/zip_archive.hpp"
#include "tests/unit/imports/lists.hpp"

#include <gtest/gtest.h>

namespace evs::imports {
namespace {

using namespace testing;

// Made by LibreOffice 7.4 (files/README.md).
TEST(XlsxFile, ReadsAWorkbookOfARealProgram) {
  const auto list = read("libreoffice.xlsx");
  EXPECT_EQ(list.rows, (texts{"1|Prénom|Nom|Téléphone|Code postal|Né le|Dernier achat|Montant|Client",
                              "2|Zoé|d’Aboville & Fils|06 12 34 56 78|01000|1980-02-29|2026-11-22 18:30:00|12.5|1",
                              "3|Jean|Dupont|612345679|75011|1955-07-14||25", "7||Deux\nlignes|33140000001|2A004|||ab"}));
  EXPECT_EQ(list.description, "XLSX, feuille « Contacts »");
}

TEST(XlsxFile, ReadsInlineTextsPrefixesAndRowsWithoutNumbers) {
  const auto list = read("inline.xlsx");
  EXPECT_EQ(list.rows, (texts{"1|Téléphone|Nom", "4|612345678||a\rb", "5|#N/A|true"}));
  EXPECT_EQ(list.description, "XLSX, feuille « V »") << "the hidden sheet is not the first one";
}

TEST(HostileWorkbook, ZipBombInTheSheetIsRefused) {
  EXPECT_EQ(read("bomb-sheet.xlsx").rows.back(),
            "failed: Le classeur se décompresse en beaucoup plus de données que permis ; il est refusé (« zip bomb »).");
}

TEST(HostileWorkbook, ZipBombInTheSharedStringsIsRefused) {
  EXPECT_EQ(read("bomb-strings.xlsx", {.unpacked = 8 << 20}).rows,
            texts{"failed: Le classeur se décompresse en beaucoup plus de données que permis ; il est refusé (« zip bomb »)."});
}

TEST(HostileWorkbook, TooManyEntriesAreRefused) {
  EXPECT_EQ(read("libreoffice.xlsx", {.entries = 3}).rows, texts{"failed: Le classeur contient trop d'éléments ; il est refusé."});
}

TEST(HostileWorkbook, BillionLaughsAreRefused) {
  EXPECT_EQ(read("billion-laughs.xlsx").rows, texts{"failed: Le classeur contient une définition de type de document ; il est refusé."});
}

TEST(HostileWorkbook, TraversalInNamesIsRefused) {
  EXPECT_EQ(read("traversal.xlsx").rows, texts{"failed: Le classeur contient un chemin interdit ; il est refusé."});
  for (const char* name : {"../x", "a/../../x", "/etc/passwd", "C:\\x", "..\\x", "a\\..\\..\\x", ""})
    EXPECT_FALSE(harmless_name(name)) << name;
  for (const char* name : {"xl/workbook.xml", "a..b/c", "[Content_Types].xml", "..x"})
    EXPECT_TRUE(harmless_name(name)) << name;
}

TEST(HostileWorkbook, TargetsThatLeadOutOfTheArchiveAreNotFollowed) {
  EXPECT_EQ(read("traversal-target.xlsx").rows, texts{"failed: Le classeur ne contient pas sa première feuille."});
  EXPECT_EQ(resolve_target("xl/workbook.xml", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
  EXPECT_EQ(resolve_target("xl/workbook.xml", "/xl/a.xml"), "xl/a.xml");
  EXPECT_EQ(resolve_target("xl/workbook.xml", "../a.xml"), "a.xml");
  EXPECT_EQ(resolve_target("xl/workbook.xml", "../../a.xml"), "");
}

TEST(HostileWorkbook, DeepNestingIsRefused) {
  EXPECT_EQ(read("deep.xlsx").rows.back(), "failed: Le classeur est imbriqué trop profondément ; il est refusé.");
}

TEST(HostileWorkbook, BrokenFilesAreToldApart) {
  EXPECT_EQ(read("cut.xlsx").rows, texts{"failed: Le classeur est endommagé ou n'est pas un fichier XLSX."});
  EXPECT_EQ(read("not-a-workbook.zip").rows, texts{"failed: Ce fichier n'est pas un classeur XLSX."});
  EXPECT_EQ(read("no-sheet.xlsx").rows, texts{"failed: Le classeur ne contient aucune feuille."});
}

TEST(HostileWorkbook, TooManyRowsAndColumnsAreRefused) {
  EXPECT_EQ(read("libreoffice.xlsx", {.rows = 5}).rows.back(), "failed: La feuille a plus de lignes que permis.");
  EXPECT_EQ(read("libreoffice.xlsx", {.columns = 4}).rows.back(), "failed: La feuille a plus de 4 colonnes.");
}

TEST(CellFormat, KnowsDatesTimesAndLeadingZeros) {
  using kind = cell_format::kind;
  EXPECT_EQ(read_format("dd/mm/yyyy").shown, kind::date);
  EXPECT_EQ(read_format("[$-40C]d mmmm yyyy;@").shown, kind::date);
  EXPECT_EQ(read_format("yyyy-mm-dd hh:mm").shown, kind::date_and_time);
  EXPECT_EQ(read_format("[h]:mm:ss").shown, kind::time);
  EXPECT_EQ(read_format("General").shown, kind::plain);
  EXPECT_EQ(read_format("#,##0.00 \"days\"").shown, kind::plain);
  EXPECT_EQ(read_format("[Red]0.00").shown, kind::plain);
  EXPECT_EQ(read_format("0\\d").shown, kind::plain);
  EXPECT_EQ(read_format("00000").digits, 5u);
  EXPECT_EQ(read_format("0.00").digits, 0u);
}

TEST(CellFormat, ShowsNumbersAsPeopleWroteThem) {
  using kind = cell_format::kind;
  EXPECT_EQ(show_number("612345678", {}, false), "612345678");
  EXPECT_EQ(show_number("3.3612345678E+10", {}, false), "33612345678");
  EXPECT_EQ(show_number("0.30000000000000004", {}, false), "0.3");
  EXPECT_EQ(show_number("-5", {}, false), "-5");
  EXPECT_EQ(show_number("1000", {kind::plain, 5}, false), "01000");
  EXPECT_EQ(show_number("abc", {}, false), "abc");
  EXPECT_EQ(show_number("1e999", {}, false), "1e999");
  EXPECT_EQ(show_number("60", {kind::date, 0}, false), "1900-02-28") << "the day that never was";
  EXPECT_EQ(show_number("61", {kind::date, 0}, false), "1900-03-01");
  EXPECT_EQ(show_number("1", {kind::date, 0}, false), "1900-01-01");
  EXPECT_EQ(show_number("46348", {kind::date, 0}, false), "2026-11-22");
  EXPECT_EQ(show_number("44886", {kind::date, 0}, true), "2026-11-22");
  EXPECT_EQ(show_number("46348.999999999", {kind::date_and_time, 0}, false), "2026-11-23 00:00:00");
  EXPECT_EQ(show_number("1.5", {kind::time, 0}, false), "36:00:00");
}

TEST(Sheet, KnowsColumnsByTheirLetters) {
  EXPECT_EQ(column_of("A1"), 0u);
  EXPECT_EQ(column_of("BC12"), 54u);
  EXPECT_EQ(column_of("XFD1"), 16383u);
  EXPECT_EQ(column_of("12"), std::nullopt);
  EXPECT_EQ(column_of("a1"), std::nullopt);
  EXPECT_EQ(column_of("ABCD1"), std::nullopt);
}

} // namespace
} // namespace evs::imports
