#include "persistence/backups.hpp"

#include "persistence/file_checksum.hpp"
#include "persistence/postgres/connection_words.hpp"
#include "persistence/postgres/session.hpp"
#include "persistence/secret.hpp"
#include "process/child_process.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evs::persistence {

namespace {

using namespace postgres;
namespace fs = std::filesystem;

constexpr statement begin_row{"backup_begin", "insert into backup_logs (id, file_name, origin, started_at) values ($1, $2, $3, $4::timestamptz)"};
constexpr statement end_row{"backup_end",
                            "update backup_logs set status = $2, finished_at = $3::timestamptz, size_bytes = $4::bigint, sha256 = $5, error = $6, "
                            "schema_version = coalesce((select max(name) from schema_migrations), '') where id = $1"};
constexpr statement shown{"backup_shown", "select row_to_json(v) from api_backup_logs v where v.id = $1"};
constexpr statement by_name{"backup_by_name", "select id, sha256, status from backup_logs where file_name = $1"};
constexpr statement mark_removed{"backup_removed", "update backup_logs set status = 'removed' where file_name = $1"};
constexpr statement mark_restored{"backup_restored", "update backup_logs set restored_at = $2::timestamptz where file_name = $1"};
/// What a node that died left behind.
constexpr statement give_up{"backup_give_up",
                            "update backup_logs set status = 'failure', finished_at = now(), error = 'interrompue' where status = 'running'"};
constexpr statement schedule_row{
  "backup_schedule_row",
  "select content->>'frequency', content->>'time', (content->>'dayOfWeek')::integer, (content->>'keep')::integer, "
  "exists (select from backup_logs where origin = 'schedule' and started_at >= $1::timestamptz) from system_settings where name = 'backup_schedule'"};
constexpr statement signed_in{"backup_signed_in", "select family from token_families where revoked_at is null"};
constexpr statement too_many{"backup_too_many",
                             "select file_name from backup_logs where origin = 'schedule' and status = 'success' "
                             "order by started_at desc, id desc offset $1::integer"};
constexpr statement take_turn{"backup_turn", "select pg_try_advisory_lock(7239463)"};
constexpr statement end_turn{"backup_turn_end", "select pg_advisory_unlock(7239463)"};
constexpr statement calls_live{"backup_calls_live", "select count(*) from open_calls"};
constexpr statement drop_old{"backup_drop_old", "drop schema if exists evs_before_restore cascade"};

/// The names that a dump uses are qualified; the schema in force steps aside. Extensions move with the new one: their operators are
/// named in the dump, and exist once a database.
constexpr std::string_view before = R"(
begin;
set local statement_timeout = 0;
set local lock_timeout = '30s';
drop schema if exists evs_before_restore cascade;
alter schema public rename to evs_before_restore;
create schema public;
do $$ declare one record; begin
  for one in select e.extname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where n.nspname = 'evs_before_restore' loop
    execute format('alter extension %I set schema public', one.extname);
  end loop;
end $$;
)";

/// A dump that lacks what every one of ours has is not taken. The audit log goes on where it continues the backup's; what it has
/// more of is chained anew otherwise. Sessions of the backup's time stay ended.
constexpr std::string_view after = R"(
set local search_path = public;
do $$ begin
  if to_regclass('public.schema_migrations') is null or to_regclass('public.users') is null or to_regclass('public.audit_log') is null then
    raise exception 'this is no backup of EVSCallPro';
  end if;
end $$;
update public.token_families set revoked_at = now() where revoked_at is null;
delete from public.open_calls;
update public.outbox set relayed_at = now() where relayed_at is null;
insert into public.backup_logs select * from evs_before_restore.backup_logs old
  where not exists (select from public.backup_logs b where b.id = old.id or b.file_name = old.file_name);
update public.backup_logs b set status = old.status, finished_at = old.finished_at, size_bytes = old.size_bytes, sha256 = old.sha256,
  schema_version = old.schema_version, error = old.error, restored_at = old.restored_at
  from evs_before_restore.backup_logs old where old.id = b.id;
do $$ begin
  if not exists (select from public.audit_log)
     or exists (select from evs_before_restore.audit_log now_there join public.audit_log saved using (position, hash)
                where saved.position = (select max(position) from public.audit_log)) then
    alter table public.audit_log disable trigger user;
    truncate public.audit_log;
    insert into public.audit_log select * from evs_before_restore.audit_log;
    alter table public.audit_log enable trigger user;
    delete from public.audit_pending;
  else
    insert into public.audit_pending (at, actor, login, address, action, entity, detail)
      select at, actor, login, address, action, entity, detail || '{"beforeRestore": true}' from evs_before_restore.audit_log order by position;
  end if;
  insert into public.audit_pending (at, actor, login, address, action, entity, detail)
    select at, actor, login, address, action, entity, detail from evs_before_restore.audit_pending order by id;
