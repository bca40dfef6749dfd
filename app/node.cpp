#include "app/node.hpp"

#include "actors/ami.hpp"
#include "actors/broadcast.hpp"
#include "actors/config.hpp"
#include "actors/directory.hpp"
#include "actors/store.hpp"
#include "actors/supervisor.hpp"
#include "app/administration.hpp"
#include "app/asterisk_servers.hpp"
#include "app/asterisk_sync.hpp"
#include "app/contact_watch.hpp"
#include "app/data_relay.hpp"
#include "app/database_pool.hpp"
#include "app/housekeeper.hpp"
#include "app/job_runner.hpp"
#include "app/operators_ear.hpp"
#include "app/part_settings.hpp"
#include "app/random_id.hpp"
#include "app/recollection.hpp"
#include "app/web_backend.hpp"
#include "app/web_settings.hpp"
#include "calendar/day.hpp"
#include "persistence/event_log.hpp"
#include "transport/web/server.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace evs {

namespace {

timestamp wall_clock() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

/// As long as the outbox: events hold names and numbers of people.
constexpr std::chrono::hours events_are_kept{24};

caf::actor_system_config& prepared(caf::actor_system_config& cfg, const config::node_settings& s) {
  cfg.add_message_types<caf::id_block::evs>();
  if (s.worker_threads != 0)
    cfg.set("scheduler.max-threads", static_cast<std::size_t>(s.worker_threads));
  // Idle workers sleep instead of polling: the node is mostly idle.
  cfg.set("work-stealing.aggressive-poll-attempts", std::size_t{10});
  cfg.set("work-stealing.moderate-poll-attempts", std::size_t{5});
  cfg.set("work-stealing.moderate-sleep-duration", caf::timespan{std::chrono::milliseconds{1}});
  cfg.set("work-stealing.relaxed-sleep-duration", caf::timespan{std::chrono::milliseconds{8}});
  return cfg;
}

} // namespace

/// In the order of their birth; they end in the opposite one.
struct node::parts {
  parts(config::settings s, std::string f) : settings(std::move(s)), file(std::move(f)) {}

  config::settings settings;
  std::string file;

  // What operators hear, and what every actor shares.
  operators_ear ear{settings.log};
  services_ptr services = std::make_shared<node_services>(ear, wall_clock, random_id);
  std::shared_ptr<std::atomic<bool>> gave_up = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<announced_states> announced = std::make_shared<announced_states>();

  // The actor system and its root.
  caf::actor_system_config system_settings;
  std::unique_ptr<caf::actor_system> system;
  supervisor_actor supervisor;
  config_actor config;
  asterisk_servers servers;

  // Who did what, what administrators ask of the system, and what they decided.
  std::unique_ptr<administration> admin;

  // PostgreSQL for people (the store actor has its own connection), and the web door.
  std::unique_ptr<database_pool> database;
  std::unique_ptr<sound_workshop> workshop;
  std::unique_ptr<web_backend> backend;
  std::unique_ptr<web::server> server;

  // What takes longer than a request.
  std::unique_ptr<job_runner> jobs;

  // Committed changes: to every screen, and to the actors.
  std::unique_ptr<data_relay> relay;
  std::unique_ptr<housekeeper> keeper;
  std::unique_ptr<persistence::store> relay_store;
  // ... and to Asterisk's configuration.
  std::unique_ptr<asterisk_sync> lines;
  // Leases, callbacks and pools of contacts.
  std::unique_ptr<contact_watch> contacts;
  /// What the actors were last told of, for a directory that is born again; and where it lives.
  std::shared_ptr<const directory_data> known;
  directory_actor directory;
  std::mutex directory_mutex;

  // Loads the directory as soon as PostgreSQL answers, then watches over it.
  std::thread loader;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::atomic<bool> loaded{false};
  std::atomic<bool> database_up{false};

  void launch();
  void start_store();
  void start_broadcast();
  /// Made, not open yet: with what answers behind it.
  void make_web_door();
  void start_config();
  void supervise_service(const std::string& name, std::function<caf::strong_actor_ptr()> spawn);
  std::function<caf::strong_actor_ptr()> ami_spawner(const config::asterisk_settings& s);
  bool load_once(persistence::store& store);
  void prepare_relay();
  void prepare_administration();
  void reload_directory();
  void end_families(const std::vector<std::string>& families, const std::string& why);
  void watch();
  /// Sleeps; true when the node stops.
  bool wait(milliseconds time);
  std::vector<web::component_status> readiness() const;
  void halt();
};

