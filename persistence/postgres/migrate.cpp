#include "persistence/postgres/migrations.hpp"
#include "persistence/postgres/session.hpp"

#include <string>

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement take_lock{"migrate_lock", "select pg_advisory_xact_lock(7239461)"};
constexpr statement make_table{"migrate_table",
                               "create table if not exists schema_migrations (name text primary key, checksum text not null, "
                               "applied_at timestamptz not null default now())"};
constexpr statement applied{"migrate_applied", "select name, checksum from schema_migrations order by name"};
constexpr statement note{"migrate_note", "insert into schema_migrations (name, checksum) values ($1, $2)"};

/// What is applied must be the beginning of what we have.
void compare(const rows& there, const std::vector<migration>& ours) {
  for (std::size_t i = 0; i < there.size(); ++i) {
    const auto name = there[i].text(0);
    if (i >= ours.size() || name != ours[i].name)
      throw store_rejected{"The database has migration " + name + (i < ours.size() ? " where ours is " + std::string{ours[i].name} : "") +
                           ": it was made by another version of this program. Nothing was changed."};
    if (there[i].text(1) != ours[i].checksum)
      throw store_rejected{"Migration " + name + " was applied with another text than ours. Nothing was changed; "
                           "a correction needs a new migration."};
  }
}

} // namespace

std::vector<std::string> migrate(const store_settings& settings) {
  auto patient = settings;
  patient.statement_timeout = std::chrono::minutes{30};
  session db{patient};
  std::vector<std::string> done;
  // One transaction a migration, each under the lock: two nodes that start together take turns.
  for (bool more = true; more;) {
    std::string name;
    db.run(isolation::read_committed, [&](transaction& t) {
      t.run(take_lock);
      t.run(make_table);
      const auto there = t.run(applied);
      const auto& ours = embedded_migrations();
      compare(there, ours);
      if (there.size() == ours.size())
        return;
      const auto& next = ours[there.size()];
      t.script(std::string{next.sql});
      t.run(note, {std::string{next.name}, std::string{next.checksum}});
      name = next.name;
    });
    more = !name.empty();
    if (more)
      done.push_back(name);
  }
  return done;
}

} // namespace evs::persistence
