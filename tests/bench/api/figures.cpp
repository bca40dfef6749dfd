#include "tests/bench/api/figures.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace evs::bench {

void figures::add(std::uint64_t us, unsigned status, std::size_t size) {
  took.add(us);
  ++statuses[status];
  bytes += size;
}

bool figures::all_well() const {
  return std::all_of(statuses.begin(), statuses.end(), [](const auto& s) { return s.first >= 200 && s.first < 300; });
}

std::string figures::json() const {
  auto text = json_of(took);
  text.pop_back();
  text += ",\"bytes\":" + std::to_string(took.count() == 0 ? 0 : bytes / took.count()) + ",\"statuses\":{";
  for (const auto& [status, times] : statuses)
    text += (text.back() == '{' ? "\"" : ",\"") + std::to_string(status) + "\":" + std::to_string(times);
  return text + "}}";
}

std::string json_of(const latency_histogram& what) {
  return "{\"p50Us\":" + std::to_string(what.percentile(50)) + ",\"p95Us\":" + std::to_string(what.percentile(95)) +
         ",\"p99Us\":" + std::to_string(what.percentile(99)) + ",\"maxUs\":" + std::to_string(what.max()) +
         ",\"count\":" + std::to_string(what.count()) + "}";
}

double own_cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

std::string json_of(const std::map<std::string, figures>& kinds) {
  std::string text = "{";
  for (const auto& [name, f] : kinds) text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + f.json();
  return text + "}";
}

} // namespace evs::bench
