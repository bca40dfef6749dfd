#include "domain/roles.hpp"

#include <algorithm>
#include <array>

namespace evs {

namespace {
constexpr std::array<std::string_view, 4> names{"Agent", "Superviseur", "Administrateur", "SuperAdmin"};

bool covers(const viewer& who, const site_id& site) noexcept { return who.site.empty() || site.empty() || who.site == site; }

bool has_in_charge(const viewer& who, const std::vector<user_id>& some) noexcept {
  return who.charges && std::any_of(some.begin(), some.end(), [&](const user_id& one) { return who.charges->count(one) != 0; });
}
}

std::string_view to_string(role r) noexcept { return names[static_cast<std::size_t>(r)]; }

std::optional<role> role_from_string(std::string_view text) noexcept {
  auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    return std::nullopt;
  return static_cast<role>(found - names.begin());
}

bool may_see(const viewer& who, const audience& whom) noexcept {
  // An empty id names nobody, whoever looks.
  if (!who.user.empty() && std::find(whom.also_to.begin(), whom.also_to.end(), who.user) != whom.also_to.end())
    return true;
  if (whom.min_role && who.role >= *whom.min_role && covers(who, whom.site))
    return true;
  return who.role >= role::supervisor && has_in_charge(who, whom.about) && !(whom.known_at && covers(who, *whom.known_at)) &&
         !has_in_charge(who, whom.known_with);
}

bool supervises(const viewer& who, const user_id& whom, const site_id& his_site) noexcept {
  return may_see({{}, who.role, who.site, who.charges}, {role::supervisor, his_site, {}, {whom}});
}

} // namespace evs
