// Directory, supervisor and configuration: what changes while the node runs, and what happens when a part of it crashes.

#include "actors/config.hpp"
#include "actors/directory.hpp"
#include "actors/supervisor.hpp"
#include "config/parse.hpp"
#include "tests/actors/house.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace evs::test {
namespace {

// ------------------------------------------------------------ directory

/// A day that has no end.
day_clock one_day(timestamp start = {}) {
  return {[](timestamp, const std::string&) { return std::string{"day"}; }, [start](timestamp, const std::string&) { return start; }};
}

class Directory : public testing::Test {
protected:
  Directory() { house_.load(house::demo()); }
  agent_state state(const char* login) const { return house_.shown(login).state; }
  house house_;
};

TEST_F(Directory, PublishesWhereEverybodyLives) {
  const auto book = house_.services->directory.read();
  EXPECT_EQ(book->agents.size(), 3U);
  EXPECT_EQ(book->users.size(), 5U);
  EXPECT_EQ(book->by_extension.at("1002").value, "user-1002");
  EXPECT_EQ(book->agent(agent_id{"user-1001"})->queues.size(), 2U);
  EXPECT_EQ(book->trunk_of_site(site_id{"site-lyon"})->settings.id.value, "trunk-lyon");
  EXPECT_EQ(book->did(trunk_id{"trunk-lyon"}, "0472000001")->queue.value, "queue-accueil");
  EXPECT_EQ(book->first_did(trunk_id{"trunk-paris"})->number, "+33140000001");
}

/// What is found in a picture lives no longer than it, so nobody may look into one that he doesn't keep.
template <class Picture>
concept looks_into = requires(Picture picture) {
  std::forward<Picture>(picture)->agent(agent_id{});
};
static_assert(looks_into<held_picture&> && looks_into<const held_picture&>);
static_assert(!looks_into<held_picture> && !looks_into<const held_picture>);

TEST_F(Directory, APictureThatIsKeptOutlivesTheNextOne) {
  const auto book = house_.services->directory.read();
  const auto* agent = book->agent(agent_id{"user-1001"});
  house_.load(directory_data{});
  EXPECT_EQ(agent->settings.login_id, "1001");
}

TEST_F(Directory, SettingsChangeWithoutARestart) {
  house_.available({"1001"});
  const auto before = house_.agent("1001");
  auto data = house::demo();
  data.users[0].first_name = "Camille";
  data.queues[1].members.push_back(agent_id{"user-1003"});
  data.queues[0].members.pop_back();
  auto extra = data.users[1];
  extra.id.value = "user-1004";
  extra.login_id = extra.extension = "1004";
  data.users.push_back(extra);
  house_.load(data);
  EXPECT_EQ(house_.agent("1001"), before);
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_EQ(house_.shown("1001").first_name, "Camille");
  EXPECT_EQ(house_.shown("1004").state, agent_state::offline);
  // The queue learns of its new member what he is.
  house_.send(house_.agent("1003"), phone_seen{reachability::reachable});
  house_.available({"1003"});
  EXPECT_EQ(house_.queue_shown("queue-support").agents_available, 1U);
  EXPECT_EQ(house_.queue_shown("queue-accueil").agents_available, 0U);
}

TEST_F(Directory, ANewMemberPresentsHimself) {
  house_.send(house_.agent("1003"), phone_seen{reachability::reachable});
  house_.available({"1003"});
  auto data = house::demo();
  data.queues[1].members.push_back(agent_id{"user-1003"});
  house_.load(data);
  EXPECT_EQ(house_.queue_shown("queue-support").agents_available, 1U);
}

TEST_F(Directory, WhoIsRemovedIsGone) {
  auto data = house::demo();
  data.users.erase(data.users.begin());
  data.queues.pop_back();
  house_.load(data);
  const auto book = house_.services->directory.read();
  EXPECT_EQ(book->agent(agent_id{"user-1001"}), nullptr);
  EXPECT_EQ(book->queue(queue_id{"queue-support"}), nullptr);
  ASSERT_EQ(house_.told<agent_removed>().size(), 1U);
  ASSERT_EQ(house_.told<queue_removed>().size(), 1U);
  EXPECT_EQ(house_.told<queue_removed>().front().id, queue_id{"queue-support"});
  EXPECT_EQ(house_.ear.counted("actor_crashes{agent}"), 0U);
  house_.load(house::demo());
  EXPECT_EQ(state("1001"), agent_state::offline);
}

TEST_F(Directory, LinesAndCampaignsThatAreDeletedLeaveTheBoardsOnce) {
  auto data = house::demo();
  const auto trunk = data.trunks.back();
  const auto campaign = data.campaigns.back().id;
  data.trunks.pop_back();
  data.campaigns.pop_back();
  house_.load(data);
  ASSERT_EQ(house_.told<trunk_removed>().size(), 1U);
  EXPECT_EQ(house_.told<trunk_removed>().front().id, trunk.id);
  EXPECT_EQ(house_.told<trunk_removed>().front().site, trunk.site);
  ASSERT_EQ(house_.told<campaign_removed>().size(), 1U);
  EXPECT_EQ(house_.told<campaign_removed>().front().id, campaign);
  house_.load(data);
  EXPECT_EQ(house_.told<trunk_removed>().size() + house_.told<campaign_removed>().size() + house_.told<queue_removed>().size(), 2U);
}

TEST_F(Directory, WhatIsDeletedWhileTheDirectoryIsDownLeavesTheBoardsToo) {
  caf::anon_send_exit(house_.directory, caf::exit_reason::kill);
  house_.run();
  house_.directory = house_.system.spawn(make_directory, house_.services, node_memory{}, one_day());
  auto data = house::demo();
  data.queues.pop_back();
  data.trunks.pop_back();
  data.campaigns.pop_back();
  house_.load(data);
  EXPECT_EQ(house_.told<queue_removed>().size(), 1U);
  ASSERT_EQ(house_.told<trunk_removed>().size(), 1U);
  EXPECT_EQ(house_.told<trunk_removed>().front().site, house::demo().trunks.back().site);
  EXPECT_EQ(house_.told<campaign_removed>().size(), 1U);
}

TEST_F(Directory, AnAgentWhoCrashesComesBackAsHeWas) {
  house_.send(house_.agent("1001"), phone_seen{reachability::reachable});
  house_.available({"1001"});
  house_.wants("1001", agent_state::paused, "déjeuner");
  const auto version = house_.shown("1001").version;
  house_.crash(house_.agent("1001"));
  EXPECT_EQ(house_.ear.counted("actor_crashes{agent}"), 1U);
  EXPECT_EQ(state("1001"), agent_state::paused);
  EXPECT_EQ(house_.shown("1001").reason, "déjeuner");
  EXPECT_GT(house_.shown("1001").version, version) << "dashboards must not take it for old";
  EXPECT_TRUE(house_.wants("1001", agent_state::available).ok);
  EXPECT_EQ(house_.queue_shown("queue-accueil").agents_available, 1U) << "his queues know him";
}

TEST_F(Directory, AQueueThatCrashesFindsItsMembersAndCallers) {
  house_.start_ami();
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{3});
  house_.crash(house_.queue("queue-accueil"));
  EXPECT_EQ(house_.ear.counted("actor_crashes{queue}"), 1U);
  house_.pass(seconds{6});
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 1U);
  house_.available({"1001"});
  EXPECT_EQ(house_.shown("1001").call.value, "in-1");
}

