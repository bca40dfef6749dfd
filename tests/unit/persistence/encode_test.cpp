#include "persistence/postgres/encode.hpp"

#include <gtest/gtest.h>

using namespace evs;
using namespace evs::persistence::postgres;

namespace {

const std::string replaced = "\xEF\xBF\xBD";

TEST(CleanUtf8, LeavesValidTextAlone) {
  for (const std::string text : {"", "abc", "Zoé Lefèvre", "日本語", "\xF0\x9F\x98\x80", "a\tb\nc\x01\x7F", "\xEF\xBF\xBF", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(clean_utf8(text), text);
}

TEST(CleanUtf8, ReplacesWhatPostgresRefuses) {
  EXPECT_EQ(clean_utf8(std::string("a\0b", 3)), "a" + replaced + "b");
  EXPECT_EQ(clean_utf8("\xFF\xFE"), replaced + replaced);
  EXPECT_EQ(clean_utf8("caf\xE9"), "caf" + replaced);                           // Latin-1
  EXPECT_EQ(clean_utf8("\xC3"), replaced);                                      // cut off
  EXPECT_EQ(clean_utf8("\xE2\x82"), replaced + replaced);                       // cut off
  EXPECT_EQ(clean_utf8("\xC0\xAF"), replaced + replaced);                       // overlong
  EXPECT_EQ(clean_utf8("\xE0\x80\xAF"), replaced + replaced + replaced);        // overlong
  EXPECT_EQ(clean_utf8("\xED\xA0\x80"), replaced + replaced + replaced);        // surrogate
  EXPECT_EQ(clean_utf8("\xF5\x80\x80\x80"), replaced + replaced + replaced + replaced); // beyond U+10FFFF
  EXPECT_EQ(clean_utf8("\xC3(ok"), replaced + "(ok");
}

TEST(ArrayLiteral, QuotesEveryElement) {
  EXPECT_EQ(array_literal({}), "{}");
  EXPECT_EQ(array_literal({"a", {}, "NULL", ""}), R"({"a",NULL,"NULL",""})");
  EXPECT_EQ(array_literal({R"(a"b\c)", "{x,y}"}), R"({"a\"b\\c","{x,y}"})");
}

TEST(Parameters, NoneIsNull) {
  EXPECT_EQ(text_or_null(""), parameter{});
  EXPECT_EQ(id_or_null(queue_id{}), parameter{});
  EXPECT_EQ(id_or_null(queue_id{"q"}), parameter{"q"});
  EXPECT_EQ(moment(std::optional<timestamp>{}), parameter{});
  EXPECT_EQ(moment(timestamp{milliseconds{1500}}), parameter{"1970-01-01T00:00:01.500Z"});
  EXPECT_EQ(whole(milliseconds{2900}), parameter{"2"});
}

} // namespace
