#pragma once
// How actors speak to operators: log lines, counters, timings. Implemented in app/ (spdlog, prometheus-cpp); a recording one in tests.

#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace evs {

enum class severity : std::uint8_t { debug, info, warning, error };

/// Thread-safe; returns at once.
class telemetry {
public:
  virtual ~telemetry() = default;
  /// One line: who (the actor), what.
  virtual void log(severity level, std::string_view who, std::string_view what) = 0;
  /// Counter evs_<name>_total{<label>}.
  virtual void count(std::string_view name, std::string_view label = {}, std::uint64_t by = 1) = 0;
  /// Gauge evs_<name>{<label>}.
  virtual void gauge(std::string_view name, std::string_view label, double value) = 0;
  /// What the gauge spoke of is no more.
  virtual void drop_gauge(std::string_view /*name*/, std::string_view /*label*/) {}
  /// Histogram evs_<name>_seconds.
  virtual void observe(std::string_view name, double value) = 0;

  /// An actor was out of step with the switch and is right again: reason code, counter, log line.
  void healed(std::string_view who, std::string_view reason, std::string_view subject) {
    count("heals", reason);
    log(severity::warning, who, std::string{"healed "} + std::string{reason} + ": " + std::string{subject});
  }
};

} // namespace evs