TEST_F(Directory, AQueueThatCrashesKnowsTheFreeAgents) {
  house_.start_ami();
  house_.available({"1001"});
  house_.crash(house_.queue("queue-accueil"));
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  EXPECT_EQ(state("1001"), agent_state::ringing);
}

TEST_F(Directory, ATrunkThatCrashesCountsItsLinesAgain) {
  house_.start_ami();
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  house_.crash(house_.trunk("trunk-paris"));
  house_.pass(seconds{5});
  EXPECT_EQ(house_.trunk_shown("trunk-paris").channels_in_use, 1U);
}

TEST_F(Directory, WhoCrashesTooOftenStaysDown) {
  for (int i = 0; i < 6; ++i)
    house_.crash(house_.campaign("campaign-demo"));
  EXPECT_EQ(house_.ear.counted("actor_crashes{campaign}"), 6U);
  EXPECT_EQ(house_.ear.counted("supervision_gave_up{campaign}"), 1U);
  EXPECT_EQ(house_.told<system_alert>().back().code, "actor_down");
}

TEST_F(Directory, OldCrashesDoNotCount) {
  for (int i = 0; i < 12; ++i) {
    house_.crash(house_.campaign("campaign-demo"));
    house_.pass(seconds{20});
  }
  EXPECT_EQ(house_.ear.counted("supervision_gave_up{campaign}"), 0U);
}

