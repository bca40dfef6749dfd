#include "surroundings.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace evs;
using namespace evs::persistence;
using evs::persistence::testing::scratch_database;

namespace {

std::string fake_hash(const std::string& password) { return "hash of " + password; }

std::string fingerprint(const scratch_database& db) {
  return db.ask("select md5(string_agg(t, '|')) from (select row_to_json(x)::text t from users x union all select row_to_json(x)::text from trunks x "
                "union all select row_to_json(x)::text from queues x union all select row_to_json(x)::text from queue_members x union all "
                "select row_to_json(x)::text from dids x union all select row_to_json(x)::text from campaigns x union all "
                "select row_to_json(x)::text from qualifications x union all select row_to_json(x)::text from activity_types x order by 1) y");
}

TEST(Seed, DemoFillsTheDirectory) {
  const scratch_database db;
  EXPECT_TRUE(seed(db.settings(), true, fake_hash).empty());
  const auto all = make_postgres_store(db.settings())->load_directory();
  ASSERT_EQ(all.sites.size(), 2u);
  ASSERT_EQ(all.trunks.size(), 2u);
  EXPECT_EQ(all.trunks[1].id, trunk_id{"trunk-paris"});
  EXPECT_EQ(all.trunks[1].site, site_id{"site-paris"});
  EXPECT_EQ(all.trunks[1].inbound_context, "evs-from-trunk");
  EXPECT_GT(all.trunks[1].channel_limit, 0u);
  EXPECT_GT(all.trunks[1].calls_per_second, 0);
  ASSERT_EQ(all.dids.size(), 3u);
  EXPECT_EQ(all.dids[1].number, "+33140000002");
  EXPECT_EQ(all.dids[1].queue, queue_id{"queue-support"});
  EXPECT_EQ(all.dids[2].trunk, trunk_id{"trunk-lyon"});
  ASSERT_EQ(all.queues.size(), 2u);
  EXPECT_EQ(all.queues[0].members.size(), 20u);
  EXPECT_EQ(all.queues[1].members.size(), 10u);
  EXPECT_EQ(all.queues[1].members.front(), agent_id{"user-1001"});
  ASSERT_EQ(all.users.size(), 23u);
  EXPECT_EQ(all.users[0].role, role::supervisor);
  const auto& first = all.users[1];
  EXPECT_EQ(first.id, agent_id{"user-1001"});
  EXPECT_EQ(first.extension, "1001");
  EXPECT_EQ(first.site, site_id{"site-paris"});
  EXPECT_EQ(first.campaigns, std::vector<campaign_id>{campaign_id{"campaign-demo"}});
  EXPECT_EQ(all.users[2].site, site_id{"site-lyon"});
  ASSERT_EQ(all.campaigns.size(), 1u);
  EXPECT_EQ(all.campaigns[0].caller_id, "+33140000009");
  EXPECT_EQ(all.campaigns[0].mode, dialing_mode::manual);
  EXPECT_TRUE(all.campaigns[0].is_active);
  EXPECT_EQ(all.campaigns[0].agents.size(), 20u);
  EXPECT_EQ(db.ask("select count(distinct sip_secret) from users where length(sip_secret) >= 32"), "20");
  EXPECT_EQ(db.ask("select count(*) from users where password_hash = 'hash of ' || login_id"), "23");
  EXPECT_EQ(db.ask("select string_agg(code, ' ' order by code::int) from qualifications where not is_recyclable"), "91 94 95 97");
}

TEST(Seed, AgainChangesNothing) {
  const scratch_database db;
  seed(db.settings(), true, fake_hash);
  db.ask("update users set first_name = 'Autre', password_hash = 'mine' where id = 'user-1001'");
  const auto before = fingerprint(db);
  seed(db.settings(), true, fake_hash);
  seed(db.settings(), false, fake_hash);
  EXPECT_EQ(fingerprint(db), before);
}

TEST(Seed, WithoutDemoHandsOutPasswordsOnce) {
  const scratch_database db;
  const auto made = seed(db.settings(), false, fake_hash);
  ASSERT_EQ(made.size(), 3u);
  std::set<std::string> passwords;
  for (const auto& [login, password] : made) {
    EXPECT_GE(password.size(), 16u);
    EXPECT_EQ(db.ask("select password_hash from users where login_id = '" + login + "'"), "hash of " + password);
    passwords.insert(password);
  }
  EXPECT_EQ(passwords.size(), 3u);
  EXPECT_EQ(db.ask("select count(*) from queues") + db.ask("select count(*) from trunks") + db.ask("select count(*) from dids"), "000");
  EXPECT_TRUE(seed(db.settings(), false, fake_hash).empty());
}

TEST(Seed, TrunkAddressesComeFromTheEnvironment) {
  const scratch_database db;
  ::setenv("EVS_CARRIER_PARIS", "127.0.1.11:5060", 1);
  ::unsetenv("EVS_CARRIER_LYON");
  seed(db.settings(), true, fake_hash);
  ::unsetenv("EVS_CARRIER_PARIS");
  EXPECT_EQ(db.ask("select domain from trunks where id = 'trunk-paris'"), "127.0.1.11:5060");
  EXPECT_EQ(db.ask("select domain from trunks where id = 'trunk-lyon'"), "127.0.0.12:5060");
}

} // namespace
