#include "app/system_office.hpp"

#include "app/database_failure.hpp"
#include "app/machine_figures.hpp"
#include "app/mailer.hpp"
#include "app/reachability.hpp"
#include "domain/audit_note.hpp"
#include "persistence/postgres/connection_words.hpp"
#include "persistence/system_reader.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <stdexcept>

namespace evs {

namespace {

constexpr seconds patience{8};
constexpr seconds schedule_pace{20};

std::tm local(timestamp t) {
  const auto s = std::chrono::system_clock::to_time_t(t);
  std::tm tm{};
  localtime_r(&s, &tm);
  return tm;
}

timestamp midnight_before(timestamp t) {
  auto tm = local(t);
  tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
  tm.tm_isdst = -1;
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::from_time_t(mktime(&tm)));
}

data_answer json(const value& what, unsigned status = 200) { return {status, to_json(what), {}, {}}; }

value whole(std::uint64_t n) { return static_cast<std::int64_t>(n); }

std::uint16_t port_of(const std::string& text, std::uint16_t otherwise) {
  std::uint16_t port = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

/// Whether these settings name another server than this one.
bool leads_elsewhere(const value& given, const config::asterisk_settings& server) {
  const auto *host = given.find("amiHost"), *port = given.find("amiPort");
  return (host && !host->text()->empty() && *host->text() != server.host) || (port && *port->integer() != server.port);
}

/// The same for mail: the saved password is for the saved server only.
bool mails_elsewhere(const value& given, const value& kept) {
  for (const auto* name : {"server", "port"}) {
    const auto *wanted = given.find(name), *present = kept.find(name);
    if (wanted && (!present || to_json(*wanted) != to_json(*present)))
      return true;
  }
  return false;
}

const failure password_wanted{errc::invalid_input, {}, {{"asterisk.amiPassword", "Pour un autre serveur le mot de passe est nécessaire."}}};

/// `status` is what older clients look at.
value reached(const std::string& target, const result<milliseconds>& took) {
  value answer = value::object{{"target", target}, {"ok", took.ok()}, {"status", took ? "success" : "failure"}};
  if (took)
    answer.set("latency", static_cast<std::int64_t>(took->count()));
  else
    answer.set("error", took.error().text());
  return answer;
}

/// Where an answer goes once: from the job, or from whoever waited for it long enough.
class once {
public:
  explicit once(web::callback<data_answer> done) : done_(std::move(done)) {}
  bool say(result<data_answer> what) {
    if (said_.exchange(true))
      return false;
    done_(std::move(what));
    return true;
  }

private:
  std::atomic<bool> said_{false};
  web::callback<data_answer> done_;
};

result<data_answer> guarded(const std::function<result<data_answer>()>& job) {
  try {
    return job();
  } catch (const persistence::store_unavailable& e) {
    return database_failure(e);
  } catch (const persistence::store_rejected&) {
    return {errc::conflict, "La base de données a refusé cette opération."};
  } catch (const std::exception& e) {
    return {errc::internal, e.what()};
  }
}

} // namespace

system_office::system_office(means with)
    : with_(std::move(with)), asterisk_(with_.settings.asterisk),
      backups_(persistence::make_postgres_backups({with_.desk.store, with_.desk.data_dir / "backups", with_.desk.now})) {}

system_office::~system_office() { stop(); }

void system_office::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (scheduler_.joinable())
    scheduler_.join();
  quick_.stop();
  patient_.stop();
  slow_.stop();
}

void system_office::set_asterisk(std::vector<config::asterisk_settings> all) {
  std::lock_guard lock{mutex_};
  asterisk_ = std::move(all);
}

config::asterisk_settings system_office::first_asterisk() const {
  std::lock_guard lock{mutex_};
  return asterisk_.empty() ? config::asterisk_settings{} : asterisk_.front();
}

