#include "persistence/postgres/directory_rows.hpp"

#include "domain/labels.hpp"

#include <map>

namespace evs::persistence::postgres {

namespace {

constexpr statement sites{"directory_sites", "select id, name, timezone, ip_address, direct_media_enabled from sites order by id"};
constexpr statement trunks{"directory_trunks",
                           "select id, name, domain, login, auth_type, register_string, dial_pattern, inbound_context, "
                           "force_caller_id, site_id, channel_limit, calls_per_second, failover_trunk_id from trunks order by id"};
constexpr statement dids{"directory_dids", "select id, number, description, trunk_id, ivr_flow_id, queue_id from dids order by id"};
constexpr statement queues{"directory_queues",
                           "select id, name, strategy, priority, max_wait_s, ring_timeout_s, wrap_up_s, service_level_percent, "
                           "service_level_within_s, music_id, recording_enabled from queues order by id"};
constexpr statement queue_members{"directory_queue_members",
                                  "select queue_id, user_id from queue_members order by queue_id, position, user_id"};
constexpr statement users{"directory_users",
                          "select id, login_id, first_name, last_name, role, is_active, site_id, extension, mobile_number, "
                          "use_mobile_as_station from users order by id"};
constexpr statement campaigns{"directory_campaigns",
                              "select id, name, caller_id, is_active, dialing_mode, wrap_up_s, max_ring_s from campaigns order by id"};
constexpr statement campaign_agents{"directory_campaign_agents",
                                    "select campaign_id, user_id from campaign_agents order by campaign_id, user_id"};

constexpr statement group_members{"directory_group_members",
                                  "select group_id, user_id from user_group_members order by group_id, user_id"};

template <class Value>
Value known(std::optional<Value> value, const char* what, const std::string& token) {
  if (!value)
    throw store_rejected{std::string{"unknown "} + what + " in the database: " + token};
  return *value;
}

} // namespace

directory_data read_directory(transaction& t) {
  directory_data all;
  for (const auto& r : t.run(sites))
    all.sites.push_back({site_id{r.text(0)}, r.text(1), r.text(2), r.text(3), r.flag(4)});

  for (const auto& r : t.run(trunks))
    all.trunks.push_back({trunk_id{r.text(0)}, r.text(1), r.text(2), r.text(3), r.text(4), r.text(5), r.text(6), r.text(7), r.text(8),
                          site_id{r.text(9)}, static_cast<std::uint32_t>(r.number(10)), r.real(11), trunk_id{r.text(12)}});

  for (const auto& r : t.run(dids))
    all.dids.push_back({did_id{r.text(0)}, r.text(1), r.text(2), trunk_id{r.text(3)}, r.text(4), queue_id{r.text(5)}});

  std::map<std::string, std::vector<agent_id>> members;
  for (const auto& r : t.run(queue_members))
    members[r.text(0)].emplace_back(r.text(1));
  for (const auto& r : t.run(queues)) {
    queue_settings q;
    q.id = queue_id{r.text(0)};
    q.name = r.text(1);
    q.strategy = known(from_token<queue_strategy>(r.text(2)), "queue strategy", r.text(2));
    q.priority = static_cast<std::int32_t>(r.number(3));
    q.max_wait = seconds{r.number(4)};
    q.ring_timeout = seconds{r.number(5)};
    q.wrap_up = seconds{r.number(6)};
    q.service_level_percent = static_cast<std::int32_t>(r.number(7));
    q.service_level_within = seconds{r.number(8)};
    q.music = r.text(9);
    q.recording = r.flag(10);
    q.members = std::move(members[q.id.value]);
    all.queues.push_back(std::move(q));
  }

  std::map<std::string, std::vector<agent_id>> assigned;
  std::map<std::string, std::vector<campaign_id>> campaigns_of;
  for (const auto& r : t.run(campaign_agents)) {
    assigned[r.text(0)].emplace_back(r.text(1));
    campaigns_of[r.text(1)].emplace_back(r.text(0));
  }
  for (const auto& r : t.run(users))
    all.users.push_back({agent_id{r.text(0)}, r.text(1), r.text(2), r.text(3), known(role_from_string(r.text(4)), "role", r.text(4)),
                         r.flag(5), site_id{r.text(6)}, r.text(7), r.text(8), r.flag(9), std::move(campaigns_of[r.text(0)])});

  for (const auto& r : t.run(campaigns))
    all.campaigns.push_back({campaign_id{r.text(0)}, r.text(1), r.text(2), r.flag(3),
                             known(from_token<dialing_mode>(r.text(4)), "dialing mode", r.text(4)), seconds{r.number(5)},
                             seconds{r.number(6)}, std::move(assigned[r.text(0)])});
  for (const auto& r : t.run(group_members)) {
    if (all.groups.empty() || all.groups.back().id != r.text(0))
      all.groups.push_back({r.text(0), {}});
    all.groups.back().members.emplace_back(r.text(1));
  }
  return all;
}

} // namespace evs::persistence::postgres
