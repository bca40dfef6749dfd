#include "transport/web/json_body.hpp"
#include "transport/web/json_value.hpp"

#include <gtest/gtest.h>

namespace evs::web {
namespace {

std::string read_and_written(std::string_view text) {
  auto read = read_json(text);
  return read ? to_json(*read) : "refused: " + read.error().text();
}

std::string refused_path(std::string_view text) {
  auto read = read_json(text);
  if (read) return "taken";
  return read.error().fields.empty() ? read.error().detail : read.error().fields.begin()->first;
}

TEST(ReadJson, GivesBackWhatItRead) {
  for (const char* text : {"null", "true", "-7", "0.1", "1e+300", "9007199254740993", "\"caf\u00e9 \\\"x\\\" \\\\\"", "[]", "{}", R"({"b":[1,{"a":null}],"a":""})"})
    EXPECT_EQ(read_and_written(text), text);
  EXPECT_EQ(read_and_written(""), "{}");
  EXPECT_EQ(read_and_written(" [ 1 , 2 ] \n"), "[1,2]");
  EXPECT_EQ(read_and_written("\"\\ud83d\\ude00\""), "\"\U0001F600\"");
  // The last digit counts.
  EXPECT_EQ(read_and_written("0.30000000000000004"), "0.30000000000000004");
  EXPECT_EQ(read_and_written("7.038531e-26"), "7.038531e-26");
}

TEST(ReadJson, RefusesWhatIsNoJson) {
  for (std::string_view text : {"{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "// c\n1", "1 2", "NaN", "+1", "01", "\"a\nb\"", "\"\\x41\"", "\"\\ud800\"", "nul", "{\"a\" 1}", "\xEF\xBB\xBF{}"})
    EXPECT_EQ(refused_path(text), "Le corps de la requête n'est pas du JSON valide.") << text;
  for (std::string_view text : {"\"\xff\"", "{\"\xc0\xaf\":1}", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\""})
    EXPECT_EQ(refused_path(text), "Le corps de la requête n'est pas de l'UTF-8 valide.") << text;
}

TEST(ReadJson, HasAFloor) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_json(nested(32)).ok());
  EXPECT_EQ(refused_path(nested(33)), "Le corps de la requête est imbriqué trop profondément.");
  EXPECT_EQ(refused_path(std::string(1'000'000, '[')), "Le corps de la requête est imbriqué trop profondément.");
}

TEST(ReadJson, NamesWhatNobodyCouldKeep) {
  EXPECT_EQ(refused_path(R"({"name":"a\u0000b"})"), "name");
  EXPECT_EQ(refused_path(R"({"pages":[{},{"blocks":[1,{"content":"\u0000"}]}]})"), "pages[1].blocks[1].content");
  EXPECT_EQ(refused_path(R"({"a":{"x\u0000":1}})"), std::string("a.x\0", 4));
  EXPECT_EQ(refused_path(R"({"a":[1,1e999]})"), "a[1]");
  EXPECT_EQ(refused_path(R"("\u0000")"), "Un texte contient un caractère nul.");
  std::string endless{"{\""};
  endless.append(5000, 'n').append(R"(":"\u0000"})");
  EXPECT_EQ(refused_path(endless).size(), 63u);
}

TEST(ReadJson, ANameCountsOnce) {
  EXPECT_EQ(refused_path(R"({"role":"Agent","name":1,"role":"SuperAdmin"})"), "role");
  EXPECT_EQ(refused_path(R"({"a":[{"b":{"x":1,"\u0078":2}}]})"), "a[0].b.x");
  EXPECT_EQ(read_and_written(R"({"a":{"x":1},"b":{"x":2}})"), R"({"a":{"x":1},"b":{"x":2}})");
}

TEST(ReadJson, SaysNoMoreThanTwentyThings) {
  std::string text{"["};
  for (int i = 0; i < 1000; ++i) text += R"("\u0000",)";
  text.back() = ']';
  EXPECT_EQ(read_json(text).error().fields.size(), 20u);
}

TEST(JsonBody, IsAsStrict) {
  for (const char* text : {R"({"loginId":"a","loginId":"b"})", R"({"loginId":"a\u0000"})", "[]", "{", "1"}) {
    json_body body{text, unknown_fields::ignored};
    body.optional_text("loginId", 10);
    EXPECT_TRUE(body.problem()) << text;
  }
  json_body fine{R"({"loginId":"a","more":[1]})", unknown_fields::ignored};
  EXPECT_EQ(fine.required_text("loginId", 10), "a");
  EXPECT_FALSE(fine.problem());
  json_body strict{R"({"loginId":"a","more":[1]})", unknown_fields::refused};
  EXPECT_EQ(strict.required_text("loginId", 10), "a");
  EXPECT_EQ(strict.problem()->fields.count("more"), 1u);
}

} // namespace
} // namespace evs::web