std::optional<failure> system_office::objection(const save_connection& what) const {
  const auto& given = what.content.content;
  const auto* host = given.find("amiHost");
  const bool back_to_the_file = host && host->text()->empty();
  if (back_to_the_file || what.content.password || !leads_elsewhere(given, first_asterisk()))
    return std::nullopt;
  return password_wanted;
}

void system_office::note(const requester& who, const system_request& what, const std::string& outcome) {
  auto detail = audit_detail(what);
  detail.set("requestId", who.request_id);
  detail.set("outcome", outcome);
  with_.trail.note({who.who.user.value, who.login, who.address, who.action, who.entity, audit_text(detail)});
}

void system_office::alert(const std::string& level, const std::string& code, const std::string& message) {
  with_.services->tell(system_alert{level, code, message}, with_.services->now());
}

// ---------------------------------------------------------------- questions

bool system_office::takes(const data_request& what) noexcept {
  const auto* mine = std::get_if<system_request>(&what);
  return mine && (std::holds_alternative<make_backup>(*mine) || std::holds_alternative<restore_backup>(*mine) ||
                  std::holds_alternative<remove_backup>(*mine) || std::holds_alternative<test_email>(*mine) ||
                  std::holds_alternative<test_database>(*mine) || std::holds_alternative<test_ami>(*mine) ||
                  std::holds_alternative<ping_service>(*mine) || std::holds_alternative<read_stats>(*mine) ||
                  std::holds_alternative<read_logs>(*mine));
}

void system_office::perform(requester who, system_request what, web::callback<data_answer> done) {
  if (std::holds_alternative<read_stats>(what))
    return quick(who, what, std::move(done), [this] { return stats(); });
  if (const auto* asked = std::get_if<read_logs>(&what))
    return done(logs(*asked));
  if (const auto* asked = std::get_if<test_email>(&what))
    return quick(who, what, std::move(done), [this, who, asked = *asked] { return mail(who, asked); });
  if (const auto* asked = std::get_if<test_database>(&what))
    return quick(who, what, std::move(done), [this, asked = *asked] { return database(asked); });
  if (const auto* asked = std::get_if<test_ami>(&what))
    return quick(who, what, std::move(done), [this, asked = *asked] { return asterisk(asked); });
  if (const auto* asked = std::get_if<ping_service>(&what))
    return quick(who, what, std::move(done), [this, asked = *asked] { return reach(asked); });
  if (std::holds_alternative<make_backup>(what))
    return slow(who, what, std::move(done), "La sauvegarde est en cours.", [this] { return back_up("manual"); });
  if (const auto* asked = std::get_if<restore_backup>(&what))
    return slow(who, what, std::move(done), "La restauration est en cours.", [this, asked = *asked] { return restore(asked.file_name); });
  if (const auto* asked = std::get_if<remove_backup>(&what))
    return slow(who, what, std::move(done), "La suppression attend son tour.", [this, asked = *asked] { return remove(asked.file_name); });
  done(errc::internal);
}

void system_office::quick(const requester& who, const system_request& what, web::callback<data_answer> done,
                          std::function<result<data_answer>()> job) {
  const bool taken = quick_.push([this, who, what, done, job = std::move(job)] {
    auto said = guarded(job);
    if (worth_an_audit_line(who.action))
      note(who, what, said ? "ok" : said.error().text());
    done(std::move(said));
  });
  if (!taken)
    done({errc::rate_limited, "Trop d'opérations du système attendent : réessayez dans un instant."});
}

