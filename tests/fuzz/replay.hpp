#pragma once
// A fuzzer's check without the fuzzer: replays the corpus and then mutated inputs, the same ones each time. For compilers without libFuzzer.

#include <cstdint>
#include <span>
#include <string_view>

namespace evs::fuzz {

/// main() of `PROGRAM CORPUS_FOLDER COUNT`. `words`: what means something to the reader; `check` aborts when something is wrong.
int replay(int count, char** arguments, std::span<const std::string_view> words, void (*check)(std::span<const std::uint8_t>));

} // namespace evs::fuzz
