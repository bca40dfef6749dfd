#pragma once
// A campaign with agents and contacts in a scratch database, and desks that ask about them.

#include "surroundings.hpp"

#include "persistence/desk.hpp"

#include <boost/json.hpp>

#include <memory>
#include <string>

namespace evs::persistence::testing {

inline requester asker(const std::string& user, role r = role::agent, const std::string& site = {}) {
  return {{user_id{user}, r, site_id{site}}, user, "127.0.0.1", "test"};
}
inline const requester boss = asker("user-1000", role::supervisor);
inline const requester chief = asker("user-9000", role::administrator);

/// Sixteen agents user-1 .. user-16 (site-a) are assigned to campaign-1, which is active; user-99 is not; qualifications as seeded.
struct call_centre {
  scratch_database db;
  std::unique_ptr<desk> one = open();

  call_centre();
  std::unique_ptr<desk> open() const;

  /// Contacts contact-<from> .. with firstName F<n>, lastName L<n>, postalCode 75<n>/69<n> by turns, customFields {age: n % 10}.
  void import(int from, int count, const std::string& campaign = "campaign-1") const;

  result<data_answer> send(const requester& who, contact_request what) { return one->perform(who, data_request{std::move(what)}); }
  /// Must succeed; the answer's JSON (null when it has none).
  boost::json::value must(const requester& who, contact_request what);
  /// Must be refused; with which code.
  failure refused(const requester& who, contact_request what);

  /// next-contact of campaign-1: the contact's id, or "".
  std::string next(const std::string& agent, const std::string& campaign = "campaign-1");
  void sweep(std::vector<user_id> present = {}) { must(requester{}, sweep_contacts{std::move(present)}); }
  std::string status(const std::string& contact) const { return db.ask("select status from contacts where id = '" + contact + "'"); }
  std::string owner(const std::string& contact) const { return db.ask("select owner_id from contact_locks where contact_id = '" + contact + "'"); }

  /// Empty when counters, pool, quotas and places agree with the contacts themselves; otherwise what doesn't.
  std::string inconsistencies() const;
};

} // namespace evs::persistence::testing
