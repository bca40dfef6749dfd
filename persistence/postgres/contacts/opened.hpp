#pragma once
// What the files about contacts share: a contact that is about to be changed, and the refusals that everybody may get.

#include "persistence/postgres/areas.hpp"
#include "persistence/postgres/scope.hpp"

#include <string>

namespace evs::persistence::postgres {

/// A contact whose row is locked for this transaction.
struct opened_contact {
  contact_id id;
  campaign_id campaign;
  std::string status;
  std::string phone_number;
  std::string version;
  /// Who holds it: an owner of a lock, or the author of a blank record; and how people call him.
  user_id holder;
  std::string holder_name;
  bool locked = false;
  std::string token;
  bool dialled = false;
  /// The call that was made under this lock.
  call_id call;
};

/// Throws refused: not_found when there is none that `who` may see.
opened_contact open_contact(transaction& t, const viewer& who, const contact_id& id);

/// « Cette fiche est actuellement en cours d'édition par l'agent X »
failure held_by_another(const opened_contact& what);

/// Refuses when somebody else than `agent` holds it, or when a token is given that is not (or no longer) the lock's.
void must_be_free_or_his(const opened_contact& what, const user_id& agent, const std::string& token);

/// Whether it is held by the requester or by somebody in his charge (an account that is gone: everybody's).
bool holder_in_charge(transaction& t, const viewer& who, const opened_contact& what);

/// The agent for whom the requester acts: himself, or for supervisors an agent of their site.
agent_id acting_agent(transaction& t, const requester& who, const agent_id& asked);

/// The contact as REST shows it, with its version; `token`: shown to the owner of the lock.
data_answer shown_contact(transaction& t, const contact_id& id, unsigned status, const std::string& token = {});

/// in_transaction(), where every refusal of the database becomes a failure.
result<data_answer> in_contacts(workplace& at, const std::function<data_answer(transaction&)>& work,
                                isolation level = isolation::read_committed);

/// Strikes a recycling ($1 campaign, $2 qualification) off the list of those to go on with, once nothing is left of it. Contacts that somebody
/// else's transaction holds are left: it may be that of a node that dies before its commit.
inline constexpr statement end_recycling{
  "contact_end_recycling",
  "delete from contact_recycles where campaign_id = $1 and qualification_id = $2 and not exists (select from contacts c where c.campaign_id = $1 "
  "and c.qualification_id = $2 and not exists (select from contact_locks l where l.contact_id = c.id))"};

/// A new id: "contact-", "note-", "callback-" and random letters.
std::string fresh_id(const char* prefix);

// The requests of contact_request, by file.
result<data_answer> perform(workplace& at, const requester& who, const next_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const lock_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const unlock_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const dial_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const contact_dialled& what);
result<data_answer> perform(workplace& at, const requester& who, const release_contacts_of& what);
result<data_answer> perform(workplace& at, const requester& who, const run_campaign& what);

result<data_answer> perform(workplace& at, const requester& who, const sweep_contacts& what);

result<data_answer> perform(workplace& at, const requester& who, const qualify_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const schedule_callback& what);
result<data_answer> perform(workplace& at, const requester& who, const change_callback& what);
result<data_answer> perform(workplace& at, const requester& who, const add_contact_note& what);
result<data_answer> perform(workplace& at, const requester& who, const recycle_contacts& what);

result<data_answer> perform(workplace& at, const requester& who, const create_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const update_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const delete_contacts& what);

result<data_answer> perform(workplace& at, const requester& who, const read_contact& what);
result<data_answer> perform(workplace& at, const requester& who, const search_contacts& what);
result<data_answer> perform(workplace& at, const requester& who, const list_contacts& what);
result<data_answer> perform(workplace& at, const requester& who, const read_contact_history& what);
result<data_answer> perform(workplace& at, const requester& who, const list_campaign_history& what);

} // namespace evs::persistence::postgres
