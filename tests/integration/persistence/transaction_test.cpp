// Transactions that cross each other, and what is told from a database that is away.
#include "persistence/postgres/areas.hpp"
#include "surroundings.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <barrier>
#include <thread>

namespace evs::persistence::postgres {
namespace {

using testing::scratch_database;

constexpr statement touch{"test_touch", "update skills set description = description || $2 where id = $1"};
constexpr statement slow{"test_slow", "select pg_sleep(3)"};
constexpr statement lock_now{"test_lock", "select from skills where id = 'a' for update nowait"};
constexpr statement self{"test_self", "select pg_backend_pid()"};

struct Transactions : ::testing::Test {
  scratch_database db;
  desk_settings settings;
  void SetUp() override {
    settings.store = db.settings();
    db.ask("insert into skills (id, name) values ('a', 'A'), ('b', 'B')");
  }
};

TEST_F(Transactions, ADeadlockIsRunAgainAndBothAreDone) {
  std::barrier both_hold{2};
  std::atomic<int> tries{0};
  const auto person = [&](std::string first, std::string second, std::string mark) {
    session mine{settings.store};
    workplace at{mine, settings, audit_line{"user", "", "", "PUT /" + mark, "skills"}};
    bool met = false;
    const auto said = in_transaction(at, [&](transaction& t) {
      ++tries;
      t.run(touch, {first, mark});
      // The first time each has one row when he asks for the other's.
      if (!std::exchange(met, true))
        both_hold.arrive_and_wait();
      t.run(touch, {second, mark});
      return data_answer{};
    });
    EXPECT_TRUE(said) << said.error().text();
    EXPECT_FALSE(at.line);
  };
  std::thread one{person, "a", "b", "1"}, other{person, "b", "a", "2"};
  one.join();
  other.join();
  EXPECT_EQ(tries, 3) << "the server ended one of them once";
  EXPECT_EQ(db.ask("select string_agg(length(description)::text, ' ') from skills"), "2 2");
  EXPECT_EQ(db.ask("select string_agg(action, ' ' order by action) from audit_pending"), "PUT /1 PUT /2");
}

TEST_F(Transactions, AStatementThatTakesTooLongIsNoLostDatabase) {
  auto hurried = settings.store;
  hurried.statement_timeout = milliseconds{100};
  session mine{hurried};
  const auto connection = mine.run(self).at(0).text(0);
  EXPECT_THROW(mine.run(slow), store_overdue);
  pqxx::connection holder{db.url()};
  pqxx::work held{holder};
  held.exec("select from skills where id = 'a' for update");
  EXPECT_THROW(mine.run(lock_now), store_overdue);
  EXPECT_THROW(mine.run(isolation::read_committed, [](transaction& t) { t.run(touch, {"a", "x"}); }), store_overdue);
  EXPECT_EQ(mine.run(self).at(0).text(0), connection) << "it goes on with the same connection";
  EXPECT_EQ(db.ask("select description from skills where id = 'a'"), "");
}

} // namespace
} // namespace evs::persistence::postgres
