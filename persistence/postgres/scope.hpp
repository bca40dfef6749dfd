#pragma once
// Who may see which rows: the one place that says it, for single things, lists and the data at sign-in. The events' side of the
// same rules is announce_facts() of migration 0014 with the readers of the catalogue.

#include "domain/catalogue.hpp"
#include "persistence/postgres/encode.hpp"

#include <string_view>

namespace evs::persistence::postgres {

/// Begins a statement: `who` is who asks: his id, his role's rank (0 Agent ... 3 SuperAdmin) and the site that he is limited to
/// (null: all). Parameters $1 to $3.
#define EVS_WITH_WHO "with who (id, rank, site) as (select $1::text, $2::integer, $3::text) "
/// Supervisors and above, of all sites or of the thing's; a thing of no site concerns everybody.
#define EVS_SUPERVISES(site_column) "(rank >= 1 and (site is null or " site_column " is null or " site_column " = site))"
/// One of the members of his groups, wherever they sit.
#define EVS_IN_HIS_GROUPS(user_column)                                                                                       \
  "(" user_column " in (select theirs.user_id from user_group_members his join user_group_members theirs using (group_id) " \
  "where his.user_id = $1::text))"
/// In charge of a person, or of what is a person's: by site, or through a group.
#define EVS_IN_CHARGE_OF(user_column, site_column) \
  "(rank >= 1 and (site is null or " site_column " is null or " site_column " = site or " EVS_IN_HIS_GROUPS(user_column) "))"

inline constexpr std::string_view with_who = EVS_WITH_WHO;

/// $1 to $3.
inline parameters asks(const viewer& who) {
  return {who.user.value, std::to_string(static_cast<int>(who.role)), id_or_null(who.site)};
}

struct resource_scope {
  std::string_view resource;
  /// Condition on a row `v` of the resource's view and on `who`.
  const char* rows;
};

inline constexpr resource_scope scopes[] = {
  {"site", EVS_SUPERVISES("v.id")},
  {"agentProfile", "(rank >= 1 or v.id = (select u.agent_profile_id from users u where u.id = who.id))"},
  {"activityType", "true"},
  {"skill", "rank >= 1"},
  {"qualificationGroup", "true"},
  {"trunk", EVS_SUPERVISES("v.\"siteId\"")},
  {"user", "(v.id = who.id or " EVS_IN_CHARGE_OF("v.id", "v.\"siteId\"") ")"},
  {"userGroup", "rank >= 1"},
  {"script", "true"},
  {"ivrFlow", "true"},
  {"audioFile", "rank >= 1"},
  {"queue", "(rank >= 1 or exists (select from queue_members m where m.queue_id = v.id and m.user_id = who.id))"},
  {"did", EVS_SUPERVISES("(select t.site_id from trunks t where t.id = v.\"trunkId\")")},
  {"qualification", "true"},
  {"campaign", "(rank >= 1 or exists (select from campaign_agents a where a.campaign_id = v.id and a.user_id = who.id))"},
};

/// Nothing that isn't listed is seen.
constexpr const char* scope_of(std::string_view resource) {
  for (const auto& s : scopes)
    if (s.resource == resource)
      return s.rows;
  return "false";
}

} // namespace evs::persistence::postgres
