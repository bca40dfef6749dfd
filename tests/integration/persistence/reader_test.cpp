#include "surroundings.hpp"

#include "persistence/accounts.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

using namespace evs;
using namespace evs::persistence;
using evs::persistence::testing::scratch_database;
namespace json = boost::json;

namespace {

const viewer everyone{user_id{"user-9999"}, role::super_admin, {}};
const viewer supervisor{user_id{"user-1000"}, role::supervisor, {}};
const viewer lyon{user_id{"user-1000"}, role::supervisor, site_id{"site-lyon"}};
const viewer agent{user_id{"user-1001"}, role::agent, site_id{"site-paris"}};

struct Reader : ::testing::Test {
  scratch_database db;
  std::unique_ptr<reader> r;
  std::unique_ptr<store> s;

  void SetUp() override {
    seed(db.settings(), true, [](const std::string& p) { return "hash of " + p; });
    db.ask("update trunks set sip_secret = 'trunk-secret', login = 'paris', register_string = 'paris:trunk-secret@host:5060' where id = 'trunk-paris'");
    r = make_postgres_reader(db.settings());
    s = make_postgres_store(db.settings());
    for (int i = 0; i < 7; ++i) {
      call_record c;
      c.id = call_id{"c-" + std::to_string(i)};
      c.started = timestamp{seconds{1'800'000'000 + i}};
      c.ended = c.started + seconds{5};
      c.reason = end_reason::caller_hangup;
      c.agent = agent_id{i < 3 ? "user-1001" : "user-1002"};
      c.site = site_id{i == 0 ? "" : i < 3 ? "site-paris" : "site-lyon"};
      c.caller_number = "<b>\"'\\";
      s->write({c, call_step{c.id, 2, c.ended, "ended", R"({"why": "x"})"}, call_step{c.id, 1, c.started, "offered", ""}});
    }
    s->write({agent_session_opened{"s-1", agent_id{"user-1001"}, timestamp{seconds{1}}}, agent_session_opened{"s-2", agent_id{"user-1002"}, timestamp{seconds{2}}}});
  }

  json::object data(const viewer& who) {
    json::object all;
    for (const auto& [key, text] : r->application_data(who))
      all[key] = json::parse(text);
    return all;
  }
};

std::size_t size(const json::object& all, const char* key) { return all.at(key).as_array().size(); }

TEST_F(Reader, ApplicationDataOfASuperAdmin) {
  const auto all = data(everyone);
  EXPECT_EQ(size(all, "users"), 23u);
  EXPECT_EQ(size(all, "sites"), 2u);
  EXPECT_EQ(size(all, "trunks"), 2u);
  EXPECT_EQ(size(all, "dids"), 3u);
  EXPECT_EQ(size(all, "queues"), 2u);
  EXPECT_EQ(size(all, "campaigns"), 1u);
  EXPECT_EQ(size(all, "qualifications"), 9u);
  EXPECT_EQ(size(all, "qualificationGroups"), 1u);
  EXPECT_EQ(size(all, "activityTypes"), 3u);
  EXPECT_EQ(size(all, "agentProfiles"), 1u);
  EXPECT_EQ(size(all, "userGroups"), 0u);
  EXPECT_EQ(size(all, "callHistory"), 7u);
  EXPECT_EQ(size(all, "agentSessions"), 2u);
  EXPECT_EQ(all.at("appSettings").at("appName").as_string(), "EVSCallPro");
  const auto& campaign = all.at("campaigns").at(0).as_object();
  EXPECT_TRUE(campaign.at("contacts").as_array().empty());
  EXPECT_EQ(campaign.at("contactStats").at("total").as_int64(), 0);
  EXPECT_EQ(campaign.at("assignedUserIds").as_array().size(), 20u);
  EXPECT_EQ(campaign.at("retryIntervals"), (json::value{30, 60, 120}));
  EXPECT_EQ(all.at("queues").at(0).at("serviceLevelTarget").at("seconds").as_int64(), 20);
  EXPECT_EQ(all.at("callHistory").at(0).at("id").as_string(), "c-6"); // newest first
  EXPECT_EQ(all.at("callHistory").at(0).at("startTime").as_string(), "2027-01-15T08:00:06.000Z");
}

TEST_F(Reader, NeverASecret) {
  const auto sip_secret = db.ask("select sip_secret from users where id = 'user-1001'");
  ASSERT_FALSE(sip_secret.empty());
  for (const auto& who : {everyone, supervisor, lyon, agent})
    for (const auto& [key, text] : r->application_data(who)) {
      EXPECT_EQ(text.find("trunk-secret"), std::string::npos) << key;
      EXPECT_EQ(text.find("hash of"), std::string::npos) << key;
      EXPECT_EQ(text.find("ecret\""), std::string::npos) << key;
      EXPECT_EQ(text.find(sip_secret), std::string::npos) << key;
    }
  EXPECT_EQ(data(everyone).at("trunks").at(1).at("registerString").as_string(), "paris:***@host:5060");
}

TEST_F(Reader, AnAgentSeesHisOwn) {
  const auto all = data(agent);
  ASSERT_EQ(size(all, "users"), 1u);
  EXPECT_EQ(all.at("users").at(0).at("id").as_string(), "user-1001");
  EXPECT_EQ(size(all, "trunks") + size(all, "dids") + size(all, "sites") + size(all, "userGroups"), 0u);
  EXPECT_EQ(size(all, "campaigns"), 1u);
  EXPECT_EQ(size(all, "queues"), 2u);
  EXPECT_EQ(size(all, "agentProfiles"), 1u);
  EXPECT_EQ(size(all, "qualifications"), 9u);
  EXPECT_EQ(size(all, "callHistory"), 3u);
  EXPECT_EQ(size(all, "agentSessions"), 1u);
  EXPECT_TRUE(r->call_record(agent, call_id{"c-0"}));
  EXPECT_FALSE(r->call_record(agent, call_id{"c-5"}));
  EXPECT_EQ(r->call_journal(agent, call_id{"c-5"}), "[]");
  db.ask("delete from campaign_agents where user_id = 'user-1001'");
  EXPECT_EQ(size(data(agent), "campaigns"), 0u);
}

TEST_F(Reader, ASupervisorOfOneSiteSeesThatSite) {
  const auto all = data(lyon);
  EXPECT_EQ(size(all, "users"), 13u); // 10 of Lyon, 3 of no site
  EXPECT_EQ(size(all, "sites"), 1u);
  EXPECT_EQ(size(all, "trunks"), 1u);
  EXPECT_EQ(size(all, "dids"), 1u);
  EXPECT_EQ(size(all, "callHistory"), 5u); // 4 of Lyon, 1 of no site
  EXPECT_EQ(size(all, "agentSessions"), 1u);
  EXPECT_FALSE(r->call_record(lyon, call_id{"c-1"}));
  EXPECT_EQ(r->call_journal(lyon, call_id{"c-1"}), "[]");
  EXPECT_TRUE(r->call_record(lyon, call_id{"c-4"}));
}

TEST_F(Reader, AGroupWidensASite) {
  db.ask("insert into user_groups (id, name) values ('group-a', 'A')");
  db.ask("insert into user_group_members (group_id, user_id) values ('group-a', 'user-1000'), ('group-a', 'user-1001')");
  const auto all = data(lyon);
  EXPECT_EQ(size(all, "users"), 14u);
  EXPECT_EQ(size(all, "callHistory"), 7u);
  EXPECT_EQ(size(all, "agentSessions"), 2u);
  EXPECT_EQ(size(all, "trunks"), 1u) << "people, not sites";
  EXPECT_TRUE(r->call_record(lyon, call_id{"c-1"}));
  EXPECT_NE(r->call_journal(lyon, call_id{"c-1"}), "[]");
  EXPECT_EQ(json::parse(r->call_history_page(lyon, 1, 10)).at("totalRecords").as_int64(), 7);
  const viewer stranger{user_id{"user-2000"}, role::supervisor, site_id{"site-lyon"}};
  EXPECT_EQ(size(data(stranger), "users"), 13u);
  EXPECT_FALSE(r->call_record(stranger, call_id{"c-1"}));
}

TEST_F(Reader, HistoryPages) {
  auto page = json::parse(r->call_history_page(supervisor, 1, 3)).as_object();
  EXPECT_EQ(page.at("records").as_array().size(), 3u);
  EXPECT_EQ(page.at("totalRecords").as_int64(), 7);
  EXPECT_EQ(page.at("currentPage").as_int64(), 1);
  EXPECT_TRUE(page.at("hasNextPage").as_bool());
  page = json::parse(r->call_history_page(supervisor, 3, 3)).as_object();
  ASSERT_EQ(page.at("records").as_array().size(), 1u);
  EXPECT_EQ(page.at("records").at(0).at("id").as_string(), "c-0");
  EXPECT_FALSE(page.at("hasNextPage").as_bool());
  page = json::parse(r->call_history_page(supervisor, INT_MAX, INT_MAX)).as_object();
  EXPECT_TRUE(page.at("records").as_array().empty());
  EXPECT_FALSE(page.at("hasNextPage").as_bool());
  page = json::parse(r->call_history_page(supervisor, -1, -1)).as_object();
  EXPECT_EQ(page.at("records").as_array().size(), 1u);
  EXPECT_EQ(page.at("currentPage").as_int64(), 1);
}

TEST_F(Reader, OneRecordAndItsJournal) {
  const auto record = json::parse(*r->call_record(supervisor, call_id{"c-4"})).as_object();
  EXPECT_EQ(record.at("callerNumber").as_string(), "<b>\"'\\");
  EXPECT_EQ(record.at("endReason").as_string(), "caller_hangup");
  EXPECT_EQ(record.at("queueId"), json::value(nullptr));
  const auto steps = json::parse(r->call_journal(supervisor, call_id{"c-4"})).as_array();
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].at("seq").as_int64(), 1);
  EXPECT_EQ(steps[0].at("kind").as_string(), "offered");
  EXPECT_EQ(steps[0].at("data"), json::value(nullptr));
  EXPECT_EQ(steps[1].at("data").at("why").as_string(), "x");
  EXPECT_FALSE(r->call_record(supervisor, call_id{"' or true --"}));
  EXPECT_EQ(r->call_journal(supervisor, call_id{"nothing"}), "[]");
}

TEST_F(Reader, PublicSettings) { EXPECT_EQ(json::parse(r->app_settings()).at("defaultLanguage").as_string(), "fr"); }

} // namespace
