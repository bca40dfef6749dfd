#include "surroundings.hpp"

#include "persistence/secrets_at_rest.hpp"

#include <gtest/gtest.h>

using namespace evs::persistence;
using evs::persistence::testing::scratch_database;

namespace {

const std::string old_key(32, 'o'), new_key(32, 'n');

struct SecretsAtRest : ::testing::Test {
  scratch_database db;
  void SetUp() override {
    seed(db.settings(), true, [](const std::string& p) { return "hash of " + p; });
    db.ask("update trunks set sip_secret = 'canary-trunk', register_string = 'paris:canary-line@host' where id = 'trunk-paris'");
    db.ask("update trunks set register_string = 'lyon@host' where id = 'trunk-lyon'");
    db.ask("insert into system_settings (name, content, secret) values ('smtp', '{}', 'canary-mail') "
           "on conflict (name) do update set secret = excluded.secret");
  }
  std::string everything() {
    return db.ask("select coalesce(string_agg(x, ' '), '') from (select sip_secret || coalesce(register_string, '') as x from trunks "
                  "union all select sip_secret from users union all select secret from system_settings) all_secrets");
  }
};

TEST_F(SecretsAtRest, NothingStaysInClear) {
  const auto phone = db.ask("select sip_secret from users where id = 'user-1001'");
  const auto report = seal_secrets(db.settings(), {old_key}, sealing::what_is_clear);
  EXPECT_EQ(report.sealed, 23u); // 20 phones, a trunk's password and registration, SMTP
  EXPECT_TRUE(report.lost.empty());
  const auto kept = everything();
  for (const auto& secret : {std::string{"canary-trunk"}, std::string{"canary-line"}, std::string{"canary-mail"}, phone})
    EXPECT_EQ(kept.find(secret), std::string::npos) << secret;
  EXPECT_EQ(open({old_key}, db.ask("select sip_secret from trunks where id = 'trunk-paris'")), "canary-trunk");
  EXPECT_EQ(open({old_key}, db.ask("select register_string from trunks where id = 'trunk-paris'")), "paris:canary-line@host");
  EXPECT_EQ(open({old_key}, db.ask("select sip_secret from users where id = 'user-1001'")), phone);
  EXPECT_EQ(db.ask("select register_string from trunks where id = 'trunk-lyon'"), "lyon@host"); // no password in it
  EXPECT_EQ(db.ask("select \"registerString\" from api_trunks where id = 'trunk-paris'"), "***");
  EXPECT_EQ(seal_secrets(db.settings(), {old_key}, sealing::what_is_clear).sealed, 0u);
}

TEST_F(SecretsAtRest, RotationSealsEverythingWithTheNewestKey) {
  seal_secrets(db.settings(), {old_key}, sealing::what_is_clear);
  EXPECT_EQ(seal_secrets(db.settings(), {new_key, old_key}, sealing::what_is_clear).sealed, 0u);
  const auto report = seal_secrets(db.settings(), {new_key, old_key}, sealing::everything);
  EXPECT_EQ(report.sealed, 23u);
  EXPECT_EQ(open({new_key}, db.ask("select sip_secret from trunks where id = 'trunk-paris'")), "canary-trunk");
  EXPECT_EQ(open({old_key}, db.ask("select sip_secret from trunks where id = 'trunk-paris'")), std::nullopt);
  EXPECT_EQ(seal_secrets(db.settings(), {new_key}, sealing::everything).sealed, 0u);
}

TEST_F(SecretsAtRest, ALostKeyIsNamedAndNothingIsOverwritten) {
  seal_secrets(db.settings(), {old_key}, sealing::what_is_clear);
  const auto before = everything();
  const auto report = seal_secrets(db.settings(), {new_key}, sealing::everything);
  EXPECT_EQ(report.lost.size(), 23u);
  EXPECT_EQ(report.sealed, 0u);
  EXPECT_EQ(everything(), before);
}

} // namespace
