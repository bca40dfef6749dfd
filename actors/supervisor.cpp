#include "actors/supervisor.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace evs {

namespace {

using service = supervisor_actor_state::service;

/// Starts a service; what its beginning throws is an answer, not a crash of the supervisor.
outcome start(supervisor_actor::stateful_pointer<supervisor_actor_state> self, service& s) {
  try {
    s.running = s.spawn();
    self->monitor(caf::actor_cast<caf::actor>(s.running));
    return outcome::success();
  } catch (const std::exception& e) {
    s.running = nullptr;
    return outcome::refused({errc::internal, s.name + ": " + e.what(), {}});
  }
}

} // namespace

supervisor_actor::behavior_type make_supervisor(supervisor_actor::stateful_pointer<supervisor_actor_state> self, services_ptr services,
                                                std::shared_ptr<std::atomic<bool>> gave_up) {
  self->set_down_handler([=](caf::down_msg& down) {
    auto& all = self->state.services;
    auto found = std::find_if(all.begin(), all.end(), [&](auto& s) { return s.running && s.running->address() == down.source; });
    if (found == all.end())
      return;
    found->running = nullptr;
    if (!down.reason || down.reason == caf::exit_reason::user_shutdown)
      return;
    services->ear.count("actor_crashes", found->name);
    services->ear.log(severity::error, "supervisor", found->name + " crashed: " + self->system().render(down.reason));
    const auto rules = services->rules();
    auto back = outcome::refused({errc::internal, "too many crashes", {}});
    if (found->crashes.allow(services->now(), rules->max_restarts, rules->restart_window))
      back = start(self, *found);
    if (back.ok) {
      services->ear.log(severity::warning, "supervisor", found->name + " was restarted");
      return;
    }
    gave_up->store(true);
    services->ear.count("supervision_gave_up", found->name);
    services->ear.log(severity::error, "supervisor", found->name + " stays down: " + back.detail);
  });

  return {
    [=](supervise& m) {
      auto& s = self->state.services.emplace_back();
      s.name = std::move(m.name);
      s.spawn = std::move(m.spawn);
      return start(self, s);
    },
    [=](dismiss& m) {
      auto& all = self->state.services;
      auto found = std::find_if(all.begin(), all.end(), [&](auto& s) { return s.name == m.name; });
      if (found == all.end())
        return;
      if (found->running)
        caf::anon_send_exit(found->running, caf::exit_reason::user_shutdown);
      all.erase(found);
    },
    [=](stop_work&) {
      for (auto it = self->state.services.rbegin(); it != self->state.services.rend(); ++it)
        if (it->running)
          caf::anon_send_exit(it->running, caf::exit_reason::user_shutdown);
      self->state.services.clear();
      self->quit();
      return outcome::success();
    },
  };
}

} // namespace evs
