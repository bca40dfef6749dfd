#include "imports/cell_format.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace evs::imports {

namespace {

/// The letters that count: without quoted, escaped and bracketed text ([Red], [$-40C]; but [h] counts hours).
std::string bare_code(std::string_view code) {
  std::string out;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == ';')
      break;
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const auto end = std::min(code.find(']', i), code.size());
      const auto inside = code.substr(i + 1, end - i - 1);
      if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos)
        out += 'h';
      i = end;
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

std::string whole_text(double x, unsigned digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%0*.0f", static_cast<int>(digits), x);
  return text;
}

/// Days since 1899-12-30, or 1904-01-01. The imagined 1900-02-29 shifts the days before it by one.
std::chrono::sys_days day_of(std::int64_t serial, bool since_1904) {
  using namespace std::chrono;
  if (since_1904)
    return sys_days{year{1904} / 1 / 1} + days{serial};
  return sys_days{year{1899} / 12 / 30} + days{serial < 60 ? serial + 1 : serial};
}

std::string show_moment(double serial, cell_format::kind kind, bool since_1904) {
  auto day = static_cast<std::int64_t>(std::floor(serial));
  auto second = static_cast<std::int64_t>(std::llround((serial - std::floor(serial)) * 86400));
  if (second == 86400) {
    second = 0;
    ++day;
  }
  char text[64];
  std::string out;
  if (kind != cell_format::kind::time) {
    const std::chrono::year_month_day ymd{day_of(day, since_1904)};
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                  static_cast<unsigned>(ymd.day()));
    out = text;
  }
  // A date format on a number with hours: the hours are not lost.
  if (kind != cell_format::kind::date || second != 0) {
    const auto hours = second / 3600 + (kind == cell_format::kind::time ? day * 24 : 0);
    std::snprintf(text, sizeof text, "%s%02lld:%02lld:%02lld", out.empty() ? "" : " ", static_cast<long long>(hours),
                  static_cast<long long>(second / 60 % 60), static_cast<long long>(second % 60));
    out += text;
  }
  return out;
}

} // namespace

cell_format read_format(std::string_view code) {
  const auto bare = bare_code(code);
  if (!bare.empty() && bare.find_first_not_of('0') == std::string::npos)
    return {cell_format::kind::plain, static_cast<unsigned>(std::min<std::size_t>(bare.size(), 30))};
  if (bare == "general")
    return {};
  const bool time = bare.find_first_of("hs") != std::string::npos;
  const bool date = bare.find_first_of("yd") != std::string::npos || (!time && bare.find('m') != std::string::npos);
  if (date)
    return {time ? cell_format::kind::date_and_time : cell_format::kind::date, 0};
  return {time ? cell_format::kind::time : cell_format::kind::plain, 0};
}

cell_format builtin_format(unsigned id) noexcept {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
    return {cell_format::kind::date, 0};
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47))
    return {cell_format::kind::time, 0};
  if (id == 22)
    return {cell_format::kind::date_and_time, 0};
  return {};
}

std::string show_number(std::string_view raw, const cell_format& as, bool since_1904) {
  double x = 0;
  const auto [end, ec] = std::from_chars(raw.data(), raw.data() + raw.size(), x);
  if (ec != std::errc{} || end != raw.data() + raw.size() || !std::isfinite(x))
    return std::string{raw};
  // The last day that these programs know is 9999-12-31.
  if (as.shown != cell_format::kind::plain && x >= 0 && x < 2'958'466)
    return show_moment(x, as.shown, since_1904);
  if (std::abs(x) >= 1e15)
    return std::string{raw};
  if (x == std::floor(x) || as.digits > 0)
    return whole_text(x == 0 ? 0.0 : x, as.digits);
  // 15 digits are what these programs keep; the rest is noise of the binary fraction.
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", x);
  return text;
}

} // namespace evs::imports
