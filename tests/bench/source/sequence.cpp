#include "tests/bench/source/sequence.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace evs::bench {

namespace {

constexpr std::array<std::string_view, field_count> field_names = {
    "channel",        "uniqueid",  "caller", "did",    "trunk", "agent_channel",
    "agent_uniqueid", "extension", "bridge", "action", "data"};

int field_of(std::string_view name) {
  const auto found = std::find(field_names.begin(), field_names.end(), name);
  return found == field_names.end() ? -1 : static_cast<int>(found - field_names.begin());
}

/// Cuts "text {name} text" into pieces; braces around an unknown name are an error.
void cut(std::string_view line, std::vector<sequence::part::piece>& pieces) {
  if (pieces.empty() || pieces.back().value >= 0) pieces.emplace_back();
  while (true) {
    const auto open = line.find('{');
    pieces.back().text += line.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = line.find('}', open);
    const int value = close == std::string_view::npos ? -1 : field_of(line.substr(open + 1, close - open - 1));
    if (value < 0) throw std::runtime_error("unknown {name} in: " + std::string(line));
    pieces.back().value = value;
    pieces.emplace_back();
    line.remove_prefix(close + 1);
  }
  pieces.back().text += "\r\n";
}

} // namespace

void sequence::part::render(const field_values& values, std::string& out) const {
  for (const auto& p : pieces) {
    out += p.text;
    if (p.value >= 0) out += values[static_cast<std::size_t>(p.value)];
  }
}

sequence sequence::load(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  sequence result;
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(";;; ", 0) == 0) {
      result.parts_.emplace_back();
      result.parts_.back().at = std::chrono::milliseconds(std::stoul(line.substr(4)));
    } else if (line.rfind(";", 0) == 0) {
      continue;
    } else if (result.parts_.empty()) {
      throw std::runtime_error(path + ": text before the first ';;; <ms>' line");
    } else {
      auto& current = result.parts_.back();
      if (line.rfind("Event: ", 0) == 0) ++current.events;
      cut(line, current.pieces);
    }
  }
  return result;
}

std::size_t sequence::events() const {
  std::size_t sum = 0;
  for (const auto& p : parts_) sum += p.events;
  return sum;
}

void sequence::render_all(const field_values& values, std::string& out) const {
  for (const auto& p : parts_) p.render(values, out);
}

} // namespace evs::bench
