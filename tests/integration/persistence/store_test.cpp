#include "surroundings.hpp"

#include "domain/labels.hpp"
#include "persistence/postgres/encode.hpp"

#include <gtest/gtest.h>

using namespace evs;
using namespace evs::persistence;
using evs::persistence::testing::scratch_database;

namespace {

timestamp at(std::int64_t s) { return timestamp{seconds{1'800'000'000 + s}} + milliseconds{123}; }

call_step step(const std::string& call, std::uint32_t seq) {
  return {call_id{call}, seq, at(seq), "offered", R"({"b": 1,  "a": "é"})"};
}

call_record record(const std::string& id) {
  call_record r;
  r.id = call_id{id};
  r.started = at(0);
  r.answered = at(12);
  r.ended = at(72);
  r.duration = seconds{72};
  r.billable = seconds{60};
  r.wait = seconds{8};
  r.ring = seconds{4};
  r.talk = seconds{50};
  r.hold = seconds{10};
  r.reason = end_reason::caller_hangup;
  r.source = r.caller_number = "+33600000001";
  r.destination = r.did = "+33140000001";
  r.agent = agent_id{"user-1001"};
  r.queue = queue_id{"queue-accueil"};
  r.site = site_id{"site-paris"};
  r.trunk = trunk_id{"trunk-paris"};
  r.cause = 16;
  return r;
}

agent_snapshot agent(std::uint64_t version, timestamp since) {
  agent_snapshot a;
  a.id = agent_id{"user-1001"};
  a.login_id = "1001";
  a.first_name = "Camille";
  a.last_name = "Martin";
  a.site = site_id{"site-paris"};
  a.extension = "1001";
  a.state = agent_state::paused;
  a.since = since;
  a.reason = "déjeuner";
  a.call = call_id{"c-1"};
  a.campaign = campaign_id{"campaign-demo"};
  a.phone_reachable = true;
  a.pending = agent_state::training;
  a.wrap_up_until = at(99);
  a.today = {1, 2, 3, 4, seconds{5}, seconds{6}, seconds{7}, seconds{8}, seconds{9}, seconds{10}};
  a.version = version;
  return a;
}

struct Store : ::testing::Test {
  scratch_database db;
  std::unique_ptr<store> s = make_postgres_store(db.settings());

  void seed_demo() {
    seed(db.settings(), true, [](const std::string& p) { return "hash of " + p; });
  }
  /// The whole content of the tables that write() fills.
  std::string content() const {
    return db.ask("select md5(string_agg(t, '|')) from (select row_to_json(x)::text t from call_history x union all "
                  "select row_to_json(x)::text from call_events x union all select row_to_json(x)::text from call_attempts x union all "
                  "select row_to_json(x)::text from call_wrap_ups x union all select row_to_json(x)::text from open_calls x union all "
                  "select row_to_json(x)::text from agent_states x union all select row_to_json(x)::text from agent_sessions x order by 1) y");
  }
};

TEST_F(Store, PingsAndStartsEmpty) {
  s->ping();
  EXPECT_EQ(s->load_directory(), directory_data{});
  EXPECT_TRUE(s->load_agent_states().empty());
  EXPECT_TRUE(s->load_open_calls().empty());
  EXPECT_TRUE(s->load_queue_day(at(0)).empty());
  s->write({});
}

TEST_F(Store, EveryKindIsIdempotent) {
  seed_demo();
  const std::vector<store_write> batch{
    attempt_intent{call_id{"a-1"}, agent_id{"user-1001"}, "+33600000001", trunk_id{"trunk-paris"}, site_id{"site-paris"},
                   campaign_id{"campaign-demo"}, {}, "+33140000009", at(0)},
    step("c-1", 1), step("c-1", 2), step("c-1", 2), record("c-1"), wrap_up_finished{call_id{"c-1"}, agent_id{"user-1001"}, seconds{7}},
    attempt_result{call_id{"a-1"}, attempt_outcome::busy, end_reason::busy, at(9)}, agent_state_saved{agent(3, at(3))},
    agent_state_saved{agent(4, at(4))}, agent_session_opened{"s-1", agent_id{"user-1001"}, at(0)},
    agent_session_closed{agent_id{"user-1001"}, at(100)}, step("c-2", 1)};
  s->write(batch);
  const auto once = content();
  EXPECT_EQ(db.ask("select count(*) from call_events"), "3");
  EXPECT_EQ(db.ask("select wrap_up_s from call_history"), "7");
  EXPECT_EQ(db.ask("select outcome || ' ' || end_reason from call_attempts"), "busy busy");
  EXPECT_EQ(db.ask("select version from agent_states"), "4");
  s->write(batch);
  EXPECT_EQ(content(), once);
  for (const auto& one : batch) // as after a rejected batch: one by one
    s->write({one});
  EXPECT_EQ(content(), once);
}

TEST_F(Store, ARecordIsWrittenOnceAndStays) {
  s->write({record("c-1")});
  auto other = record("c-1");
  other.reason = end_reason::lost_track;
  other.duration = seconds{1};
  s->write({other});
  EXPECT_EQ(db.ask("select end_reason || ' ' || duration_s || ' ' || status from call_history"), "caller_hangup 72 answered");
  EXPECT_EQ(db.ask("select iso8601(started_at) || ' ' || iso8601(answered_at) || ' ' || iso8601(ended_at) from call_history"),
            to_iso8601(at(0)) + ' ' + to_iso8601(at(12)) + ' ' + to_iso8601(at(72)));
}

TEST_F(Store, WrapUpMayComeBeforeOrAfterTheRecordAndCountsOnce) {
  s->write({wrap_up_finished{call_id{"early"}, agent_id{"user-1001"}, seconds{5}}});
  s->write({record("early"), record("late"), record("other")});
  EXPECT_EQ(db.ask("select wrap_up_s from call_history where id = 'late'"), "");
  s->write({wrap_up_finished{call_id{"late"}, agent_id{"user-1001"}, seconds{6}},
            wrap_up_finished{call_id{"other"}, agent_id{"user-1002"}, seconds{9}}});
  s->write({wrap_up_finished{call_id{"late"}, agent_id{"user-1001"}, seconds{60}}});
  EXPECT_EQ(db.ask("select string_agg(id || '=' || coalesce(wrap_up_s::text, '-'), ' ' order by id) from call_history"),
            "early=5 late=6 other=-"); // another agent's wrap-up is not this row's
}

TEST_F(Store, AnAttemptIsResolvedOnce) {
  s->write({attempt_intent{call_id{"a-1"}, {}, "1", {}, {}, {}, {}, "", at(0)}});
  EXPECT_EQ(db.ask("select outcome from call_attempts"), "intended");
  s->write({attempt_result{call_id{"a-1"}, attempt_outcome::answered, end_reason::caller_hangup, at(5)},
            attempt_result{call_id{"unknown"}, attempt_outcome::failed, end_reason::none, at(5)}});
  s->write({attempt_result{call_id{"a-1"}, attempt_outcome::failed, end_reason::lost_track, at(9)}});
  EXPECT_EQ(db.ask("select outcome || ' ' || iso8601(finished_at) from call_attempts"), "answered " + to_iso8601(at(5)));
}

TEST_F(Store, OpenCallsAreThoseWithoutARecord) {
  s->write({step("c-1", 1), step("c-2", 1), step("c-1", 2), step("c-3", 1), record("c-2")});
  s->write({step("c-2", 2)}); // a late step opens nothing
  auto open = s->load_open_calls();
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open[0].id, call_id{"c-1"});
  EXPECT_EQ(open[0].steps, (std::vector<call_step>{step("c-1", 1), step("c-1", 2)})); // data to the byte
  EXPECT_EQ(open[1].id, call_id{"c-3"});
  s->write({record("c-1"), record("c-3")});
  EXPECT_TRUE(s->load_open_calls().empty());
}

TEST_F(Store, AgentStateRoundTripAndOnlyNewerWins) {
  seed_demo();
  s->write({agent_state_saved{agent(5, at(5))}});
  EXPECT_EQ(s->load_agent_states(), std::vector<agent_snapshot>{agent(5, at(5))});
  auto stale = agent(4, at(4));
  stale.state = agent_state::available;
  s->write({agent_state_saved{stale}});
  EXPECT_EQ(s->load_agent_states(), std::vector<agent_snapshot>{agent(5, at(5))});
  auto restarted = agent(1, at(6)); // versions begin again, time goes on
  s->write({agent_state_saved{restarted}});
  EXPECT_EQ(s->load_agent_states(), std::vector<agent_snapshot>{restarted});
  auto ghost = agent(1, at(1));
  ghost.id = agent_id{"user-gone"};
  s->write({agent_state_saved{ghost}});
  EXPECT_EQ(s->load_agent_states().size(), 1u);
}

TEST_F(Store, SessionsCloseTheirOwnOnly) {
  const agent_id who{"user-1001"};
  s->write({agent_session_opened{"s-1", who, at(0)}});
  s->write({agent_session_opened{"s-2", who, at(10)}}); // s-1 was left open by a crash
  EXPECT_EQ(db.ask("select string_agg(id || '=' || coalesce(iso8601(logout_at), '-'), ' ' order by id) from agent_sessions"),
            "s-1=" + to_iso8601(at(10)) + " s-2=-");
  s->write({agent_session_opened{"s-1", who, at(0)}, agent_session_closed{who, at(5)}}); // again, late
  EXPECT_EQ(db.ask("select count(*) from agent_sessions where logout_at is null"), "1");
  s->write({agent_session_closed{who, at(20)}, agent_session_opened{"s-3", who, at(30)}});
  EXPECT_EQ(db.ask("select string_agg(id || '=' || coalesce(iso8601(logout_at), '-'), ' ' order by id) from agent_sessions"),
            "s-1=" + to_iso8601(at(10)) + " s-2=" + to_iso8601(at(20)) + " s-3=-");
}

TEST_F(Store, QueueDayCountsFromHistory) {
  seed_demo(); // target: 20 s
  auto within = record("1");
  auto late = record("2");
  late.wait = seconds{15};
  late.ring = seconds{6};
  auto gone = record("3");
  gone.answered.reset();
  gone.reason = end_reason::abandoned_waiting;
  auto overdue = gone;
  overdue.id = call_id{"4"};
  overdue.reason = end_reason::queue_timeout;
  auto yesterday = record("5");
  yesterday.started = at(-86400);
  auto outbound = record("6");
  outbound.queue = {};
  s->write({within, late, gone, overdue, yesterday, outbound});
  const auto day = s->load_queue_day(at(-10));
  ASSERT_EQ(day.size(), 1u);
  EXPECT_EQ(day[0].id, queue_id{"queue-accueil"});
  EXPECT_EQ(day[0].offered, 4u);
  EXPECT_EQ(day[0].answered, 2u);
  EXPECT_EQ(day[0].abandoned, 1u);
  EXPECT_EQ(day[0].within_target, 1u);
}

TEST_F(Store, ARejectedBatchLeavesNothing) {
  auto broken = step("c-1", 2);
  broken.data = "{not json";
  const std::vector<store_write> batch{step("c-1", 1), broken, record("c-9"), agent_session_opened{"s-1", agent_id{"u"}, at(0)}};
  const auto before = content();
  EXPECT_THROW(s->write(batch), store_rejected);
  EXPECT_EQ(content(), before);
  int refused = 0;
  for (const auto& one : batch) {
    try {
      s->write({one});
    } catch (const store_rejected&) {
      ++refused;
      EXPECT_TRUE(std::holds_alternative<call_step>(one));
    }
  }
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(db.ask("select count(*) from call_events"), "1");
}

TEST_F(Store, RefusesWhatBreaksARule) {
  EXPECT_THROW(s->write({step("", 1)}), store_rejected);
  EXPECT_THROW(s->write({step("c", 0)}), store_rejected);
  auto r = record("c-1");
  r.status = "no such status";
  EXPECT_THROW(s->write({r}), store_rejected);
  r = record("c-1");
  r.duration = seconds{std::int64_t{1} << 40};
  EXPECT_THROW(s->write({r}), store_rejected);
  s->write({record("c-1")}); // and goes on
}

TEST_F(Store, EveryTokenOfTheClosedListsIsAccepted) {
  seed_demo();
  std::vector<store_write> batch;
  for (int i = 0; i <= static_cast<int>(end_reason::lost_track); ++i)
    for (bool answered : {false, true}) {
      auto r = record("r-" + std::to_string(i) + (answered ? "a" : "n"));
      r.reason = static_cast<end_reason>(i);
      r.direction = i % 2 ? call_direction::inbound : call_direction::outbound;
      if (!answered)
        r.answered.reset();
      batch.emplace_back(r);
      const call_id id{"a-" + r.id.value};
      batch.emplace_back(attempt_intent{id, {}, "1", {}, {}, {}, {}, "", at(0)});
      batch.emplace_back(attempt_result{id, static_cast<attempt_outcome>(i % (static_cast<int>(attempt_outcome::abandoned) + 1)), r.reason, at(1)});
    }
  s->write(batch);
  EXPECT_EQ(db.ask("select count(*) from call_history"), std::to_string(batch.size() / 3));
  for (int i = 0; i <= static_cast<int>(agent_state::training); ++i) {
    auto a = agent(static_cast<std::uint64_t>(i) + 1, at(i));
    a.state = static_cast<agent_state>(i);
    a.pending = a.state;
    s->write({agent_state_saved{a}});
    EXPECT_EQ(s->load_agent_states(), std::vector<agent_snapshot>{a});
  }
}

TEST_F(Store, HostileTextIsOnlyText) {
  seed_demo();
  const std::vector<std::string> hostile{
    "'; drop table call_history; --", R"("},{"x)", R"(\"\\,{NULL}")", "NULL", "{}", "${EXTEN}&$1 %s", "a\r\nb\tc\x01", "\xF0\x9F\x98\x80 Zoë",
    "<script>alert(1)</script>", std::string("nul\0inside", 10), "\xFF\xC3(latin", std::string(20000, 'x')};
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    const auto& h = hostile[i];
    const auto n = std::to_string(i);
    SCOPED_TRACE(h.substr(0, 40));
    auto r = record("h" + n + h);
    r.source = r.destination = r.caller_number = r.did = h;
    r.agent = agent_id{h};
    r.queue = queue_id{h};
    r.campaign = campaign_id{h};
    r.contact = contact_id{h};
    r.site = site_id{h};
    r.trunk = trunk_id{h};
    auto a = agent(10 + i, at(static_cast<std::int64_t>(i)));
    a.reason = h;
    a.call = call_id{h};
    a.campaign = campaign_id{h};
    s->write({call_step{call_id{h}, static_cast<std::uint32_t>(i + 1), at(0), h, "\"text\""}, r, wrap_up_finished{call_id{h}, agent_id{h}, seconds{1}},
              attempt_intent{call_id{"a" + n + h}, agent_id{h}, h, trunk_id{h}, site_id{h}, campaign_id{h}, contact_id{h}, h, at(0)},
              attempt_result{call_id{"a" + n + h}, attempt_outcome::busy, end_reason::busy, at(1)}, agent_state_saved{a},
              agent_session_opened{"s" + n + h, agent_id{h}, at(0)}, agent_session_closed{agent_id{h}, at(1)}});
    const auto kept = postgres::clean_utf8(h);
    const auto states = s->load_agent_states();
    ASSERT_EQ(states.size(), 1u);
    EXPECT_EQ(states[0].reason, kept);
    EXPECT_EQ(states[0].call.value, kept);
    bool found = false;
    for (const auto& open : s->load_open_calls())
      if (open.id.value == kept) {
        found = true;
        EXPECT_EQ(open.steps.at(0).kind, kept);
      }
    EXPECT_TRUE(found);
  }
  EXPECT_EQ(db.ask("select count(*) from call_history where source = destination and source = did and source = agent_id and source = trunk_id"),
            std::to_string(hostile.size()));
  EXPECT_EQ(db.ask("select count(*) from call_attempts where outcome = 'busy' and destination = caller_id"), std::to_string(hostile.size()));
}

TEST_F(Store, ARefusedAttemptIsWrittenWholeAndUndoesNothing) {
  seed_demo();
  db.ask("insert into contacts (id, campaign_id, phone_number, status) values ('k', 'campaign-demo', '06', 'called')");
  db.ask("insert into contact_locks (contact_id, campaign_id, owner_id, token, dialled_at) values ('k', 'campaign-demo', 'user-1001', 't', now())");
  const attempt_refused refused{{call_id{"a-9"}, agent_id{"user-1001"}, "+33600000001", trunk_id{"trunk-paris"}, site_id{"site-paris"},
                                 campaign_id{"campaign-demo"}, contact_id{"k"}, "+33140000009", at(0)},
                                {call_id{"a-9"}, attempt_outcome::blocked, end_reason::trunk_full, at(1)}};
  s->write({refused});
  s->write({refused});
  EXPECT_EQ(db.ask("select id || ' ' || outcome || ' ' || end_reason || ' ' || iso8601(finished_at) from call_attempts"),
            "a-9 blocked trunk_full " + to_iso8601(at(1)));
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "1") << "the request that was refused gives the contact back itself";
}

TEST_F(Store, BigBatches) {
  std::vector<store_write> batch;
  for (int i = 0; i < 2000; ++i) {
    batch.emplace_back(step("c-" + std::to_string(i), 1));
    batch.emplace_back(record("c-" + std::to_string(i)));
  }
  s->write(batch);
  EXPECT_EQ(db.ask("select count(*) from call_history"), "2000");
  EXPECT_TRUE(s->load_open_calls().empty());
}

} // namespace