TEST_F(Directory, ANewDirectoryWatchesWhoLives) {
  house_.available({"1001"});
  // It crashes: its agents live on, and its successor takes care of them.
  auto living = house_.agent("1001");
  caf::anon_send_exit(house_.directory, caf::exit_reason::kill);
  house_.run();
  house_.directory = house_.system.spawn(make_directory, house_.services, node_memory{}, one_day());
  house_.load(house::demo());
  if (house_.agent("1001") == living) {
    EXPECT_EQ(state("1001"), agent_state::available);
  }
  house_.crash(house_.agent("1001"));
  EXPECT_EQ(house_.ear.counted("actor_crashes{agent}"), 1U);
  EXPECT_EQ(state("1001"), agent_state::available);
  EXPECT_TRUE(house_.wants("1001", agent_state::paused).ok);
}

TEST_F(Directory, MidnightStartsTheTotalsAgain) {
  house_.available({"1001"});
  house_.wants("1001", agent_state::paused);
  house_.pass(seconds{10});
  house_.wants("1001", agent_state::available);
  EXPECT_EQ(house_.shown("1001").today.pauses, 1U);
  house_.pass(std::chrono::hours{24});
  house_.wants("1001", agent_state::paused);
  EXPECT_EQ(house_.shown("1001").today.pauses, 1U);
}

TEST(DirectoryDays, TurnByTheClocksOfTheSite) {
  house h;
  caf::anon_send_exit(h.directory, caf::exit_reason::user_shutdown);
  h.run();
  // The clocks of Lyon are six hours ahead; Paris is not the first by id, so queues go by Lyon's, too.
  const auto ahead = [](timestamp t, const std::string& zone) { return zone == "Ahead" ? t + std::chrono::hours{6} : t; };
  const day_clock days{[=](timestamp t, const std::string& zone) { return to_iso8601(ahead(t, zone)).substr(0, 10); },
                       [](timestamp t, const std::string&) { return t; }};
  h.directory = h.system.spawn(make_directory, h.services, node_memory{}, days);
  auto data = house::demo();
  for (auto& s : data.sites)
    s.timezone = s.id.value == "site-lyon" ? "Ahead" : "UTC";
  EXPECT_EQ(data.house_zone(), "Ahead");
  h.load(data);
  h.start_ami();
  h.available({"1001", "1002"});
  for (const char* login : {"1001", "1002"}) {
    h.wants(login, agent_state::paused);
    h.wants(login, agent_state::available);
    EXPECT_EQ(h.shown(login).today.pauses, 1U);
  }
  h.asterisk.caller("in-1", "+33140000001");
  h.pass(seconds{1});
  h.asterisk.gone("in-1", 0);
  h.pass(seconds{1});
  EXPECT_EQ(h.queue_shown("queue-accueil").abandoned, 1U);
  const auto midnight = std::chrono::ceil<std::chrono::days>(h.now() + std::chrono::hours{6}) - std::chrono::hours{6};
  h.pass(std::chrono::duration_cast<milliseconds>(midnight - h.now()) + seconds{20});
  for (const char* login : {"1001", "1002"})
    h.wants(login, agent_state::training);
  EXPECT_EQ(h.shown("1002").today.pauses, 0U) << "Lyon's day turned";
  EXPECT_EQ(h.shown("1001").today.pauses, 1U) << "that of Paris not yet";
  EXPECT_EQ(h.queue_shown("queue-accueil").abandoned, 0U);
  h.pass(std::chrono::hours{6});
  h.wants("1001", agent_state::available);
  EXPECT_EQ(h.shown("1001").today.pauses, 0U);
}

TEST(DirectoryMemory, TheDayGoesOnAfterARestart) {
  house h;
  caf::anon_send_exit(h.directory, caf::exit_reason::user_shutdown);
  h.run();
  node_memory memory;
  agent_snapshot saved;
  saved.id.value = "user-1001";
  saved.state = agent_state::paused;
  saved.reason = "déjeuner";
  saved.since = h.now();
  saved.version = 41;
  saved.today.calls_handled = 7;
  memory.agents[saved.id] = saved;
  memory.queues[queue_id{"queue-accueil"}].offered = 9;
  memory.queues[queue_id{"queue-accueil"}].answered = 9;
  h.directory = h.system.spawn(make_directory, h.services, memory, one_day(h.now() - std::chrono::hours{1}));
  h.load(house::demo());
  EXPECT_EQ(h.shown("1001").state, agent_state::paused);
  EXPECT_EQ(h.shown("1001").reason, "déjeuner");
  EXPECT_EQ(h.shown("1001").today.calls_handled, 7U);
  EXPECT_GT(h.shown("1001").version, 41U);
  EXPECT_EQ(h.queue_shown("queue-accueil").answered, 9U);
}

