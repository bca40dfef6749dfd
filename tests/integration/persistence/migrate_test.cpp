#include "persistence/postgres/migrations.hpp"
#include "surroundings.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <thread>

using namespace evs::persistence;
using evs::persistence::testing::scratch_database;

namespace {

TEST(Migrate, FromEmptyAndAgain) {
  const scratch_database db{scratch_database::bare};
  const auto first = migrate(db.settings());
  ASSERT_GE(first.size(), 5u);
  EXPECT_EQ(first.front(), "0001_configuration");
  EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
  EXPECT_EQ(db.ask("select count(*) from schema_migrations"), std::to_string(first.size()));
  EXPECT_EQ(migrate(db.settings()), std::vector<std::string>{});
}

TEST(Migrate, RefusesAChangedText) {
  const scratch_database db{scratch_database::bare};
  migrate(db.settings());
  db.ask("update schema_migrations set checksum = 'x' where name = '0002_calls'");
  try {
    migrate(db.settings());
    FAIL() << "not refused";
  } catch (const store_rejected& e) {
    EXPECT_NE(std::string{e.what()}.find("0002_calls"), std::string::npos) << e.what();
  }
}

/// Somebody's database was made by these texts: a change of one belongs into a new migration, which gets a line here.
TEST(Migrate, WhatWasReleasedStaysAsItWas) {
  const std::pair<std::string_view, std::string_view> released[] = {
    {"0001_configuration", "0b954240eed77184efda1e9b8b53a3f50ab12ca2fa00d18c8882245d7a0ffea0"},
    {"0002_calls", "8e06474f820a24ac00631d2ff6f92c3649d7d0e863f8bdc4d5a70a6bd46b0d59"},
    {"0003_sign_in", "0e1c431640c5a7b4d5a27e0ffccc426725a8162427fd82e184ccff854c2666ef"},
    {"0004_outbox", "9eccfc5e31f8058fe9c683607d091ef77bfc4b99a2d429d36cd377cdb99ec659"},
    {"0005_api_views", "e4f28fabb0f38c72cbb71ec89b7a8b809070cc5dcf2cb4cf5d28ab5156df75b9"},
    {"0006_resources", "50ef3eb49b4b02b20737df84f685632549333db70a33a45fddc11457628cad60"},
    {"0007_contacts", "b3f0262119f762f9b2a4221037521d6a7fae6f64ef0b625e8854b4c72e2e1faa"},
    {"0008_contacts_at_scale", "0c79a9fbd8e6cb2f70d73163e057e3cfa8781047f9ebbdd07af9bbe0997620f8"},
    {"0009_media", "778f1337dad41710869c17ee5450c8a9d29711c0b6b6d89841aeb00e6d88f5fc"},
    {"0010_system", "c729dd19a2ea265465ca7a6588fbfd58469c1b1dac7e87d7819ad2e13ec89796"},
    {"0011_reports", "a71914198ea6a910a072dd56de28caf9b66d70bda835b9bd1a34aebd7bf8849b"},
    {"0012_jobs", "569a67f5454a0a2b2ab5672eb8a9541018c1310c4888610602b5cb1fc9dab912"},
    {"0013_planning", "292e287577d137ea4dedd6ddc4ab0a993e4062d54ef894fa347ab438f2ee9f8c"},
    {"0014_groups", "d8d285aec08734a80a141fda2038e64bcd48ac75c1ded52a81171becd48182b6"},
  };
  std::size_t at = 0;
  for (const auto& one : postgres::embedded_migrations()) {
    ASSERT_LT(at, std::size(released)) << one.name << " has no line";
    EXPECT_EQ(one.name, released[at].first);
    EXPECT_EQ(one.checksum, released[at].second) << one.name << " was edited";
    ++at;
  }
  EXPECT_EQ(at, std::size(released));
}

/// The first release went as far as 0007; its contacts, places in quotas and locks go on.
TEST(Migrate, TakesADatabaseOfTheFirstReleaseAlong) {
  const scratch_database db{scratch_database::bare};
  for (const auto& one : postgres::embedded_migrations()) {
    if (one.name > "0008") break;
    db.ask(std::string{one.sql});
  }
  db.ask("create table schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())");
  for (const auto& one : postgres::embedded_migrations())
    if (one.name < "0008")
      db.ask("insert into schema_migrations (name, checksum) values ('" + std::string{one.name} + "', '" + std::string{one.checksum} + "')");
  db.ask("insert into users (id, login_id, role) values ('a', 'a', 'Agent'), ('b', 'b', 'Agent'), ('c', 'c', 'Agent')");
  db.ask(R"(insert into campaigns (id, name, is_active, quotas_enabled, quota_rules) values ('k', 'k', true, true,
            '[{"id": "q", "contactField": "postalCode", "operator": "starts_with", "value": "75", "limit": 2}]'))");
  db.ask("insert into campaign_agents (campaign_id, user_id) values ('k', 'a'), ('k', 'b'), ('k', 'c')");
  db.ask("insert into contacts (id, campaign_id, phone_number, phone_e164, postal_code) select 'c' || n, 'k', '0612345' || n, '+33612345' || n,"
         " case when n % 2 = 0 then '75001' else '69001' end from generate_series(100, 199) n");
  EXPECT_EQ(db.ask("select contact from claim_contact('a', 'k')"), "c100");

