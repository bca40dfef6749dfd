#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace evs::config {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t worth;
};

// Largest last: the text of a value takes the largest that divides it.
constexpr std::array durations{unit{"ms", 1}, unit{"s", 1000}, unit{"m", 60'000}, unit{"h", 3'600'000},
                               unit{"d", 86'400'000}};
constexpr std::array sizes{unit{"B", 1}, unit{"KiB", 1024}, unit{"MiB", 1024 * 1024}, unit{"GiB", 1024 * 1024 * 1024}};

template <class Units>
std::optional<std::uint64_t> parse(std::string_view text, const Units& units, bool unit_may_miss) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  const auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (name.empty() && unit_may_miss) return count;
  for (const auto& one : units)
    if (one.name == name) {
      // Nobody means more than a signed number can hold.
      if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / one.worth) return std::nullopt;
      return count * one.worth;
    }
  return std::nullopt;
}

template <class Units> const unit& largest_unit(std::uint64_t value, const Units& units, const unit& of_zero) {
  const auto* best = value == 0 ? &of_zero : &units.front();
  for (const auto& one : units)
    if (value != 0 && value % one.worth == 0) best = &one;
  return *best;
}

} // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (const auto value = parse(text, durations, false)) return milliseconds{static_cast<milliseconds::rep>(*value)};
  return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse(text, sizes, true); }

std::string duration_text(milliseconds value) {
  const auto count = static_cast<std::uint64_t>(value.count());
  const auto& best = largest_unit(count, durations, durations[1]);
  return std::to_string(count / best.worth).append(best.name);
}

} // namespace evs::config
