// What becomes of a contact: qualification, personal callback, note, recycling.

#include "persistence/postgres/contacts/opened.hpp"

#include "domain/contact_rules.hpp"

#include <charconv>
#include <chrono>

namespace evs::persistence::postgres {

namespace {

// ---------------------------------------------------------------- qualification

constexpr statement qualification{"contact_qualification", "select code, type, is_recyclable from qualifications where id = $1"};
constexpr statement retries{"contact_retries",
                            "select k.retry_attempts, array_to_string(k.retry_intervals_min, ','), c.attempts, "
                            "(select coalesce(bool_or(s = any($2::text[])), false) from unnest(k.retry_on_status) s) "
                            "from contacts c join campaigns k on k.id = c.campaign_id where c.id = $1"};
constexpr statement qualify{"contact_qualify", "select qualify_contact($1, $2, $3, $4::boolean, $5, $6::timestamptz), "
                            EVS_AUDIT("$7", "$8", "$9", "$10", "$11", "$12")};
constexpr statement callbacks_done{"contact_callbacks_done",
                                   "update personal_callbacks set status = 'completed', updated_at = now() where contact_id = $1 and agent_id = $2 "
                                   "and status = 'pending' and scheduled_at <= now()"};

std::vector<int> numbers(const std::string& list) {
  std::vector<int> out;
  for (std::size_t at = 0; at < list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    int number = 0;
    std::from_chars(list.data() + at, list.data() + end, number);
    out.push_back(number);
    at = end + 1;
  }
  return out;
}

/// The campaign's own wish to try such a contact again.
std::optional<timestamp> tried_again(workplace& at, transaction& t, const contact_id& contact, const std::string& id, const std::string& code) {
  std::vector<parameter> names{parameter{id}, parameter{code}};
  for (const auto older : contact_rules::names_in_older_clients(code))
    names.emplace_back(std::string{older});
  const auto found = t.run(retries, {contact.value, array_literal(names)});
  if (found.empty() || !found.front().flag(3))
    return std::nullopt;
  const auto& row = found.front();
  contact_rules::retry_rules rules{static_cast<int>(row.number(0)), numbers(row.text(1)), {id}};
  return contact_rules::relaunch_time(rules, static_cast<int>(row.number(2)), code, id, at.settings.now());
}

// ---------------------------------------------------------------- callbacks

constexpr statement replace_callback{"callback_replace",
                                     "update personal_callbacks set status = 'cancelled', updated_at = now() where contact_id = $1 and status = 'pending'"};
/// One that is neither the agent's ($5) nor that of somebody in the caller's charge.
constexpr statement callback_of_another{"callback_of_another", EVS_WITH_WHO
                                        "select trim(u.first_name || ' ' || u.last_name) || ' (' || u.login_id || ')' from personal_callbacks b "
                                        "join users u on u.id = b.agent_id, who where b.contact_id = $4 and b.agent_id <> $5 and b.status = 'pending' "
                                        "and not " EVS_IN_CHARGE_OF("u.id", "u.site_id")};
constexpr statement add_callback{
  "callback_add",
  "insert into personal_callbacks (id, agent_id, contact_id, campaign_id, contact_name, contact_number, scheduled_at, notes) "
  "select $1, $2, c.id, c.campaign_id, coalesce($4::text, trim(c.first_name || ' ' || c.last_name)), coalesce($5::text, c.phone_number), $6::timestamptz, $7 "
  "from contacts c where c.id = $3"};
constexpr statement note_callback{"callback_note",
                                  "insert into contact_history (contact_id, campaign_id, agent_id, kind, relaunch_at) values ($1, $2, $3, 'callback', $4::timestamptz)"};
constexpr statement one_callback{"callback_one", "select row_to_json(v) from api_personal_callbacks v where v.id = $1"};
constexpr statement seen_callback{"callback_seen", EVS_WITH_WHO
                                  "select b.contact_id from personal_callbacks b left join users u on u.id = b.agent_id, who where b.id = $4 and "
                                  "(b.agent_id = who.id or " EVS_IN_CHARGE_OF("b.agent_id", "u.site_id") ")"};
constexpr statement lock_contact_row{"callback_lock_contact", "select from open_contact($1)"};
constexpr statement change_one_callback{
  "callback_change",
  "update personal_callbacks set status = coalesce($2::text, status), scheduled_at = coalesce($3::timestamptz, scheduled_at), notes = coalesce($4::text, notes), "
  "reminded_at = case when $3::timestamptz is null then reminded_at end, updated_at = now() where id = $1"};
/// What was qualified as "personal callback" would otherwise wait for a call that nobody makes.
constexpr statement back_to_pool{"callback_back_to_pool",
                                 "update contacts c set status = 'pending', qualification_id = null, relaunch_at = null, version = version + 1, updated_at = now() "
                                 "from qualifications q where c.id = $1 and q.id = c.qualification_id and q.code = '94' and c.status <> 'pending'"};

data_answer shown_callback(transaction& t, const std::string& id, unsigned status) {
  data_answer out;
  out.status = status;
  out.json = t.run(one_callback, {id}).at(0).text(0);
  return out;
}

// ---------------------------------------------------------------- notes, recycling

constexpr statement add_note{"contact_add_note", "insert into contact_notes (id, contact_id, campaign_id, agent_id, note) values ($1, $2, $3, $4, $5)"};
constexpr statement tell_note{
  "contact_tell_note",
  "select announce('contactUpdate', 'contact:' || v.\"contactId\", jsonb_build_object('id', v.\"contactId\", 'campaignId', v.\"campaignId\", 'note', to_jsonb(v)), "
  "jsonb_build_object('role', 'Superviseur', 'to', jsonb_build_array(v.\"agentId\"))), row_to_json(v) from api_contact_notes v where v.id = $1"};

constexpr statement campaign_there{"contact_campaign_there", "select from campaigns where id = $1"};
constexpr statement recyclable{"contact_recyclable",
                               "select count(*) from contacts c where c.campaign_id = $1 and c.qualification_id = $2 "
                               "and not exists (select from contact_locks l where l.contact_id = c.id)"};
constexpr statement recycle_some{"contact_recycle_some", "select recycle_contacts($1, $2, $3, 2000)"};
constexpr statement note_recycling{"contact_note_recycling",
                                   "insert into contact_recycles (campaign_id, qualification_id, asked_by) values ($1, $2, $3) on conflict do nothing"};

constexpr std::chrono::seconds recycle_at_once{2};

} // namespace

result<data_answer> perform(workplace& at, const requester& who, const qualify_contact& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto agent = acting_agent(t, who, what.agent);
    const auto opened = open_contact(t, who.who, what.contact);
    must_be_free_or_his(opened, agent, what.token);
    if (!what.campaign.empty() && what.campaign != opened.campaign)
      throw refused{{errc::invalid_input, {}, {{"campaignId", "Cette fiche n'est pas de cette campagne."}}}};
    const auto known = t.run(qualification, {what.qualification});
    if (known.empty())
      throw refused{{errc::invalid_input, {}, {{"qualificationId", "Cette qualification n'existe pas."}}}};
    const auto code = known.front().text(0);
    const auto again = what.relaunch ? what.relaunch : tried_again(at, t, what.contact, what.qualification, code);
    const bool positive = known.front().text(1) == "positive" && !again;
    if (code != "94")
      t.run(callbacks_done, {what.contact.value, agent.value});
    parameters values{what.contact.value, agent.value, what.qualification, flag(positive), again ? "pending" : "qualified", moment(again)};
    for (auto& part : line_values(at))
      values.push_back(std::move(part));
    const auto done = t.run(qualify, std::move(values));
    if (done.at(0).number(0) < 0)
      throw busy{};
    if (done.at(0).number(0) == 0)
      throw refused{{errc::conflict, "Un quota de la campagne est atteint : cette fiche ne peut plus recevoir de qualification positive.", {}}};
    auto out = shown_contact(t, what.contact, 200);
    out.json = R"({"message":"Fiche qualifiée.","contact":)" + out.json + '}';
    return out;
  });
}