  const auto applied = migrate(db.settings());
  ASSERT_FALSE(applied.empty());
  EXPECT_EQ(applied.front(), "0008_contacts_at_scale");
  EXPECT_EQ(db.ask("select count(*) from contact_pool where key = -seq"), "49");
  EXPECT_EQ(db.ask("select contact from claim_contact('a', 'k')"), "c100") << "he keeps the one that he holds";
  EXPECT_EQ(db.ask("select answer -> 'contact' ->> 'id' from ask_contact('b', 'k')"), "c102");
  EXPECT_EQ(db.ask("select verdict || coalesce(answer -> 'contact' ->> 'id', '') from ask_contact('c', 'k')"), "given") << "two places, two holders";
  EXPECT_EQ(db.ask("select id from contacts where phone_e164 = '+33612345150'"), "c150");
}

TEST(Migrate, RefusesADatabaseOfANewerProgram) {
  const scratch_database db{scratch_database::bare};
  migrate(db.settings());
  db.ask("insert into schema_migrations (name, checksum) values ('9999_later', 'x')");
  EXPECT_THROW(migrate(db.settings()), store_rejected);
}

TEST(Migrate, RefusesAHoleInTheOrder) {
  const scratch_database db{scratch_database::bare};
  migrate(db.settings());
  db.ask("delete from schema_migrations where name = '0002_calls'");
  EXPECT_THROW(migrate(db.settings()), store_rejected);
}

TEST(Migrate, TwoNodesAtOnceTakeTurns) {
  const scratch_database db{scratch_database::bare};
  std::vector<std::string> one, two;
  std::thread other{[&] { two = migrate(db.settings()); }};
  one = migrate(db.settings());
  other.join();
  EXPECT_EQ(std::to_string(one.size() + two.size()), db.ask("select count(*) from schema_migrations"));
}

TEST(Migrate, SaysWhenThereIsNoServer) {
  store_settings nowhere;
  nowhere.url = "postgresql://evs@127.0.0.1:1/evs";
  EXPECT_THROW(migrate(nowhere), store_unavailable);
}

TEST(Outbox, WakesTheRelay) {
  const scratch_database db;
  struct ear : pqxx::notification_receiver {
    using pqxx::notification_receiver::notification_receiver;
    void operator()(const std::string&, int) override { ++heard; }
    int heard = 0;
  };
  pqxx::connection relay{db.url()};
  ear told{relay, "evs_outbox"};
  { pqxx::work begin{relay}; begin.exec("select 1"); begin.commit(); }
  db.ask("insert into outbox (type, entity, payload) values ('updateUser', 'user:1', '{}'), ('updateUser', 'user:2', '{}')");
  relay.await_notification(5, 0);
  EXPECT_EQ(told.heard, 1);
  EXPECT_EQ(db.ask("select count(*) from outbox where relayed_at is null"), "2");
}

} // namespace
