#include "persistence/postgres/contacts/opened.hpp"

#include "persistence/secret.hpp"

namespace evs::persistence::postgres {

namespace {

constexpr statement lock_row{"contact_lock_row", "select from open_contact($1)"};

/// The person who holds it by name; an account that is gone by its id.
constexpr statement describe{
  "contact_describe", EVS_WITH_WHO
  "select c.campaign_id, c.status, c.phone_number, c.version, coalesce(l.owner_id, c.author_id), "
  "case when u.id is null then coalesce(l.owner_id, c.author_id) else trim(u.first_name || ' ' || u.last_name) || ' (' || u.login_id || ')' end, "
  "l.contact_id is not null, l.token, l.dialled_at is not null, l.call_id "
  "from contacts c join campaign_pools p on p.campaign_id = c.campaign_id left join contact_locks l on l.contact_id = c.id "
  "left join users u on u.id = coalesce(l.owner_id, c.author_id), who "
  "where c.id = $4 and (rank >= 1 or l.owner_id = who.id or exists (select from campaign_agents a where a.campaign_id = c.campaign_id and a.user_id = who.id))"};

constexpr statement agent_in_reach{"contact_agent_in_reach", EVS_WITH_WHO "select from users u, who where u.id = $4 and " EVS_IN_CHARGE_OF("u.id", "u.site_id")};

constexpr statement holder_reach{"contact_holder_reach", EVS_WITH_WHO
                                 "select rank >= 1 and not exists (select from users u where u.id = $4 and not " EVS_IN_CHARGE_OF("u.id", "u.site_id") ") from who"};

constexpr statement one{"contact_one", "select to_jsonb(v) || case when $2::text is null then '{}' else jsonb_build_object('lockToken', $2::text) end, "
                                       "c.version from api_contacts v join contacts c on c.id = v.id where v.id = $1"};

std::optional<failure> explained(const store_rejected& said) {
  const std::string what = said.what();
  if (what.find("contacts_pkey") != std::string::npos)
    return failure{errc::conflict, {}, {{"id", "Cet identifiant existe déjà."}}};
  if (what.find("personal_callbacks_of_contact") != std::string::npos)
    return failure{errc::conflict, "Un rappel vient d'être prévu pour cette fiche par quelqu'un d'autre.", {}};
  return value_refused(said);
}

} // namespace

opened_contact open_contact(transaction& t, const viewer& who, const contact_id& id) {
  t.run(lock_row, {id.value});
  auto values = asks(who);
  values.emplace_back(id.value);
  const auto found = t.run(describe, std::move(values));
  if (found.empty())
    throw refused{{errc::not_found, "Cette fiche n'existe pas, ou n'est pas d'une de vos campagnes.", {}}};
  const auto& row = found.front();
  return {id,          campaign_id{row.text(0)}, row.text(1), row.text(2),  row.text(3), user_id{row.text(4)},
          row.text(5), row.flag(6),              row.text(7), row.flag(8), call_id{row.text(9)}};
}

failure held_by_another(const opened_contact& what) {
  return {errc::conflict, "Cette fiche est actuellement en cours d'édition par l'agent " + what.holder_name, {}};
}

void must_be_free_or_his(const opened_contact& what, const user_id& agent, const std::string& token) {
  if (!what.holder.empty() && what.holder != agent)
    throw refused{held_by_another(what)};
  if (!token.empty() && token != what.token)
    throw refused{{errc::conflict, "Votre verrou sur cette fiche n'est plus valable : rouvrez-la.", {}}};
}

bool holder_in_charge(transaction& t, const viewer& who, const opened_contact& what) {
  if (what.holder == who.user)
    return true;
  auto values = asks(who);
  values.emplace_back(what.holder.value);
  return t.run(holder_reach, std::move(values)).at(0).flag(0);
}

agent_id acting_agent(transaction& t, const requester& who, const agent_id& asked) {
  if (asked.empty() || asked == who.who.user)
    return who.who.user;
  if (who.who.role < role::supervisor)
    throw refused{{errc::forbidden, "Un agent n'agit que pour lui-même.", {}}};
  auto values = asks(who.who);
  values.emplace_back(asked.value);
  if (t.run(agent_in_reach, std::move(values)).empty())
    throw refused{{errc::not_found, "Agent introuvable.", {}}};
  return asked;
}

data_answer shown_contact(transaction& t, const contact_id& id, unsigned status, const std::string& token) {
  const auto found = t.run(one, {id.value, text_or_null(token)});
  if (found.empty())
    throw refused{{errc::not_found, "Cette fiche n'existe pas.", {}}};
  data_answer out;
  out.status = status;
  out.json = found.front().text(0);
  out.etag = found.front().text(1);
  return out;
}

result<data_answer> in_contacts(workplace& at, const std::function<data_answer(transaction&)>& work, isolation level) {
  return in_transaction(at, work, explained, level);
}

std::string fresh_id(const char* prefix) { return prefix + random_secret(16); }

} // namespace evs::persistence::postgres
