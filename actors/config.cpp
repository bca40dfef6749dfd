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
      auto& now = self->state.running;
      const auto next = config::applied_live(now, read.value);
      for (const auto& change : config::diff(now, read.value)) {
        (change.when == config::applies::live ? outcome.changed : outcome.needs_restart).push_back(change.path);
        services->ear.log(severity::info, "config",
                          change.path + (change.when == config::applies::live ? " changed" : " changed in the file: needs a restart"));
      }
      if (!(next.log == now.log))
        hooks.log(next.log);
      services->set_rules(policies_of(next));
      for (const auto& was : now.asterisk)
        if (std::find(next.asterisk.begin(), next.asterisk.end(), was) == next.asterisk.end()) {
          const server_id server{was.name};
          if (std::none_of(next.asterisk.begin(), next.asterisk.end(), [&](auto& is) { return is.name == was.name; }))
            if (auto handle = services->ami(server)) {
              self->state.leaving[handle.address()] = server;
              self->monitor(handle);
            }
          self->send(supervisor, dismiss{ami_service(was.name)});
          services->set_ami(server, ami_actor{});
        }
      for (const auto& is : next.asterisk)
        if (std::find(now.asterisk.begin(), now.asterisk.end(), is) == now.asterisk.end())
          self->request(supervisor, seconds{5}, supervise{ami_service(is.name), hooks.ami(is)})
            .then([=](evs::outcome& said) {
              if (!said.ok)
                services->ear.log(severity::error, "config", said.detail);
            });
      hooks.web(next);
      now = next;
      services->ear.count("config_reloads", "done");
      return reload_answer{std::move(outcome)};
    },
  };
}

} // namespace evs
