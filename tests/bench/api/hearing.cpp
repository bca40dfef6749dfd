#include "tests/bench/api/hearing.hpp"

#include "tests/bench/api/figures.hpp"

#include <algorithm>

namespace evs::bench {

void hearing::add_session(std::size_t group) {
  group_of_.push_back(group);
  if (size_of_.size() <= group) size_of_.resize(group + 1);
  ++size_of_[group];
}

std::uint64_t hearing::sent(const std::vector<std::size_t>& by, std::uint64_t at_us, bool measured) {
  save fresh{std::vector<bool>(size_of_.size()), at_us, measured, false, 0, 0, 0, std::vector<bool>(group_of_.size())};
  for (const auto group : by)
    if (group < size_of_.size() && !fresh.groups[group]) {
      fresh.groups[group] = true;
      fresh.wanted += size_of_[group];
    }
  if (fresh.wanted > 0) ++open_;
  saves_.push_back(std::move(fresh));
  return saves_.size() - 1;
}

void hearing::refused(std::uint64_t number) {
  auto& s = saves_[number];
  if (!s.refused && s.arrived < s.wanted) --open_;
  s.refused = true;
}

void hearing::heard(std::size_t session, std::uint64_t number, std::uint64_t at_us) {
  if (number >= saves_.size() || !saves_[number].groups[group_of_[session]]) {
    ++foreign_;
    return;
  }
  auto& s = saves_[number];
  if (s.by[session]) {
    ++doubled_;
    return;
  }
  s.by[session] = true;
  s.last_us = std::max(s.last_us, at_us);
  if (++s.arrived == s.wanted && !s.refused) --open_;
  if (s.measured) each_.add(at_us > s.sent_us ? at_us - s.sent_us : 0);
}

std::uint64_t hearing::missing() const {
  std::uint64_t sum = 0;
  for (const auto& s : saves_)
    if (!s.refused) sum += s.wanted - s.arrived;
  return sum;
}

std::string hearing::json() const {
  latency_histogram last;
  std::uint64_t measured = 0, refused = 0;
  for (const auto& s : saves_) {
    refused += s.refused ? 1 : 0;
    if (!s.measured || s.refused || s.arrived < s.wanted || s.wanted == 0) continue;
    ++measured;
    last.add(s.last_us > s.sent_us ? s.last_us - s.sent_us : 0);
  }
  return "{\"saves\":" + std::to_string(saves_.size()) + ",\"measured\":" + std::to_string(measured) +
         ",\"refused\":" + std::to_string(refused) + ",\"missing\":" + std::to_string(missing()) +
         ",\"doubled\":" + std::to_string(doubled_) + ",\"foreign\":" + std::to_string(foreign_) +
         ",\"each\":" + json_of(each_) + ",\"last\":" + json_of(last) + "}";
}

} // namespace evs::bench
