#include "tests/actors/house.hpp"

#include "actors/ami.hpp"
#include "actors/directory.hpp"
#include "actors/store.hpp"

#include "domain/labels.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

namespace evs::test {

namespace {

/// Stands where the broadcast stands and keeps what is announced.
broadcast_actor::behavior_type make_listener(broadcast_actor::pointer, std::shared_ptr<std::vector<live_event>> heard) {
  return {
    [=](announce& m) { heard->push_back(m.what); },
    [](log_epoch&) {},
    [](log_batch&) {},
    [](session_joined&) {},
    [](charges_changed&) {},
    [](boards_due&) {},
    [](snapshot_wanted&) { return std::string{"{}"}; },
    [](end_sessions&) {},
    [](end_family&) {},
    [](tick&) {},
  };
}

caf::actor_system_config& prepared(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  config.set("logger.verbosity", caf::atom("quiet"));
  config.add_message_types<caf::id_block::evs>();
  return config;
}

day_clock utc_days() {
  return {[](timestamp t, const std::string&) { return to_iso8601(t).substr(0, 10); },
          [](timestamp t, const std::string&) { return timestamp{std::chrono::floor<std::chrono::days>(t)}; }};
}

agent_settings person(const std::string& login_id, role r, const std::string& site) {
  agent_settings a;
  a.id.value = "user-" + login_id;
  a.login_id = login_id;
  a.first_name = "Prénom" + login_id;
  a.last_name = "Nom";
  a.role = r;
  a.site.value = site;
  if (r == role::agent) {
    a.extension = login_id;
    a.campaigns = {campaign_id{"campaign-demo"}};
  }
  return a;
}

} // namespace

house::house()
    : services(std::make_shared<node_services>(
        ear, [this] { return now_; }, [this] { return "id-" + std::to_string(++ids_); })),
      system(prepared(config)), scheduler(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {
  change_rules([](policies& p) { p.self_check = milliseconds{2000}; });
  ears = system.spawn(make_listener, heard);
  services->set_broadcast(ears);
  store = system.spawn(make_store, services, [rows = rows] { return std::make_unique<memory_store>(rows); }, store_policy{});
  services->set_store(store);
  directory = system.spawn(make_directory, services, node_memory{}, utc_days());
  run();
}

house::~house() {
  for (const auto& a : askers_)
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(a))
      caf::anon_send_exit(strong, caf::exit_reason::user_shutdown);
  if (ami)
    caf::anon_send_exit(ami, caf::exit_reason::user_shutdown);
  run();
  for (auto& c : services->calls.handles())
    caf::anon_send_exit(c, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(directory, caf::exit_reason::user_shutdown);
  run();
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(ears, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(system.registry().running(), 0U) << "actors that nobody ends";
  // What is still scheduled goes with the clock; a hanging actor fails the test instead of hanging it.
  if (system.registry().running() != 0)
    system.await_actors_before_shutdown(false);
  services->set_store({});
  services->set_broadcast({});
  services->set_ami(server_id{"central"}, {});
  services->directory.publish(std::make_shared<directory_picture>());
}

directory_data house::demo() {
  directory_data d;
  d.sites = {{site_id{"site-paris"}, "Paris", "Europe/Paris", {}, false}, {site_id{"site-lyon"}, "Lyon", "Europe/Paris", {}, false}};
  for (const char* site : {"paris", "lyon"}) {
    trunk_settings t;
    t.id.value = std::string{"trunk-"} + site;
    t.name = t.id.value;
    t.site.value = std::string{"site-"} + site;
    t.inbound_context = "evs-from-trunk";
    t.channel_limit = 4;
    d.trunks.push_back(t);
  }
  for (const char* login : {"1001", "1002", "1003"})
    d.users.push_back(person(login, role::agent, std::string{login} == "1002" ? "site-lyon" : "site-paris"));
  d.users.push_back(person("1000", role::supervisor, {}));
  d.users.push_back(person("1500", role::supervisor, "site-lyon"));
  queue_settings q;
  q.id.value = "queue-accueil";
  q.name = "Accueil";
  q.members = {agent_id{"user-1001"}, agent_id{"user-1002"}, agent_id{"user-1003"}};
  d.queues.push_back(q);
  q.id.value = "queue-support";
  q.name = "Support";
  q.members = {agent_id{"user-1001"}};
  d.queues.push_back(q);
  d.dids = {{did_id{"did-1"}, "+33140000001", {}, trunk_id{"trunk-paris"}, {}, queue_id{"queue-accueil"}},
            {did_id{"did-2"}, "+33140000002", {}, trunk_id{"trunk-paris"}, {}, queue_id{"queue-support"}},
            {did_id{"did-3"}, "+33472000001", {}, trunk_id{"trunk-lyon"}, {}, queue_id{"queue-accueil"}}};
  campaign_settings c;
  c.id.value = "campaign-demo";
  c.name = "Démo";
  c.caller_id = "+33140000009";
  c.is_active = true;
  c.agents = q.members;
  c.agents = {agent_id{"user-1001"}, agent_id{"user-1002"}, agent_id{"user-1003"}};
  d.campaigns = {c};
  return d;
}

void house::run() {
  while (scheduler.try_run_once()) {
  }
}

void house::pass(milliseconds time) {
  using clock_time = caf::actor_clock::time_point;
  auto& clock = scheduler.clock();
  const clock_time start = clock.now();
  const clock_time end = start + time;
  const auto wall = now_;
  for (;;) {
    run();
    const auto& due = clock.schedule();
    auto next = due.empty() ? end : std::min(end, std::max(due.begin()->first, clock.now()));
    now_ = wall + std::chrono::duration_cast<milliseconds>(next - start);
    const bool last = next >= end;
    clock.advance_time(next - clock.now());
    if (last && (clock.schedule().empty() || clock.schedule().begin()->first > end))
      break;
  }
  run();
}

void house::load(directory_data data) {
  send(directory, directory_loaded{std::make_shared<const directory_data>(std::move(data))});
}

void house::start_ami(std::vector<call_memory> open_calls, const std::string& server) {
  for (const char* phone : {"1001", "1002", "1003", "trunk-paris", "trunk-lyon"})
    asterisk.devices.emplace(phone, "NOT_INUSE");
  ami = system.spawn(make_ami, services, server_id{server}, [this](ami::link_listener& l) { return asterisk.connect(l); },
                     std::move(open_calls));
  services->set_ami(server_id{server}, ami);
  run();
}

void house::restart_ami() {
  std::vector<call_memory> calls;
  for (auto& orphan : services->calls.take_all(server_id{"central"})) {
    caf::anon_send_exit(orphan.handle, caf::exit_reason::user_shutdown);
    calls.push_back(orphan.memory);
  }
  start_ami(std::move(calls));
}

void house::available(std::initializer_list<const char*> login_ids) {
  for (const char* login : login_ids) {
    if (auto said = wants(login, agent_state::available); !said.ok)
      throw std::runtime_error(said.detail);
    pass(seconds{1});
  }
}

agent_snapshot house::shown(const std::string& login_id) const {
  agent_snapshot last;
  for (const auto& e : told<agent_changed>())
    if (e.now.id.value == "user-" + login_id)
      last = e.now;
  return last;
}

queue_snapshot house::queue_shown(const std::string& id) const {
  queue_snapshot last;
  for (const auto& e : told<queue_changed>())
    if (e.now.id.value == id)
      last = e.now;
  return last;
}

trunk_snapshot house::trunk_shown(const std::string& id) const {
  trunk_snapshot last;
  for (const auto& e : told<trunk_changed>())
    if (e.now.id.value == id)
      last = e.now;
  return last;
}

campaign_snapshot house::campaign_shown(const std::string& id) const {
  campaign_snapshot last;
  for (const auto& e : told<campaign_changed>())
    if (e.now.id.value == id)
      last = e.now;
  return last;
}

call_snapshot house::the_call() const {
  call_snapshot found;
  std::size_t n = 0;
  for (const auto& e : told<call_started>())
    if (auto entry = services->calls.find(e.now.id); entry && entry->memory.now.id != found.id) {
      found = entry->memory.now;
      ++n;
    }
  if (n != 1 || services->calls.size() != 1)
    throw std::runtime_error(std::to_string(services->calls.size()) + " calls live");
  return found;
}

std::optional<call_actor> house::call(const std::string& id) const {
  auto entry = services->calls.find(call_id{id});
  return entry ? std::optional{entry->handle} : std::nullopt;
}

outcome house::wants(const std::string& login_id, agent_state state, const std::string& reason) {
  return ask<state_answer>(agent(login_id), state_wanted{state, reason, {}}).result;
}

std::shared_ptr<answer<dial_answer>> house::dials(const std::string& login_id, const std::string& number, const std::string& campaign) {
  auto out = ask_later<dial_answer>(ami, dial_out{agent_id{"user-" + login_id}, number, campaign_id{campaign}, {}});
  run();
  return out;
}

std::string house::call_story(const std::string& id) const {
  std::string all;
  auto add = [&](std::string_view word) {
    if (!all.empty())
      all += ' ';
    all += word;
  };
  for (const auto& e : *heard) {
    if (auto* x = std::get_if<call_started>(&e); x && x->now.id.value == id)
      add("new");
    if (auto* x = std::get_if<call_changed>(&e); x && x->now.id.value == id)
      add(token(x->now.state));
    if (auto* x = std::get_if<call_finished>(&e); x && x->now.id.value == id)
      add(token(x->now.reason));
  }
  return all;
}

void house::change_rules(const std::function<void(policies&)>& how) {
  auto next = *services->rules();
  how(next);
  services->set_rules(next);
}

} // namespace evs::test
