// Handing out, locks, and the dialling of contacts. The rules are those at the end of the data contract.

#include "persistence/postgres/contacts/opened.hpp"

namespace evs::persistence::postgres {

namespace {

// ---------------------------------------------------------------- next-contact

constexpr statement ask{"contact_ask", "select verdict, answer from ask_contact($1, $2)"};

std::string given(const row& said) {
  const auto verdict = said.text(0);
  if (verdict == "unknown")
    throw refused{{errc::not_found, "Cette campagne n'existe pas.", {}}};
  if (verdict == "foreign")
    throw refused{{errc::forbidden, "Vous n'êtes pas affecté à cette campagne.", {}}};
  if (verdict == "stopped")
    throw refused{{errc::conflict, "Cette campagne n'est pas active : choisissez-en une autre ou attendez son démarrage.", {}}};
  if (verdict == "busy")
    throw busy{};
  return said.text(1);
}

// ---------------------------------------------------------------- locks

constexpr statement take_lock{"contact_take_lock",
                              "insert into contact_locks (contact_id, campaign_id, owner_id, announced) values ($1, $2, $3, true) "
                              "on conflict do nothing returning token"};
constexpr statement renew_lock{"contact_renew_lock", "update contact_locks set seen_at = now() where contact_id = $1 and owner_id = $2 returning token"};
constexpr statement tell_lock{
  "contact_tell_lock",
  "select announce('contactUpdate', 'contact:' || v.id, jsonb_build_object('id', v.id, 'campaignId', v.\"campaignId\", 'lockedBy', v.\"lockedBy\", "
  "'lockedAt', v.\"lockedAt\"), jsonb_build_object('role', 'Superviseur', 'to', jsonb_build_array(v.\"lockedBy\"))) from api_contacts v where v.id = $1"};
constexpr statement resolve{"contact_resolve", "select resolve_lock($1, $2, $3)"};

/// Locks a contact that is free or already his; its token.
std::string lock_for(transaction& t, const viewer& who, const opened_contact& what, const user_id& owner) {
  if (const auto mine = t.run(renew_lock, {what.id.value, owner.value}); !mine.empty())
    return mine.front().text(0);
  const auto taken = t.run(take_lock, {what.id.value, what.campaign.value, owner.value});
  // Handed out to somebody in this very moment.
  if (taken.empty())
    throw refused{held_by_another(open_contact(t, who, what.id))};
  t.run(tell_lock, {what.id.value});
  return taken.front().text(0);
}

// ---------------------------------------------------------------- dialling

constexpr statement mark_lock_dialled{"contact_mark_lock_dialled",
                                      "update contact_locks set dialled_at = now(), seen_at = now() where contact_id = $1"};
constexpr statement mark_called{"contact_mark_called",
                                "update contacts set status = case when status = 'pending' then 'called' else status end, relaunch_at = null, "
                                "attempts = attempts + 1, version = version + 1, updated_at = now() where id = $1"};
constexpr statement note_call{"contact_note_call",
                              "with l as (update contact_locks set call_id = $3 where contact_id = $1 and owner_id = $2 returning campaign_id) "
                              "insert into contact_history (contact_id, campaign_id, agent_id, kind, call_id) select $1, campaign_id, $2, 'dialled', $3 from l"};
constexpr statement note_failure{"contact_note_failure",
                                 "insert into contact_history (contact_id, campaign_id, agent_id, kind, reason) values ($1, $2, $3, 'dial_failed', $4)"};
constexpr statement not_called{"contact_not_called",
                               "update contacts set status = case when status = 'called' then 'pending' else status end, "
                               "attempts = greatest(attempts - 1, 0), version = version + 1, updated_at = now() where id = $1"};
constexpr statement end_lock{"contact_end_lock", "delete from contact_locks where contact_id = $1 and owner_id = $2"};

// ---------------------------------------------------------------- logout, campaigns

constexpr statement locks_of{"contact_locks_of", "select contact_id, token from contact_locks where owner_id = $1 order by contact_id"};
constexpr statement set_running{"campaign_set_running", "update campaigns set is_active = $2::boolean where id = $1 returning id"};
constexpr statement undialled{"campaign_undialled",
                              "select contact_id, token from contact_locks where campaign_id = $1 and handed and dialled_at is null order by contact_id"};
constexpr statement one_campaign{"campaign_shown", "select row_to_json(v) from api_campaigns v where v.id = $1"};

int resolve_all(workplace& at, const rows& locks, const char* why) {
  int ended = 0;
  for (const auto& lock : locks)
    ended += at.db.run(resolve, {lock.text(0), lock.text(1), why}).at(0).flag(0) ? 1 : 0;
  return ended;
}

} // namespace

result<data_answer> perform(workplace& at, const requester& who, const next_contact& what) {
  // One statement does it all, and is its own transaction: a round trip instead of five, the locks are held for its time only.
  return in_contacts(
    at,
    [&](transaction& t) {
      const auto agent = acting_agent(t, who, what.agent);
      data_answer out;
      out.json = given(t.run(ask, {agent.value, what.campaign.value}).at(0));
      return out;
    },
    isolation::none);
}

result<data_answer> perform(workplace& at, const requester& who, const lock_contact& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto opened = open_contact(t, who.who, what.contact);
    must_be_free_or_his(opened, who.who.user, {});
    const auto token = lock_for(t, who.who, opened, who.who.user);
    return shown_contact(t, what.contact, 200, token);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const unlock_contact& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto opened = open_contact(t, who.who, what.contact);
    // A supervisor may end that of anybody in his charge.
    if (opened.holder == who.who.user || !holder_in_charge(t, who.who, opened))
      must_be_free_or_his(opened, who.who.user, what.token);
    if (opened.locked)
      t.run(resolve, {what.contact.value, opened.token, "unlocked"});
    return shown_contact(t, what.contact, 200);
  });
}

