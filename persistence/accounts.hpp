#pragma once
// Sign-in data and ready-made JSON for the REST door. Blocking, one owner each, throws as store.hpp says.

#include "domain/account.hpp"
#include "persistence/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evs::persistence {

class accounts {
public:
  virtual ~accounts() = default;
  virtual std::optional<account> find_by_login(const std::string& login_id) = 0;
  virtual std::optional<account> find(const user_id& id) = 0;
  virtual void set_password_hash(const user_id& id, const std::string& hash) = 0;

  /// Stores the first token of a new family; with `revoke_others` every other family of the user is revoked in the same transaction.
  /// The account as it is in this transaction, which signs in with this: what changes it later finds the family and ends it. Nullopt,
  /// and nothing is stored, for who may no longer sign in: gone, deactivated, or with another password than `checked_hash`.
  virtual std::optional<account> open_family(const refresh_token& token, const std::string& checked_hash, bool revoke_others) = 0;
  struct rotated { rotation outcome = rotation::invalid; user_id user; std::string family; };
  /// One atomic statement or transaction: spends the token with `old_hash`, stores `next` (its user and family are filled from the old one).
  virtual rotated rotate(const std::string& old_hash, refresh_token next, timestamp now, seconds leeway) = 0;
  virtual void revoke_family(const std::string& family) = 0;
  /// Whether a family may still be refreshed (not revoked): for access-token checks at the WebSocket door.
  virtual bool family_alive(const std::string& family) = 0;
};

std::unique_ptr<accounts> make_postgres_accounts(store_settings settings);

/// Read side: JSON text made by PostgreSQL from the api_* views, which name the contract's fields in one place.
class reader {
public:
  virtual ~reader() = default;
  /// Keys and JSON text of GET /application-data for what exists, cut to the viewer's role and site; never a secret.
  virtual std::vector<std::pair<std::string, std::string>> application_data(const viewer& who) = 0;
  /// The appSettings object of GET /public-config.
  virtual std::string app_settings() = 0;
  /// {records,totalRecords,currentPage,hasNextPage}; page from 1, limit 1-500.
  virtual std::string call_history_page(const viewer& who, int page, int limit) = 0;
  /// One CallHistoryRecord, or nullopt.
  virtual std::optional<std::string> call_record(const viewer& who, const call_id& id) = 0;
  /// JSON array of every step of the call: [{seq, at, kind, data}].
  virtual std::string call_journal(const viewer& who, const call_id& id) = 0;
};

std::unique_ptr<reader> make_postgres_reader(store_settings settings);

} // namespace evs::persistence
