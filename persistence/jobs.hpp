#pragma once
// The book of jobs and the work on contact lists. Two connections, one owner; blocking.

#include "domain/contact_mapping.hpp"
#include "domain/job.hpp"
#include "domain/row_source.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace evs::persistence {

/// What ended a job that ran.
enum class interruption {
  /// The node was killed, or died.
  node_ended,
  database_away,
};

/// All functions throw store_unavailable and store_rejected, and nothing else.
class jobs {
public:
  virtual ~jobs() = default;

  /// Jobs of this node that were interrupted: nothing of them was kept. They wait again, or, when that happened twice, have failed.
  virtual void recover(const std::string& node, interruption by) = 0;
  /// The oldest job that waits on this node; it runs from now on.
  virtual std::optional<import_job> claim(const std::string& node) = 0;
  /// Brings the list into the campaign: all of it, or nothing. Tells about twice a second how far it is. When others' changes cross it
  /// (store_conflict) it reads the list once more from its beginning, a few times. The job is done or has failed
  /// afterwards, except when it throws. `stop` is asked about as often; true: given up, the job waits again.
  virtual void import(const import_job& what, row_source& list, const number_reader& numbers, const std::function<bool()>& stop) = 0;
  /// Until a job is put in, or for `longest`.
  virtual void wait(milliseconds longest) = 0;
  /// For what can't even begin.
  virtual void fail(const std::string& id, const std::string& reason) = 0;
  /// Removes jobs that ended more than 30 days ago, with their rejected rows. Names of the files that jobs still need.
  virtual std::set<std::string> sweep(const std::string& node) = 0;
};

/// `settings.statement_timeout` is for small statements; those on a whole list get `patience`.
std::unique_ptr<jobs> make_postgres_jobs(store_settings settings, milliseconds patience = std::chrono::minutes{10});

} // namespace evs::persistence