// ------------------------------------------------------------ supervisor

class Supervisor : public testing::Test {
protected:
  Supervisor() {
    boss_ = house_.system.spawn(make_supervisor, house_.services, gave_up_);
    house_.run();
  }
  ~Supervisor() override {
    if (boss_)
      house_.ask<outcome>(boss_, stop_work{});
  }
  /// A service that lives until it is ended.
  outcome supervise_one(const std::string& name) {
    return house_.ask<outcome>(boss_, supervise{name, [this, name] {
                                 ++started_[name];
                                 auto handle = house_.system.spawn([](caf::event_based_actor*) -> caf::behavior {
                                   return {[](int x) { return x; }};
                                 });
                                 running_[name] = handle;
                                 return caf::actor_cast<caf::strong_actor_ptr>(handle);
                               }});
  }
  bool lives(const std::string& name) {
    auto gone = house_.ask_later<int>(running_[name], 1);
    house_.run();
    return gone->value.has_value();
  }

  house house_;
  std::shared_ptr<std::atomic<bool>> gave_up_ = std::make_shared<std::atomic<bool>>(false);
  supervisor_actor boss_;
  std::map<std::string, int> started_;
  std::map<std::string, caf::actor> running_;
};

TEST_F(Supervisor, RestartsWhatCrashes) {
  EXPECT_TRUE(supervise_one("a").ok);
  EXPECT_TRUE(supervise_one("b").ok);
  house_.crash(running_["a"]);
  EXPECT_EQ(started_["a"], 2);
  EXPECT_EQ(started_["b"], 1);
  EXPECT_EQ(house_.ear.counted("actor_crashes{a}"), 1U);
  EXPECT_FALSE(*gave_up_);
}

TEST_F(Supervisor, GivesUpLoudly) {
  supervise_one("a");
  for (int i = 0; i < 6; ++i)
    house_.crash(running_["a"]);
  EXPECT_EQ(started_["a"], 6);
  EXPECT_TRUE(*gave_up_);
  EXPECT_TRUE(house_.ear.said("a stays down"));
}

TEST_F(Supervisor, ForgivesOldCrashes) {
  supervise_one("a");
  for (int i = 0; i < 10; ++i) {
    house_.crash(running_["a"]);
    house_.pass(seconds{20});
  }
  EXPECT_EQ(started_["a"], 11);
  EXPECT_FALSE(*gave_up_);
}

TEST_F(Supervisor, ADismissedServiceStaysAway) {
  supervise_one("a");
  EXPECT_TRUE(lives("a"));
  house_.send(boss_, dismiss{"a"});
  EXPECT_FALSE(lives("a"));
  EXPECT_EQ(started_["a"], 1);
  EXPECT_EQ(house_.ear.counted("actor_crashes{a}"), 0U);
  house_.send(boss_, dismiss{"nobody"});
}

TEST_F(Supervisor, SaysWhyAServiceDoesNotStart) {
  const auto said =
    house_.ask<outcome>(boss_, supervise{"bad", []() -> caf::strong_actor_ptr { throw std::runtime_error("no such host"); }});
  EXPECT_FALSE(said.ok);
  EXPECT_EQ(said.detail, "bad: no such host");
}

TEST_F(Supervisor, EndsEverybody) {
  supervise_one("a");
  supervise_one("b");
  EXPECT_TRUE(house_.ask<outcome>(boss_, stop_work{}).ok);
  boss_ = supervisor_actor{};
  EXPECT_FALSE(lives("a") || lives("b"));
  EXPECT_EQ(started_["a"] + started_["b"], 2);
}

// ------------------------------------------------------------ configuration

