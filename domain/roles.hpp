#pragma once
// Roles, in rising order, and who may see what.

#include "domain/id.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace evs {

enum class role : std::uint8_t { agent, supervisor, administrator, super_admin };

/// The exact strings of the contract: Agent, Superviseur, Administrateur, SuperAdmin.
std::string_view to_string(role r) noexcept;
std::optional<role> role_from_string(std::string_view text) noexcept;

/// Who an event is for. A session receives it when it is one of `also_to`, when its role is at least `min_role` and its site
/// scope covers `site`, or when it supervises one of `about` through a group and was not told before. Deny by default: an audience
/// without any reaches nobody.
struct audience {
  std::optional<role> min_role;
  /// Empty: concerns every site.
  site_id site;
  std::vector<user_id> also_to;
  /// The people that it is about, for supervisors who have them in a group.
  std::vector<user_id> about{};
  /// Which supervisors were told before, so that `about` does not reach them: those whose scope covers this site (empty: all of them) ...
  std::optional<site_id> known_at{};
  /// ... and those who have one of these in a group.
  std::vector<user_id> known_with{};
  friend bool operator==(const audience&, const audience&) = default;
};

using people = std::set<user_id>;

/// Who looks: an account, its role and the site it is limited to (empty: all sites).
struct viewer {
  user_id user;
  evs::role role = evs::role::agent;
  site_id site;
  /// The members of his groups, wherever they sit: whom a supervisor has in his charge beyond his site. Null: nobody. Filled by
  /// whoever knows the groups as they are now; tokens don't carry it.
  std::shared_ptr<const people> charges{};
  friend bool operator==(const viewer&, const viewer&) = default;
};

/// Whether `who` may see something meant for `whom`.
bool may_see(const viewer& who, const audience& whom) noexcept;

/// Whether `who` is in charge of this person: of every site, of his, or through a group. A person of no site is everybody's.
bool supervises(const viewer& who, const user_id& whom, const site_id& his_site) noexcept;

} // namespace evs
