#include "imports/phone_numbers.hpp"

#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <random>

namespace evs::imports {
namespace {

std::string read(const std::string& typed, const std::string& country = "FR") {
  const auto got = phone_reader{country}.e164(typed);
  return got ? *got : "?";
}

TEST(PhoneNumbers, ReadsTheFrenchWaysToWriteOne) {
  for (const char* typed : {"0612345678", "06 12 34 56 78", "06.12.34.56.78", "06-12-34-56-78", "06/12/34/56/78", "+33612345678", "+33 6 12 34 56 78",
                            "+33 (0)6 12 34 56 78", "+33 0612345678", "0033612345678", "00 33 6 12 34 56 78", "0033 (0)6 12 34 56 78", "612345678",
                            "33612345678", "612345678.0", "'0612345678", "(06) 12 34 56 78", "06\u00A012\u00A034\u00A056\u00A078",
                            "06\u202F12\u202F34\u202F56\u202F78"})
    EXPECT_EQ(read(typed), "+33612345678") << typed;
}

TEST(PhoneNumbers, RefusesWhatNoLineHas) {
  for (const char* typed : {"", "12", "06123456", "061234567890", "0000000000", "6,12E+08", "6.12E+08", "abc", "06 12 34 56 7x", "+", "++33612345678",
                            "06+12345678", "0612345678 0612345679", "0512", "+999123456789"})
    EXPECT_EQ(read(typed), "?") << typed;
}

TEST(PhoneNumbers, ReadsOtherCountries) {
  EXPECT_EQ(read("+44 20 7946 0018"), "+442079460018");
  EXPECT_EQ(read("0044 20 7946 0018"), "+442079460018");
  EXPECT_EQ(read("020 7946 0018", "GB"), "+442079460018");
  EXPECT_EQ(read("0472 12 34 56", "BE"), "+32472123456");
  EXPECT_EQ(read("(415) 555-2671", "US"), "+14155552671");
  EXPECT_EQ(read("011 33 6 12 34 56 78", "US"), "+33612345678");
}

TEST(PhoneNumbers, ReadsTheOverseasDepartmentsAsDialledInFrance) {
  EXPECT_EQ(read("0262 20 20 20"), "+262262202020");
  EXPECT_EQ(read("0596 60 60 60"), "+596596606060");
  EXPECT_EQ(read("0692 12 34 56"), "+262692123456");
  EXPECT_EQ(read("0639 69 12 34"), "+262639691234");
  EXPECT_EQ(read("0690 35 12 34"), "+590690351234");
  EXPECT_EQ(read("+262 262 20 20 20"), "+262262202020");
}

TEST(PhoneNumbers, KnowsTheCountryOfATimeZone) {
  EXPECT_EQ(country_of_zone("Europe/Paris"), "FR");
  EXPECT_EQ(country_of_zone("Europe/Brussels"), "BE");
  EXPECT_EQ(country_of_zone("Indian/Reunion"), "RE");
  EXPECT_EQ(country_of_zone("America/New_York"), "US");
  EXPECT_EQ(country_of_zone("UTC"), "FR");
  EXPECT_TRUE(known_country("FR"));
  EXPECT_FALSE(known_country("XX"));
}

// What phone_numbers.cpp relies on to be quick: the first four digits decide. Every block at both ends and at places in between.
TEST(PhoneNumbers, AgreesWithTheLibraryInEveryFrenchBlock) {
  const auto& library = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  const phone_reader reader{"FR"};
  std::mt19937 random(20261122);
  for (unsigned block = 1000; block < 10000; ++block)
    for (unsigned long rest : {0ul, 99'999ul, random() % 100'000ul, random() % 100'000ul}) {
      i18n::phonenumbers::PhoneNumber number;
      number.set_country_code(33);
      number.set_national_number(std::uint64_t{block} * 100'000 + rest);
      const auto digits = std::to_string(number.national_number());
      const auto read = reader.e164("+33" + digits);
      ASSERT_EQ(read && *read == "+33" + digits, library.IsValidNumber(number)) << digits;
    }
}

} // namespace
} // namespace evs::imports
