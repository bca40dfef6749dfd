#pragma once
// The few statements by which every resource is read and written, made of the catalogue's constants once a resource (and list order), for
// the life of the process. Whatever a person sends is a parameter. Any thread.

#include "domain/catalogue.hpp"
#include "domain/error.hpp"
#include "persistence/postgres/session.hpp"

#include <string>

namespace evs::persistence::postgres::resource_statements {

/// JSON and version of one, where the asker's scope has it. $1 to $3 asks(), $4 id.
const statement& read_one(const resource& what);
/// Until the end of the transaction. $1 id.
const statement& lock_one(const resource& what);
/// Only what must be there: the rest is an update, so that absent columns keep their defaults. $1 id, $2 object of columns.
const statement& insert_one(const resource& what);
/// The columns that the object has. $1 id, $2 object of columns.
const statement& update_one(const resource& what);
/// $1 id.
const statement& delete_one(const resource& what);
/// A name gets " (copie)". $1 id, $2 the copy's.
const statement& copy_one(const resource& what);
/// Which of the ids exist. $1 an array.
const statement& existing(const resource& what);
/// Ends the owner's pairs with others than these. $1 owner, $2 members, an array.
const statement& drop_pairs(const pair_table& pairs);
/// What is missing of these pairs, and their order where it counts. $1 owner, $2 members, an array.
const statement& add_pairs(const pair_table& pairs);
/// How many refer to an id through a field. $1 id.
const statement& referring(const resource& from, const field& by);

/// How a list is sorted; the id comes second.
struct order {
  /// Null: by id alone.
  const field* by = nullptr;
  std::string name;
  bool falling = false;
  bool numeric() const;
};

/// `asked`: a name among the resource's `sorts`, behind '-' to fall; "": the first of them. Else invalid_input, which says what there is.
result<order> order_of(const resource& what, const std::string& asked);

/// JSON, key and id of each. $1 to $3 asks(), $4 pattern, $5 key and $6 id to continue after, $7 limit, $8... filters in the order of the
/// catalogue.
const statement& list_page(const resource& what, const order& by);

} // namespace evs::persistence::postgres::resource_statements
