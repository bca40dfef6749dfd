#include "app/log_ring.hpp"

#include "domain/value.hpp"
#include "persistence/postgres/encode.hpp"

#include <array>

namespace evs {

namespace {

constexpr std::size_t longest = 500;

std::string_view name_of(severity level) {
  constexpr std::array<std::string_view, 4> names{"DEBUG", "INFO", "WARNING", "ERROR"};
  return names[static_cast<std::size_t>(level)];
}

} // namespace

void log_ring::add(timestamp at, severity level, std::string_view who, std::string_view what) {
  std::lock_guard lock{mutex_};
  lines_.push_back({++last_, at, level, std::string{who.substr(0, longest)}, std::string{what.substr(0, longest)}});
  if (lines_.size() > most_)
    lines_.pop_front();
}

std::vector<log_line> log_ring::newest(severity least, std::size_t limit) const {
  std::lock_guard lock{mutex_};
  std::vector<log_line> found;
  for (auto line = lines_.rbegin(); line != lines_.rend() && found.size() < limit; ++line)
    if (line->level >= least)
      found.push_back(*line);
  return found;
}

std::string to_json(const std::vector<log_line>& lines) {
  using persistence::postgres::clean_utf8;
  value::array all;
  for (const auto& line : lines)
    all.push_back(value::object{{"id", std::to_string(line.id)},
                                {"timestamp", to_iso8601(line.at)},
                                {"level", name_of(line.level)},
                                {"service", clean_utf8(line.who)},
                                {"message", clean_utf8(line.what)}});
  return to_json(value{std::move(all)});
}

} // namespace evs
