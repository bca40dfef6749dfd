#include "tests/fuzz/replay.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace evs::fuzz {

namespace {

using bytes = std::vector<std::uint8_t>;

std::vector<bytes> read_corpus(const char* folder) {
  std::vector<std::filesystem::path> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  std::vector<bytes> corpus;
  for (const auto& name : names) {
    std::ifstream file(name, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Changes bytes, cuts, doubles and inserts what means something to the reader.
void mutate(bytes& input, std::span<const std::string_view> words, std::mt19937& random) {
  for (auto times = 1 + random() % 4; times > 0; --times) {
    const auto at = static_cast<std::ptrdiff_t>(random() % (input.size() + 1));
    const auto length = static_cast<std::ptrdiff_t>(random() % 64);
    const auto end = std::min(at + length, static_cast<std::ptrdiff_t>(input.size()));
    switch (random() % 5) {
    case 0:
      if (at < end) input[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random());
      break;
    case 1: input.erase(input.begin() + at, input.begin() + end); break;
    case 2: {
      const bytes copy(input.begin() + at, input.begin() + end);
      input.insert(input.begin() + at, copy.begin(), copy.end());
      break;
    }
    case 3: {
      const auto word = words[random() % words.size()];
      input.insert(input.begin() + at, word.begin(), word.end());
      break;
    }
    default: input.insert(input.begin() + at, random() % 80, static_cast<std::uint8_t>(random())); break;
    }
  }
}

/// What is being checked; written to a file when the check aborts.
const bytes* present = nullptr;

void keep_input(int) {
  if (auto* file = std::fopen("broken-input", "wb")) {
    std::fwrite(present->data(), 1, present->size(), file);
    std::fclose(file);
    std::fprintf(stderr, "the input is in ./broken-input\n");
  }
}

void run(void (*check)(std::span<const std::uint8_t>), const bytes& input) {
  present = &input;
  check(input);
}

} // namespace

int replay(int count, char** arguments, std::span<const std::string_view> words, void (*check)(std::span<const std::uint8_t>)) {
  if (count != 3) return 2;
  const auto corpus = read_corpus(arguments[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", arguments[1]);
    return 2;
  }
  std::signal(SIGABRT, keep_input);
  for (const auto& input : corpus) run(check, input);
  std::mt19937 random(20261122);
  const long rounds = std::strtol(arguments[2], nullptr, 10);
  for (long round = 0; round < rounds; ++round) {
    auto input = corpus[random() % corpus.size()];
    // A window keeps the inputs small, so that many fit into the time.
    if (input.size() > 600) {
      const auto from = static_cast<std::ptrdiff_t>(random() % (input.size() - 600));
      input = bytes(input.begin() + from, input.begin() + from + 600);
    }
    mutate(input, words, random);
    run(check, input);
  }
  std::printf("%zu inputs of the corpus and %ld mutated ones held\n", corpus.size(), rounds);
  return 0;
}

} // namespace evs::fuzz
