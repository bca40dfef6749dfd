#include "actors/directory.hpp"

#include "actors/agent.hpp"
#include "actors/campaign.hpp"
#include "actors/queue.hpp"
#include "actors/trunk.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace evs {

namespace {

using self_ptr = directory_actor::stateful_pointer<directory_actor_state>;
using charges = std::unordered_map<user_id, std::shared_ptr<const people>>;

charges charges_of(const directory_data& data) {
  std::unordered_map<user_id, people> of;
  for (const auto& x : data.users)
    if (x.role >= role::supervisor && !x.site.empty())
      of[x.id];
  for (const auto& g : data.groups)
    for (const auto& member : g.members)
      if (auto found = of.find(member); found != of.end())
        found->second.insert(g.members.begin(), g.members.end());
  charges out;
  for (auto& [id, all] : of)
    if (!all.empty())
      out[id] = std::make_shared<const people>(std::move(all));
  return out;
}

bool same_charges(const charges& a, const charges& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& one) {
           auto other = b.find(one.first);
           return other != b.end() && *other->second == *one.second;
         });
}

class registry {
public:
  registry(self_ptr self, services_ptr services, day_clock days) : self_(self), services_(std::move(services)), days_(std::move(days)) {}

  directory_actor_state& state() const { return self_->state; }

  void load(const directory_data& data) const {
    auto& s = state();
    auto old = services_->directory.read();
    auto next = std::make_shared<directory_picture>();
    s.picture = next;
    next->dids = data.dids;
    for (const auto& x : data.sites)
      next->sites[x.id] = x;
    for (const auto& x : data.users)
      next->users[x.id] = x;

    next->charges = charges_of(data);

    for (const auto& x : data.trunks) {
      auto* was = old->trunk(x.id);
      auto handle = was ? watched(was->handle, "trunk", x.id.value) : spawn_trunk(x);
      if (was && was->settings != x)
        self_->send(handle, trunk_settings_changed{x});
      next->trunks[x.id] = {x, handle};
    }
    for (const auto& x : data.campaigns) {
      auto* was = old->campaign(x.id);
      auto handle = was ? watched(was->handle, "campaign", x.id.value) : spawn_campaign(x);
      if (was && was->settings != x)
        self_->send(handle, campaign_settings_changed{x});
      next->campaigns[x.id] = {x, handle};
    }
    for (const auto& x : data.queues) {
      auto* was = old->queue(x.id);
      auto handle = was ? watched(was->handle, "queue", x.id.value) : spawn_queue(x);
      if (was && was->settings != x)
        self_->send(handle, queue_settings_changed{x});
      next->queues[x.id] = {x, handle};
    }
    std::vector<agent_actor> changed_membership;
    for (const auto& x : data.users) {
      if (x.role != role::agent)
        continue;
      auto* was = old->agent(x.id);
      if (!was && !x.is_active)
        continue;
      agent_entry entry{x, was ? watched(was->handle, "agent", x.id.value) : spawn_agent(x), {}};
      for (const auto& q : data.queues)
        if (std::find(q.members.begin(), q.members.end(), x.id) != q.members.end())
          entry.queues.push_back(q.id);
      if (was && was->settings != x)
        self_->send(entry.handle, agent_settings_changed{x});
      if (!was || was->queues != entry.queues)
        changed_membership.push_back(entry.handle);
      if (!x.extension.empty())
        next->by_extension[x.extension] = x.id;
      next->agents[x.id] = std::move(entry);
    }
    services_->directory.publish(next);
    if (!same_charges(old->charges, next->charges))
      if (auto sessions = services_->broadcast())
        self_->send(sessions, charges_changed{});
    // Queues learn their members from the members themselves, once these can find them.
    for (auto& a : changed_membership)
      self_->send(a, present_yourself{});

    for (const auto& [id, was] : old->agents)
      if (!next->agents.count(id)) {
        dismiss(was.handle, "agent", id.value);
        services_->states.forget(id);
        services_->tell(agent_removed{id, was.settings.site}, services_->now());
      }
    for (const auto& [id, was] : old->queues)
      if (!next->queues.count(id))
        dismiss(was.handle, "queue", id.value);
    for (const auto& [id, was] : old->trunks)
      if (!next->trunks.count(id))
        dismiss(was.handle, "trunk", id.value, was.settings.site);
    for (const auto& [id, was] : old->campaigns)
      if (!next->campaigns.count(id))
        dismiss(was.handle, "campaign", id.value);
    services_->ear.log(severity::info, "directory",
                       std::to_string(next->agents.size()) + " agents, " + std::to_string(next->queues.size()) + " queues, " +
                         std::to_string(next->trunks.size()) + " trunks, " + std::to_string(next->campaigns.size()) + " campaigns");
  }

