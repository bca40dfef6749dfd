#pragma once
// The audit log: who did what, from where; lines are only ever added, and each is chained to the one before.
//
// A change's line is inserted into audit_pending by the change's own transaction (postgres/areas.hpp), which waits for nobody. collect()
// moves what is committed into the chain, one collector at a time, and gives it the next positions: the order is that in which the
// collector saw the commits, and that of the ids within one round (a tenth of a second to a second). Ids have gaps (transactions that
// were rolled back) and may come late: a line of a long transaction is seen by the round after its commit, whatever its id, because a
// round takes what is there and remembers no id. Positions have no gap, since the round that gives them commits as a whole; `at` is when
// the line was written, so it may be earlier than that of the position before.

#include "persistence/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace evs::persistence {

struct audit_line {
  /// Id of the account; empty: nobody who was known.
  std::string actor;
  std::string login;
  std::string address;
  /// "PUT /trunks/{id}", "refused GET /audit", "backup"
  std::string action;
  /// "trunks/trunk-paris"
  std::string entity;
  /// JSON object; never a secret.
  std::string detail = "{}";
};

struct audit_state {
  std::uint64_t lines = 0;
  /// First position that was changed, removed or put in between; nullopt: the chain is whole.
  std::optional<std::uint64_t> broken;
  /// SHA-256 of the last line, hex. Kept elsewhere (the node's log), it shows that the end was cut off.
  std::string head;
};

/// One connection, one owner; blocking. Throws as store.hpp says.
class audit_book {
public:
  virtual ~audit_book() = default;
  /// All in one transaction.
  virtual void write(const std::vector<audit_line>& lines) = 0;
  /// Chains what was committed; the new head, or nullopt when there was nothing.
  virtual std::optional<std::string> collect() = 0;
  /// Recomputes every hash: minutes for many millions of lines.
  virtual audit_state verify() = 0;
};

std::unique_ptr<audit_book> make_postgres_audit_book(store_settings settings);

} // namespace evs::persistence
