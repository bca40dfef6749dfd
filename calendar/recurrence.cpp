#include "calendar/recurrence.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <memory>

namespace evs::calendar {

namespace {

struct closer {
  void operator()(icalrecur_iterator* i) const { icalrecur_iterator_free(i); }
};
using iterator = std::unique_ptr<icalrecur_iterator, closer>;

/// Without a zone ("floating"): libical only counts days, the changes of the clocks are ours.
icaltimetype to_ical(wall_time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{t - day};
  auto out = icaltime_null_time();
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(clock.hours().count());
  out.minute = static_cast<int>(clock.minutes().count());
  out.second = static_cast<int>(clock.seconds().count());
  return out;
}

wall_time from_ical(const icaltimetype& t) {
  using namespace std::chrono;
  const local_days day{year{t.year} / static_cast<unsigned>(t.month) / static_cast<unsigned>(t.day)};
  return day + hours{t.hour} + minutes{t.minute} + seconds{t.second};
}

timestamp as_utc(const icaltimetype& t) { return timestamp{from_ical(t).time_since_epoch()}; }

bool has(const std::string& rule, std::string_view part) {
  return rule.starts_with(part) || rule.find(';' + std::string{part}) != std::string::npos;
}

/// Occurrences one after the other, as wall times.
class walk {
public:
  walk(const std::string& rule, wall_time first, const zone& where) {
    auto parsed = icalrecurrencetype_from_string(rule.c_str());
    if (parsed.freq == ICAL_NO_RECURRENCE) return;
    if (icaltime_is_null_time(parsed.until) == 0) {
      // A date means that whole day; an instant is what the wall shows then.
      if (parsed.until.is_date != 0) last_ = from_ical(parsed.until) + std::chrono::days{1} - seconds{1};
      else last_ = icaltime_is_utc(parsed.until) != 0 ? where.wall(as_utc(parsed.until)) : from_ical(parsed.until);
      parsed.until = icaltime_null_time();
    }
    at_.reset(icalrecur_iterator_new(parsed, to_ical(first)));
  }

