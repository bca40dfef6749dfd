#include "actors/directory_board.hpp"

#include "domain/phone_number.hpp"

namespace evs {

namespace {

template <class Map, class Key>
auto* look_up(const Map& map, const Key& key) {
  auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

} // namespace

const agent_entry* directory_picture::agent(const agent_id& id) const { return look_up(agents, id); }
const queue_entry* directory_picture::queue(const queue_id& id) const { return look_up(queues, id); }
const trunk_entry* directory_picture::trunk(const trunk_id& id) const { return look_up(trunks, id); }
const campaign_entry* directory_picture::campaign(const campaign_id& id) const { return look_up(campaigns, id); }

viewer directory_picture::informed(viewer who) const {
  const auto* found = who.role >= role::supervisor && !who.site.empty() ? look_up(charges, who.user) : nullptr;
  who.charges = found ? *found : nullptr;
  return who;
}

const trunk_entry* directory_picture::trunk_of_site(const site_id& site) const {
  const trunk_entry* best = nullptr;
  if (site.empty())
    return best;
  for (const auto& [id, entry] : trunks)
    if (entry.settings.site == site && (!best || id < best->settings.id))
      best = &entry;
  return best;
}

const did_settings* directory_picture::did(const trunk_id& trunk, const std::string& number) const {
  const did_settings* elsewhere = nullptr;
  for (const auto& d : dids)
    if (same_number(d.number, number)) {
      if (d.trunk == trunk)
        return &d;
      elsewhere = &d;
    }
  return elsewhere;
}

const did_settings* directory_picture::first_did(const trunk_id& trunk) const {
  const did_settings* best = nullptr;
  for (const auto& d : dids)
    if (d.trunk == trunk && (!best || d.number < best->number))
      best = &d;
  return best;
}

} // namespace evs
