#include "calendar/opening_hours.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace evs::calendar {

namespace {

using namespace std::chrono;

/// "HH:MM" from 00:00 to 24:00.
std::optional<minutes> clock_time(const value* text) {
  const auto* t = text ? text->text() : nullptr;
  if (!t || t->size() != 5 || (*t)[2] != ':') return std::nullopt;
  const auto digit = [&](std::size_t i) { return (*t)[i] >= '0' && (*t)[i] <= '9' ? (*t)[i] - '0' : 100; };
  const int hour = digit(0) * 10 + digit(1), minute = digit(3) * 10 + digit(4);
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hours{hour} + minutes{minute};
}

/// 1 (Monday) to 7, 0 being Sunday too; or a name that begins in English or French ("mon", "Lundi").
std::optional<weekday> day_of_week(const value* day) {
  const auto* n = day ? day->integer() : nullptr;
  if (n) return *n >= 0 && *n <= 7 ? std::optional{weekday{static_cast<unsigned>(*n)}} : std::nullopt;
  const auto* name = day ? day->text() : nullptr;
  if (!name || name->size() < 3) return std::nullopt;
  std::string start = name->substr(0, 3);
  for (auto& c : start) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::string_view names[][2] = {{"sun", "dim"}, {"mon", "lun"}, {"tue", "mar"}, {"wed", "mer"},
                                           {"thu", "jeu"}, {"fri", "ven"}, {"sat", "sam"}};
  for (unsigned i = 0; i < std::size(names); ++i)
    if (start == names[i][0] || start == names[i][1]) return weekday{i};
  return std::nullopt;
}

bool within(const opening& o, weekday day, minutes clock) {
  if (o.closes > o.opens) return day == o.day && clock >= o.opens && clock < o.closes;
  if (o.closes == o.opens) return false;
  return (day == o.day && clock >= o.opens) || (day == o.day + days{1} && clock < o.closes);
}

/// Instants at which it may open or close, near `t`: both edges of each opening, and every change of the clocks.
std::set<timestamp> edges(const opening_hours& all, const zone& where, timestamp t, days far) {
  std::set<timestamp> out;
  const auto today = floor<days>(where.wall(t));
  for (auto day = today - days{2}; day <= today + far; day += days{1})
    for (const auto& o : all.week) {
      if (weekday{day} != o.day) continue;
      for (const auto edge : {day + o.opens, day + o.closes + (o.closes > o.opens ? days{0} : days{1})}) {
        const auto found = where.instants(edge);
        out.insert({found.before, found.change, found.after});
      }
    }
  for (auto change = where.next_change(t); change && *change < t + far; change = where.next_change(*change))
    out.insert(*change);
  return out;
}

std::optional<timestamp> first_edge(const opening_hours& hours, const zone& where, timestamp t, bool open) {
  if (open_at(hours, where, t) == open) return t;
  const auto all = edges(hours, where, t, days{8});
  for (auto edge = all.upper_bound(t); edge != all.end(); ++edge)
    if (open_at(hours, where, *edge) == open) return *edge;
  return std::nullopt;
}

} // namespace

result<opening_hours> read_schedule(const value& schedule) {
  failure wrong{errc::invalid_input, {}, {}};
  opening_hours out;
  const auto* list = schedule.list();
  if (schedule.is_null() || (list && list->empty())) return out;
  out.always = false;
  if (!list) wrong.fields.emplace("schedule", "Une liste de jours est attendue.");
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto& one = (*list)[i];
    const auto path = "schedule[" + std::to_string(i) + "].";
    const auto day = day_of_week(one.find("dayOfWeek"));
    const auto from = clock_time(one.find("startTime")), until = clock_time(one.find("endTime"));
    if (!day) wrong.fields.emplace(path + "dayOfWeek", "Un nombre de 1 (lundi) à 7 (dimanche) est attendu.");
    if (!from) wrong.fields.emplace(path + "startTime", "Une heure de 00:00 à 24:00 est attendue.");
    if (!until) wrong.fields.emplace(path + "endTime", "Une heure de 00:00 à 24:00 est attendue.");
    const auto* active = one.find("active");
    if (active && !active->flag()) wrong.fields.emplace(path + "active", "Vrai ou faux est attendu.");
    if (day && from && until && (!active || (active->flag() && *active->flag())))
      out.week.push_back({*day, *from, *until});
  }
  if (!wrong.fields.empty()) return wrong;
  return out;
}

bool open_at(const opening_hours& hours, const zone& where, timestamp t) {
  if (hours.always) return true;
  const auto wall = where.wall(t);
  const auto day = floor<days>(wall);
  const auto clock = floor<minutes>(wall - day);
  return std::any_of(hours.week.begin(), hours.week.end(),
                     [&](const opening& o) { return within(o, weekday{day}, clock); });
}

std::optional<timestamp> next_opening(const opening_hours& hours, const zone& where, timestamp t) {
  return first_edge(hours, where, t, true);
}

std::optional<timestamp> next_closing(const opening_hours& hours, const zone& where, timestamp t) {
  return first_edge(hours, where, t, false);
}

} // namespace evs::calendar
