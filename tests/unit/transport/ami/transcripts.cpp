#include "tests/unit/transport/ami/transcripts.hpp"

#include "transport/ami/parser.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace evs::test {

const std::vector<transcript>& transcripts() {
  static const auto all = [] {
    std::vector<transcript> found;
    for (const auto& entry : std::filesystem::directory_iterator(EVS_TRANSCRIPTS)) {
      if (entry.path().extension() != ".ami") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      found.push_back({entry.path().stem().string(), {std::istreambuf_iterator<char>(file), {}}});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return found;
  }();
  return all;
}

const std::string& transcript_named(const std::string& name) {
  for (const auto& one : transcripts())
    if (one.name == name) return one.bytes;
  throw std::runtime_error("no transcript " + name);
}

std::vector<ami::frame> frames_in(std::string_view bytes, std::size_t piece) {
  ami::parser parser;
  std::vector<ami::frame> frames;
  if (piece == 0) piece = std::max<std::size_t>(bytes.size(), 1);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    parser.feed(bytes.substr(0, piece));
    while (const auto frame = parser.next()) frames.push_back(frame->copy());
  }
  return frames;
}

} // namespace evs::test
