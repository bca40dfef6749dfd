#include "actors/config.hpp"

#include "config/diff.hpp"
#include "config/parse.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace evs {

namespace {

/// The calls of a server that nobody listens to any more: how they end is not known, their agents are free.
void let_go(node_services& services, const server_id& server) {
  for (auto& call : services.calls.take_all(server)) {
    leg_news news;
    // The main leg last, as it comes first in the memory: it ends the call.
    for (auto leg = call.memory.legs.rbegin(); leg != call.memory.legs.rend(); ++leg) {
      leg_fact fact;
      fact.what = leg_fact::news::gone;
      fact.unseen = true;
      fact.channel.uid = leg->uid;
      news.facts.push_back(fact);
    }
    services.ear.log(severity::warning, "config", "call " + call.memory.now.id.value + " of " + server.value + " is no longer followed");
    caf::anon_send(call.handle, std::move(news));
  }
}

} // namespace

policies policies_of(const config::settings& s) {
  policies p;
  p.agent.misses_before_pause = s.telephony.misses_before_pause;
  p.agent.connection_grace = s.telephony.disconnect_grace;
  p.agent.wrap_up_after_restart = s.telephony.default_wrap_up;
  p.ring_timeout = s.telephony.ring_timeout;
  p.default_wrap_up = s.telephony.default_wrap_up;
  p.max_call = s.telephony.max_call;
  p.action_timeout = s.telephony.action_timeout;
  p.audit_interval = s.telephony.audit_interval;
  p.self_check = s.telephony.audit_interval;
  p.trunk_context = s.telephony.trunk_context;
  p.waiting_context = s.telephony.waiting_context;
  p.outbound_context = s.telephony.outbound_context;
  p.session_tick = s.sessions.tick;
  p.session_tick_min = std::min(s.sessions.tick_min, s.sessions.tick);
  p.coalesce_above = s.sessions.coalesce_above;
  p.close_above = s.sessions.close_above;
  p.max_restarts = s.supervision.max_restarts;
  p.restart_window = s.supervision.within;
  return p;
}

std::string ami_service(const std::string& server) { return "ami " + server; }

config_actor::behavior_type make_config(config_actor::stateful_pointer<config_actor_state> self, services_ptr services, std::string file,
                                        config::settings running, supervisor_actor supervisor, config_hooks hooks) {
  self->state.in_file = running.asterisk;
  self->state.running = std::move(running);
  // Only now can nothing of what the calls do reach their server.
  self->set_down_handler([=](caf::down_msg& down) {
    auto& leaving = self->state.leaving;
    auto found = leaving.find(down.source);
    if (found == leaving.end())
      return;
    let_go(*services, found->second);
    leaving.erase(found);
  });

  /// Servers that are new or changed get an actor of their own; those that are unchanged notice nothing.
  const auto connect = [=](const std::vector<config::asterisk_settings>& wanted) {
    auto& connected = *self->state.connected;
    for (const auto& was : connected)
      if (std::find(wanted.begin(), wanted.end(), was) == wanted.end()) {
        const server_id server{was.name};
        if (std::none_of(wanted.begin(), wanted.end(), [&](auto& is) { return is.name == was.name; }))
          if (auto handle = services->ami(server)) {
            self->state.leaving[handle.address()] = server;
            self->monitor(handle);
          }
        self->send(supervisor, dismiss{ami_service(was.name)});
        services->set_ami(server, ami_actor{});
      }
    for (const auto& is : wanted)
      if (std::find(connected.begin(), connected.end(), is) == connected.end())
        self->request(supervisor, seconds{5}, supervise{ami_service(is.name), hooks.ami(is)})
          .then([=](evs::outcome& said) {
            if (!said.ok)
              services->ear.log(severity::error, "config", said.detail);
          });
    connected = wanted;
  };

  const auto put_in_force = [=](config::settings next) {
    auto& now = self->state.running;
    if (!(next.log == now.log))
      hooks.log(next.log);
    services->set_rules(policies_of(next));
    if (self->state.connected)
      connect(next.asterisk);
    hooks.web(next);
    now = std::move(next);
  };

  return {
    [=](reload_wanted&) {
      web::reload_outcome outcome;
      auto read = config::load_file(file);
      if (!read.ok()) {
        for (const auto& p : read.wrong) {
          outcome.problems.push_back(p.full_text());
          services->ear.log(severity::error, "config", file + ": " + p.full_text());
        }
        services->ear.count("config_reloads", "refused");
        return reload_answer{std::move(outcome)};
      }
      self->state.in_file = read.value.asterisk;
      outcome.overridden = hooks.saved(read.value.asterisk);
      for (const auto& key : outcome.overridden)
        services->ear.log(severity::info, "config", key + " of the file is not used: an administrator saved another");
      for (const auto& change : config::diff(self->state.running, read.value)) {
        (change.when == config::applies::live ? outcome.changed : outcome.needs_restart).push_back(change.path);
        services->ear.log(severity::info, "config",
                          change.path + (change.when == config::applies::live ? " changed" : " changed in the file: needs a restart"));
      }
      put_in_force(config::applied_live(self->state.running, std::move(read.value)));
      services->ear.count("config_reloads", "done");
      return reload_answer{std::move(outcome)};
    },
    [=](connect_asterisk&) {
      if (!self->state.connected)
        self->state.connected.emplace();
      auto next = self->state.running;
      next.asterisk = self->state.in_file;
      if (!hooks.saved(next.asterisk).empty())
        services->ear.log(severity::info, "config",
                          "Asterisk " + next.asterisk.front().name + " is reached as an administrator saved it: " + next.asterisk.front().host + ':' +
                            std::to_string(next.asterisk.front().port));
      put_in_force(std::move(next));
      return evs::outcome::success();
    },
  };
}

} // namespace evs
