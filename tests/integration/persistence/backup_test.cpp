#include "surroundings.hpp"

#include "persistence/backups.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace evs;
using namespace evs::persistence;
using evs::persistence::testing::scratch_database;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const std::string key(32, 'k');

timestamp clock_now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

/// One line a table: name, rows, hash of all their text. What a restore itself writes is left out.
std::string content(const scratch_database& db) {
  return db.ask(R"(
    do $$ declare t text; h text; begin
      create temporary table if not exists content_of (line text);
      truncate content_of;
      for t in select tablename from pg_tables where schemaname = 'public'
               and tablename not in ('backup_logs', 'audit_log', 'audit_pending', 'token_families', 'schema_migrations', 'outbox') order by 1 loop
        execute format('select count(*) || '' '' || coalesce(md5(string_agg(r::text, E''\n'' order by r::text)), '''') from public.%I r', t) into h;
        insert into content_of values (t || ' ' || h);
      end loop;
    end $$;
    select string_agg(line, E'\n' order by line) from content_of)");
}

/// Tables, columns, indexes, constraints, triggers, functions, views.
std::string shape(const scratch_database& db) {
  return db.ask(R"(
    select md5(string_agg(line, E'\n' order by line)) from (
      select table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, '') || is_nullable as line
        from information_schema.columns where table_schema = 'public'
      union all select indexdef from pg_indexes where schemaname = 'public'
      union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
      union all select tgrelid::regclass || ' ' || pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where not tgisinternal and c.relnamespace = 'public'::regnamespace
      union all select pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      union all select viewname || definition from pg_views where schemaname = 'public') everything)");
}

struct Backup : ::testing::Test {
  scratch_database db{scratch_database::bare};
  fs::path folder = fs::temp_directory_path() / ("evs-backups-" + std::to_string(::getpid()));

  void SetUp() override {
    fs::remove_all(folder);
    prepare(db, true);
  }
  void TearDown() override { fs::remove_all(folder); }

  static void prepare(const scratch_database& in, bool full) {
    migrate(in.settings());
    if (!full)
      return;
    seed(in.settings(), true, [](const std::string& p) { return "hash of " + p; });
    in.ask("insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, source) "
           "select 'call-' || n, 'inbound', now() - n * interval '1 minute', now(), 1, 1, 1, 1, 1, 1, 'answered', 'caller_hangup', "
           "E'é\"''\\\\\\n;\\t' from generate_series(1, 3000) n");
    in.ask("insert into call_events (call_id, seq, at, kind, data) select 'call-' || n, 1, now(), 'offered', '{\"a\": [1, null, \"é\"]}' from generate_series(1, 3000) n");
    in.ask("select audit('user-9999', '9999', '::1', 'PUT /x', 'x/' || n, '{}') from generate_series(1, 20) n");
    in.ask("select audit_collect(1000)");
  }

  std::unique_ptr<backups> of(const scratch_database& in) { return make_postgres_backups({in.settings(), folder, clock_now, seconds{120}}); }

  std::string made_file(backups& b) {
    auto made = b.make("manual");
    EXPECT_TRUE(made) << made.error().text();
    return made ? std::string{json::parse(*made).at("fileName").as_string()} : std::string{};
  }
};

TEST_F(Backup, RestoredIntoAnEmptyDatabaseItIsTheSame) {
  const auto file = made_file(*of(db));
  ASSERT_TRUE(fs::exists(folder / file));
  EXPECT_EQ(fs::status(folder / file).permissions() & fs::perms::others_all, fs::perms::none);
  scratch_database empty{scratch_database::bare};
  prepare(empty, false);
  EXPECT_NE(content(empty), content(db));
  const auto outcome = of(empty)->restore_file(folder / file, "");
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(content(empty), content(db));
  EXPECT_EQ(shape(empty), shape(db));
  EXPECT_EQ(empty.ask("select count(*) from audit_log"), "20");
  EXPECT_EQ(empty.ask("select broken is null from audit_verify()"), "t");
  EXPECT_EQ(empty.ask("select count(*) from pg_namespace where nspname = 'evs_before_restore'"), "0");
  // It is a whole installation: migrations, triggers and sequences go on.
  EXPECT_TRUE(migrate(empty.settings()).empty());
  empty.ask("update sites set name = 'Autre' where id = 'site-paris'");
  EXPECT_NE(empty.ask("select count(*) from outbox where type = 'updateSite' and relayed_at is null"), "0");
}

TEST_F(Backup, RestoresItsOwnPast) {
  auto b = of(db);
  const auto before = content(db);
  const auto file = made_file(*b);
  db.ask("delete from call_events");
  db.ask("update users set first_name = 'x'");
  db.ask("insert into token_families (family, user_id, opened_at) values ('f1', 'user-1001', now())");
  db.ask("select audit('user-9999', '9999', '::1', 'PUT /after', 'x', '{}')");
  db.ask("select audit_collect(1000)");
  const auto outcome = b->restore(file);
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(content(db), before);
  // What was done since stays in the audit log, and the chain is whole.
  EXPECT_EQ(db.ask("select count(*) from audit_log where action = 'PUT /after'"), "1");
  EXPECT_EQ(db.ask("select broken is null from audit_verify()"), "t");
  EXPECT_EQ(db.ask("select restored_at is not null and status = 'success' from backup_logs where file_name = '" + file + "'"), "t");
  // Nobody's sign-in of that time lives again.
  EXPECT_EQ(db.ask("select count(*) from token_families where revoked_at is null"), "0");
  // And once more: a restored database can be saved and restored.
  const auto again = made_file(*b);
  ASSERT_TRUE(b->restore(again));
  EXPECT_EQ(content(db), before);
}

TEST_F(Backup, ABrokenFileChangesNothing) {
  auto b = of(db);
  const auto file = made_file(*b);
  const auto before = content(db);
  fs::resize_file(folder / file, fs::file_size(folder / file) / 2);
  EXPECT_FALSE(b->restore(file)); // the checksum
  EXPECT_FALSE(b->restore_file(folder / file, "")); // pg_restore
  { std::ofstream{folder / "junk.dump"} << "junk"; }
  EXPECT_FALSE(b->restore_file(folder / "junk.dump", ""));
  EXPECT_EQ(content(db), before);
}

/// The program dies while it restores: at random instants from "just begun" to "nearly done". The database is the old one or,
/// when the last word was spoken, the new one; never anything else.
TEST_F(Backup, AKilledRestoreLeavesTheOldOne) {
  const auto file = made_file(*of(db));
  const auto saved = content(db);
  db.ask("update users set last_name = 'present'");
  const auto present = content(db);
  int interrupted = 0;
  for (int wait_ms : {5, 40, 80, 120, 180, 240, 320, 420, 550, 700}) {
    const auto child = ::fork();
    if (child == 0) {
      // Only its own connections, and no handlers of the test program.
      auto b = make_postgres_backups({db.settings(), folder, clock_now, seconds{120}});
      ::_exit(b->restore_file(folder / file, "") ? 0 : 1);
    }
    std::this_thread::sleep_for(milliseconds{wait_ms});
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    // What it left behind ends by itself: its server session rolls back, or had committed.
    for (int i = 0; i < 200 && db.ask("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()") != "0"; ++i)
      std::this_thread::sleep_for(milliseconds{50});
    const auto now = content(db);
    EXPECT_TRUE(now == present || now == saved) << "after " << wait_ms << " ms";
    if (now == present && WIFSIGNALED(status))
      ++interrupted;
    if (now == saved)
      db.ask("update users set last_name = 'present'");
    ASSERT_EQ(db.ask("select count(*) from users where last_name <> 'present'"), "0");
  }
  EXPECT_GE(interrupted, 3) << "too few were interrupted to show anything";
}

TEST_F(Backup, NamesAreNeverPaths) {
  auto b = of(db);
  made_file(*b);
  { std::ofstream{folder.parent_path() / "evs-victim"} << "x"; }
  for (const auto* name : {"../evs-victim", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "unknown.dump", "x' or '1'='1", "..%2fevs-victim"}) {
    EXPECT_FALSE(b->remove(name)) << name;
    EXPECT_FALSE(b->restore(name)) << name;
  }
  EXPECT_TRUE(fs::exists(folder.parent_path() / "evs-victim"));
  fs::remove(folder.parent_path() / "evs-victim");
}

TEST_F(Backup, RefusedWhileUnsafe) {
  auto b = of(db), other = of(db);
  const auto file = made_file(*b);
  db.ask("insert into open_calls (call_id) values ('call-live')");
  const auto live = b->restore(file);
  ASSERT_FALSE(live);
  EXPECT_EQ(live.error().code, errc::conflict);
  db.ask("delete from open_calls");
  db.ask("select pg_advisory_lock(7239463)"); // another node's job
  const auto busy = b->make("manual");
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, errc::conflict);
  EXPECT_FALSE(other->restore(file));
  db.ask("select pg_advisory_unlock(7239463)");
  EXPECT_TRUE(b->restore(file));
}

TEST_F(Backup, RemovesAndThinsOut) {
  auto b = of(db);
  const auto file = made_file(*b);
  ASSERT_TRUE(b->remove(file));
  EXPECT_FALSE(fs::exists(folder / file));
  EXPECT_FALSE(b->remove(file));
  EXPECT_FALSE(b->restore(file));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(b->make("schedule"));
  const auto kept = made_file(*b);
  b->thin_out(1);
  EXPECT_EQ(db.ask("select count(*) from backup_logs where origin = 'schedule' and status = 'success'"), "1");
  EXPECT_TRUE(fs::exists(folder / kept));
  EXPECT_EQ(std::distance(fs::directory_iterator{folder}, {}), 2);
}

TEST_F(Backup, TellsWhetherTheScheduleIsDue) {
  auto b = of(db);
  db.ask("update system_settings set content = content || '{\"frequency\": \"weekly\", \"time\": \"03:30\", \"dayOfWeek\": 3, \"keep\": 2}' where name = 'backup_schedule'");
  auto [schedule, begun] = b->schedule(clock_now() - std::chrono::hours{1});
  EXPECT_EQ(schedule.frequency, backup_schedule::pace::weekly);
  EXPECT_EQ(schedule.minute_of_day, 210);
  EXPECT_EQ(schedule.day_of_week, 3);
  EXPECT_EQ(schedule.keep, 2);
  EXPECT_FALSE(begun);
  ASSERT_TRUE(b->make("schedule"));
  EXPECT_TRUE(b->schedule(clock_now() - std::chrono::hours{1}).second);
  EXPECT_FALSE(b->schedule(clock_now() + std::chrono::hours{1}).second);
}

} // namespace