result<data_answer> perform(workplace& at, const requester& who, const schedule_callback& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto agent = acting_agent(t, who, what.agent);
    const auto opened = open_contact(t, who.who, what.contact);
    must_be_free_or_his(opened, agent, {});
    if (!what.campaign.empty() && what.campaign != opened.campaign)
      throw refused{{errc::invalid_input, {}, {{"campaignId", "Cette fiche n'est pas de cette campagne."}}}};
    // A supervisor may take it from those in his charge.
    auto others = asks(who.who);
    others.emplace_back(what.contact.value);
    others.emplace_back(agent.value);
    if (const auto other = t.run(callback_of_another, std::move(others)); !other.empty())
      throw refused{{errc::conflict, "Un rappel est déjà prévu pour cette fiche par " + other.front().text(0) + ".", {}}};
    t.run(replace_callback, {what.contact.value});
    const auto id = fresh_id("callback-");
    t.run(add_callback, {id, agent.value, what.contact.value, text_or_null(what.name), text_or_null(what.number), moment(what.at), what.notes});
    t.run(note_callback, {what.contact.value, opened.campaign.value, agent.value, moment(what.at)});
    return shown_callback(t, id, 201);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const change_callback& what) {
  return in_contacts(at, [&](transaction& t) {
    auto values = asks(who.who);
    values.emplace_back(what.id);
    const auto found = t.run(seen_callback, std::move(values));
    if (found.empty())
      throw refused{{errc::not_found, "Ce rappel n'existe pas, ou n'est pas de votre ressort.", {}}};
    const auto contact = found.front().text(0);
    t.run(lock_contact_row, {contact});
    t.run(change_one_callback, {what.id, text_or_null(what.status), moment(what.at), what.notes ? parameter{*what.notes} : parameter{}});
    if (what.status == "cancelled")
      t.run(back_to_pool, {contact});
    return shown_callback(t, what.id, 200);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const add_contact_note& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto agent = acting_agent(t, who, what.agent);
    const auto opened = open_contact(t, who.who, what.contact);
    const auto id = fresh_id("note-");
    t.run(add_note, {id, what.contact.value, opened.campaign.value, agent.value, what.note});
    data_answer out;
    out.status = 201;
    out.json = t.run(tell_note, {id}).at(0).text(1);
    return out;
  });
}