/// Who asks waits a little for the outcome; a longer job is answered 202, and its end comes as an event.
void system_office::slow(const requester& who, const system_request& what, web::callback<data_answer> done, std::string meanwhile,
                         std::function<result<data_answer>()> job) {
  auto answer = std::make_shared<once>(std::move(done));
  auto ended = std::make_shared<std::pair<std::mutex, std::condition_variable>>();
  auto over = std::make_shared<bool>(false);
  const bool taken = slow_.push([this, who, what, answer, ended, over, job = std::move(job)] {
    auto said = guarded(job);
    note(who, what, said ? "ok" : said.error().text());
    const auto text = said ? std::string{} : said.error().text();
    {
      std::lock_guard lock{ended->first};
      *over = true;
    }
    ended->second.notify_all();
    if (!answer->say(std::move(said)))
      alert(text.empty() ? "info" : "error", "system_job", who.action + (text.empty() ? " : terminé." : " : " + text));
  });
  if (!taken) {
    answer->say({errc::conflict, "D'autres sauvegardes ou restaurations attendent déjà."});
    return;
  }
  patient_.push([answer, ended, over, meanwhile = std::move(meanwhile)] {
    std::unique_lock lock{ended->first};
    if (!ended->second.wait_for(lock, patience, [&] { return *over; }))
      answer->say(json(value::object{{"message", meanwhile}, {"status", "running"}}, 202));
  });
}

// ---------------------------------------------------------------- figures, logs

result<data_answer> system_office::stats() const {
  const auto m = look_at_machine(with_.desk.data_dir);
  const auto recordings = look_at_folder(with_.desk.data_dir / "recordings");
  return json(value::object{
    {"cpu", value::object{{"brand", m.processor}, {"cores", static_cast<std::int64_t>(m.cores)}, {"load", m.load_percent}}},
    {"ram", value::object{{"total", whole(m.memory_total)}, {"used", whole(m.memory_used)}, {"node", whole(m.resident)}}},
    {"disk", value::object{{"total", whole(m.disk_total)}, {"used", whole(m.disk_used)}}},
    {"recordings", value::object{{"size", whole(recordings.bytes)}, {"files", whole(recordings.files)}}},
    {"sessions", with_.ear.read_gauge("sessions", {}, 0)},
    {"agents", static_cast<std::int64_t>(with_.services->states.all().size())},
    {"calls", static_cast<std::int64_t>(with_.services->calls.handles().size())}});
}

result<data_answer> system_office::logs(const read_logs& what) const {
  const auto least = what.level == "ERROR"     ? severity::error
                     : what.level == "WARNING" ? severity::warning
                     : what.level == "INFO"    ? severity::info
                                               : severity::debug;
  return data_answer{200, to_json(with_.ear.recent().newest(least, static_cast<std::size_t>(what.limit))), {}, {}};
}

std::vector<system_office::service> system_office::known_services() const {
  std::vector<service> all;
  const auto place = persistence::postgres::place_of(with_.desk.store.url);
  all.push_back({"database", "PostgreSQL", place.host.empty() ? "localhost" : place.host, port_of(place.port, 5432)});
  if (!with_.settings.redis.host.empty())
    all.push_back({"redis", "Redis", with_.settings.redis.host, with_.settings.redis.port});
  std::lock_guard lock{mutex_};
  for (const auto& server : asterisk_)
    all.push_back({"asterisk-" + server.name, "Asterisk " + server.name, server.host, server.port});
  return all;
}

std::vector<std::pair<std::string, std::string>> system_office::application_data(const viewer& who) const {
  const bool administers = who.role >= role::administrator;
  value connection = value::object{}, versions = value::object{};
  value::array services;
  std::string lines = "[]";
  if (administers) {
    const auto place = persistence::postgres::place_of(with_.desk.store.url);
    const auto server = first_asterisk();
    connection.set("database", value::object{{"host", place.host}, {"port", place.port}, {"user", place.user}, {"database", place.database},
                                             {"passwordSet", true}});
    connection.set("asterisk", value::object{{"amiHost", server.host}, {"amiPort", static_cast<std::int64_t>(server.port)},
                                             {"amiUser", server.username}, {"passwordSet", !server.secret.empty()}});
    for (const auto& one : known_services())
      services.push_back(value::object{{"id", one.id}, {"name", one.name}, {"target", one.target()}});
    lines = to_json(with_.ear.recent().newest(severity::info, 100));
  }
  versions.set("application", EVS_VERSION);
  if (administers) {
    std::lock_guard lock{mutex_};
    versions.set("database", database_version_);
  }
  return {{"systemConnectionSettings", to_json(connection)}, {"systemLogs", lines}, {"versionInfo", to_json(versions)},
          {"connectivityServices", to_json(value{std::move(services)})}};
}

