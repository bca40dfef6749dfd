#pragma once
// The resources of the catalogue: users, sites, trunks, queues, campaigns ...

#include "domain/catalogue.hpp"
#include "domain/requests/common.hpp"
#include "domain/value.hpp"

#include <variant>

namespace evs {

struct list_resources {
  const resource* what = nullptr;
  list_query query;
};
struct read_resource {
  const resource* what = nullptr;
  std::string id;
};
/// `body`: checked by check_body(). Without an id the database side makes one.
struct create_resource {
  const resource* what = nullptr;
  value body;
};
/// Members of `body` replace those that are there; what is absent stays.
struct update_resource {
  const resource* what = nullptr;
  std::string id;
  value body;
  /// Version that the caller has seen (If-Match); empty: whatever it is.
  std::string seen;
};
struct remove_resource {
  const resource* what = nullptr;
  std::string id;
  std::string seen;
};
/// A copy under a new id and name.
struct duplicate_resource {
  const resource* what = nullptr;
  std::string id;
};
/// POST /users/bulk: each row for itself, a report a row.
struct create_many {
  const resource* what = nullptr;
  /// Rows that were read, with what is wrong with those that can't be taken.
  struct row {
    value body;
    failure wrong{};
    bool ok = true;
  };
  std::vector<row> rows;
};
/// PUT /users/me/password; the hashes are made and compared by the web door.
struct set_own_password {
  std::string hash;
  /// Family of the session that stays signed in.
  std::string family;
};
/// POST /supervisor/force-logout: every sign-in of somebody in the asker's charge, of a lower rank, ends at once, wherever it is open.
struct end_sign_ins_of {
  user_id user;
};

using resource_request = std::variant<list_resources, read_resource, create_resource, update_resource, remove_resource, duplicate_resource, create_many,
                                      set_own_password, end_sign_ins_of>;

} // namespace evs
