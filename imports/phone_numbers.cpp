#include "imports/phone_numbers.hpp"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <array>
#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace evs::imports {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

const PhoneNumberUtil& library() {
  static const PhoneNumberUtil* const one = [] {
    auto* made = PhoneNumberUtil::GetInstance();
    made->SetLogger(new i18n::phonenumbers::NullLogger);
    return made;
  }();
  return *one;
}

bool all_digits(std::string_view text) noexcept { return text.find_first_not_of("0123456789") == std::string_view::npos; }

/// Digits, with a leading '+' if there was one; "" for anything that is no number.
std::string bare(std::string_view typed) {
  if (typed.size() > 64)
    return {};
  if (typed.starts_with('\''))
    typed.remove_prefix(1);
  // "612345678.0": a number that passed through a program that knows floating point only.
  if (typed.ends_with(".0") && typed.size() >= 10 && all_digits(typed.substr(0, typed.size() - 2)))
    typed.remove_suffix(2);
  std::string out;
  bool digits_after_zero = false;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const char c = typed[i];
    if (c >= '0' && c <= '9') {
      out += c;
      digits_after_zero = digits_after_zero || c != '0';
    } else if (c == '+' && out.empty()) {
      out += c;
    } else if (typed.substr(i).starts_with("(0)") && digits_after_zero && (out.front() == '+' || out.starts_with("00"))) {
      i += 2;
    } else if (typed.substr(i).starts_with("\xC2\xA0")) {
      i += 1;
    } else if (typed.substr(i).starts_with("\xE2\x80\xAF") || typed.substr(i).starts_with("\xE2\x80\x91")) {
      i += 2;
    } else if (std::string_view{" \t.-/()"}.find(c) == std::string_view::npos) {
      return {};
    }
  }
  return out;
}

result<std::string> invalid() { return failure{errc::invalid_input, "Numéro de téléphone invalide.", {}}; }

/// In France the first four digits of the nine decide whether a number is one (a test samples every block of numbers), so the
/// library, which takes 15 us a number, is asked once a block.
class french_plan {
public:
  /// `national`: nine digits, the first of them not 0.
  bool has(std::string_view national) {
    unsigned block = 0;
    for (char c : national.substr(0, 4))
      block = block * 10 + static_cast<unsigned>(c - '0');
    auto& known = blocks_[block];
    auto verdict = known.load(std::memory_order_relaxed);
    if (verdict == 0) {
      PhoneNumber number;
      number.set_country_code(33);
      number.set_national_number(std::uint64_t{block} * 100'000 + 23'456);
      verdict = library().IsValidNumberForRegion(number, "FR") ? 1 : 2;
      known.store(verdict, std::memory_order_relaxed);
    }
    return verdict == 1;
  }

private:
  std::array<std::atomic<std::uint8_t>, 10'000> blocks_{};
};

/// The nine digits of a number that is written in one of the French ways; "" for all others.
std::string_view french_national(std::string_view number) noexcept {
  if (number.starts_with("+33"))
    number.remove_prefix(3);
  else if (number.starts_with("0033"))
    number.remove_prefix(4);
  else if (number.size() == 9)
    return number.front() != '0' && number.front() != '+' ? number : std::string_view{};
  else if (number.size() != 10 || number.front() != '0')
    return {};
  if (number.size() == 10 && number.front() == '0')
    number.remove_prefix(1);
  return number.size() == 9 && number.front() != '0' && all_digits(number) ? number : std::string_view{};
}

/// The department that has these numbers (national numbering plan of Arcep), or null; the library counts some as metropolitan.
const char* overseas(std::string_view national) noexcept {
  struct entry {
    std::string_view prefixes;
    const char* country;
  };
  constexpr std::array plan{entry{"262 263 692 693", "RE"}, entry{"590 690 691", "GP"}, entry{"594 694", "GF"}, entry{"596 696 697", "MQ"},
                            entry{"269 639", "YT"}, entry{"508", "PM"}};
  for (const auto& one : plan)
    if (one.prefixes.find(national.substr(0, 3)) != std::string_view::npos)
      return one.country;
  return nullptr;
}

std::string read_in(std::string_view number, const std::string& country) {
  PhoneNumber read;
  if (library().Parse(std::string{number}, country, &read) != PhoneNumberUtil::NO_PARSING_ERROR || !library().IsValidNumber(read))
    return {};
  std::string out;
  library().Format(read, PhoneNumberUtil::E164, &out);
  return out;
}

} // namespace

phone_reader::phone_reader(std::string country) : country_(std::move(country)) {}

result<std::string> phone_reader::e164(std::string_view typed) const {
  static french_plan france;
  const auto number = bare(typed);
  if (number.size() < 3)
    return invalid();
  if (country_ == "FR") {
    const auto national = french_national(number);
    if (!national.empty() && number.size() <= 10)
      if (const auto* there = overseas(national))
        if (auto read = read_in(number, there); !read.empty())
          return read;
    if (!national.empty() && france.has(national))
      return "+33" + std::string{national};
  }
  if (auto read = read_in(number, country_); !read.empty())
    return read;
  return invalid();
}

bool known_country(std::string_view code) {
  static const auto all = [] {
    std::set<std::string> out;
    library().GetSupportedRegions(&out);
    return out;
  }();
  return all.contains(std::string{code});
}

std::string country_of_zone(std::string_view time_zone) {
  static const auto zones = [] {
    std::map<std::string, std::string, std::less<>> out;
    std::ifstream table{"/usr/share/zoneinfo/zone.tab"};
    for (std::string line; std::getline(table, line);) {
      if (line.starts_with('#'))
        continue;
      std::istringstream columns{line};
      std::string country, place, zone;
      if (columns >> country >> place >> zone)
        out.emplace(zone, country);
    }
    return out;
  }();
  const auto found = zones.find(time_zone);
  return found == zones.end() ? "FR" : found->second;
}

} // namespace evs::imports
