#pragma once
// Contacts: handing out, locks, qualification, callbacks, notes, lists. Identity comes from the token: an `agent` in a request must
// be the requester himself unless he supervises.

#include "domain/id.hpp"
#include "domain/requests/common.hpp"
#include "domain/time.hpp"
#include "domain/value.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace evs {

// --- handing out ---

/// The contact that the agent gets next, locked for him, and its campaign; or nulls. Whether he is En Attente is asked of his actor
/// before.
struct next_contact {
  agent_id agent;
  campaign_id campaign;
};
struct lock_contact {
  contact_id contact;
};
struct unlock_contact {
  contact_id contact;
  /// As it was handed out; empty: not checked beyond the owner.
  std::string token;
};
/// Before a call: the lock must be the agent's (a free contact is locked for him). It counts as called from here on.
struct dial_contact {
  agent_id agent;
  contact_id contact;
  std::string token;
};
/// After it: the call, or why there is none; then the contact is given back.
struct contact_dialled {
  agent_id agent;
  contact_id contact;
  call_id call;
  std::string reason;
};
/// Clean logout: every lock of that person ends.
struct release_contacts_of {
  user_id user;
};
/// The periodic look: locks of the absent, callbacks that are due, pools that follow new rules, figures that changed, contacts of
/// deleted campaigns. Answers at once when another node is at it.
struct sweep_contacts {
  /// Who is signed in here.
  std::vector<user_id> present;
};

// --- what becomes of them ---

struct qualify_contact {
  agent_id agent;
  contact_id contact;
  campaign_id campaign;
  std::string qualification;
  /// To be called again then.
  std::optional<timestamp> relaunch;
  std::string token;
};
struct schedule_callback {
  agent_id agent;
  contact_id contact;
  campaign_id campaign;
  /// Empty: the contact's own.
  std::string name;
  std::string number;
  timestamp at{};
  std::string notes;
};
/// PUT /planning-events/callbacks/{id}
struct change_callback {
  std::string id;
  /// pending, completed or cancelled; empty: as it is.
  std::string status;
  std::optional<timestamp> at;
  std::optional<std::string> notes;
};
struct add_contact_note {
  agent_id agent;
  contact_id contact;
  campaign_id campaign;
  std::string note;
};
/// Contacts of the campaign with that qualification are pending again.
struct recycle_contacts {
  campaign_id campaign;
  std::string qualification;
};
enum class campaign_order : std::uint8_t { start, pause, stop };
struct run_campaign {
  campaign_id campaign;
  campaign_order order = campaign_order::start;
};

// --- the records themselves ---

/// What a body may hold; absent stays as it is (new contacts: empty).
struct contact_fields {
  std::optional<std::string> first_name, last_name, phone_number, postal_code;
  /// An object of texts, numbers and flags; replaces what was there.
  std::optional<value> custom_fields;
};
struct create_contact {
  /// Empty: made by the database side.
  std::string id;
  campaign_id campaign;
  contact_fields fields;
};
struct update_contact {
  contact_id contact;
  contact_fields fields;
  /// Version that the caller has seen (If-Match); empty: whatever it is.
  std::string seen;
  std::string token;
};
struct delete_contacts {
  std::vector<contact_id> contacts;
};
struct read_contact {
  contact_id contact;
};
/// GET /contacts?q=: by name or number, in the requester's campaigns.
struct search_contacts {
  list_query query;
};
/// GET /campaigns/{id}/contacts; filters status, qualificationId; sort createdAt, lastName.
struct list_contacts {
  campaign_id campaign;
  list_query query;
};
/// Calls, notes and what else happened.
struct read_contact_history {
  contact_id contact;
};
/// Calls of a campaign, newest first.
struct list_campaign_history {
  campaign_id campaign;
  list_query query;
};

using contact_request =
  std::variant<next_contact, lock_contact, unlock_contact, dial_contact, contact_dialled, release_contacts_of, sweep_contacts, qualify_contact,
               schedule_callback, change_callback, add_contact_note, recycle_contacts, run_campaign, create_contact, update_contact,
               delete_contacts, read_contact, search_contacts, list_contacts, read_contact_history, list_campaign_history>;

} // namespace evs
