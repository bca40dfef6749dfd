#pragma once
// What people configure and PostgreSQL keeps: the part of each resource that calls need. Field lists: the data contract.

#include "domain/id.hpp"
#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace evs {

struct site_settings {
  site_id id;
  std::string name;
  std::string timezone;
  std::string ip_address;
  bool direct_media = false;
  friend bool operator==(const site_settings&, const site_settings&) = default;
};

struct trunk_settings {
  trunk_id id;
  std::string name;
  /// host or host:port of the site's gateway.
  std::string domain;
  std::string login;
  std::string auth_type = "ip";
  std::string register_string;
  std::string dial_pattern;
  std::string inbound_context;
  /// Caller id that replaces any other, empty: none.
  std::string force_caller_id;
  site_id site;
  /// Channels at once, inbound and outbound together; 0: no limit.
  std::uint32_t channel_limit = 0;
  /// New outbound calls a second; 0: no limit.
  double calls_per_second = 0;
  trunk_id failover;
  friend bool operator==(const trunk_settings&, const trunk_settings&) = default;
};

struct did_settings {
  did_id id;
  std::string number;
  std::string description;
  trunk_id trunk;
  /// Id of the IVR flow that answers (interpreted later), empty: none.
  std::string ivr_flow;
  queue_id queue;
  friend bool operator==(const did_settings&, const did_settings&) = default;
};

enum class queue_strategy : std::uint8_t { longest_idle, least_talk, fewest_calls, round_robin, top_down };

struct queue_settings {
  queue_id id;
  std::string name;
  queue_strategy strategy = queue_strategy::longest_idle;
  /// Higher is served first when one agent serves several queues.
  std::int32_t priority = 0;
  /// 0: no limit.
  seconds max_wait{0};
  seconds ring_timeout{20};
  seconds wrap_up{10};
  std::int32_t service_level_percent = 80;
  seconds service_level_within{20};
  std::string music;
  bool recording = false;
  /// In the order of the list (top_down).
  std::vector<agent_id> members;
  friend bool operator==(const queue_settings&, const queue_settings&) = default;
};

struct agent_settings {
  agent_id id;
  std::string login_id;
  std::string first_name;
  std::string last_name;
  evs::role role = evs::role::agent;
  bool is_active = true;
  site_id site;
  /// Number of his phone on the central Asterisk; the endpoint is PJSIP/<extension>.
  std::string extension;
  std::string mobile_number;
  bool use_mobile_as_station = false;
  std::vector<campaign_id> campaigns;
  friend bool operator==(const agent_settings&, const agent_settings&) = default;
};

enum class dialing_mode : std::uint8_t { manual, progressive, predictive };

struct campaign_settings {
  campaign_id id;
  std::string name;
  std::string caller_id;
  bool is_active = false;
  dialing_mode mode = dialing_mode::manual;
  seconds wrap_up{10};
  seconds max_ring{25};
  std::vector<agent_id> agents;
  friend bool operator==(const campaign_settings&, const campaign_settings&) = default;
};

/// People who are supervised together: whoever of them is a supervisor has the others in his charge.
struct group_settings {
  std::string id;
  std::vector<user_id> members;
  friend bool operator==(const group_settings&, const group_settings&) = default;
};

/// Everything that the actors need to know at start and after a change.
struct directory_data {
  std::vector<site_settings> sites;
  std::vector<trunk_settings> trunks;
  std::vector<did_settings> dids;
  std::vector<queue_settings> queues;
  std::vector<agent_settings> users;
  std::vector<campaign_settings> campaigns;
  std::vector<group_settings> groups{};
  friend bool operator==(const directory_data&, const directory_data&) = default;

  /// By whose clocks the totals of what belongs to no site are those of a day: the first site's (by id). Empty: nobody said.
  std::string house_zone() const {
    const site_settings* first = nullptr;
    for (const auto& s : sites)
      if (!s.timezone.empty() && (!first || s.id < first->id))
        first = &s;
    return first ? first->timezone : std::string{};
  }
};

} // namespace evs