end $$;
commit;
)";

/// After a backup that this program can't bring up to date.
constexpr std::string_view swap_back = R"(
do $$ declare one record; begin
  for one in select e.extname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where n.nspname = 'public' loop
    execute format('alter extension %I set schema evs_before_restore', one.extname);
  end loop;
end $$;
drop schema public cascade;
alter schema evs_before_restore rename to public;
)";

std::string file_name_of(timestamp now) {
  auto text = to_iso8601(now); // 2026-11-22T02:00:00.000Z
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return "evs-" + text.substr(0, 8) + '-' + text.substr(9, 6) + '-' + random_hex().substr(0, 8) + ".dump";
}

/// A program's complaint as one line without the connection's words.
std::string short_complaint(const std::string& text) {
  auto line = text.substr(0, 400);
  std::replace_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

void flush_to_disk(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool kept = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0)
    ::close(descriptor);
  if (!kept)
    throw std::runtime_error{file.string() + " can't be written"};
}

class postgres_backups : public backups {
public:
  explicit postgres_backups(backup_settings settings) : settings_(std::move(settings)), session_(patient(settings_)) {}

  result<std::string> make(const std::string& origin) override {
    turn mine{session_};
    if (!mine.taken)
      return busy();
    session_.run(give_up);
    fs::create_directories(settings_.folder);
    fs::permissions(settings_.folder, fs::perms::owner_all);
    const auto began = settings_.now();
    const auto name = file_name_of(began);
    const auto id = "backup-" + random_hex();
    session_.run(begin_row, {id, name, origin, to_iso8601(began)});
    std::string error, checksum;
    std::uintmax_t size = 0;
    try {
      checksum = dump(name);
      size = fs::file_size(settings_.folder / name);
    } catch (const std::runtime_error& e) {
      error = e.what();
    }
    session_.run(end_row, {id, error.empty() ? "success" : "failure", to_iso8601(settings_.now()), std::to_string(size), checksum, error});
    if (!error.empty())
      return {errc::internal, "La sauvegarde a échoué : " + error};
    return session_.run(shown, {id}).at(0).text(0);
  }

  result<done> restore(const std::string& file_name) override {
    const auto found = known(file_name);
    if (!found)
      return found.error();
    auto outcome = restore_file(settings_.folder / file_name, *found);
    if (outcome)
      session_.run(mark_restored, {file_name, to_iso8601(settings_.now())});
    return outcome;
  }

  result<done> restore_file(const fs::path& file, const std::string& checksum) override {
    turn mine{session_};
    if (!mine.taken)
      return busy();
    if (session_.run(calls_live).at(0).number(0) > 0)
      return {errc::conflict, "Des appels sont en cours : attendez leur fin avant de restaurer."};
    if (!fs::is_regular_file(file))
      return {errc::not_found, "Le fichier de cette sauvegarde n'est plus là."};
    if (!checksum.empty() && sha256_of_file(file) != checksum)
      return {errc::conflict, "Le fichier a changé depuis la sauvegarde (somme de contrôle) : il n'est pas restauré."};
    try {
      replay(file);
    } catch (const std::runtime_error& e) {
      return {errc::internal, std::string{"La restauration a échoué, rien n'a changé : "} + e.what()};
    }
    return bring_up_to_date();
  }

  result<done> remove(const std::string& file_name) override {
    const auto found = known(file_name);
    if (!found)
      return found.error();
    std::error_code gone;
    fs::remove(settings_.folder / file_name, gone);
    if (gone)
      return {errc::internal, "Le fichier ne peut pas être supprimé."};
    session_.run(mark_removed, {file_name});
    return done{};
  }

  std::vector<std::string> living_sign_ins() override {
    std::vector<std::string> all;
    for (const auto& r : session_.run(signed_in))
      all.push_back(r.text(0));
    return all;
  }

  std::pair<backup_schedule, bool> schedule(timestamp midnight) override {
    const auto r = session_.run(schedule_row, {to_iso8601(midnight)}).at(0);
    value content = value::object{};
    content.set("frequency", r.text(0));
    content.set("time", r.text(1));
    content.set("dayOfWeek", r.number(2));
    content.set("keep", r.number(3));
    return {schedule_of(content), r.flag(4)};
  }

  void thin_out(int keep) override {
    if (keep > 0)
      for (const auto& r : session_.run(too_many, {std::to_string(keep)}))
        remove(r.text(0));
  }

private:
  using clock = child_process::clock;

  /// The turn of the whole cluster; ends with the connection, should this program die.
  struct turn {
    explicit turn(session& s) : db(s), taken(s.run(take_turn).at(0).flag(0)) {}
    ~turn() {
      try {
        if (taken)
          db.run(end_turn);
      } catch (const std::exception&) {
        // The connection is gone, and the lock with it.
      }
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    session& db;
    bool taken;
  };

