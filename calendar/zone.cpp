#include "calendar/zone.hpp"

#include <cctz/time_zone.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace evs::calendar {

namespace {

using std::chrono::floor;

const cctz::civil_second civil_epoch{1970, 1, 1, 0, 0, 0};

wall_time from_civil(const cctz::civil_second& t) { return wall_time{seconds{t - civil_epoch}}; }
cctz::civil_second to_civil(wall_time t) { return civil_epoch + t.time_since_epoch().count(); }

/// cctz remembers every name it was ever asked for and would open any path: it is asked for files of the zone folder only.
bool is_zone_file(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/';
  };
  if (name.empty() || name.size() > 64 || name.front() == '/' || !std::all_of(name.begin(), name.end(), allowed))
    return false;
  // Zones that count leap seconds are not what wall clocks show.
  if (name.starts_with("right/")) return false;
  const char* folder = std::getenv("TZDIR");
  std::error_code ec;
  return std::filesystem::is_regular_file(
      std::filesystem::path{folder && *folder ? folder : "/usr/share/zoneinfo"} / name, ec);
}

} // namespace

struct zone::rules {
  std::string name;
  cctz::time_zone zone;
};

std::optional<zone> zone::find(std::string_view name) {
  if (!is_zone_file(name)) return std::nullopt;
  auto found = std::make_shared<rules>();
  found->name = name;
  if (!cctz::load_time_zone(found->name, &found->zone)) return std::nullopt;
  return zone{std::move(found)};
}

const std::string& zone::name() const noexcept { return rules_->name; }

wall_time zone::wall(timestamp t) const { return from_civil(rules_->zone.lookup(floor<cctz::seconds>(t)).cs); }

zone::lookup zone::instants(wall_time t) const {
  const auto found = rules_->zone.lookup(to_civil(t));
  lookup out;
  out.how = found.kind == cctz::time_zone::civil_lookup::SKIPPED    ? lookup::kind::skipped
            : found.kind == cctz::time_zone::civil_lookup::REPEATED ? lookup::kind::twice
                                                                    : lookup::kind::once;
  out.before = found.pre;
  out.change = found.trans;
  out.after = found.post;
  return out;
}

std::optional<timestamp> zone::next_change(timestamp t) const {
  cctz::time_zone::civil_transition change;
  if (!rules_->zone.next_transition(floor<cctz::seconds>(t), &change)) return std::nullopt;
  return timestamp{rules_->zone.lookup(change.to).trans};
}

} // namespace evs::calendar
