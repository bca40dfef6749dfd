// The store actor: batches, what happens while PostgreSQL is away, rows that it does not take, the bound.

#include "actors/store.hpp"
#include "tests/actors/house.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

namespace evs::test {
namespace {

call_step step(std::uint32_t seq) { return {call_id{"c"}, seq, {}, "step", "{}"}; }
call_record record(const std::string& id) {
  call_record r;
  r.id.value = id;
  return r;
}
attempt_intent intent(const std::string& id) {
  attempt_intent a;
  a.id.value = id;
  return a;
}

class Store : public testing::Test {
protected:
  void start(store_policy policy = {}) {
    sink_ = house_.system.spawn(make_store, house_.services, [rows = rows_] { return std::make_unique<memory_store>(rows); }, policy);
    house_.run();
  }
  ~Store() override {
    if (sink_)
      caf::anon_send_exit(sink_, caf::exit_reason::user_shutdown);
    house_.run();
  }
  void keep(std::vector<store_write> rows) { house_.send(sink_, store_rows{std::move(rows)}); }
  outcome now(std::vector<store_write> rows) { return house_.ask<outcome>(sink_, store_now{std::move(rows)}); }

  house house_;
  std::shared_ptr<memory_rows> rows_ = std::make_shared<memory_rows>();
  store_actor sink_;
};

TEST_F(Store, RowsTravelInBatchesInOrder) {
  store_policy p;
  p.batch = 10;
  start(p);
  for (std::uint32_t i = 1; i <= 25; ++i)
    keep({step(i)});
  EXPECT_TRUE(rows_->batches.empty()) << "not before the flush interval";
  house_.pass(milliseconds{49});
  EXPECT_TRUE(rows_->batches.empty());
  house_.pass(milliseconds{2});
  ASSERT_EQ(rows_->batches.size(), 3U);
  EXPECT_EQ(rows_->batches[0].size(), 10U);
  const auto steps = rows_->all<call_step>();
  ASSERT_EQ(steps.size(), 25U);
  for (std::uint32_t i = 0; i < 25; ++i)
    EXPECT_EQ(steps[i].seq, i + 1);
  EXPECT_EQ(house_.ear.counted("store_rows"), 25U);
}

TEST_F(Store, CommitsWhenAsked) {
  start();
  keep({step(1)});
  EXPECT_TRUE(now({intent("a")}).ok);
  EXPECT_EQ(rows_->size(), 2U) << "what came before is written before";
}

TEST_F(Store, AnOutageIsOutlasted) {
  start();
  rows_->away = true;
  keep({record("r-1")});
  house_.pass(milliseconds{100});
  EXPECT_EQ(house_.ear.counted("store_outages"), 1U);
  EXPECT_EQ(house_.ear.gauges["store_up"], 0);
  for (int i = 2; i <= 20; ++i) {
    keep({record("r-" + std::to_string(i))});
    house_.pass(seconds{1});
  }
  EXPECT_EQ(house_.ear.counted("store_outages"), 1U);
  // No promise is made meanwhile, at once.
  const auto said = now({intent("a")});
  EXPECT_FALSE(said.ok);
  EXPECT_EQ(said.code, errc::database_unavailable);
  rows_->away = false;
  house_.pass(seconds{6});
  EXPECT_EQ(house_.ear.gauges["store_up"], 1);
  const auto all = rows_->all<call_record>();
  ASSERT_EQ(all.size(), 20U);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(all[static_cast<std::size_t>(i)].id.value, "r-" + std::to_string(i + 1));
  std::vector<std::string> alerts;
  for (const auto& a : house_.told<system_alert>())
    alerts.push_back(a.code);
  EXPECT_EQ(alerts, (std::vector<std::string>{"database_down", "database_up"}));
  EXPECT_TRUE(now({intent("b")}).ok);
}

TEST_F(Store, WhoeverWaitsWhenItGoesIsTold) {
  start();
  rows_->away = true;
  EXPECT_EQ(now({intent("a")}).code, errc::database_unavailable);
}

TEST_F(Store, ARejectedRowIsLeftOutAlone) {
  start();
  rows_->rejects = [](const store_write& w) {
    auto* r = std::get_if<call_record>(&w);
    return r && r->id.value == "bad";
  };
  keep({record("one"), record("bad"), record("two")});
  EXPECT_TRUE(now({intent("a")}).ok) << "his own row is good";
  EXPECT_EQ(rows_->all<call_record>().size(), 2U);
  EXPECT_EQ(house_.ear.counted("store_rejected_rows"), 1U);
}

TEST_F(Store, WhoseRowIsRejectedIsTold) {
  start();
  rows_->rejects = [](const store_write& w) {
    auto* a = std::get_if<attempt_intent>(&w);
    return a && a->id.value == "bad";
  };
  keep({record("one")});
  EXPECT_FALSE(now({intent("bad")}).ok);
  EXPECT_TRUE(now({intent("good")}).ok);
  EXPECT_EQ(rows_->size(), 2U);
}

TEST_F(Store, TheBoundDropsStepsNeverRecords) {
  store_policy p;
  p.limit = 5;
  start(p);
  rows_->away = true;
  for (std::uint32_t i = 1; i <= 10; ++i)
    keep({step(i), record("r-" + std::to_string(i))});
  house_.pass(seconds{1});
  rows_->away = false;
  house_.pass(seconds{10});
  EXPECT_EQ(rows_->all<call_record>().size(), 10U);
  EXPECT_EQ(rows_->all<call_step>().size(), 3U);
  EXPECT_EQ(house_.ear.counted("store_dropped_steps"), 7U);
}

TEST_F(Store, WritesWhatItHasBeforeItStops) {
  start();
  keep({record("r-1")});
  EXPECT_TRUE(house_.ask<outcome>(sink_, stop_work{}).ok);
  EXPECT_EQ(rows_->all<call_record>().size(), 1U);
  sink_ = store_actor{};
}

TEST_F(Store, SaysWhenItCouldNot) {
  start();
  rows_->away = true;
  keep({record("r-1")});
  EXPECT_FALSE(house_.ask<outcome>(sink_, stop_work{}).ok);
  EXPECT_TRUE(house_.ear.said("1 rows could not be written"));
  sink_ = store_actor{};
}

} // namespace
} // namespace evs::test