void node::parts::supervise_service(const std::string& name, std::function<caf::strong_actor_ptr()> spawn) {
  caf::scoped_actor self{*system};
  outcome said = outcome::refused({errc::timeout, name, {}});
  self->request(supervisor, seconds{10}, supervise{name, std::move(spawn)}).receive([&](outcome& o) { said = o; }, [](caf::error&) {});
  if (!said.ok)
    throw std::runtime_error(name + " did not start: " + said.detail);
}

void node::parts::launch() {
  services->set_rules(policies_of(settings));
  servers.set(settings.asterisk);
  system = std::make_unique<caf::actor_system>(prepared(system_settings, settings.node));
  supervisor = system->spawn(make_supervisor, services, gave_up);

  prepare_relay();
  keeper = std::make_unique<housekeeper>(store_settings_of(settings.database), ear, housekeeper::hooks{wall_clock, [this] { backend->sweep_files(); },
                                                                [this] { return persistence::forget_old_entries(log_settings_of(settings.redis), events_are_kept, wall_clock()); }});
  prepare_administration();
  // In a cluster the leader's hand only.
  lines = std::make_unique<asterisk_sync>(asterisk_sync::means{services, store_settings_of(settings.database), settings.secrets, [] { return true; }},
                                          settings.asterisk_apply);

  start_store();
  start_broadcast();
  make_web_door();
  start_config();

  server->start();
  ear.log(severity::info, "node", settings.node.name + " listens on http://" + settings.http.address + ":" + std::to_string(server->port()));
  loader = std::thread([this] { watch(); });
  jobs = std::make_unique<job_runner>(admin->desk(), [this](severity level, const std::string& what) { ear.log(level, "jobs", what); });
}

/// The durable sink: a thread of its own.
void node::parts::start_store() {
  supervise_service("store", [this] {
    auto open = [url = store_settings_of(settings.database)] { return persistence::make_postgres_store(url); };
    auto handle = system->spawn<caf::detached>(make_store, services, open, store_policy_of(settings.store));
    services->set_store(handle);
    return caf::actor_cast<caf::strong_actor_ptr>(handle);
  });
}

/// Over Redis where there is one.
void node::parts::start_broadcast() {
  supervise_service("broadcast", [this] {
    const auto log = log_settings_of(settings.redis);
    auto open = [log](persistence::log_listener& l) {
      return log.redis_host.empty() ? persistence::make_local_log(log, l) : persistence::make_redis_log(log, l);
    };
    broadcast_policy policy;
    policy.keep = std::min<std::size_t>(log.keep, 50000);
    policy.keep_for = events_are_kept;
    auto handle = system->spawn(make_broadcast, services, open, announced, policy);
    services->set_broadcast(handle);
    return caf::actor_cast<caf::strong_actor_ptr>(handle);
  });
}

void node::parts::make_web_door() {
  auto desk = admin->desk();
  desk.events_written = relay->waker();
  contacts = std::make_unique<contact_watch>(services, desk);
  database = std::make_unique<database_pool>(desk, settings.database.pool);
  database->on_rejected = [this](const std::string& why) { ear.log(severity::warning, "database", "refused: " + why); };
  backend = std::make_unique<web_backend>(*system, services, *database, ear, settings.auth.single_session);
  workshop = std::make_unique<sound_workshop>(std::filesystem::path{settings.storage.data_dir} / "work",
                                              [this](const std::string& why) { ear.log(severity::info, "media", why); });
  backend->set_workshop(*workshop);
  backend->set_refresh_leeway(settings.auth.refresh_leeway);
  backend->set_readiness([this] { return readiness(); });
  backend->set_office(&admin->office());
  server = std::make_unique<web::server>(web_settings_of(settings), *backend);
  server->on_request([this](const web::access_record& r) {
    ear.count("http_requests", std::to_string(r.status), 1);
    ear.log(r.status >= 500 ? severity::warning : severity::debug, "http",
            std::string{web::to_string(r.what.method)} + " " + std::string{r.what.path} + " " + std::to_string(r.status) + " " +
              std::to_string(r.took.count()) + " us");
  });

  server->on_password([this](const web::password_event& e) {
    const std::string who{web::to_string(e.who)};
    ear.gauge("password_line", who, static_cast<double>(e.waiting));
    if (e.what != web::password_event::kind::hashed) {
      ear.count("passwords_not_hashed", std::string{web::to_string(e.what)} + "_" + who, 1);
      return;
    }
    ear.count("passwords_hashed", who, 1);
    ear.observe("password_wait", std::chrono::duration<double>(e.waited).count());
    ear.observe("password_hash", std::chrono::duration<double>(e.took).count());
  });

  server->on_refused([this](const web::refused_attempt& a) { admin->refused(a); });
}

