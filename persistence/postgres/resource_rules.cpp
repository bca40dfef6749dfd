#include "persistence/postgres/resource_rules.hpp"

#include "calendar/zone.hpp"
#include "persistence/postgres/resource_statements.hpp"

#include <algorithm>
#include <array>

namespace evs::persistence::postgres {

namespace {

constexpr statement present_role{"present_role", "select role, is_active::text from users where id = $1"};
constexpr statement other_super_admins{"other_super_admins", "select count(*) from users where role = 'SuperAdmin' and is_active and id <> $1"};
constexpr statement is_standard{"is_standard_qualification", "select is_standard::text from qualifications where id = $1"};

struct constraint {
  const char* name;
  const char* field;
  const char* sentence;
};

constexpr std::array constraints{
  constraint{"users_login_id_key", "loginId", "Cet identifiant de connexion est déjà pris."},
  constraint{"users_extension_key", "extension", "Ce numéro de poste est déjà pris."},
  constraint{"dids_number_key", "number", "Ce numéro existe déjà."},
  constraint{"qualifications_code_key", "code", "Ce code existe déjà."},
  constraint{"_pkey", "id", "Cet identifiant existe déjà."},
};

} // namespace

void check_references(transaction& t, const resource& what, const value& body) {
  failure wrong{errc::invalid_input, {}, {}};
  auto check = [&](const field& f, const std::vector<std::pair<std::string, std::string>>& ids) { // path, id
    const auto* target = find_resource(f.target);
    if (!target || ids.empty())
      return;
    std::vector<parameter> wanted;
    wanted.reserve(ids.size());
    for (const auto& [path, id] : ids)
      wanted.emplace_back(id);
    std::vector<std::string> there;
    for (const auto& row : t.run(resource_statements::existing(*target), {array_literal(wanted)}))
      there.push_back(row.text(0));
    for (const auto& [path, id] : ids)
      if (std::find(there.begin(), there.end(), id) == there.end())
        wrong.fields.emplace(path, "« " + id + " » n'existe pas.");
  };
  for (const auto& f : what.fields) {
    const auto* given = body.find(f.name);
    if (!given || f.target.empty())
      continue;
    std::vector<std::pair<std::string, std::string>> ids;
    const auto path = std::string{f.name};
    if (f.kind == field_kind::reference && given->text())
      ids.emplace_back(path, *given->text());
    if (const auto* all = given->list())
      for (std::size_t i = 0; i < all->size(); ++i) {
        const auto& each = (*all)[i];
        const auto* inside = each.members() ? each.find(std::string{f.target} + "Id") : &each;
        if (inside && inside->text())
          ids.emplace_back(path + "[" + std::to_string(i) + "]", *inside->text());
      }
    check(f, ids);
  }
  if (!wrong.fields.empty())
    throw refused{wrong};
}

void check_zone(const value& body) {
  const auto* zone = body.find("timezone");
  const auto* name = zone ? zone->text() : nullptr;
  if (name && !name->empty() && !calendar::zone::find(*name))
    throw refused{{errc::invalid_input, {}, {{"timezone", "Ce fuseau horaire n'existe pas."}}}};
}

void check_user(transaction& t, const requester& who, const std::string& id, const value& body, bool removed) {
  std::optional<role> present;
  bool active = false;
  if (const auto found = t.run(present_role, {id}); !found.empty()) {
    present = role_from_string(found.front().text(0));
    active = found.front().text(1) == "true";
  }
  if (auto allowed = may_write_user(who.who, body, present); !allowed)
    throw refused{allowed.error()};
  const auto *on = body.find("isActive"), *as = body.find("role");
  const bool off = removed || (on && on->flag() && !*on->flag());
  const bool lowered = as && as->text() && *as->text() != "SuperAdmin";
  if (id == who.who.user.value && (off || (as && as->text() && role_from_string(*as->text()) != present)))
    throw refused{{errc::conflict, "Vous ne pouvez ni désactiver votre propre compte ni changer son rôle.", {}}};
  if (present == role::super_admin && active && (off || lowered) && t.run(other_super_admins, {id}).at(0).number(0) == 0)
    throw refused{{errc::conflict, "C'est le dernier SuperAdmin actif.", {}}};
}

bool is_standard_qualification(transaction& t, const resource& what, const std::string& id) {
  return what.name == "qualification" && t.run(is_standard, {id}).at(0).text(0) == "true";
}

std::optional<failure> resource_refused(const store_rejected& said) {
  const std::string what = said.what();
  if (what.find("(23505)") != std::string::npos)
    for (const auto& c : constraints)
      if (what.find(c.name) != std::string::npos)
        return failure{errc::conflict, c.sentence, {{c.field, c.sentence}}};
  if (what.find("(23503)") != std::string::npos)
    return failure{errc::conflict, "Quelque chose à quoi ceci renvoie vient d'être supprimé.", {}};
  if (what.find("failover_trunk_id") != std::string::npos)
    return failure{errc::invalid_input, {}, {{"failoverTrunkId", "Un trunk ne se secourt pas lui-même."}}};
  if (what.find("(23514)") != std::string::npos || what.find("(22") != std::string::npos)
    return failure{errc::invalid_input, "Une valeur n'est pas permise.", {}};
  return value_refused(said);
}

} // namespace evs::persistence::postgres
