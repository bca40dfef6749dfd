#pragma once
// Backups of the database by pg_dump, and their way back. Files of data_dir (audio, recordings) are not in them.

#include "domain/error.hpp"
#include "domain/system_settings.hpp"
#include "persistence/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace evs::persistence {

struct backup_settings {
  store_settings store;
  std::filesystem::path folder;
  std::function<timestamp()> now;
  /// Longest time of one backup or restore.
  seconds limit{3600};
};

/// One job at a time in the whole cluster (an advisory lock): a second one is refused with a conflict. Blocking, for minutes with
/// a large database; one owner. Throws as store.hpp says.
///
/// A backup is written beside its name and renamed when it is whole. A restore is one transaction: the schema in force is renamed,
/// the backup's is made in its place, and only the last word commits; whoever dies before (this program, pg_restore, the server)
/// leaves everything as it was. The audit log and the list of backups go on over a restore; everybody has to sign in again.
class backups {
public:
  virtual ~backups() = default;
  /// The new file's row as JSON; origin: "manual" or "schedule".
  virtual result<std::string> make(const std::string& origin) = 0;
  /// By the name that the list has.
  virtual result<done> restore(const std::string& file_name) = 0;
  /// Any file: for an operator with an empty database; `checksum` empty: not compared.
  virtual result<done> restore_file(const std::filesystem::path& file, const std::string& checksum) = 0;
  virtual result<done> remove(const std::string& file_name) = 0;
  /// Families of refresh tokens that are not revoked; a restore ends them all.
  virtual std::vector<std::string> living_sign_ins() = 0;
  /// The schedule in force, and whether it began one since `midnight`.
  virtual std::pair<backup_schedule, bool> schedule(timestamp midnight) = 0;
  /// Removes scheduled ones beyond `keep`, the oldest first.
  virtual void thin_out(int keep) = 0;
};

std::unique_ptr<backups> make_postgres_backups(backup_settings settings);

} // namespace evs::persistence
