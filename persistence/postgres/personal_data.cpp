#include "persistence/postgres/personal_data.hpp"

namespace evs::persistence::postgres {

namespace {

// A person's calls: those of the contact, and those from or to his number that belong to no other contact. $1 contact, $2 numbers.
#define HIS_CALL                                                                                                       \
  "(h.contact_id = $1 or (h.contact_id is null and outside_number(h.direction, h.caller_number, h.destination) = any($2::text[])))"

constexpr statement find_contact{"person_contact",
                                 "select phone_number, coalesce(phone_e164, '') from contacts where id = $1"};
constexpr statement lock_contact{
    "person_lock",
    "select c.phone_number, coalesce(c.phone_e164, ''), exists (select from contact_locks l where l.contact_id = c.id) "
    "from contacts c where c.id = $1 for update"};
constexpr statement known_otherwise{
    "person_known",
    "select exists (select from call_history where contact_id = $1) or exists (select from call_attempts where contact_id = $1)"};

constexpr statement all_of_it{
    "person_export",
    "select json_build_object('contact', (select row_to_json(c) from api_contacts c where c.id = $1), "
    "'notes', (select coalesce(json_agg(n order by n.\"createdAt\", n.id), '[]') from api_contact_notes n where n.\"contactId\" = $1), "
    "'callbacks', (select coalesce(json_agg(b order by b.\"scheduledTime\", b.id), '[]') from api_personal_callbacks b where b.\"contactId\" = $1), "
    "'history', (select coalesce(json_agg(e order by e.at, e.id), '[]') from api_contact_history e where e.\"contactId\" = $1), "
    "'calls', (select coalesce(json_agg(v order by h.started_at, h.id), '[]') from call_history h join api_call_history v on v.id = h.id where " HIS_CALL
    "), "
    "'attempts', (select coalesce(json_agg(json_build_object('id', a.id, 'destination', a.destination, 'campaignId', a.campaign_id, 'time', iso8601(a.intended_at), "
    "'outcome', a.outcome) order by a.intended_at, a.id), '[]') from call_attempts a where a.contact_id = $1 or a.destination = any($2::text[])))::text"};

constexpr statement forget_in_calls{
    "person_calls",
    "with his as (select h.id, h.recording_id from call_history h where " HIS_CALL " for update), "
    "changed as (update call_history h set contact_id = null, recording_id = null, "
    "caller_number = case h.direction when 'inbound' then '' else h.caller_number end, source = case h.direction when 'inbound' then '' else h.source end, "
    "destination = case h.direction when 'outbound' then '' else h.destination end from his where h.id = his.id returning his.id, his.recording_id), "
    "steps as (update call_events e set data = null from changed c where e.call_id = c.id and e.data is not null) "
    "select count(*), count(recording_id) from changed"};
constexpr statement forget_in_attempts{
    "person_attempts",
    "update call_attempts set destination = '', contact_id = null where contact_id = $1 or destination = any($2::text[]) returning 1"};
constexpr statement remove_notes{"person_notes", "delete from contact_notes where contact_id = $1 returning 1"};
constexpr statement remove_callbacks{"person_callbacks",
                                     "delete from personal_callbacks where contact_id = $1 returning 1"};
constexpr statement remove_history{"person_history", "delete from contact_history where contact_id = $1 returning 1"};
constexpr statement remove_contact{"person_remove", "delete from contacts where id = $1 returning campaign_id"};
/// Rows of imported lists that could not be taken, as they were in the file.
constexpr statement remove_rejected{
    "person_rejected",
    "delete from job_rejected_rows r using unnest($1::text[]) as his (number) where length(his.number) >= 9 and position(his.number in r.cells) > 0"};
/// Events about him that were written, also those that still wait: the one below replaces them.
constexpr statement remove_events{
    "person_events", "delete from outbox where entity = 'contact:' || $1::text or payload->>'contactId' = $1::text"};
constexpr statement tell{
    "person_announce",
    "select announce('contactUpdate', 'contact:' || $1::text, jsonb_build_object('id', $1::text, 'campaignId', $2::text, 'deleted', true), "
    "'{\"role\": \"Superviseur\"}')"};

/// The forms that the same number may have been kept in.
parameter numbers_of(const std::string& given, const std::string& e164) {
  std::vector<parameter> all;
  if (!given.empty()) all.emplace_back(given);
  if (e164.size() > 4 && e164.front() == '+') {
    all.emplace_back(e164);
    all.emplace_back(e164.substr(1));
    all.emplace_back("00" + e164.substr(1));
    if (e164.starts_with("+33")) all.emplace_back("0" + e164.substr(3));
  }
  return array_literal(all);
}

failure not_there() { return {errc::not_found, "Ce contact n'existe pas.", {}}; }

value counted(const rows& all) { return static_cast<std::int64_t>(all.size()); }

value erase(transaction& t, const std::string& id) {
  const auto found = t.run(lock_contact, {id});
  if (found.empty() && !t.run(known_otherwise, {id}).at(0).flag(0)) throw refused{not_there()};
  if (!found.empty() && found.front().flag(2))
    throw refused{{errc::conflict,
                   "Cette fiche est en cours de traitement par un agent : réessayez quand il l'aura quittée.",
                   {}}};
  const auto numbers = found.empty() ? numbers_of({}, {}) : numbers_of(found.front().text(0), found.front().text(1));
  value out{value::object{}};
  const auto calls = t.run(forget_in_calls, {id, numbers}).at(0);
  out.set("calls", calls.number(0));
  out.set("recordings", calls.number(1));
  out.set("attempts", counted(t.run(forget_in_attempts, {id, numbers})));
  out.set("notes", counted(t.run(remove_notes, {id})));
  out.set("callbacks", counted(t.run(remove_callbacks, {id})));
  out.set("history", counted(t.run(remove_history, {id})));
  const auto gone = t.run(remove_contact, {id});
  out.set("contacts", counted(gone));
  t.run(remove_events, {id});
  t.run(remove_rejected, {numbers});
  if (!gone.empty()) t.run(tell, {id, gone.front().text(0)});
  return out;
}

} // namespace

result<data_answer> personal_data(workplace& at, const requester&, const export_personal_data& asked) {
  data_answer out;
  bool there = false;
  at.db.run(isolation::snapshot, [&](transaction& t) {
    const auto found = t.run(find_contact, {asked.contact});
    there = !found.empty() || t.run(known_otherwise, {asked.contact}).at(0).flag(0);
    if (!there) return;
    const auto numbers = found.empty() ? numbers_of({}, {}) : numbers_of(found.front().text(0), found.front().text(1));
    out.json = t.run(all_of_it, {asked.contact, numbers}).at(0).text(0);
  });
  if (!there) return not_there();
  return out;
}

result<data_answer> erase_person(workplace& at, const requester&, const erase_personal_data& asked) {
  return in_transaction(at, [&](transaction& t) {
    value said{value::object{}};
    said.set("erased", erase(t, asked.contact));
    data_answer out;
    out.json = to_json(said);
    return out;
  });
}

} // namespace evs::persistence::postgres