  /// A child ended: after dismissal nothing, after a crash it comes back with what it last announced.
  void down(const caf::down_msg& m) const {
    auto& s = state();
    auto found = s.children.find(m.source);
    if (found == s.children.end())
      return;
    auto child = found->second;
    s.children.erase(found);
    if (!m.reason || m.reason == caf::exit_reason::user_shutdown || !in_picture(child))
      return take_off_boards(child);
    const auto what = child.kind + " " + child.id;
    services_->ear.count("actor_crashes", child.kind);
    services_->ear.log(severity::error, "directory", what + " crashed: " + self_->system().render(m.reason));
    const auto rules = services_->rules();
    if (!s.crashes[what].allow(services_->now(), rules->max_restarts, rules->restart_window)) {
      s.given_up.insert(what);
      services_->ear.count("supervision_gave_up", child.kind);
      services_->ear.log(severity::error, "directory", what + " crashed too often, it stays down");
      services_->tell(system_alert{"error", "actor_down", "Un composant est arrêté après des pannes répétées : " + what}, services_->now());
      return;
    }
    restart(child);
  }

  /// Unless somebody who was dismissed has not ended yet: what he still says would come after it.
  void check_boards() const {
    for (const auto& [address, one] : state().children)
      if (!in_picture(one))
        return;
    if (auto boards = services_->broadcast())
      self_->send(boards, boards_due{});
  }

  void midnight() const {
    auto& s = state();
    if (!s.data)
      return;
    const auto house = s.data->house_zone();
    std::set<std::string> zones{house}, turned;
    for (const auto& site : s.data->sites)
      zones.insert(zone_of(site.id));
    for (const auto& zone : zones) {
      const auto today = days_.day(services_->now(), zone);
      auto& was = s.days[zone];
      if (!was.empty() && was != today)
        turned.insert(zone);
      was = today;
    }
    if (turned.empty())
      return;
    const auto book = services_->directory.read();
    for (const auto& [id, x] : book->agents)
      if (turned.count(zone_of(x.settings.site)) != 0)
        self_->send(x.handle, new_day{});
    if (turned.count(house) == 0)
      return;
    for (const auto& [id, x] : book->queues)
      self_->send(x.handle, new_day{});
    for (const auto& [id, x] : book->campaigns)
      self_->send(x.handle, new_day{});
  }

private:
  std::string zone_of(const site_id& site) const {
    for (const auto& s : state().data->sites)
      if (s.id == site && !s.timezone.empty())
        return s.timezone;
    return state().data->house_zone();
  }

  /// Of a queue, trunk or campaign that is deleted; when the node ends they are all still in the picture.
  void take_off_boards(const directory_actor_state::child& gone) const {
    auto book = services_->directory.read();
    const auto now = services_->now();
    if (gone.kind == "queue" && !book->queues.count(queue_id{gone.id}))
      services_->tell(queue_removed{queue_id{gone.id}}, now);
    else if (gone.kind == "trunk" && !book->trunks.count(trunk_id{gone.id}))
      services_->tell(trunk_removed{trunk_id{gone.id}, gone.site}, now);
    else if (gone.kind == "campaign" && !book->campaigns.count(campaign_id{gone.id}))
      services_->tell(campaign_removed{campaign_id{gone.id}}, now);
  }

  template <class Handle>
  Handle adopt(Handle handle, const char* kind, const std::string& id, const site_id& site = {}) const {
    self_->monitor(handle);
    state().children[handle.address()] = {kind, id, site};
    return handle;
  }

  /// Children of a directory that crashed live on: they are ours now.
  template <class Handle>
  Handle watched(const Handle& handle, const char* kind, const std::string& id) const {
    return handle && !state().children.count(handle.address()) && !state().given_up.count(kind + (" " + id)) ? adopt(handle, kind, id) : handle;
  }