/// The configuration in force.
void node::parts::start_config() {
  config_hooks hooks;
  hooks.log = [this](const config::log_settings& l) { ear.configure(l); };
  hooks.web = [this](const config::settings& s) {
    backend->set_single_session(s.auth.single_session);
    backend->set_refresh_leeway(s.auth.refresh_leeway);
    servers.set(s.asterisk);
    admin->office().set_asterisk(s.asterisk);
    lines->configure(s.asterisk_apply);
    return server->update(web_settings_of(s));
  };
  hooks.saved = [this](std::vector<config::asterisk_settings>& wanted) { return admin->connection().put_over(wanted); };
  hooks.ami = [this](const config::asterisk_settings& s) { return ami_spawner(s); };
  config = system->spawn(make_config, services, file, settings, supervisor, hooks);
  backend->set_config(config);
}

std::function<caf::strong_actor_ptr()> node::parts::ami_spawner(const config::asterisk_settings& s) {
  return [this, s]() -> caf::strong_actor_ptr {
    const server_id id{s.name};
    auto calls = servers.take_unended(s.name);
    // After a crash: the calls of the previous actor, with what they knew.
    for (auto& orphan : services->calls.take_all(id)) {
      caf::anon_send_exit(orphan.handle, caf::exit_reason::user_shutdown);
      calls.push_back(orphan.memory);
    }
    auto connect = [link = link_settings_of(s)](ami::link_listener& l) { return ami::make_link(link, l); };
    auto handle = system->spawn(make_ami, services, id, connect, std::move(calls));
    services->set_ami(id, handle);
    return caf::actor_cast<caf::strong_actor_ptr>(handle);
  };
}

void node::parts::prepare_relay() {
  data_relay::reactions react;
  relay_store = persistence::make_postgres_store(store_settings_of(settings.database));
  react.settings_changed = [this] { reload_directory(); };
  react.connection_saved = [this] {
    admin->connection().refresh();
    caf::anon_send(config, connect_asterisk{});
  };
  react.lines_changed = [this] { lines->changed(); };
  react.signed_out = [this](const user_id& user, const std::vector<std::string>& families, const std::string& why) {
    ear.log(severity::info, "sign-in", "sign-ins of " + user.value + " ended: " + std::to_string(families.size()));
    end_families(families, why);
  };
  relay = std::make_unique<data_relay>(services, store_settings_of(settings.database), std::move(react));
  services->on_data = [this](const persistence::log_entry& e) { relay->arrived(e); };
}

void node::parts::reload_directory() {
  std::lock_guard lock{directory_mutex};
  known = std::make_shared<const directory_data>(relay_store->load_directory());
  caf::anon_send(directory, directory_loaded{known});
}

void node::parts::end_families(const std::vector<std::string>& families, const std::string& why) {
  for (const auto& family : families) {
    server->revoke_family(family);
    caf::anon_send(services->broadcast(), end_family{family, 4001, why});
  }
}

void node::parts::prepare_administration() {
  admin = std::make_unique<administration>(ear, services, settings, [this](const auto& families) {
    end_families(families, "Base de données restaurée");
    admin->prepare_database();
    reload_directory();
    caf::anon_send(config, connect_asterisk{});
    lines->changed();
  });
}

bool node::parts::load_once(persistence::store& store) {
  admin->prepare_database();
  auto found = recollect(store, wall_clock(), [this](const std::string& what) { ear.log(severity::error, "node", what); });
  ear.log(severity::info, "node", std::to_string(found.memory.open_calls.size()) + " calls without an end on record");

  {
    std::lock_guard lock{directory_mutex};
    known = found.settings;
  }
  supervise_service("directory", [this, memory = std::move(found.memory)] {
    auto handle = system->spawn(make_directory, services, memory, day_clock{calendar::day_of, calendar::start_of_day});
    std::lock_guard lock{directory_mutex};
    directory = handle;
    caf::anon_send(handle, directory_loaded{known});
    return caf::actor_cast<caf::strong_actor_ptr>(handle);
  });
  // The links come last: what they bring finds its owners.
  const auto published = [&] {
    const auto book = services->directory.read();
    return !book->users.empty() || found.settings->users.empty();
  };
  for (auto tries = 0; tries < 500 && !published(); ++tries)
    if (wait(milliseconds{10}))
      return true;
  servers.keep_unended(std::move(found.unended));
  caf::scoped_actor self{*system};
  bool answered = false;
  self->request(config, seconds{10}, connect_asterisk{}).receive([&](outcome& said) { answered = said.ok; }, [](caf::error&) {});
  if (!answered)
    throw std::runtime_error("the configuration's actor does not answer");
  return true;
}

