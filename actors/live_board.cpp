#include "actors/live_board.hpp"

#include <array>
#include <string_view>

namespace evs {

void live_board::clear() {
  entities_.clear();
  offset_ = 0;
}

void live_board::apply(const persistence::log_entry& entry) {
  offset_ = entry.offset;
  if (entry.entity.empty())
    return;
  if (entry.state == "-") {
    entities_.erase(entry.entity);
    return;
  }
  auto& e = entities_[entry.entity];
  e.type = entry.type;
  e.state = entry.state.empty() ? entry.payload : entry.state;
  e.whom = entry.whom;
}

std::string live_board::snapshot(const viewer& who, timestamp now) const {
  // Each kind is a range of the sorted map.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kinds{
    {{"agents", "agent:"}, {"calls", "call:"}, {"queues", "queue:"}, {"trunks", "trunk:"}, {"campaigns", "campaign:"}}};
  std::string text{"{"};
  for (auto [key, prefix] : kinds) {
    text += '"';
    text += key;
    text += "\":[";
    bool first = true;
    for (auto it = entities_.lower_bound(std::string{prefix}); it != entities_.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
      if (!may_see(who, it->second.whom))
        continue;
      if (!first)
        text += ',';
      first = false;
      text += it->second.state;
    }
    text += "],";
  }
  text += "\"serverTime\":\"" + to_iso8601(now) + "\"}";
  return text;
}

} // namespace evs