  std::optional<wall_time> next() {
    if (!at_ || seen_ == longest_search) return std::nullopt;
    const auto found = icalrecur_iterator_next(at_.get());
    if (icaltime_is_null_time(found) != 0) return std::nullopt;
    ++seen_;
    const auto t = from_ical(found);
    if (last_ && t > *last_) return std::nullopt;
    return t;
  }
  /// It stopped because it looked at enough.
  bool gave_up() const { return seen_ == longest_search; }

private:
  iterator at_;
  std::optional<wall_time> last_;
  std::size_t seen_ = 0;
};

/// The occurrence that begins at this wall time, as long as the first on the wall.
span placed(wall_time start, seconds length, const zone& where) {
  return {where.instant(start), where.instant(start + length)};
}

seconds wall_length(const span& s, const zone& where) { return where.wall(s.end) - where.wall(s.start); }

failure refused(std::string why) { return {errc::invalid_input, std::move(why), {}}; }

/// What libical would read over: each part once, of those that we take.
std::optional<failure> check_parts(const std::string& rule) {
  constexpr std::string_view known[] = {"FREQ",      "UNTIL",    "COUNT",   "INTERVAL", "BYDAY", "BYMONTHDAY",
                                        "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST"};
  std::vector<std::string> seen;
  for (std::size_t at = 0; at <= rule.size();) {
    const auto end = std::min(rule.find(';', at), rule.size());
    const auto part = rule.substr(at, end - at);
    const auto name = part.substr(0, part.find('='));
    at = end + 1;
    if (part.empty() && at > rule.size()) break;
    if (name == "BYHOUR" || name == "BYMINUTE" || name == "BYSECOND")
      return refused("L'heure d'une répétition est celle de l'événement : " + name + " n'est pas accepté.");
    if (std::find(std::begin(known), std::end(known), name) == std::end(known))
      return refused("La règle de répétition contient une partie inconnue.");
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      return refused("La règle de répétition contient deux fois " + name + ".");
    if (name.size() + 1 >= part.size()) return refused("Dans la règle de répétition, " + name + " n'a pas de valeur.");
    seen.push_back(name);
  }
  return std::nullopt;
}

/// "20261231"; libical would make 1 January of 20261232.
bool is_date(const std::string& digits) {
  if (digits.size() != 8 || digits.find_first_not_of("0123456789") != std::string::npos) return false;
  using namespace std::chrono;
  const auto number = [&](std::size_t from, std::size_t length) { return std::stoi(digits.substr(from, length)); };
  return year_month_day{year{number(0, 4)}, month{static_cast<unsigned>(number(4, 2))},
                        day{static_cast<unsigned>(number(6, 2))}}
      .ok();
}

} // namespace

result<std::string> check_rule(std::string_view text) {
  std::string rule{text};
  std::transform(rule.begin(), rule.end(), rule.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (rule.starts_with("RRULE:")) rule.erase(0, 6);
  while (rule.ends_with(';')) rule.pop_back();
  if (rule.empty() || rule.size() > 500) return refused("La règle de répétition est vide ou trop longue.");
  if (rule.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,+-") != std::string::npos)
    return refused("La règle de répétition contient un caractère inattendu.");
  if (auto wrong = check_parts(rule)) return *wrong;
  if (has(rule, "UNTIL=") && has(rule, "COUNT="))
    return refused("Une répétition finit à une date (UNTIL) ou après un nombre (COUNT), pas les deux.");
  const auto parsed = icalrecurrencetype_from_string(rule.c_str());
  if (parsed.freq == ICAL_NO_RECURRENCE) return refused("Ce n'est pas une règle de répétition valide (RFC 5545).");
  if (parsed.freq != ICAL_DAILY_RECURRENCE && parsed.freq != ICAL_WEEKLY_RECURRENCE &&
      parsed.freq != ICAL_MONTHLY_RECURRENCE && parsed.freq != ICAL_YEARLY_RECURRENCE)
    return refused("Une répétition est quotidienne, hebdomadaire, mensuelle ou annuelle.");
  if (has(rule, "COUNT=") && (parsed.count < 1 || parsed.count > static_cast<int>(longest_search)))
    return refused("Le nombre de répétitions va de 1 à " + std::to_string(longest_search) + ".");
  for (const short month : parsed.by_month) {
    if (month == ICAL_RECURRENCE_ARRAY_MAX) break;
    if (month < 1 || month > 12) return refused("Un mois va de 1 à 12.");
  }
  if (parsed.interval < 1 || parsed.interval > 1000) return refused("L'intervalle d'une répétition va de 1 à 1000.");
  if (has(rule, "UNTIL=") &&
      (icaltime_is_null_time(parsed.until) != 0 || !is_date(rule.substr(rule.find("UNTIL=") + 6, 8))))
    return refused("La date de fin de la répétition n'est pas valide.");
  return rule;
}

std::vector<span> occurrences(const std::string& rule, const span& first, const zone& where, timestamp from,
                              timestamp to, std::size_t most) {
  std::vector<span> out;
  const auto length = wall_length(first, where);
  walk all{rule, where.wall(first.start), where};
  while (out.size() < most) {
    const auto start = all.next();
    if (!start) break;
    const auto one = placed(*start, length, where);
    if (one.start >= to) break;
    if (one.end > from || (one.start >= from && one.start == one.end)) out.push_back(one);
  }
  return out;
}

std::optional<extent> extent_of(const std::string& rule, const span& first, const zone& where) {
  const auto length = wall_length(first, where);
  walk all{rule, where.wall(first.start), where};
  auto start = all.next();
  if (!start) return std::nullopt;
  extent out{placed(*start, length, where), std::nullopt};
  if (!has(rule, "UNTIL=") && !has(rule, "COUNT=")) return out;
  auto last = *start;
  while (auto next = all.next()) last = *next;
  if (!all.gave_up()) out.last = placed(last, length, where);
  return out;
}

} // namespace evs::calendar
