#pragma once
// Telemetry that keeps what it is told.

#include "actors/telemetry.hpp"

#include <map>
#include <string>
#include <vector>

namespace evs::test {

class recording_ear : public telemetry {
public:
  void log(severity level, std::string_view who, std::string_view what) override {
    lines.push_back(std::string{who} + ": " + std::string{what});
    if (level == severity::error)
      ++errors;
  }
  void count(std::string_view name, std::string_view label, std::uint64_t by) override { counts[key(name, label)] += by; }
  void gauge(std::string_view name, std::string_view label, double value) override { gauges[key(name, label)] = value; }
  void observe(std::string_view name, double) override { ++observed[std::string{name}]; }

  /// By "name" or "name{label}".
  std::uint64_t counted(const std::string& what) const {
    auto found = counts.find(what);
    return found == counts.end() ? 0 : found->second;
  }
  bool said(const std::string& part) const {
    for (const auto& line : lines)
      if (line.find(part) != std::string::npos)
        return true;
    return false;
  }

  std::vector<std::string> lines;
  std::map<std::string, std::uint64_t> counts;
  std::map<std::string, double> gauges;
  std::map<std::string, std::uint64_t> observed;
  unsigned errors = 0;

private:
  static std::string key(std::string_view name, std::string_view label) {
    return label.empty() ? std::string{name} : std::string{name} + "{" + std::string{label} + "}";
  }
};

} // namespace evs::test
