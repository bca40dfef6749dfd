#pragma once
// The config actor: validate, then swap. It tells only those whose part of the configuration changed.

#include "actors/node_services.hpp"

#include "config/config.hpp"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace evs {

/// The rules of the actors as the configuration says them.
policies policies_of(const config::settings& s);

/// What a changed configuration needs from the rest of the node.
struct config_hooks {
  std::function<void(const config::log_settings&)> log;
  /// The web door's share; returns the names of what waits for a restart.
  std::function<std::vector<std::string>(const config::settings&)> web;
  /// Puts the connection that an administrator saved over the file's servers; the keys of the file that count for nothing.
  std::function<std::vector<std::string>(std::vector<config::asterisk_settings>&)> saved;
  /// How the supervisor starts the actor of this server.
  std::function<std::function<caf::strong_actor_ptr()>(const config::asterisk_settings&)> ami;
};

struct config_actor_state {
  static inline const char* name = "config";
  /// What is in force: the file's servers with the saved connection.
  config::settings running;
  /// The servers as the file has them.
  std::vector<config::asterisk_settings> in_file;
  /// Those that have an actor; none before connect_asterisk.
  std::optional<std::vector<config::asterisk_settings>> connected;
  /// Actors of servers that the file no longer names, until they have ended.
  std::unordered_map<caf::actor_addr, server_id> leaving;
};

/// Name of a server's service at the supervisor.
std::string ami_service(const std::string& server);

config_actor::behavior_type make_config(config_actor::stateful_pointer<config_actor_state> self, services_ptr services, std::string file,
                                        config::settings running, supervisor_actor supervisor, config_hooks hooks);

} // namespace evs
