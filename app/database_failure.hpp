#pragma once
// What people are told when the database did not do something.

#include "domain/error.hpp"
#include "persistence/store.hpp"

namespace evs {

/// timeout: it is there and took too long; conflict: others were in the way, and nothing was kept; otherwise database_unavailable.
inline failure database_failure(const persistence::store_unavailable& why) {
  if (dynamic_cast<const persistence::store_overdue*>(&why))
    return {errc::timeout, "La base de données a mis trop longtemps : réessayez, ou demandez moins à la fois.", {}};
  if (dynamic_cast<const persistence::store_conflict*>(&why))
    return {errc::conflict, "D'autres modifient les mêmes données au même instant : rien n'a été enregistré, réessayez.", {}};
  return {errc::database_unavailable, {}, {}};
}

} // namespace evs
