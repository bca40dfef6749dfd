#pragma once
// How each kind of value is read from and written as text.

#include "config/config.hpp"
#include "config/schema.hpp"
#include "config/units.hpp"

#include <charconv>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace evs::config {

template <class T>
concept whole_number = std::unsigned_integral<T> && !std::same_as<T, bool>;

template <class T>
concept duration = std::same_as<T, milliseconds> || std::same_as<T, seconds>;

std::string_view name_of(log_level level) noexcept;
std::string_view name_of(log_format format) noexcept;

inline std::string text_of(const std::string& value) { return value; }
inline std::string text_of(bool value) { return value ? "true" : "false"; }
template <whole_number T> std::string text_of(T value) { return std::to_string(value); }
template <duration T> std::string text_of(T value) { return duration_text(value); }
template <class T>
requires std::is_enum_v<T> std::string text_of(T value) { return std::string{name_of(value)}; }
std::string text_of(const std::vector<std::string>& values);

/// Each of these sets `into` or says what the text must be instead.
using complaint = std::optional<std::string>;

complaint read_into(std::string& into, std::string_view text);
complaint read_into(bool& into, std::string_view text);
complaint read_into(log_level& into, std::string_view text);
complaint read_into(log_format& into, std::string_view text);
complaint read_into(milliseconds& into, std::string_view text);
complaint read_into(seconds& into, std::string_view text);

template <whole_number T> complaint read_into(T& into, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range)
    return "must be at most " + std::to_string(std::numeric_limits<T>::max());
  if (error != std::errc{} || end != text.data() + text.size()) return "must be a whole number";
  into = value;
  return std::nullopt;
}

template <class T, class Limit> complaint check(const T& value, const between<Limit>& range) {
  if (value >= range.least && value <= range.most) return std::nullopt;
  return "must be between " + text_of(range.least) + " and " + text_of(range.most) + ", not " + text_of(value);
}
inline complaint check(const std::string& value, not_empty) {
  return value.empty() ? complaint{"must not be empty"} : std::nullopt;
}

} // namespace evs::config
