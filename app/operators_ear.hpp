#pragma once
// What operators hear: log lines (spdlog) and metrics (prometheus-cpp).

#include "actors/telemetry.hpp"
#include "app/log_ring.hpp"
#include "config/config.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace evs {

/// Thread-safe.
class operators_ear : public telemetry {
public:
  explicit operators_ear(const config::log_settings& settings);
  ~operators_ear() override;

  /// Other level, format or file, from the next line on.
  void configure(const config::log_settings& settings);

  void log(severity level, std::string_view who, std::string_view what) override;
  void count(std::string_view name, std::string_view label, std::uint64_t by) override;
  void gauge(std::string_view name, std::string_view label, double value) override;
  void drop_gauge(std::string_view name, std::string_view label) override;
  void observe(std::string_view name, double value) override;

  /// The last value of a gauge; `otherwise` when it was never set.
  double read_gauge(std::string_view name, std::string_view label, double otherwise) const;
  /// Prometheus text format of everything.
  std::string exposition() const;
  /// What was logged last, at whichever level is in force.
  const log_ring& recent() const noexcept { return recent_; }

private:
  struct instruments;
  std::unique_ptr<instruments> instruments_;
  log_ring recent_;
};

} // namespace evs
