#pragma once

#include "tests/bench/dashboards/verdict.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace evs::bench {

/// How long answers of one kind took, and what they were.
struct figures {
  latency_histogram took;
  std::map<unsigned, std::uint64_t> statuses; ///< 0: no answer
  std::uint64_t bytes = 0;                    ///< of the bodies, together

  void add(std::uint64_t us, unsigned status, std::size_t size);
  /// Every answer was a 2xx.
  bool all_well() const;
  std::string json() const;
};

/// {"p50Us":...,"p95Us":...,"p99Us":...,"maxUs":...,"count":...}
std::string json_of(const latency_histogram& what);

/// CPU seconds of this process so far: near the time that went by, the client measures itself.
double own_cpu_seconds();

/// By name of the kind; kinds of one name count together.
std::string json_of(const std::map<std::string, figures>& kinds);

} // namespace evs::bench