class Reload : public testing::Test {
protected:
  Reload() {
    setenv("EVS_AMI_SECRET", "secret-of-the-test", 1);
    std::ifstream in{EVS_CONFIG_FILE};
    std::ostringstream text;
    text << in.rdbuf();
    yaml_ = text.str();
    char name[] = "/tmp/evs-reload-XXXXXX";
    folder_ = mkdtemp(name);
    write(yaml_);
    const auto loaded = config::load_file(file());
    EXPECT_TRUE(loaded.ok());
    boss_ = house_.system.spawn(make_supervisor, house_.services, gave_up_);
    config_hooks hooks;
    hooks.log = [this](const config::log_settings& l) { level_ = l.level; };
    hooks.web = [this](const config::settings&) {
      ++web_told_;
      return std::vector<std::string>{};
    };
    hooks.saved = [this](std::vector<config::asterisk_settings>& servers) {
      if (saved_port_ == 0 || servers.empty())
        return std::vector<std::string>{};
      servers.front().port = saved_port_;
      return std::vector<std::string>{"asterisk[" + servers.front().name + "].port"};
    };
    hooks.ami = [this](const config::asterisk_settings& s) {
      return [this, name = s.name, port = s.port] {
        started_.push_back(name + ":" + std::to_string(port));
        auto handle = house_.system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
        return caf::actor_cast<caf::strong_actor_ptr>(handle);
      };
    };
    house_.services->set_rules(policies_of(loaded.value));
    config_ = house_.system.spawn(make_config, house_.services, file(), loaded.value, boss_, hooks);
    house_.run();
    connect();
    EXPECT_EQ(started_, (std::vector<std::string>{"central:5038"}));
    started_.clear();
    web_told_ = 0;
  }
  ~Reload() override {
    caf::anon_send_exit(config_, caf::exit_reason::user_shutdown);
    house_.ask<outcome>(boss_, stop_work{});
    std::filesystem::remove_all(folder_);
  }
  void connect() { EXPECT_TRUE(house_.ask<outcome>(config_, connect_asterisk{}).ok); }
  std::string file() const { return folder_ + "/evscallpro.yaml"; }
  void write(const std::string& text) { std::ofstream{file()} << text; }
  /// The file with one line replaced.
  void change(const std::string& from, const std::string& to) {
    const auto at = yaml_.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    yaml_.replace(at, from.size(), to);
    write(yaml_);
  }
  web::reload_outcome reload() { return house_.ask<reload_answer>(config_, reload_wanted{}).what; }

  house house_;
  std::string yaml_, folder_;
  std::shared_ptr<std::atomic<bool>> gave_up_ = std::make_shared<std::atomic<bool>>(false);
  supervisor_actor boss_;
  config_actor config_;
  std::uint16_t saved_port_ = 0;
  std::vector<std::string> started_;
  std::optional<config::log_level> level_;
  int web_told_ = 0;
};

std::string line_of(const std::string& yaml, const std::string& key) {
  const auto at = yaml.find("\n  " + key + ":");
  return at == std::string::npos ? std::string{} : yaml.substr(at + 1, yaml.find('\n', at + 1) - at - 1);
}

TEST_F(Reload, TheSameFileChangesNothing) {
  const auto said = reload();
  EXPECT_TRUE(said.problems.empty());
  EXPECT_TRUE(said.changed.empty());
  EXPECT_TRUE(said.needs_restart.empty());
  EXPECT_TRUE(started_.empty());
  EXPECT_FALSE(level_.has_value());
}

TEST_F(Reload, GoodValuesApplyAtOnce) {
  change(line_of(yaml_, "tick"), "  tick: 45ms");
  change(line_of(yaml_, "misses_before_pause"), "  misses_before_pause: 7");
  change(line_of(yaml_, "level"), "  level: debug");
  const auto said = reload();
  EXPECT_EQ(said.changed, (std::vector<std::string>{"telephony.misses_before_pause", "sessions.tick", "log.level"}));
  EXPECT_EQ(house_.services->rules()->session_tick, milliseconds{45});
  EXPECT_EQ(house_.services->rules()->agent.misses_before_pause, 7U);
  EXPECT_EQ(level_, config::log_level::debug);
  EXPECT_EQ(web_told_, 1);
}

TEST_F(Reload, WhatNeedsARestartIsSaidAndLeft) {
  change(line_of(yaml_, "waiting_context"), "  waiting_context: elsewhere");
  const auto said = reload();
  EXPECT_EQ(said.needs_restart, (std::vector<std::string>{"telephony.waiting_context"}));
  EXPECT_EQ(house_.services->rules()->waiting_context, "evs-waiting");
  EXPECT_EQ(reload().needs_restart.size(), 1U) << "said again until it is done";
}

