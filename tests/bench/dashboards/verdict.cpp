#include "tests/bench/dashboards/verdict.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace evs::bench {

namespace {

constexpr unsigned sub_bits = 6;

std::size_t bucket_of(std::uint64_t us) {
  if (us < (1U << sub_bits)) return static_cast<std::size_t>(us);
  const auto shift = static_cast<unsigned>(std::bit_width(us)) - sub_bits - 1;
  return static_cast<std::size_t>((shift + 1) * (1U << sub_bits)) +
         static_cast<std::size_t>((us >> shift) - (1U << sub_bits));
}

std::uint64_t value_of(std::size_t bucket) {
  if (bucket < (1U << sub_bits)) return bucket;
  const auto shift = bucket / (1U << sub_bits) - 1;
  return ((1U << sub_bits) + bucket % (1U << sub_bits)) << shift;
}

} // namespace

void latency_histogram::add(std::uint64_t us) {
  ++buckets_[std::min(bucket_of(us), buckets_.size() - 1)];
  ++count_;
  max_ = std::max(max_, us);
}

std::uint64_t latency_histogram::percentile(double percent) const {
  const auto wanted = static_cast<std::uint64_t>(static_cast<double>(count_) * percent / 100.0);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    sum += buckets_[i];
    if (sum > wanted || (sum == count_ && count_ > 0)) return value_of(i);
  }
  return 0;
}

bool seen_calls::mark(std::uint64_t index, unsigned bit) {
  auto& seen = seen_[index];
  const bool first = (seen & (1U << bit)) == 0;
  seen = static_cast<std::uint8_t>(seen | (1U << bit));
  return first;
}

std::uint64_t seen_calls::missing(std::uint64_t calls) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < calls; ++i) sum += 2 - static_cast<std::uint64_t>(std::popcount(seen_[i]));
  return sum;
}

std::string verdict::json() const {
  std::string text = "{";
  const auto field = [&](const char* name, std::uint64_t value) {
    text += (text.size() > 1 ? ",\"" : "\"") + std::string(name) + "\":" + std::to_string(value);
  };
  field("connections", connections);
  field("calls", calls);
  field("deliveries", deliveries);
  field("timed", timed);
  field("frames", frames);
  field("bytes", bytes);
  field("missing", missing);
  field("doubled", doubled);
  field("unknown", unknown);
  field("resets", resets);
  field("lostConnections", lost_connections);
  field("timedOut", timed_out ? 1 : 0);
  field("drainedUs", drained_us);
  field("p50Us", latency->percentile(50));
  field("p95Us", latency->percentile(95));
  field("p99Us", latency->percentile(99));
  field("maxUs", latency->max());
  std::map<unsigned, unsigned> codes;
  for (const auto code : close_codes) ++codes[code];
  text += ",\"closeCodes\":{";
  for (const auto& [code, times] : codes)
    text += (text.back() == '{' ? "\"" : ",\"") + std::to_string(code) + "\":" + std::to_string(times);
  return text + "}}";
}

} // namespace evs::bench
