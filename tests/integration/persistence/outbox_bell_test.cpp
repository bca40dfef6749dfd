// How the relay hears of a commit: from its own node's desk without NOTIFY, from everybody else with it.
#include "persistence/outbox.hpp"

#include "domain/catalogue.hpp"
#include "persistence/desk.hpp"
#include "surroundings.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <chrono>
#include <thread>

namespace evs::persistence {
namespace {

using testing::scratch_database;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

struct ear : pqxx::notification_receiver {
  using notification_receiver::notification_receiver;
  void operator()(const std::string&, int) override { ++heard; }
  int heard = 0;
};

struct OutboxBell : ::testing::Test {
  scratch_database db;
  int told = 0;
  pqxx::connection listening{db.url()};
  ear notified{listening, "evs_outbox"};

  std::unique_ptr<desk> open(bool of_a_node) {
    desk_settings s;
    s.store = db.settings();
    if (of_a_node)
      s.events_written = [this] { ++told; };
    return make_postgres_desk(s);
  }
  static data_request skill(const std::string& id) {
    return resource_request{create_resource{find_resource("skill"), value{value::object{{"id", id}, {"name", "S"}}}}};
  }
  static requester admin() { return {{user_id{"user-9999"}, role::super_admin, {}}, "9999", "", ""}; }
  int notifications() {
    notified.heard = 0;
    listening.await_notification(0, 100'000);
    return notified.heard;
  }
};

TEST_F(OutboxBell, ANodesDeskIsToldAtItsCommitAndNotifiesNobody) {
  auto mine = open(true);
  ASSERT_TRUE(mine->perform(admin(), skill("s1")));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(notifications(), 0);
  // What announces nothing tells nobody: a refusal, a list.
  EXPECT_FALSE(mine->perform(admin(), skill("s1")));
  ASSERT_TRUE(mine->perform(admin(), resource_request{list_resources{find_resource("skill"), {}}}));
  EXPECT_EQ(told, 1);
  // Also on the connection that replaces a lost one.
  db.end_connections();
  ASSERT_TRUE(mine->perform(admin(), skill("s2")));
  EXPECT_EQ(told, 2);
  EXPECT_EQ(notifications(), 0);
}

TEST_F(OutboxBell, OthersNotify) {
  ASSERT_TRUE(open(false)->perform(admin(), skill("s1")));
  EXPECT_EQ(notifications(), 1);
  db.ask("update skills set name = 'by hand' where id = 's1'");
  EXPECT_EQ(notifications(), 1);
  EXPECT_EQ(told, 0);
}

TEST_F(OutboxBell, IsWokenByBothAndByNothingElse) {
  auto mine = make_postgres_outbox(db.settings());
  const auto wake = mine->waker();
  mine->wait(0ms); // connects
  const auto waited = [&](milliseconds longest) {
    const auto begun = steady::now();
    mine->wait(longest);
    return steady::now() - begun;
  };
  EXPECT_GE(waited(60ms), 50ms);
  wake();
  EXPECT_LT(waited(5s), 1s) << "before it began to wait";
  std::thread other{[&] {
    std::this_thread::sleep_for(50ms);
    wake();
  }};
  EXPECT_LT(waited(5s), 1s) << "while it waits";
  other.join();
  db.ask("insert into skills (id, name) values ('s1', 'S')");
  EXPECT_LT(waited(5s), 1s) << "by NOTIFY";
  EXPECT_GE(waited(60ms), 50ms);
  // A connection that is lost is found out, and the new one hears again.
  db.end_connections();
  waited(5s);
  waited(5s);
  db.ask("update skills set name = 'T'");
  EXPECT_LT(waited(5s), 1s);
  mine.reset();
  wake();
}

} // namespace
} // namespace evs::persistence
