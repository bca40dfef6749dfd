#pragma once
// Many contacts into a campaign, by sets: staged by COPY, compared with each other and with the list by joins, then inserted in
// their order. Memory stays flat whatever their number.

#include "domain/contact_mapping.hpp"
#include "persistence/postgres/session.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace evs::persistence::postgres {

/// A row of the list: a contact, or why it is none.
struct incoming_row {
  /// Number of the row in the list, from 1, without gaps.
  std::int64_t n = 0;
  std::int64_t line = 0;
  /// Chosen by the client; empty: made here.
  std::string id;
  contact_candidate contact;
  std::string reason;
};

struct rejected_row {
  std::int64_t n = 0;
  std::int64_t line = 0;
  std::string reason;
  /// A double of that line of the list; 0: of a contact that the campaign had. Nothing: another reason.
  std::optional<std::int64_t> like_line;
};

/// One import in one transaction, in this order: stage() as often as needed, compare(), save() until nothing is left. Imports into
/// the same campaign wait for each other, and the campaign stays until the transaction's end.
class contact_import {
public:
  /// Ids are `id_prefix` and the row's number. `wide`: more memory for the database, for long lists.
  contact_import(transaction& in, std::string campaign, std::string id_prefix, deduplication same, bool wide);

  /// False: there is no such campaign (any more).
  bool begin();
  /// Rows in their order, until `next` answers false.
  void stage(const std::function<bool(incoming_row&)>& next);
  /// Finds the doubles.
  void compare();
  /// Saves the next rows up to number `to`.
  void save(std::int64_t to);
  /// One campaignUpdate for everybody, with the new figures.
  void announce();

  std::int64_t total() const noexcept { return total_; }
  std::int64_t rejected() const noexcept { return rejected_; }
  std::int64_t doubles() const noexcept { return doubles_; }
  /// The next rejected rows after number `n`, at most `most`.
  std::vector<rejected_row> rejected_after(std::int64_t n, std::int64_t most);

private:
  bool phones_only() const;
  bool seen_before(const std::string& phone);
  void compare_phones();
  void compare_keys();

  transaction& in_;
  std::string campaign_;
  std::string id_prefix_;
  deduplication same_;
  bool wide_;
  bool own_ids_ = false;
  /// A bit for each hash of a number that was staged: who finds his bit set may be a double, all others are the first of theirs.
  std::vector<bool> seen_;
  std::int64_t total_ = 0, rejected_ = 0, doubles_ = 0, saved_to_ = 0;
};

} // namespace evs::persistence::postgres