// ---------------------------------------------------------------- tests of what is elsewhere

result<data_answer> system_office::mail(const requester& who, const test_email& what) {
  auto kept = persistence::read_kept_settings(with_.desk.store, with_.desk.secret_keys, settings_kind::smtp);
  const bool elsewhere = !what.settings.password && !kept.password.empty() && mails_elsewhere(what.settings.content, kept.content);
  for (const auto& [name, content] : *what.settings.content.members())
    kept.content.set(name, content);
  const auto settings = smtp_of(kept.content);
  if (elsewhere && settings.auth)
    return failure{errc::invalid_input, {}, {{"password", "Pour un autre serveur le mot de passe est nécessaire."}}};
  const auto to = !what.to.empty() ? what.to : persistence::address_of_account(with_.desk.store, who.who.user);
  if (to.empty())
    return failure{errc::invalid_input, {}, {{"to", "Votre compte n'a pas d'adresse : indiquez le destinataire."}}};
  const evs::mail letter{to, "Message d'essai d'EVSCallPro",
                         "Ce message montre que les réglages SMTP d'EVSCallPro fonctionnent.\n\nDemandé par " + who.login + ".\n"};
  auto sent = send_mail(settings, what.settings.password.value_or(kept.password), letter, with_.desk.now());
  if (!sent)
    return sent.error();
  return json(value::object{{"message", "Le message d'essai est parti vers " + to + '.'}, {"to", to}});
}

result<data_answer> system_office::database(const test_database& what) {
  const auto given = [&](std::string_view name) -> std::string {
    const auto* one = what.wanted.find(name);
    return !one ? std::string{} : one->text() ? *one->text() : one->integer() ? std::to_string(*one->integer()) : std::string{};
  };
  const persistence::postgres::connection_place wanted{given("host"), given("port"), given("user"), given("database")};
  auto store = with_.desk.store;
  const auto here = persistence::postgres::place_of(store.url);
  const auto differs = [](const std::string& asked, const std::string& present) { return !asked.empty() && asked != present; };
  const auto password = given("password");
  // What application-data shows in place of one is none.
  const bool typed = !password.empty() && password != "***";
  if (!typed && (differs(wanted.host, here.host) || differs(wanted.port, here.port) || differs(wanted.user, here.user)))
    return failure{errc::invalid_input, {}, {{"password", "Pour un autre serveur ou compte le mot de passe est nécessaire."}}};
  store.url = persistence::postgres::with_place(store.url, wanted, typed ? std::optional{password} : std::nullopt);
  const auto began = std::chrono::steady_clock::now();
  std::string version;
  try {
    version = persistence::database_version(store);
  } catch (const persistence::store_unavailable& no) {
    if (dynamic_cast<const persistence::store_overdue*>(&no))
      throw;
    return failure{errc::database_unavailable, "Cette base de données ne répond pas, ou refuse ce compte.", {}};
  }
  const auto took = std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - began);
  return json(value::object{{"message", "PostgreSQL " + version + " répond."}, {"version", version}, {"latency", static_cast<std::int64_t>(took.count())}});
}

result<data_answer> system_office::asterisk(const test_ami& what) {
  auto server = first_asterisk();
  if (!what.settings.password && leads_elsewhere(what.settings.content, server))
    return password_wanted;
  const auto& given = what.settings.content;
  if (const auto* host = given.find("amiHost"); host && !host->text()->empty())
    server.host = *host->text();
  if (const auto* port = given.find("amiPort"))
    server.port = static_cast<std::uint16_t>(*port->integer());
  if (const auto* user = given.find("amiUser"); user && !user->text()->empty())
    server.username = *user->text();
  if (what.settings.password)
    server.secret = *what.settings.password;
  auto version = try_asterisk(server);
  if (!version)
    return version.error();
  return json(value::object{{"message", "Asterisk " + *version + " a accepté la connexion."}, {"version", *version}});
}