result<data_answer> perform(workplace& at, const requester& who, const recycle_contacts& what) {
  const auto& by = who.who.user.value;
  if (at.db.run(campaign_there, {what.campaign.value}).empty())
    return {errc::not_found, "Cette campagne n'existe pas."};
  const auto known = at.db.run(qualification, {what.qualification});
  if (known.empty())
    return failure{errc::invalid_input, {}, {{"qualificationId", "Cette qualification n'existe pas."}}};
  if (!known.front().flag(2))
    return failure{errc::conflict, "Les fiches ainsi qualifiées ne se recyclent pas.", {}};
  const auto count = at.db.run(recyclable, {what.campaign.value, what.qualification}).at(0).number(0);
  // The first step notes what was asked for, so that the sweep of whichever node goes on when this one dies, or when the list is too long
  // to be waited for.
  const auto until = std::chrono::steady_clock::now() + recycle_at_once;
  const parameters which{what.campaign.value, what.qualification, by};
  auto left = count;
  bool noted = false;
  const auto step = [&] {
    std::int64_t found = 0;
    auto done = in_transaction(at, [&](transaction& t) {
      if (!noted)
        t.run(note_recycling, which);
      found = t.run(recycle_some, which).at(0).number(0);
      if (found == 0)
        t.run(end_recycling, {what.campaign.value, what.qualification});
      return data_answer{};
    });
    if (done)
      left = found;
    return done;
  };
  while (left > 0 && std::chrono::steady_clock::now() < until) {
    try {
      if (auto done = step(); !done) {
        if (!noted)
          return done;
        break;
      }
    } catch (const store_unavailable&) {
      if (!noted)
        throw;
      break;
    }
    noted = true;
  }
  const bool later = left > 0;
  data_answer out;
  out.json = "{\"message\":\"" + std::to_string(count) + (later ? " fiches vont être recyclées.\"" : " fiches ont été recyclées.\"") +
             ",\"count\":" + std::to_string(count) + '}';
  return out;
}

} // namespace evs::persistence::postgres
