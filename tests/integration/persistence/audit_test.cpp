#include "surroundings.hpp"

#include "persistence/audit.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <thread>

using namespace evs::persistence;
using evs::persistence::testing::scratch_database;

namespace {

struct Audit : ::testing::Test {
  scratch_database db;
  std::unique_ptr<audit_book> book = make_postgres_audit_book(db.settings());

  static audit_line line(int n) {
    return {"user-9000", "9000", "10.0.0.1", "PUT /trunks/{id}", "trunks/t" + std::to_string(n), R"({"fields":["name"],"n":)" + std::to_string(n) + "}"};
  }
  void write(int lines) {
    for (int i = 0; i < lines; ++i)
      book->write({line(i)});
    book->collect();
  }
  /// What somebody with the database's password could do.
  void tamper(const std::string& sql) {
    db.ask("alter table audit_log disable trigger user");
    db.ask(sql);
    db.ask("alter table audit_log enable trigger user");
  }
};

TEST_F(Audit, KeepsLinesInAChain) {
  EXPECT_EQ(book->collect(), std::nullopt);
  write(5);
  const auto state = book->verify();
  EXPECT_EQ(state.lines, 5u);
  EXPECT_EQ(state.broken, std::nullopt);
  EXPECT_EQ(state.head, db.ask("select encode(hash, 'hex') from audit_log where position = 5"));
  EXPECT_EQ(db.ask("select string_agg(entity, ' ' order by position) from audit_log"), "trunks/t0 trunks/t1 trunks/t2 trunks/t3 trunks/t4");
  EXPECT_EQ(db.ask("select count(*) from audit_pending"), "0");
}

TEST_F(Audit, IsOnlyAddedTo) {
  write(1);
  for (const auto* sql : {"update audit_log set actor = 'x'", "delete from audit_log", "truncate audit_log"})
    EXPECT_ANY_THROW(db.ask(sql)) << sql;
  EXPECT_EQ(db.ask("select count(*) from audit_log where actor = 'user-9000'"), "1");
}

TEST_F(Audit, AChangedLineShows) {
  for (const auto* field : {"actor = 'nobody'", "login = 'x'", "address = 'x'", "action = 'x'", "entity = 'x'", "detail = '{}'", "at = now()"}) {
    scratch_database fresh;
    write(4);
    tamper(std::string{"update audit_log set "} + field + " where position = 3");
    EXPECT_EQ(book->verify().broken, 3u) << field;
  }
}

TEST_F(Audit, ARemovedOrInsertedLineShows) {
  write(4);
  tamper("delete from audit_log where position = 2");
  EXPECT_EQ(book->verify().broken, 3u);
  // Renumbered, too.
  tamper("update audit_log set position = position - 1 where position > 2");
  EXPECT_EQ(book->verify().broken, 2u);
}

TEST_F(Audit, ACutEndShowsByItsHead) {
  write(4);
  const auto head = book->verify().head;
  tamper("delete from audit_log where position = 4");
  const auto state = book->verify();
  EXPECT_EQ(state.broken, std::nullopt);
  EXPECT_NE(state.head, head);
}

TEST_F(Audit, ManyWritersAndCollectorsMakeOneChain) {
  std::vector<std::thread> people;
  for (int p = 0; p < 4; ++p)
    people.emplace_back([&, p] {
      auto mine = make_postgres_audit_book(db.settings());
      for (int i = 0; i < 50; ++i) {
        mine->write({line(p * 100 + i), line(p * 100 + 50 + i)});
        if (i % 5 == p)
          mine->collect();
      }
    });
  for (auto& one : people)
    one.join();
  book->collect();
  const auto state = book->verify();
  EXPECT_EQ(state.lines, 400u);
  EXPECT_EQ(state.broken, std::nullopt);
}

TEST_F(Audit, ALineOfALongTransactionIsChainedAfterItsCommitWithoutAGap) {
  pqxx::connection slow{db.url()}, given_up{db.url()};
  pqxx::work late{slow}, never{given_up};
  late.exec("select audit('u', '', '', 'late', 't/late', null)");
  never.exec("select audit('u', '', '', 'never', 't/never', null)");
  write(2);
  EXPECT_EQ(db.ask("select string_agg(entity, ' ' order by position) from audit_log"), "trunks/t0 trunks/t1");
  EXPECT_EQ(book->collect(), std::nullopt) << "what is not committed is no line yet";
  late.commit();
  never.abort();
  EXPECT_NE(book->collect(), std::nullopt);
  EXPECT_EQ(db.ask("select string_agg(position || ' ' || entity, ', ' order by position) from audit_log"), "1 trunks/t0, 2 trunks/t1, 3 t/late");
  EXPECT_EQ(db.ask("select bool_and(l.at < n.at) from audit_log l, audit_log n where l.position = 3 and n.position = 1"), "t") << "`at` is when it was written";
  EXPECT_EQ(db.ask("select count(*) from audit_pending"), "0");
  EXPECT_EQ(book->verify().broken, std::nullopt);
}

TEST_F(Audit, HostileTextIsText) {
  book->write({{"a'; drop table audit_log; --", "\xff\xfe", "{}", "\"},\"", "\\", R"({"x":"\u0001'"})"}});
  book->collect();
  EXPECT_EQ(book->verify().broken, std::nullopt);
  EXPECT_EQ(db.ask("select actor from audit_log"), "a'; drop table audit_log; --");
}

} // namespace