  static store_settings patient(const backup_settings& settings) {
    auto s = settings.store;
    s.statement_timeout = std::max(s.statement_timeout, milliseconds{60'000});
    return s;
  }

  static failure busy() { return {errc::conflict, "Une sauvegarde ou une restauration est déjà en cours.", {}}; }

  /// The checksum of a file that the list has: a name is never a path.
  result<std::string> known(const std::string& file_name) {
    const auto missing = failure{errc::not_found, "Cette sauvegarde n'existe pas.", {}};
    if (!valid_backup_name(file_name))
      return missing;
    const auto rows = session_.run(by_name, {file_name});
    if (rows.empty() || rows.front().text(2) != "success")
      return missing;
    return rows.front().text(1);
  }

  clock::time_point deadline() const { return clock::now() + settings_.limit; }

  process_command command(std::vector<std::string> words) const {
    process_command c;
    c.words = std::move(words);
    c.environment = connection_environment(settings_.store.url);
    return c;
  }

  static void finish(child_process& program, clock::time_point until, const char* name) {
    if (const auto end = program.wait(until); !end.ok)
      throw std::runtime_error{std::string{name} + ": " + short_complaint(end.complaint.empty() ? end.how : end.complaint)};
  }

  /// The checksum of the new file.
  std::string dump(const std::string& name) {
    const auto whole = settings_.folder / name;
    auto partial = whole;
    partial += ".partial";
    try {
      { std::ofstream{partial}; }
      fs::permissions(partial, fs::perms::owner_read | fs::perms::owner_write);
      child_process program{command({"pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--exclude-schema=evs_before_restore",
                                     "--lock-wait-timeout=30s", "--no-password", "--file=" + partial.string()})};
      finish(program, deadline(), "pg_dump");
      flush_to_disk(partial);
      auto checksum = sha256_of_file(partial);
      fs::rename(partial, whole);
      flush_to_disk(settings_.folder);
      return checksum;
    } catch (...) {
      std::error_code ignored;
      fs::remove(partial, ignored);
      throw;
    }
  }

  /// The dump's table of contents without the schema itself, which we make.
  std::string contents(const fs::path& file, clock::time_point until) {
    process_command c = command({"pg_restore", "--list", file.string()});
    c.gives_output = true;
    child_process program{c};
    std::string all, kept;
    for (auto part = program.read(until); !part.empty(); part = program.read(until))
      all += part;
    finish(program, until, "pg_restore");
    for (std::size_t at = 0; at < all.size();) {
      const auto end = std::min(all.find('\n', at), all.size() - 1);
      const auto line = std::string_view{all}.substr(at, end - at);
      if (line.find(" SCHEMA - public ") == std::string_view::npos)
        kept.append(line).append("\n");
      at = end + 1;
    }
    return kept;
  }

  void replay(const fs::path& file) {
    const auto until = deadline();
    const auto list = file.parent_path() / ("." + file.filename().string() + "." + random_hex().substr(0, 8) + ".list");
    struct scratch {
      fs::path path;
      ~scratch() {
        std::error_code ignored;
        fs::remove(path, ignored);
      }
    } const cleared{list};
    std::ofstream{list} << contents(file, until);

    auto from = command({"pg_restore", "--no-owner", "--no-privileges", "--use-list=" + list.string(), "--file=-", file.string()});
    from.gives_output = true;
    auto to = command({"psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"});
    to.takes_input = true;
    to.environment.emplace_back("PGOPTIONS", "-c client_min_messages=error");
    child_process reader{from}, writer{to};
    // Without the last word the server takes everything back: whichever of us dies before.
    bool taken = writer.feed(before, until);
    for (auto part = reader.read(until); taken && !part.empty(); part = reader.read(until))
      taken = writer.feed(part, until);
    if (taken) {
      finish(reader, until, "pg_restore");
      taken = writer.feed(after, until);
    }
    writer.close_input();
    finish(writer, until, "psql");
    if (!taken)
      throw std::runtime_error{"psql ended early"};
  }

  result<done> bring_up_to_date() {
    try {
      migrate(settings_.store);
    } catch (const store_rejected& e) {
      session_.run(isolation::read_committed, [](transaction& t) { t.script(std::string{swap_back}); });
      return {errc::conflict, std::string{"Cette sauvegarde vient d'une autre version, rien n'a changé : "} + e.what()};
    }
    session_.run(drop_old);
    return done{};
  }

  backup_settings settings_;
  session session_;
};

} // namespace

std::unique_ptr<backups> make_postgres_backups(backup_settings settings) { return std::make_unique<postgres_backups>(std::move(settings)); }

} // namespace evs::persistence
