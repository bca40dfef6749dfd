#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace evs::config {

namespace {

constexpr std::array<std::string_view, 5> level_names{"trace", "debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> format_names{"text", "json"};

template <class Enum, class Names> complaint read_name(Enum& into, std::string_view text, const Names& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) {
    into = static_cast<Enum>(found - names.begin());
    return std::nullopt;
  }
  std::string wanted = "must be one of";
  for (const auto& name : names) wanted.append(name == names.front() ? " " : ", ").append(name);
  return wanted;
}

} // namespace

std::string_view name_of(log_level level) noexcept { return level_names[static_cast<std::size_t>(level)]; }
std::string_view name_of(log_format format) noexcept { return format_names[static_cast<std::size_t>(format)]; }

std::string text_of(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text.append(value).append("\n");
  return text;
}

complaint read_into(std::string& into, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return "must not contain control characters";
  into = text;
  return std::nullopt;
}

complaint read_into(bool& into, std::string_view text) {
  if (text != "true" && text != "false") return "must be true or false";
  into = text == "true";
  return std::nullopt;
}

complaint read_into(log_level& into, std::string_view text) { return read_name(into, text, level_names); }
complaint read_into(log_format& into, std::string_view text) { return read_name(into, text, format_names); }

complaint read_into(milliseconds& into, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return "must be a duration such as 200ms, 5s, 15m, 12h or 7d";
  into = *value;
  return std::nullopt;
}

complaint read_into(seconds& into, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value || value->count() % 1000 != 0) return "must be a duration of whole seconds such as 5s, 15m, 12h or 7d";
  into = std::chrono::duration_cast<seconds>(*value);
  return std::nullopt;
}

} // namespace evs::config
