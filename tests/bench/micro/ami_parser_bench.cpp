// The pure part of AMI ingest: bytes -> frames -> domain events, on recorded calls, in reads of different sizes.
#include "tests/bench/source/sequence.hpp"
#include "transport/ami/events.hpp"
#include "transport/ami/parser.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

namespace {

using evs::bench::field_values;
using evs::bench::sequence;

struct recording {
  std::string bytes;
  std::size_t events = 0;
};

/// A few hundred calls, one after the other: inbound ones that wait and ones that an agent answers.
const recording& calls() {
  static const recording made = [] {
    const std::string folder = EVS_SEQUENCES;
    const auto arrives = sequence::load(folder + "/inbound_arrives.ami");
    const auto waits = sequence::load(folder + "/inbound_ends.ami");
    const auto rings = sequence::load(folder + "/agent_rings.ami");
    const auto answers = sequence::load(folder + "/agent_answers.ami");
    const auto ends = sequence::load(folder + "/bridged_ends.ami");
    recording result;
    for (int i = 0; i < 300; ++i) {
      const auto n = std::to_string(i);
      const field_values values = {"PJSIP/trunk-paris-" + n,
                                   "1763800000." + n,
                                   "+33612345678",
                                   "+33140000001",
                                   "trunk-paris",
                                   "PJSIP/1001-" + n,
                                   "att-" + n,
                                   "1001",
                                   "bridge-" + n,
                                   "A" + n,
                                   "PJSIP/trunk-paris-" + n + ",x"};
      const auto play = [&](const sequence& s) {
        s.render_all(values, result.bytes);
        result.events += s.events();
      };
      play(arrives);
      if (i % 3 == 0) {
        play(rings);
        play(answers);
        play(ends);
      } else {
        play(waits);
      }
    }
    return result;
  }();
  return made;
}

template <class OnFrame> void read_all(benchmark::State& state, OnFrame on_frame) {
  const auto& input = calls();
  const auto piece = static_cast<std::size_t>(state.range(0));
  evs::ami::parser parser;
  for (auto _ : state) {
    std::size_t frames = 0;
    for (std::size_t at = 0; at < input.bytes.size(); at += piece) {
      parser.feed(std::string_view(input.bytes).substr(at, piece));
      while (const auto frame = parser.next()) {
        on_frame(*frame);
        ++frames;
      }
    }
    if (frames != input.events) state.SkipWithError("the parser lost frames");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(input.events));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes.size()));
}

void parse_frames(benchmark::State& state) {
  read_all(state, [](const evs::ami::frame_view& frame) { benchmark::DoNotOptimize(frame.headers.size()); });
}

void parse_to_events(benchmark::State& state) {
  read_all(state, [](const evs::ami::frame_view& frame) { benchmark::DoNotOptimize(evs::ami::to_event(frame)); });
}

// Bytes a read: a trickle, what one loopback read usually brings, a full socket buffer.
BENCHMARK(parse_frames)->Arg(100)->Arg(8 << 10)->Arg(256 << 10)->Unit(benchmark::kMillisecond);
BENCHMARK(parse_to_events)->Arg(100)->Arg(8 << 10)->Arg(256 << 10)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