  /// Its end is heard even when it was the child of a directory that crashed.
  template <class Handle>
  void dismiss(const Handle& handle, const char* kind, const std::string& id, const site_id& site = {}) const {
    if (!handle)
      return;
    if (!state().children.count(handle.address()))
      adopt(handle, kind, id, site);
    self_->send_exit(handle, caf::exit_reason::user_shutdown);
  }

  bool in_picture(const directory_actor_state::child& one) const {
    const auto book = services_->directory.read();
    return one.kind == "agent"   ? book->agent(agent_id{one.id}) != nullptr
           : one.kind == "queue" ? book->queue(queue_id{one.id}) != nullptr
           : one.kind == "trunk" ? book->trunk(trunk_id{one.id}) != nullptr
                                 : book->campaign(campaign_id{one.id}) != nullptr;
  }

  agent_actor spawn_agent(const agent_settings& x) const {
    auto& memory = state().memory;
    std::optional<agent_restart> restart;
    const auto day_start = days_.start(services_->now(), zone_of(x.site));
    if (auto known = services_->states.find(x.id))
      restart = agent_restart{*known, services_->calls.contains(known->call), day_start, known->phone_reachable};
    else if (auto saved = memory.agents.find(x.id); saved != memory.agents.end())
      restart = agent_restart{saved->second, memory.open_calls.count(saved->second.call) != 0, day_start, false};
    return adopt(self_->spawn(make_agent, services_, x, restart), "agent", x.id.value);
  }
  queue_actor spawn_queue(const queue_settings& x) const {
    auto saved = state().memory.queues.find(x.id);
    return adopt(self_->spawn(make_queue, services_, x, saved == state().memory.queues.end() ? queue_counters{} : saved->second),
                 "queue", x.id.value);
  }
  trunk_actor spawn_trunk(const trunk_settings& x) const { return adopt(self_->spawn(make_trunk, services_, x), "trunk", x.id.value, x.site); }
  campaign_actor spawn_campaign(const campaign_settings& x) const {
    return adopt(self_->spawn(make_campaign, services_, x), "campaign", x.id.value);
  }

  void restart(const directory_actor_state::child& child) const {
    auto& s = state();
    const auto was = services_->directory.read();
    auto next = std::make_shared<directory_picture>(*was);
    if (child.kind == "agent") {
      if (auto it = next->agents.find(agent_id{child.id}); it != next->agents.end())
        it->second.handle = spawn_agent(it->second.settings);
    } else if (child.kind == "queue") {
      if (auto it = next->queues.find(queue_id{child.id}); it != next->queues.end())
        it->second.handle = spawn_queue(it->second.settings);
    } else if (child.kind == "trunk") {
      if (auto it = next->trunks.find(trunk_id{child.id}); it != next->trunks.end())
        it->second.handle = spawn_trunk(it->second.settings);
    } else if (auto it = next->campaigns.find(campaign_id{child.id}); it != next->campaigns.end()) {
      it->second.handle = spawn_campaign(it->second.settings);
    }
    s.picture = next;
    services_->directory.publish(next);
    if (child.kind == "queue") {
      // Its members present themselves; its callers come back by its self-check.
      for (const auto& [id, a] : next->agents)
        if (std::find(a.queues.begin(), a.queues.end(), queue_id{child.id}) != a.queues.end())
          self_->send(a.handle, present_yourself{});
    } else if (child.kind == "agent") {
      self_->send(next->agents[agent_id{child.id}].handle, present_yourself{});
    }
  }

  self_ptr self_;
  services_ptr services_;
  day_clock days_;
};

} // namespace

directory_actor::behavior_type make_directory(directory_actor::stateful_pointer<directory_actor_state> self, services_ptr services,
                                              node_memory memory, day_clock days) {
  self->state.memory = std::move(memory);
  registry does{self, services, std::move(days)};
  self->set_down_handler([does](caf::down_msg& m) { does.down(m); });
  // Its children go when it goes.
  self->set_exit_handler([self, does](caf::exit_msg& m) {
    for (auto& [address, child] : self->state.children)
      if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(address))
        caf::anon_send_exit(strong, caf::exit_reason::user_shutdown);
    self->quit(m.reason);
  });
  self->delayed_send(self, seconds{10}, tick{});

  return {
    [=](directory_loaded& m) {
      self->state.data = m.data;
      does.load(*m.data);
      does.midnight();
    },
    [=](tick&) {
      does.midnight();
      does.check_boards();
      self->delayed_send(self, seconds{10}, tick{});
    },
  };
}

} // namespace evs
