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