void node::parts::watch() {
  auto store = persistence::make_postgres_store(store_settings_of(settings.database));
  milliseconds pause{200};
  bool told = false;
  for (;;) {
    try {
      if (!loaded) {
        load_once(*store);
        loaded = true;
        relay->start();
        contacts->start();
        backend->sweep_files();
        keeper->start();
        admin->office().start_schedule();
        lines->start();
        ear.log(severity::info, "node", "ready");
      } else {
        store->ping();
      }
      database_up = true;
      ear.gauge("database_up", {}, 1);
      pause = milliseconds{2000};
      told = false;
    } catch (const std::exception& e) {
      database_up = false;
      ear.gauge("database_up", {}, 0);
      if (!std::exchange(told, true))
        ear.log(severity::error, "node", std::string{"PostgreSQL does not answer: "} + e.what());
      pause = loaded ? milliseconds{1000} : std::min(pause * 2, milliseconds{2000});
    }
    if (wait(pause))
      return;
  }
}

bool node::parts::wait(milliseconds time) {
  std::unique_lock lock{mutex};
  return wake.wait_for(lock, time, [&] { return stopping; });
}

std::vector<web::component_status> node::parts::readiness() const {
  std::vector<web::component_status> all;
  all.push_back({"actors", loaded.load() && !gave_up->load(), true,
                 gave_up->load() ? "a service crashed too often" : loaded ? "running" : "starting"});
  all.push_back({"postgresql", database_up.load(), true, database_up ? "connected" : "unreachable"});
  for (const auto& name : servers.names()) {
    const bool up = ear.read_gauge("ami_up", name, 0) > 0;
    all.push_back({"asterisk " + name, up, true, up ? "connected" : "unreachable"});
  }
  if (!settings.redis.host.empty()) {
    const bool shared = ear.read_gauge("event_log_shared", {}, 0) > 0;
    all.push_back({"redis", shared, false, shared ? "shared event log" : "away: event log in this process"});
  }
  return all;
}

void node::parts::halt() {
  {
    std::lock_guard lock{mutex};
    if (stopping)
      return;
    stopping = true;
  }
  wake.notify_all();
  if (loader.joinable())
    loader.join();
  if (contacts)
    contacts->stop();
  jobs.reset();
  if (relay)
    relay->stop();
  if (lines)
    lines->stop();
  if (keeper)
    keeper->stop();
  ear.log(severity::info, "node", "stopping: no new work, calls go on in Asterisk");
  // 1. No new work from people.
  if (server)
    server->stop();
  if (!system)
    return;
  // 2. No news from Asterisk; 3. what is known is written; 4. everybody leaves.
  caf::scoped_actor self{*system};
  for (const auto& name : servers.names()) {
    self->send(supervisor, dismiss{ami_service(name)});
    services->set_ami(server_id{name}, ami_actor{});
  }
  if (auto store = services->store())
    self->request(store, seconds{10}, stop_work{})
      .receive(
        [&](outcome& said) { ear.log(said.ok ? severity::info : severity::error, "node", said.ok ? "everything is written" : "not everything could be written"); },
        [&](caf::error&) { ear.log(severity::error, "node", "the store did not answer before the end"); });
  for (auto& call : services->calls.handles())
    self->send_exit(call, caf::exit_reason::user_shutdown);
  self->request(supervisor, seconds{5}, stop_work{}).receive([](outcome&) {}, [](caf::error&) {});
  self->send_exit(config, caf::exit_reason::user_shutdown);
  services->set_store(store_actor{});
  services->set_broadcast(broadcast_actor{});
  services->directory.publish(std::make_shared<directory_picture>());
  {
    std::lock_guard lock{directory_mutex};
    directory = directory_actor{};
  }
  if (admin)
    admin->office().stop();
  server.reset();
  workshop.reset();
  backend.reset();
  config = config_actor{};
  supervisor = supervisor_actor{};
}

node::node(config::settings settings, std::string file) : parts_(std::make_unique<parts>(std::move(settings), std::move(file))) {}

node::~node() { stop(); }

void node::start() { parts_->launch(); }

void node::reload() {
  auto& p = *parts_;
  if (!p.system)
    return;
  caf::scoped_actor self{*p.system};
  self->request(p.config, seconds{10}, reload_wanted{})
    .receive(
      [&](reload_answer& said) {
        p.ear.log(said.what.problems.empty() ? severity::info : severity::error, "config",
                  said.what.problems.empty() ? "reloaded: " + std::to_string(said.what.changed.size()) + " keys changed, " +
                                                 std::to_string(said.what.needs_restart.size()) + " need a restart"
                                             : "not reloaded: " + std::to_string(said.what.problems.size()) + " problems");
      },
      [&](caf::error&) { p.ear.log(severity::error, "config", "the reload was not answered"); });
}

void node::stop() { parts_->halt(); }

} // namespace evs
