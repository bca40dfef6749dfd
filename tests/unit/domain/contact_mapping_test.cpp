#include "domain/contact_mapping.hpp"
#include "domain/csv_text.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

source_row row(std::initializer_list<const char*> cells, std::uint64_t line = 1) {
  source_row out;
  out.line = line;
  for (const char* c : cells)
    out.add() = c;
  return out;
}

result<std::string> ten_digits(std::string_view typed) {
  if (typed.size() == 10)
    return "+33" + std::string{typed.substr(1)};
  return failure{errc::invalid_input, "no", {}};
}

std::string shown(const column_map& map) {
  std::string out;
  for (const auto& c : map.columns)
    out += c.field + "=" + std::to_string(c.column) + " ";
  return out;
}

TEST(ContactMapping, RecognisesUsualHeadings) {
  const auto heading = row({"NOM", "Prénom", "N° de Téléphone", "Code Postal", "Né le", ""});
  EXPECT_EQ(shown(*map_columns({}, &heading)), "phoneNumber=2 firstName=1 lastName=0 postalCode=3 Né le=4 ");
  const auto english = row({"phone_number", "first name", "last-name", "ZIP"});
  EXPECT_EQ(shown(*map_columns({}, &english)), "phoneNumber=0 firstName=1 lastName=2 postalCode=3 ");
  const auto none = row({"a", "b"});
  EXPECT_EQ(map_columns({}, &none).error().fields.at("mapping.phoneNumber"), "Indiquez la colonne du numéro de téléphone.");
}

TEST(ContactMapping, FollowsAWish) {
  const auto heading = row({"Contact", "Tél. 1", "Tél. 2", "Remarque"});
  EXPECT_EQ(shown(*map_columns({{"phoneNumber", "Tél. 2"}, {"lastName", "contact"}, {"note", "4"}}, &heading)), "phoneNumber=2 lastName=0 note=3 ");
  const auto wrong = map_columns({{"phoneNumber", "Tel 3"}, {"lastName", "9"}}, &heading);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields.at("mapping.phoneNumber"), "Le fichier n'a pas de colonne « Tel 3 ».");
  EXPECT_EQ(wrong.error().fields.at("mapping.lastName"), "Le fichier n'a pas de colonne « 9 ».");
  EXPECT_EQ(shown(*map_columns({{"phoneNumber", "3"}}, nullptr)), "phoneNumber=2 ");
}

TEST(ContactMapping, MakesACandidate) {
  const auto heading = row({"Prénom", "Nom", "Tél", "CP", "Ville", "Note"});
  const auto map = map_columns({}, &heading);
  ASSERT_TRUE(map);
  contact_candidate got;
  std::string reason;
  EXPECT_TRUE(make_candidate(*map, row({" Zoé\u00A0", "Martin", "0612345678", "01000", "Saint-\"X\"", ""}), ten_digits, got, reason)) << reason;
  EXPECT_EQ(got.first_name, "Zoé");
  EXPECT_EQ(got.phone_number, "0612345678");
  EXPECT_EQ(got.phone_e164, "+33612345678");
  EXPECT_EQ(got.postal_code, "01000");
  EXPECT_EQ(got.custom_fields, R"({"Ville":"Saint-\"X\""})");
  EXPECT_TRUE(make_candidate(*map, row({"'=1+1", "", "0612345678"}), ten_digits, got, reason));
  EXPECT_EQ(got.first_name, "=1+1") << "our own guard against formulas is taken off again";
  EXPECT_EQ(got.custom_fields, "{}");
}

TEST(ContactMapping, SaysWhyARowIsNoContact) {
  const auto heading = row({"Nom", "Tél"});
  const auto map = map_columns({}, &heading);
  contact_candidate got;
  std::string reason;
  auto why = [&](const source_row& r) { return make_candidate(*map, r, ten_digits, got, reason) ? "" : reason; };
  EXPECT_EQ(why(row({"A"})), "Numéro de téléphone manquant.");
  EXPECT_EQ(why(row({"A", "12"})), "Numéro de téléphone invalide.");
  EXPECT_EQ(why(row({"A", "0612345678", "", " "})), "");
  EXPECT_EQ(why(row({"A", "B", "0612345678"})), "La ligne a 3 cellules, l'en-tête en a 2.");
  EXPECT_EQ(why(row({std::string(201, 'x').c_str(), "0612345678"})), "« lastName » dépasse 200 caractères.");
  std::string accents;
  for (int i = 0; i < 200; ++i)
    accents += "é";
  EXPECT_EQ(why(row({accents.c_str(), "0612345678"})), "");
  auto spoilt = row({"A", "0612345678"});
  spoilt.problem = "Guillemet.";
  EXPECT_EQ(why(spoilt), "Guillemet.");
}

TEST(ContactMapping, TakesOlderClientsObjects) {
  contact_candidate got;
  std::string reason;
  value sent;
  sent.set("phoneNumber", "0612345678");
  sent.set("firstName", "Zoé");
  sent.set("lastName", nullptr);
  sent.set("postalCode", 75011);
  value custom;
  custom.set("age", 42);
  custom.set("vide", "");
  custom.set("rien", nullptr);
  sent.set("customFields", custom);
  sent.set("status", "pending");
  EXPECT_TRUE(make_candidate(sent, ten_digits, got, reason)) << reason;
  EXPECT_EQ(got.postal_code, "75011");
  EXPECT_EQ(got.custom_fields, R"({"age":42})");
  sent.set("lastName", true);
  EXPECT_FALSE(make_candidate(sent, ten_digits, got, reason));
  EXPECT_EQ(reason, "« Nom » : un texte est attendu.");
  EXPECT_FALSE(make_candidate(value{"x"}, ten_digits, got, reason));
}

TEST(CsvText, QuotesWhatMustBe) {
  auto cell = [](std::string_view text) {
    std::string out;
    append_csv_cell(out, text);
    return out;
  };
  EXPECT_EQ(cell("a,b"), "a,b");
  EXPECT_EQ(cell("a;b"), "\"a;b\"");
  EXPECT_EQ(cell("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(cell("a\nb"), "\"a\nb\"");
  EXPECT_EQ(cell(""), "");
}

TEST(CsvText, NeutralisesFormulas) {
  for (const char* text : {"=cmd|' /C calc'!A0", "+33612345678", "-1+1", "@SUM(A1)", "\t=1", "\r=1"}) {
    std::string out;
    append_csv_cell(out, text);
    const auto from = out.find('\'');
    EXPECT_TRUE(from == 0 || (from == 1 && out[0] == '"')) << out;
  }
  for (const char* wide : {"\uFF1Dcmd|' /C calc'!A0", "\uFF0B1", "\uFF0D1", "\uFF20SUM(1)"}) {
    std::string out;
    append_csv_cell(out, wide);
    EXPECT_EQ(out, std::string{"'"} + wide);
    EXPECT_EQ(without_formula_guard(out), wide);
  }
  EXPECT_EQ(without_formula_guard("'=1"), "=1");
  EXPECT_EQ(without_formula_guard("'a"), "'a");
  EXPECT_EQ(without_formula_guard("'"), "'");
}

} // namespace
} // namespace evs
