#include "app/housekeeper.hpp"

#include <string>
#include <utility>

namespace evs {

namespace {

constexpr milliseconds between_rounds{30'000};
constexpr std::chrono::minutes between_forgettings{10};
/// Hours whose figures are computed in one transaction.
constexpr std::size_t hours_at_once = 4;

} // namespace

housekeeper::housekeeper(persistence::store_settings store, telemetry& tell, hooks with)
    : settings_(std::move(store)), ear_(tell), hooks_(std::move(with)) {}

housekeeper::~housekeeper() { stop(); }

void housekeeper::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
}

void housekeeper::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool housekeeper::wait(milliseconds time) {
  std::unique_lock lock{mutex_};
  return wake_.wait_for(lock, time, [&] { return stopping_; });
}

void housekeeper::work() {
  auto house = persistence::make_postgres_housekeeping(settings_, hooks_.now);
  bool told = false;
  do {
    try {
      tidy(*house);
      forget_events();
      told = false;
    } catch (const std::exception& e) {
      // PostgreSQL's absence has its own alarm; what is left is done in the next round.
      ear_.count("housekeeping_failures");
      if (!std::exchange(told, true)) ear_.log(severity::warning, "housekeeping", e.what());
    }
  } while (!wait(between_rounds));
}

void housekeeper::forget_events() {
  const auto now = std::chrono::steady_clock::now();
  if (!hooks_.forget_events || now - forgot_ < between_forgettings)
    return;
  forgot_ = now;
  if (const auto gone = hooks_.forget_events(); gone > 0) ear_.count("event_log_forgotten", {}, gone);
}

void housekeeper::tidy(persistence::housekeeping& house) {
  for (std::size_t hours = hours_at_once; hours == hours_at_once && !wait(milliseconds{0});) {
    hours = house.refresh_figures(hours_at_once);
    if (hours > 0) ear_.count("report_hours_computed", {}, hours);
  }
  if (const auto gone = house.apply_retention([this] { return wait(milliseconds{0}); }); gone.ran) report(gone);
}

void housekeeper::report(const persistence::housekeeping::removed& gone) {
  const std::pair<const char*, std::int64_t> kinds[] = {
      {"recordings", gone.recordings}, {"calls", gone.calls}, {"states", gone.states}, {"planning", gone.planning}};
  std::string text;
  for (const auto& [kind, count] : kinds) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + kind;
    if (count > 0) ear_.count("retention_removed", kind, static_cast<std::uint64_t>(count));
  }
  ear_.log(severity::info, "housekeeping", "retention removed " + text);
  if (gone.recordings + gone.calls > 0 && hooks_.files_discarded) hooks_.files_discarded();
}

} // namespace evs
