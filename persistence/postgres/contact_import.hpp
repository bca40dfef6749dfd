#pragma once
// Many contacts into a campaign. Rows that can't be doubles go straight into the list by COPY; a table of bits, of the numbers that the
// list and the file had so far, says which can't. The others are staged, compared with the list and with each other by joins, and
// saved afterwards in the places that were kept for them. Memory stays flat whatever their number.

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

/// One import in one transaction, in this order: stage() as often as needed, compare(), save() until nothing is left, finish(). Imports
/// into the same campaign wait for each other, and the campaign stays until the transaction's end.
class contact_import {
public:
  /// Ids are `id_prefix` and the row's line. `wide`: for long lists: more memory for the database, and what comes after the first
  /// stage() is brought into the pool of contacts to hand out after the import, in the background and when somebody asks.
  contact_import(transaction& in, std::string campaign, std::string id_prefix, deduplication same, bool wide);

  /// False: there is no such campaign (any more).
  bool begin();
  /// The next rows in their order, until `next` answers false or `most` were read. Lines must differ.
  void stage(std::int64_t most, const std::function<bool(incoming_row&)>& next);
  /// Finds the doubles.
  void compare();
  /// Saves what was staged and is none, up to row `to`.
  void save(std::int64_t to);
  /// One campaignUpdate for everybody, with the new figures, where there are any.
  void finish();

  std::int64_t total() const noexcept { return total_; }
  std::int64_t rejected() const noexcept { return rejected_; }
  std::int64_t doubles() const noexcept { return doubles_; }
  /// The next rejected rows after number `n`, at most `most`.
  std::vector<rejected_row> rejected_after(std::int64_t n, std::int64_t most);

private:
  bool phones_only() const;
  bool seen_before(const std::string& phone);
  /// Certainly nobody's double.
  bool is_new(const incoming_row& row);
  void take_numbers(std::int64_t many);
  void read_known_phones();
  void compare_phones();
  void compare_keys();

  transaction& in_;
  std::string campaign_;
  std::string id_prefix_;
  deduplication same_;
  bool wide_;
  bool own_ids_ = false;
  /// A bit for each hash of a number that was seen: who finds his bit set may be a double, all others are the first of theirs.
  std::vector<bool> seen_;
  /// Places in the order of contacts, for the rows of a stage().
  std::vector<std::int64_t> numbers_;
  std::int64_t first_ = 0;
  bool pool_later_ = false;
  std::int64_t total_ = 0, rejected_ = 0, doubles_ = 0, saved_to_ = 0;
};

} // namespace evs::persistence::postgres