result<data_answer> system_office::reach(const ping_service& what) {
  for (const auto& one : known_services())
    if (what.target == one.id || what.target == one.name || what.target == one.target()) {
      const auto took = try_connection(one.host, one.port);
      return json(reached(one.target(), took));
    }
  if (const auto colon = what.target.rfind(':'); colon != std::string::npos) {
    const auto host = what.target.substr(0, colon);
    if (persistence::is_address_of_site(with_.desk.store, host))
      return json(reached(what.target, try_connection(host, port_of(what.target.substr(colon + 1), 0))));
  }
  return failure{errc::invalid_input, {}, {{"target", "Ce service n'est pas dans la liste (connectivityServices)."}}};
}

// ---------------------------------------------------------------- backups

result<data_answer> system_office::back_up(const std::string& origin) {
  auto made = backups_->make(origin);
  if (!made) {
    with_.ear.log(severity::error, "backup", made.error().text());
    return made.error();
  }
  with_.ear.log(severity::info, "backup", "made: " + *made);
  return data_answer{201, std::move(*made), {}, {}};
}

result<data_answer> system_office::restore(const std::string& file) {
  if (!with_.services->calls.handles().empty())
    return {errc::conflict, "Des appels sont en cours : attendez leur fin avant de restaurer."};
  const auto families = backups_->living_sign_ins();
  const auto outcome = backups_->restore(file);
  if (!outcome) {
    with_.ear.log(severity::error, "backup", "not restored: " + file + ": " + outcome.error().text());
    return outcome.error();
  }
  with_.ear.log(severity::warning, "backup", "restored: " + file);
  with_.restored(families);
  return json(value::object{{"message", "La sauvegarde est restaurée ; chacun doit se reconnecter."}, {"fileName", file}});
}

result<data_answer> system_office::remove(const std::string& file) {
  const auto outcome = backups_->remove(file);
  if (!outcome)
    return outcome.error();
  return json(value::object{{"message", "La sauvegarde est supprimée."}, {"fileName", file}});
}

void system_office::start_schedule() {
  try {
    const auto version = persistence::database_version(with_.desk.store);
    std::lock_guard lock{mutex_};
    database_version_ = version;
  } catch (const std::exception&) {
    // Shown as unknown.
  }
  if (!scheduler_.joinable())
    scheduler_ = std::thread([this] { watch_schedule(); });
}

void system_office::watch_schedule() {
  auto reader = persistence::make_postgres_backups({with_.desk.store, with_.desk.data_dir / "backups", with_.desk.now});
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      if (wake_.wait_for(lock, schedule_pace, [&] { return stopping_; }))
        return;
    }
    try {
      const auto now = with_.desk.now();
      const auto tm = local(now);
      const auto [schedule, begun] = reader->schedule(midnight_before(now));
      if (!backup_due(schedule, {tm.tm_hour * 60 + tm.tm_min, tm.tm_wday, tm.tm_mday}, begun))
        continue;
      slow_.push([this, keep = schedule.keep, midnight = midnight_before(now)] {
        if (backups_->schedule(midnight).second)
          return;
        const auto made = guarded([&] { return back_up("schedule"); });
        with_.trail.note({"", "", "", "backup", "system/backups", made ? made->json : std::string{"{}"}});
        if (made)
          backups_->thin_out(keep);
        else
          alert("error", "backup_failed", made.error().text());
      });
    } catch (const std::exception& e) {
      with_.ear.log(severity::warning, "backup", std::string{"the schedule can't be read: "} + e.what());
    }
  }
}

} // namespace evs
