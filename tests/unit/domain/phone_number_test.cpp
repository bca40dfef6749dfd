#include "domain/phone_number.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

TEST(PhoneNumber, DropsWhatPeopleTypeBetweenDigits) {
  const std::pair<std::string_view, std::string_view> typed[] = {
    {"0140000001", "0140000001"},          {"01 40 00 00 01", "0140000001"},   {"01.40.00.00.01", "0140000001"},
    {"01-40-00-00-01", "0140000001"},      {"(01) 40 00 00 01", "0140000001"}, {"+33 1 40 00 00 01", "+33140000001"},
    {"+33 (0)1 40 00 00 01", "+33140000001"}, {"+33 (0) 1 40", "+33140"},      {"01\u00a040\u202f00", "014000"},
    {" 112 ", "112"},                      {"(+33) 1 40", "+33140"},           {"0033 1 40 00 00 01", "0033140000001"},
    {"(0) 140", "0140"},
  };
  for (auto [text, number] : typed) {
    auto read = dialable(text);
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(*read, number);
  }
}

TEST(PhoneNumber, RefusesEverythingElseWithASentence) {
  const std::string_view hostile[] = {
    "", "12", "+12", "   ", "()", "+", "123456789012345678901", "0140000001&PJSIP/evil", "500&PJSIP/1001", "0140,1", "0140|1", "0140;1",
    "0140\r\nAction: Command", "0140\n", std::string_view("0140\0001", 6), "014o", "++33140", "33+140", "0140@trunk", "${EXTEN}", "*21*06", "#31#06",
    "tel:0140", "sip:0140@x", "٠١٢٣٤", "０１４０", "0140/1", "0140\t1", "\u200b0140",
  };
  for (auto text : hostile) {
    auto read = dialable(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, errc::invalid_input);
    EXPECT_FALSE(read.error().detail.empty());
  }
  EXPECT_FALSE(dialable(std::string(100000, '1')).ok());
  EXPECT_FALSE(dialable(std::string(100000, ' ')).ok());
}

TEST(PhoneNumber, WhatPassesIsOnlyDigitsWhateverWasTyped) {
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      std::string text = "014";
      text += static_cast<char>(a);
      text += static_cast<char>(b);
      text += "56";
      if (auto read = dialable(text); read.ok()) {
        EXPECT_EQ(read->find_first_not_of("0123456789"), std::string::npos);
      }
    }
}

TEST(PhoneNumber, SameLineWrittenDifferently) {
  EXPECT_TRUE(same_number("+33 1 40 00 00 01", "0140000001"));
  EXPECT_TRUE(same_number("0033140000001", "+33140000001"));
  EXPECT_TRUE(same_number("1001", "1001"));
  EXPECT_FALSE(same_number("1001", "11001"));
  EXPECT_FALSE(same_number("0140000001", "0140000002"));
  EXPECT_FALSE(same_number("", ""));
  EXPECT_FALSE(same_number("anonymous", "unknown"));
}

} // namespace
} // namespace evs