TEST_F(Reload, ABadFileChangesNothing) {
  change(line_of(yaml_, "tick"), "  tick: 45ms");
  change(line_of(yaml_, "misses_before_pause"), "  misses_before_pause: -1");
  yaml_ += "\nnonsense:\n  key: 1\n";
  write(yaml_);
  const auto said = reload();
  EXPECT_EQ(said.problems.size(), 2U);
  EXPECT_EQ(house_.services->rules()->session_tick, milliseconds{30});
  EXPECT_EQ(web_told_, 0);
  EXPECT_EQ(house_.ear.counted("config_reloads{refused}"), 1U);
  std::filesystem::remove(file());
  EXPECT_EQ(reload().problems.size(), 1U);
}

TEST_F(Reload, ServersComeChangeAndGo) {
  // A second one, then another port for it, then none.
  const auto at = yaml_.find("\nasterisk:\n") + 11;
  const auto before = yaml_;
  const std::string second = "  - name: lyon\n    host: 127.0.0.9\n    port: 5039\n    username: evs\n    secret: other-secret\n";
  yaml_.insert(at, second);
  write(yaml_);
  const auto said = reload();
  ASSERT_TRUE(said.problems.empty()) << said.problems[0];
  EXPECT_EQ(said.changed, (std::vector<std::string>{"asterisk[lyon]"}));
  EXPECT_EQ(started_, (std::vector<std::string>{"lyon:5039"}));
  change("port: 5039", "port: 5040");
  EXPECT_EQ(reload().changed, (std::vector<std::string>{"asterisk[lyon].port"}));
  EXPECT_EQ(started_, (std::vector<std::string>{"lyon:5039", "lyon:5040"}));
  write(before);
  EXPECT_EQ(reload().changed, (std::vector<std::string>{"asterisk[lyon]"}));
  EXPECT_EQ(started_.size(), 2U);
  EXPECT_EQ(house_.ear.counted("actor_crashes{ami lyon}"), 0U);
}

TEST_F(Reload, ASavedConnectionWinsOverTheFileAtOnceAndAfterEachReload) {
  saved_port_ = 5555;
  connect();
  EXPECT_EQ(started_, (std::vector<std::string>{"central:5555"}));
  connect();
  EXPECT_EQ(started_.size(), 1U) << "nothing changed";
  auto said = reload();
  EXPECT_EQ(said.changed, (std::vector<std::string>{}));
  EXPECT_EQ(said.overridden, (std::vector<std::string>{"asterisk[central].port"}));
  change("port: 5038", "port: 5039");
  EXPECT_EQ(reload().changed, (std::vector<std::string>{})) << "the saved one is in force";
  change("keep_alive: 5s", "keep_alive: 6s");
  EXPECT_EQ(reload().changed, (std::vector<std::string>{"asterisk[central].keep_alive"}));
  EXPECT_EQ(started_, (std::vector<std::string>{"central:5555", "central:5555"}));
  saved_port_ = 0;
  connect();
  EXPECT_EQ(started_.back(), "central:5039") << "the file's as it was read last";
  EXPECT_TRUE(reload().overridden.empty());
}

TEST_F(Reload, NobodyIsConnectedBeforeItIsTime) {
  auto loaded = config::load_file(file());
  config_hooks hooks;
  std::vector<std::string> early;
  hooks.log = [](const config::log_settings&) {};
  hooks.web = [](const config::settings&) { return std::vector<std::string>{}; };
  hooks.saved = [](std::vector<config::asterisk_settings>&) { return std::vector<std::string>{}; };
  hooks.ami = [&](const config::asterisk_settings& s) {
    early.push_back(s.name + ":" + std::to_string(s.port));
    return [this] {
      auto handle = house_.system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
      return caf::actor_cast<caf::strong_actor_ptr>(handle);
    };
  };
  auto other = house_.system.spawn(make_config, house_.services, file(), loaded.value, boss_, hooks);
  house_.run();
  change("port: 5038", "port: 5040");
  EXPECT_EQ(house_.ask<reload_answer>(other, reload_wanted{}).what.changed, (std::vector<std::string>{"asterisk[central].port"}));
  EXPECT_TRUE(early.empty());
  EXPECT_TRUE(house_.ask<outcome>(other, connect_asterisk{}).ok);
  EXPECT_EQ(early, (std::vector<std::string>{"central:5040"}));
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  house_.run();
}

} // namespace
} // namespace evs::test
