#include "app/operators_ear.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace evs {

namespace {

/// Texts of people and switches end up in log lines: nothing in them may start a new line or move a terminal's cursor.
std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text)
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (char c : one_line(text)) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

std::shared_ptr<spdlog::logger> make_logger(const config::log_settings& s) {
  spdlog::sink_ptr sink;
  if (s.file.empty())
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  else
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(s.file);
  auto logger = std::make_shared<spdlog::logger>("evs", sink);
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                  spdlog::level::err};
  logger->set_level(levels[static_cast<std::size_t>(s.level)]);
  logger->flush_on(spdlog::level::info);
  logger->set_pattern(s.format == config::log_format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                                           : "%Y-%m-%d %H:%M:%S.%e %-7l %v");
  return logger;
}

const char* help(const std::string& name) {
  static const std::map<std::string, const char*> texts{
    {"calls_ended", "Calls that ended, by end reason"},
    {"heals", "Owners found out of step with the switch and put right, by reason"},
    {"ignored_events", "Events that did not fit the state they met, by reason"},
    {"audits", "Comparisons with the switch's channel listing"},
    {"ami_lag", "From the arrival of AMI bytes to their routing"},
    {"event_to_send", "From the cause of an event to its hand-over to the sessions"},
    {"store_batch", "Duration of one write transaction"},
    {"store_queue", "Rows that wait to be written"},
    {"sessions", "WebSocket sessions"},
    {"live_calls", "Living calls by Asterisk server"},
    {"agents", "Agents by state"},
    {"queue_waiting", "Callers who wait, by queue"},
    {"asterisk_applies", "Runs of asterisk_apply.command, by outcome"},
    {"asterisk_apply_ok", "1 while the last run of asterisk_apply.command brought phones and trunks into Asterisk"},
    {"ami_up", "1 while connected to this Asterisk server"},
    {"password_line", "Passwords that wait for their hash, by who asks: a known device, somebody signed in, an account where it was before, a stranger"},
    {"passwords_hashed", "Passwords that were hashed, by who asked"},
    {"passwords_not_hashed", "Passwords that were turned away, by why (no place, displaced, too late, client gone) and who asked"},
    {"password_wait", "Wait of a password for its hash"},
    {"password_hash", "Hash of one password"},
    {"store_up", "1 while PostgreSQL takes rows"},
    {"event_log_shared", "1 while the event log goes through Redis"},
  };
  auto found = texts.find(name);
  return found == texts.end() ? "See ARCHITECTURE.md" : found->second;
}

} // namespace

struct operators_ear::instruments {
  mutable std::mutex mutex;
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
  prometheus::Registry registry;
  std::map<std::string, prometheus::Family<prometheus::Counter>*, std::less<>> counter_families;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*, std::less<>> gauge_families;
  std::map<std::pair<std::string, std::string>, prometheus::Counter*> counters;
  std::map<std::pair<std::string, std::string>, prometheus::Gauge*> gauges;
  std::map<std::string, prometheus::Histogram*, std::less<>> histograms;

  static std::map<std::string, std::string> labels(const std::string& label) {
    return label.empty() ? std::map<std::string, std::string>{} : std::map<std::string, std::string>{{"kind", label}};
  }
};

operators_ear::operators_ear(const config::log_settings& settings) : instruments_(std::make_unique<instruments>()) { configure(settings); }

operators_ear::~operators_ear() = default;

void operators_ear::configure(const config::log_settings& settings) {
  auto next = make_logger(settings);
  std::lock_guard lock{instruments_->mutex};
  instruments_->logger = std::move(next);
  instruments_->json = settings.format == config::log_format::json;
}

void operators_ear::log(severity level, std::string_view who, std::string_view what) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  std::shared_ptr<spdlog::logger> logger;
  bool json = false;
  {
    std::lock_guard lock{instruments_->mutex};
    logger = instruments_->logger;
    json = instruments_->json;
  }
  const auto l = levels[static_cast<std::size_t>(level)];
  if (!logger->should_log(l))
    return;
  recent_.add(std::chrono::floor<milliseconds>(std::chrono::system_clock::now()), level, one_line(who), one_line(what));
  if (json)
    logger->log(l, "\"who\":\"{}\",\"what\":\"{}\"", json_escaped(who), json_escaped(what));
  else
    logger->log(l, "[{}] {}", one_line(who), one_line(what));
}

void operators_ear::count(std::string_view name, std::string_view label, std::uint64_t by) {
  auto& i = *instruments_;
  std::lock_guard lock{i.mutex};
  std::pair<std::string, std::string> key{name, label};
  auto found = i.counters.find(key);
  if (found == i.counters.end()) {
    auto family = i.counter_families.find(name);
    if (family == i.counter_families.end()) {
      auto& f = prometheus::BuildCounter().Name("evs_" + key.first + "_total").Help(help(key.first)).Register(i.registry);
      family = i.counter_families.emplace(key.first, &f).first;
    }
    found = i.counters.emplace(key, &family->second->Add(instruments::labels(key.second))).first;
  }
  found->second->Increment(static_cast<double>(by));
}

void operators_ear::gauge(std::string_view name, std::string_view label, double value) {
  auto& i = *instruments_;
  std::lock_guard lock{i.mutex};
  std::pair<std::string, std::string> key{name, label};
  auto found = i.gauges.find(key);
  if (found == i.gauges.end()) {
    auto family = i.gauge_families.find(name);
    if (family == i.gauge_families.end()) {
      auto& f = prometheus::BuildGauge().Name("evs_" + key.first).Help(help(key.first)).Register(i.registry);
      family = i.gauge_families.emplace(key.first, &f).first;
    }
    found = i.gauges.emplace(key, &family->second->Add(instruments::labels(key.second))).first;
  }
  found->second->Set(value);
}

void operators_ear::drop_gauge(std::string_view name, std::string_view label) {
  auto& i = *instruments_;
  std::lock_guard lock{i.mutex};
  auto found = i.gauges.find({std::string{name}, std::string{label}});
  if (found == i.gauges.end())
    return;
  i.gauge_families.find(name)->second->Remove(found->second);
  i.gauges.erase(found);
}

void operators_ear::observe(std::string_view name, double value) {
  auto& i = *instruments_;
  std::lock_guard lock{i.mutex};
  auto found = i.histograms.find(name);
  if (found == i.histograms.end()) {
    const std::string key{name};
    auto& family = prometheus::BuildHistogram().Name("evs_" + key + "_seconds").Help(help(key)).Register(i.registry);
    auto& h = family.Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5,
                                                                     1, 2.5, 5, 10});
    found = i.histograms.emplace(key, &h).first;
  }
  found->second->Observe(value);
}

double operators_ear::read_gauge(std::string_view name, std::string_view label, double otherwise) const {
  auto& i = *instruments_;
  std::lock_guard lock{i.mutex};
  auto found = i.gauges.find({std::string{name}, std::string{label}});
  return found == i.gauges.end() ? otherwise : found->second->Value();
}

std::string operators_ear::exposition() const {
  prometheus::TextSerializer serializer;
  return serializer.Serialize(instruments_->registry.Collect());
}

} // namespace evs
