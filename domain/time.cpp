#include "domain/time.hpp"

#include <charconv>
#include <cstdio>

namespace evs {

namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-')
    return std::nullopt;
  return value;
}

} // namespace

std::string to_iso8601(timestamp t) {
  using namespace std::chrono;
  auto day = floor<days>(t);
  year_month_day ymd{day};
  hh_mm_ss clock{t - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<timestamp> from_iso8601(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  auto y = number(text.substr(0, 4)), mo = number(text.substr(5, 2)), d = number(text.substr(8, 2));
  auto h = number(text.substr(11, 2)), mi = number(text.substr(14, 2)), s = number(text.substr(17, 2));
  if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 59)
    return std::nullopt;
  year_month_day ymd{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!ymd.ok())
    return std::nullopt;
  auto rest = text.substr(19);
  int ms = 0;
  if (rest.front() == '.') {
    auto zone = rest.find_first_not_of("0123456789", 1);
    if (zone == std::string_view::npos || zone == 1)
      return std::nullopt;
    auto digits = std::string(rest.substr(1, zone - 1));
    digits.resize(3, '0');
    ms = *number(digits);
    rest = rest.substr(zone);
  }
  if (rest != "Z" && rest != "+00:00")
    return std::nullopt;
  return timestamp{sys_days{ymd}.time_since_epoch() + hours{*h} + minutes{*mi} + std::chrono::seconds{*s} +
                   milliseconds{ms}};
}

} // namespace evs