result<data_answer> perform(workplace& at, const requester& who, const dial_contact& what) {
  return in_contacts(at, [&](transaction& t) {
    const auto agent = acting_agent(t, who, what.agent);
    const auto opened = open_contact(t, who.who, what.contact);
    must_be_free_or_his(opened, agent, what.token);
    lock_for(t, who.who, opened, agent);
    t.run(mark_lock_dialled, {what.contact.value});
    t.run(mark_called, {what.contact.value});
    return data_answer{};
  });
}

result<data_answer> perform(workplace& at, const requester& who, const contact_dialled& what) {
  return in_contacts(at, [&](transaction& t) {
    if (what.reason.empty()) {
      t.run(note_call, {what.contact.value, what.agent.value, what.call.value});
      return data_answer{};
    }
    const auto opened = open_contact(t, who.who, what.contact);
    if (!opened.locked || opened.holder != what.agent)
      return data_answer{};
    t.run(note_failure, {what.contact.value, opened.campaign.value, what.agent.value, what.reason});
    // Reached by an earlier call of the same agent: it stays with him, to be qualified.
    if (opened.call.empty()) {
      t.run(not_called, {what.contact.value});
      t.run(end_lock, {what.contact.value, what.agent.value});
    }
    return data_answer{};
  });
}

result<data_answer> perform(workplace& at, const requester&, const release_contacts_of& what) {
  data_answer out;
  out.json = "{\"released\":" + std::to_string(resolve_all(at, at.db.run(locks_of, {what.user.value}), "logout")) + '}';
  return out;
}

result<data_answer> perform(workplace& at, const requester&, const run_campaign& what) {
  const bool on = what.order == campaign_order::start;
  const failure unknown{errc::not_found, "Cette campagne n'existe pas.", {}};
  const auto changed = in_transaction(at, [&](transaction& t) {
    if (t.run(set_running, {what.campaign.value, flag(on)}).empty())
      throw refused{unknown};
    return data_answer{};
  });
  if (!changed)
    return changed;
  // Paused, everybody keeps what he has; stopped, what nobody called goes back.
  if (what.order == campaign_order::stop)
    resolve_all(at, at.db.run(undialled, {what.campaign.value}), "campaign stopped");
  const auto shown = at.db.run(one_campaign, {what.campaign.value});
  if (shown.empty())
    return unknown;
  data_answer out;
  out.json = shown.front().text(0);
  return out;
}

} // namespace evs::persistence::postgres
