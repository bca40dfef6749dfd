#pragma once
// Roles, in rising order, and who may see what.

#include "domain/id.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace evs {

enum class role : std::uint8_t { agent, supervisor, administrator, super_admin };

/// The exact strings of the contract: Agent, Superviseur, Administrateur, SuperAdmin.
std::string_view to_string(role r) noexcept;
std::optional<role> role_from_string(std::string_view text) noexcept;

/// Who an event is for. A session receives it when it is one of `also_to`, or when its role is at least `min_role` and
/// its site scope covers `site`. Deny by default: an audience without min_role reaches `also_to` only.
struct audience {
  std::optional<role> min_role;
  /// Empty: concerns every site.
  site_id site;
  std::vector<user_id> also_to;
  friend bool operator==(const audience&, const audience&) = default;
};

/// Who looks: an account, its role and the site it is limited to (empty: all sites).
struct viewer {
  user_id user;
  evs::role role = evs::role::agent;
  site_id site;
  friend bool operator==(const viewer&, const viewer&) = default;
};

/// Whether `who` may see something meant for `whom`.
bool may_see(const viewer& who, const audience& whom) noexcept;

} // namespace evs
