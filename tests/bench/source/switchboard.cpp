#include "tests/bench/source/switchboard.hpp"

#include "tests/bench/common/stamp_board.hpp"

#include <cstdio>
#include <stdexcept>

namespace evs::bench {

namespace {

std::string& value(field_values& values, field f) { return values[static_cast<std::size_t>(f)]; }

std::string hex8(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%08llx", static_cast<unsigned long long>(number));
  return text;
}

} // namespace

recordings recordings::load(const std::string& folder) {
  const auto file = [&](const char* name) { return sequence::load(folder + "/" + name + ".ami"); };
  return {file("inbound_arrives"), file("inbound_ends"), file("agent_rings"),
          file("agent_answers"),   file("agent_gone"),   file("bridged_ends")};
}

switchboard::switchboard(recordings r, std::vector<trunk> trunks, std::uint64_t prefix, stamp_board& board, sink out)
    : recordings_(std::move(r)), trunks_(std::move(trunks)), prefix_(std::to_string(prefix)), board_(board),
      out_(std::move(out)) {
  if (trunks_.empty() || recordings_.inbound_arrives.parts().size() != 2)
    throw std::runtime_error("a switchboard needs a trunk and a two-part inbound_arrives.ami");
}

std::uint64_t switchboard::arrive(std::uint64_t now) {
  const auto index = next_++;
  if (index >= board_.capacity()) throw std::runtime_error("the stamp board is full");
  const auto& from = trunks_[index % trunks_.size()];
  auto& c = calls_[index];
  c.index = index;
  c.arrived_us = now;
  char caller[24];
  std::snprintf(caller, sizeof caller, "+336%08llu", static_cast<unsigned long long>(index % 100'000'000));
  value(c.values, field::channel) = "PJSIP/" + from.id + "-" + hex8(index);
  value(c.values, field::uniqueid) = prefix_ + "." + std::to_string(index);
  value(c.values, field::caller) = caller;
  value(c.values, field::did) = from.did;
  value(c.values, field::trunk) = from.id;
  board_.call(index).arrived_us = now;
  board_.header().started = next_;
  say(recordings_.inbound_arrives.parts()[0], c);
  return index;
}

void switchboard::settle(std::uint64_t index) {
  const auto found = calls_.find(index);
  if (found != calls_.end()) say(recordings_.inbound_arrives.parts()[1], found->second);
}

void switchboard::end(std::uint64_t index, std::uint64_t now) {
  const auto found = calls_.find(index);
  if (found == calls_.end()) return;
  const auto& c = found->second;
  board_.call(index).ended_us = now;
  if (c.leg == leg_state::bridged) {
    say(recordings_.bridged_ends, c);
  } else {
    if (c.leg == leg_state::ringing) say(recordings_.agent_gone, c);
    say(recordings_.inbound_ends, c);
  }
  calls_.erase(found);
  ++board_.header().ended;
}

std::uint64_t switchboard::ring(const std::string& channel, const std::string& extension, const std::string& leg_id,
                                const std::string& action, const std::string& data) {
  const auto* known = find_channel(channel);
  if (known == nullptr || known->leg != leg_state::none) return 0;
  auto& c = calls_[known->index];
  c.leg = leg_state::ringing;
  c.epoch = ++epochs_;
  value(c.values, field::extension) = extension;
  value(c.values, field::agent_channel) = "PJSIP/" + extension + "-" + hex8(c.epoch);
  value(c.values, field::agent_uniqueid) = leg_id;
  value(c.values, field::bridge) = "5f0c1c9e-0000-4000-8000-0000" + hex8(c.epoch);
  value(c.values, field::action) = action;
  value(c.values, field::data) = data;
  say(recordings_.agent_rings, c);
  return c.epoch;
}

void switchboard::answer(std::uint64_t index, std::uint64_t epoch) {
  const auto found = calls_.find(index);
  if (found == calls_.end() || found->second.epoch != epoch || found->second.leg != leg_state::ringing) return;
  found->second.leg = leg_state::bridged;
  say(recordings_.agent_answers, found->second);
}

const switchboard::call* switchboard::find_channel(const std::string& channel) const {
  const auto dash = channel.rfind('-');
  if (dash == std::string::npos) return nullptr;
  char* rest = nullptr;
  const auto index = std::strtoull(channel.c_str() + dash + 1, &rest, 16);
  const auto found = calls_.find(index);
  if (found != calls_.end() && found->second.values[static_cast<std::size_t>(field::channel)] == channel)
    return &found->second;
  for (const auto& [_, c] : calls_) // an agent's leg: rare, so the slow way is good enough
    if (c.leg != leg_state::none && c.values[static_cast<std::size_t>(field::agent_channel)] == channel) return &c;
  return nullptr;
}

void switchboard::say(const sequence::part& part, const call& c) {
  text_.clear();
  part.render(c.values, text_);
  count(part.events, text_.size());
  out_(text_);
}

void switchboard::say(const sequence& s, const call& c) {
  text_.clear();
  s.render_all(c.values, text_);
  count(s.events(), text_.size());
  out_(text_);
}

void switchboard::count(std::size_t events, std::size_t bytes) {
  board_.header().events += events;
  board_.header().bytes += bytes;
}

} // namespace evs::bench
