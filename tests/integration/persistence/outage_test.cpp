#include "surroundings.hpp"
#include "tcp_proxy.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <thread>

using namespace evs;
using namespace evs::persistence;
using namespace evs::persistence::testing;
using namespace std::chrono_literals;

namespace {

store_write step(std::uint32_t seq) { return call_step{call_id{"c-1"}, seq, timestamp{seconds{1'800'000'000}}, "offered", "{}"}; }

struct Outage : ::testing::Test {
  scratch_database db;
  tcp_proxy wire{endpoint(db.url()).first, endpoint(db.url()).second};
  std::unique_ptr<store> s;

  void SetUp() override {
    auto settings = db.settings();
    settings.url = with_port(db.url(), wire.port());
    settings.statement_timeout = 300ms;
    s = make_postgres_store(settings);
    s->ping();
  }
  std::string steps() const { return db.ask("select count(*) from call_events"); }
  /// Milliseconds until the call fails as unavailable; a failure of the test when it doesn't.
  template <class Call>
  std::int64_t fails(Call call) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_THROW(call(), store_unavailable);
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun).count();
  }
};

/// Keeps writes to call_events waiting as long as it lives.
struct table_lock {
  explicit table_lock(const std::string& url) : connection(url), work(connection) { work.exec("lock table call_events in exclusive mode"); }
  pqxx::connection connection;
  pqxx::work work;
};

TEST_F(Outage, AnIdleConnectionThatDiedIsReplacedAtOnce) {
  db.end_connections();
  s->write({step(1)});
  wire.hiccup();
  std::this_thread::sleep_for(20ms);
  s->write({step(2)});
  EXPECT_EQ(steps(), "2");
}

TEST_F(Outage, TerminatedInTheMiddleOfAWrite) {
  auto blocked = std::make_unique<table_lock>(db.url());
  std::thread killer{[&] {
    while (db.ask("select count(*) from pg_stat_activity where datname = current_database() and application_name = 'evscallpro' "
                  "and wait_event_type = 'Lock'") != "1")
      std::this_thread::yield();
    db.end_connections();
  }};
  EXPECT_THROW(s->write({step(1), step(2)}), store_unavailable);
  killer.join();
  blocked.reset();
  EXPECT_EQ(steps(), "0");
  s->write({step(1), step(2)});
  EXPECT_EQ(steps(), "2");
}

TEST_F(Outage, AStatementThatTakesTooLongIsGivenUp) {
  auto blocked = std::make_unique<table_lock>(db.url());
  EXPECT_LT(fails([&] { s->write({step(1)}); }), 3000);
  blocked.reset();
  s->write({step(1)});
  EXPECT_EQ(steps(), "1");
}

TEST_F(Outage, CutRefusedAndBack) {
  wire.cut();
  fails([&] { s->write({step(1)}); });
  fails([&] { s->ping(); });
  fails([&] { s->load_directory(); });
  wire.heal();
  s->write({step(1)});
  EXPECT_EQ(steps(), "1");
}

TEST_F(Outage, AServerThatNeverAnswers) {
  wire.black_hole();
  const auto waited = fails([&] { s->write({step(1)}); }); // statement timeout + grace
  EXPECT_GE(waited, 300);
  EXPECT_LT(waited, 4000);
  EXPECT_LT(fails([&] { s->ping(); }), 6000); // and on connecting: connect timeout, 2 s
  wire.heal();
  s->write({step(1)});
  EXPECT_EQ(steps(), "1");
}

TEST_F(Outage, ASlowServerIsWaitedFor) {
  wire.delay(40ms);
  s->write({step(1)});
  EXPECT_EQ(steps(), "1");
}

TEST_F(Outage, AnUnknownOutcomeMayBeWrittenAgain) {
  // The answer to COMMIT is lost at ever later moments; writing again must always end in the same rows.
  for (std::uint32_t i = 1; i <= 12; ++i) {
    wire.delay(5ms);
    std::thread cutter{[&] {
      std::this_thread::sleep_for(milliseconds{4 * i});
      wire.hiccup();
    }};
    try {
      s->write({step(i)});
    } catch (const store_unavailable&) {
    }
    cutter.join();
    wire.delay(0ms);
    s->write({step(i)});
    EXPECT_EQ(steps(), std::to_string(i));
  }
}

TEST_F(Outage, NothingButTheTwoErrors) {
  auto nowhere = db.settings();
  for (const char* url : {"postgresql://evs@127.0.0.1:1/evs", "postgresql://nobody@127.0.0.1:1/", "host=", "not a connection string", ""}) {
    nowhere.url = url;
    auto broken = make_postgres_store(nowhere);
    EXPECT_THROW(broken->ping(), store_unavailable) << url;
  }
  const scratch_database empty{scratch_database::bare};
  EXPECT_THROW(make_postgres_store(empty.settings())->load_directory(), store_unavailable); // not migrated yet: may be over later
}

} // namespace
