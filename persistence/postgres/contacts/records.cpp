// Contacts by hand: made, saved, deleted.

#include "persistence/postgres/contacts/opened.hpp"

#include <algorithm>

namespace evs::persistence::postgres {

namespace {

constexpr statement campaign_in_reach{
  "contact_campaign_in_reach", EVS_WITH_WHO
  "select from campaigns c, who where c.id = $4 and (rank >= 1 or exists (select from campaign_agents a where a.campaign_id = c.id and a.user_id = who.id))"};
constexpr statement time_zone{"contact_time_zone", "select timezone from campaigns where id = $1"};
constexpr statement add{"contact_add",
                        "insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164, postal_code, custom_fields, author_id) "
                        "values ($1, $2, coalesce($3, ''), coalesce($4, ''), coalesce($5, ''), $6, coalesce($7, ''), coalesce($8::jsonb, '{}'), $9)"};
constexpr statement note_creation{"contact_note_creation",
                                  "insert into contact_history (contact_id, campaign_id, agent_id, kind) values ($1, $2, $3, 'created')"};
constexpr statement lock_new{"contact_lock_new",
                             "insert into contact_locks (contact_id, campaign_id, owner_id, announced) values ($1, $2, $3, true) returning token"};
constexpr statement tell_new{
  "contact_tell_new",
  "select announce('contactUpdate', 'contact:' || v.id, to_jsonb(v), jsonb_build_object('role', 'Superviseur', 'to', jsonb_build_array($2::text))) "
  "from api_contacts v where v.id = $1"};
/// A number that was changed and can't be read loses its E.164 form.
constexpr statement save{"contact_save",
                         "update contacts set first_name = coalesce($2, first_name), last_name = coalesce($3, last_name), "
                         "phone_number = coalesce($4, phone_number), phone_e164 = case when $4::text is null then phone_e164 else $5 end, "
                         "postal_code = coalesce($6, postal_code), custom_fields = coalesce($7::jsonb, custom_fields), author_id = null, "
                         "version = version + 1, updated_at = now() where id = $1"};
constexpr statement stay_alive{"contact_stay_alive", "update contact_locks set seen_at = now() where contact_id = $1 and owner_id = $2"};

constexpr statement held_ones{"contact_held_ones", "select contact_id from contact_locks where contact_id = any($1::text[])"};
constexpr statement guard_rules{"contact_guard_rules",
                                "select pg_advisory_xact_lock_shared(rules_key(c)) from (select distinct campaign_id c from contacts where id = any($1::text[]) order by 1) k"};
constexpr statement delete_some{
  "contact_delete_some",
  "with chosen as (select id from contacts c where id = any($1::text[]) and not exists (select from contact_locks l where l.contact_id = c.id) "
  "order by id for update), gone as (delete from contacts c using chosen where c.id = chosen.id returning c.id, c.campaign_id), "
  "told as (select announce('contactUpdate', 'contact:' || id, jsonb_build_object('id', id, 'campaignId', campaign_id, 'deleted', true), '{\"role\": \"Superviseur\"}') "
  "from gone where $2::boolean) select (select count(*) from gone), (select count(*) from told)"};

constexpr std::size_t deleted_at_once = 1000;
/// Of more, only the campaign's figures are told.
constexpr std::size_t told_one_by_one = 20;

parameter optional_text(const std::optional<std::string>& text) { return text ? parameter{*text} : parameter{}; }
parameter optional_json(const std::optional<value>& what) { return what ? parameter{to_json(*what)} : parameter{}; }

/// Nothing that anybody could call or find.
bool blank(const contact_fields& f) {
  auto none = [](const std::optional<std::string>& text) { return !text || text->empty(); };
  return none(f.phone_number) && none(f.first_name) && none(f.last_name);
}

/// As the campaign's country reads it; a number that can't be read is kept as given only.
parameter e164(const workplace& at, transaction& t, const campaign_id& campaign, const std::optional<std::string>& number) {
  if (!number || number->empty() || !at.settings.read_number)
    return {};
  const auto zone = t.run(time_zone, {campaign.value});
  const auto read = at.settings.read_number(*number, {}, zone.empty() ? std::string{} : zone.front().text(0));
  return read ? parameter{*read} : parameter{};
}

} // namespace

result<data_answer> perform(workplace& at, const requester& who, const create_contact& what) {
  return in_contacts(at, [&](transaction& t) {
    auto values = asks(who.who);
    values.emplace_back(what.campaign.value);
    if (t.run(campaign_in_reach, std::move(values)).empty())
      throw refused{{errc::invalid_input, {}, {{"campaignId", "Cette campagne n'existe pas, ou vous n'y êtes pas affecté."}}}};
    const contact_id id{what.id.empty() ? fresh_id("contact-") : what.id};
    const auto& f = what.fields;
    const auto& me = who.who.user.value;
    t.run(add, {id.value, what.campaign.value, optional_text(f.first_name), optional_text(f.last_name), optional_text(f.phone_number),
                e164(at, t, what.campaign, f.phone_number), optional_text(f.postal_code), optional_json(f.custom_fields), blank(f) ? parameter{me} : parameter{}});
    t.run(note_creation, {id.value, what.campaign.value, me});
    // An agent works on what he makes; nobody else is handed it meanwhile.
    const auto token = who.who.role == role::agent ? t.run(lock_new, {id.value, what.campaign.value, me}).at(0).text(0) : std::string{};
    t.run(tell_new, {id.value, me});
    return shown_contact(t, id, 201, token);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const update_contact& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto opened = open_contact(t, who.who, what.contact);
    must_be_free_or_his(opened, who.who.user, what.token);
    if (!what.seen.empty() && what.seen != opened.version)
      throw refused{{errc::stale, {}, {}}};
    const auto& f = what.fields;
    t.run(save, {what.contact.value, optional_text(f.first_name), optional_text(f.last_name), optional_text(f.phone_number),
                 e164(at, t, opened.campaign, f.phone_number),
                 optional_text(f.postal_code), optional_json(f.custom_fields)});
    t.run(stay_alive, {what.contact.value, who.who.user.value});
    return shown_contact(t, what.contact, 200);
  });
}

result<data_answer> perform(workplace& at, const requester&, const delete_contacts& what) {
  std::int64_t deleted = 0;
  std::vector<parameter> all;
  for (const auto& c : what.contacts)
    all.emplace_back(c.value);
  for (std::size_t from = 0; from < all.size(); from += deleted_at_once) {
    const auto end = std::min(all.size(), from + deleted_at_once);
    const auto ids = array_literal({all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(end)});
    std::int64_t gone = 0;
    const auto done = in_transaction(at, [&](transaction& t) {
      t.run(guard_rules, {ids});
      gone = t.run(delete_some, {ids, flag(all.size() <= told_one_by_one)}).at(0).number(0);
      return data_answer{};
    });
    if (!done)
      return done;
    deleted += gone;
  }
  value held{value::array{}};
  for (const auto& row : at.db.run(held_ones, {array_literal(all)}))
    held.list()->push_back(row.text(0));
  data_answer out;
  const auto locked = held.list()->size();
  out.json = "{\"message\":\"" + std::to_string(deleted) + " fiches supprimées" +
             (locked ? ", " + std::to_string(locked) + " gardées parce que quelqu'un y travaille" : std::string{}) + ".\",\"deleted\":" +
             std::to_string(deleted) + ",\"locked\":" + to_json(held) + '}';
  return out;
}

} // namespace evs::persistence::postgres
