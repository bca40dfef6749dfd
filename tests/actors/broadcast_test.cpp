// Broadcast and sessions: who sees what, in which order, and what a reader gets who comes late, comes back or is slow.

#include "actors/broadcast.hpp"
#include "actors/session.hpp"
#include "tests/actors/house.hpp"
#include "tests/actors/memory_log.hpp"
#include "tests/actors/recording_wire.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

namespace evs::test {
namespace {

struct open_session {
  std::shared_ptr<recording_wire> wire = std::make_shared<recording_wire>();
  session_actor handle;
};

class Broadcast : public testing::Test {
protected:
  Broadcast() {
    house_.change_rules([](policies& p) {
      p.coalesce_above = 1000;
      p.close_above = 20000;
    });
    start();
    house_.load(house::demo());
    house_.start_ami();
    house_.pass(milliseconds{100});
  }
  ~Broadcast() override {
    for (auto& s : sessions_)
      caf::anon_send_exit(s.handle, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(cast_, caf::exit_reason::user_shutdown);
    house_.run();
  }
  void start() {
    broadcast_policy policy;
    policy.keep = 50;
    cast_ = house_.system.spawn(
      make_broadcast, house_.services, [room = room_](persistence::log_listener& l) { return std::make_unique<memory_log>(room, l); },
      last_, policy);
    house_.services->set_broadcast(cast_);
    house_.run();
  }
  open_session open(const std::string& login, role r, const std::string& site = {}, web::door door = web::door::native,
                    std::optional<std::pair<std::string, std::uint64_t>> resume = {}, const std::string& family = "family") {
    web::session_request what;
    what.who = viewer{user_id{"user-" + login}, r, site_id{site}};
    what.door = door;
    what.resume = std::move(resume);
    what.family = family;
    open_session s;
    s.handle = house_.system.spawn(make_session, house_.services, ++number_, what, s.wire);
    house_.run();
    sessions_.push_back(s);
    return s;
  }
  void tick() { house_.pass(milliseconds{40}); }
  void alert(const std::string& code) {
    house_.services->tell(system_alert{"info", code, "…"}, house_.now());
    house_.run();
  }
  void says(const open_session& s, web::client_command what) { house_.send(s.handle, session_command{std::move(what)}); }

  std::shared_ptr<log_room> room_ = std::make_shared<log_room>();
  std::shared_ptr<announced_states> last_ = std::make_shared<announced_states>();
  house house_;
  broadcast_actor cast_;
  std::vector<open_session> sessions_;
  std::uint64_t number_ = 0;
};

TEST_F(Broadcast, ALateJoinerSeesTheTruth) {
  house_.available({"1001"});
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  auto s = open("1000", role::supervisor);
  ASSERT_EQ(s.wire->texts.size(), 1U);
  const auto& hello = s.wire->texts[0];
  EXPECT_EQ(hello.substr(0, 56), R"({"type":"hello","epoch":"epoch-1","offset":)" + hello.substr(43, 13));
  EXPECT_NE(hello.find("\"offset\":" + std::to_string(room_->offset)), std::string::npos);
  EXPECT_NE(hello.find("\"callId\":\"in-1\""), std::string::npos);
  EXPECT_NE(hello.find("\"agentId\":\"user-1001\""), std::string::npos);
  EXPECT_NE(hello.find("\"queueId\":\"queue-support\""), std::string::npos);
  EXPECT_NE(hello.find("\"trunkId\":\"trunk-lyon\""), std::string::npos);
  EXPECT_NE(hello.find("\"campaignId\":\"campaign-demo\""), std::string::npos);
  house_.asterisk.gone("in-1", 0);
  tick();
  EXPECT_TRUE(s.wire->got("callHangup"));
  house_.pass(milliseconds{300}); // a group's snapshot may be a little old
  auto later = open("1000", role::supervisor);
  EXPECT_FALSE(later.wire->got("\"callId\":\"in-1\""));
}

TEST_F(Broadcast, EventsOfOneTickAreOneFrame) {
  auto s = open("1", role::super_admin);
  for (int i = 0; i < 5; ++i)
    alert("a-" + std::to_string(i));
  EXPECT_EQ(s.wire->texts.size(), 1U) << "not before the tick";
  tick();
  ASSERT_EQ(s.wire->texts.size(), 2U);
  const auto& frame = s.wire->texts[1];
  std::size_t at = 0;
  for (int i = 0; i < 5; ++i) {
    const auto next = frame.find("\"code\":\"a-" + std::to_string(i) + "\"");
    ASSERT_NE(next, std::string::npos);
    EXPECT_GT(next, at);
    at = next;
  }
  tick();
  EXPECT_EQ(s.wire->texts.size(), 2U);
}

TEST_F(Broadcast, OneTextForAllWhoSeeTheSame) {
  auto a = open("1", role::super_admin);
  auto b = open("2", role::super_admin);
  alert("x");
  tick();
  ASSERT_TRUE(a.wire->got("\"x\"") && b.wire->got("\"x\""));
  EXPECT_EQ(a.wire->shared.back().get(), b.wire->shared.back().get());
}

TEST_F(Broadcast, RoleAndSiteDecide) {
  auto admin = open("1", role::administrator);
  auto everywhere = open("1000", role::supervisor);
  auto lyon = open("1500", role::supervisor, "site-lyon");
  auto agent = open("1003", role::agent, "site-paris");
  for (auto* s : {&admin, &everywhere, &lyon, &agent})
    s->wire->texts.clear();
  alert("only-for-admins");
  house_.wants("1001", agent_state::available); // Paris
  house_.wants("1002", agent_state::available); // Lyon
  tick();
  EXPECT_TRUE(admin.wire->got("only-for-admins"));
  EXPECT_FALSE(everywhere.wire->got("only-for-admins"));
  EXPECT_TRUE(everywhere.wire->got("user-1001") && everywhere.wire->got("user-1002"));
  EXPECT_FALSE(lyon.wire->got("user-1001"));
  EXPECT_TRUE(lyon.wire->got("user-1002"));
  EXPECT_TRUE(agent.wire->texts.empty()) << agent.wire->all();
}

TEST_F(Broadcast, AGroupWidensASiteAndAChangeOfItTakesEffectAtOnce) {
  auto data = house::demo();
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1001"}}}};
  house_.load(data);
  auto chief = open("1500", role::supervisor, "site-lyon");
  auto other = open("1501", role::supervisor, "site-lyon");
  auto older = open("1500", role::supervisor, "site-lyon", web::door::compatibility);
  EXPECT_TRUE(chief.wire->got("user-1001") && chief.wire->got("user-1002"));
  EXPECT_FALSE(chief.wire->got("user-1003"));
  EXPECT_FALSE(other.wire->got("user-1001"));
  auto quiet = [&] {
    for (auto* s : {&chief, &other, &older})
      s->wire->texts.clear();
  };

  quiet();
  house_.available({"1001"});
  house_.services->tell(hand_raised{agent_id{"user-1001"}, "A", "1001", site_id{"site-paris"}}, house_.now());
  house_.services->tell(hand_raised{agent_id{"user-1003"}, "C", "1003", site_id{"site-paris"}}, house_.now());
  tick();
  EXPECT_TRUE(chief.wire->got("agentStatusUpdate") && older.wire->got("agentStatusUpdate"));
  EXPECT_EQ(chief.wire->count("agentRaisedHand"), 1U);
  EXPECT_FALSE(other.wire->got("user-1001"));
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  tick();
  EXPECT_TRUE(chief.wire->got("\"caller\":")) << "the call that his agent got, all of it";
  EXPECT_FALSE(other.wire->got("in-1"));

  quiet();
  says(chief, web::write_to_agent{agent_id{"user-1001"}, "bravo"});
  says(chief, web::write_to_agent{agent_id{"user-1003"}, "bravo"});
  tick();
  EXPECT_EQ(chief.wire->count("Agent inconnu"), 1U) << chief.wire->all();

  quiet();
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1003"}}}};
  house_.load(data);
  EXPECT_EQ(chief.wire->texts.at(0), "{\"type\":\"reset\"}");
  EXPECT_TRUE(chief.wire->got("user-1003") && older.wire->got("user-1003"));
  EXPECT_FALSE(chief.wire->got("user-1001"));
  EXPECT_TRUE(other.wire->texts.empty()) << other.wire->all();
  quiet();
  house_.wants("1001", agent_state::offline);
  house_.services->tell(hand_raised{agent_id{"user-1001"}, "A", "1001", site_id{"site-paris"}}, house_.now());
  tick();
  EXPECT_FALSE(chief.wire->got("user-1001") || older.wire->got("user-1001")) << chief.wire->all();

  data.groups.clear();
  house_.load(data);
  quiet();
  house_.available({"1003"});
  alert("x");
  tick();
  EXPECT_FALSE(chief.wire->got("user-1003"));
}

TEST_F(Broadcast, ACallThatMatchesBySiteAndByGroupIsToldOnce) {
  // 1002 sits in Lyon, as does the call; 1001 and 1003 don't.
  auto data = house::demo();
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1001"}, user_id{"user-1002"}, user_id{"user-1003"}}}};
  house_.load(data);
  auto chief = open("1500", role::supervisor, "site-lyon");
  auto older = open("1500", role::supervisor, "site-lyon", web::door::compatibility);
  auto once = [&](const std::string& call, const std::string& type, std::size_t times = 1) {
    for (auto* s : {&chief, &older}) {
      std::size_t n = 0;
      for (const auto& t : s->wire->texts)
        for (auto at = t.find("\"type\":\"" + type + "\""); at != std::string::npos; at = t.find("\"type\":\"" + type + "\"", at + 1))
          n += t.compare(t.find("\"callId\":\"", at) + 10, call.size(), call) == 0 ? 1 : 0;
      EXPECT_EQ(n, times) << type << " of " << call << ":\n" << s->wire->all();
    }
  };
  house_.available({"1002"});
  house_.asterisk.caller("in-lyon", "0472000001", "+33612345679", "trunk-lyon");
  house_.pass(seconds{2});
  EXPECT_EQ(house_.services->states.find(agent_id{"user-1002"})->call.value, "in-lyon");
  tick();
  once("in-lyon", "newCall");

  // A call of the other site is his once an agent of his group has it, and stays the same one with the next agent.
  house_.available({"1001"});
  house_.asterisk.caller("in-paris", "+33140000001");
  house_.pass(seconds{2});
  EXPECT_EQ(house_.services->states.find(agent_id{"user-1001"})->call.value, "in-paris");
  tick();
  once("in-paris", "newCall");
  house_.asterisk.gone("in-paris", 0);
  house_.asterisk.gone("in-lyon", 0);
  house_.pass(seconds{2});
  tick();
  once("in-paris", "callHangup");
  once("in-lyon", "callHangup");
}

TEST_F(Broadcast, TheOlderDoorHearsWhoIsNoLongerInSight) {
  auto data = house::demo();
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1001"}}}};
  house_.load(data);
  house_.available({"1001"});
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{2});
  auto older = open("1500", role::supervisor, "site-lyon", web::door::compatibility);
  ASSERT_TRUE(older.wire->got("\"agentId\":\"user-1001\"") && older.wire->got("\"callId\":\"in-1\""));
  older.wire->texts.clear();
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1003"}}}};
  house_.load(data);
  EXPECT_EQ(older.wire->count(R"({"type":"deleteUser","payload":{"id":"user-1001"}})"), 1U) << older.wire->all();
  EXPECT_EQ(older.wire->count(R"({"type":"agentRemoved","payload":{"agentId":"user-1001"}})"), 1U);
  EXPECT_EQ(older.wire->count(R"({"type":"callHangup","payload":{"callId":"in-1"}})"), 1U);
  EXPECT_EQ(older.wire->count(R"("type":"agentStatusUpdate","payload":{"agentId":"user-1003")"), 1U);
  EXPECT_EQ(older.wire->texts.size(), 4U) << "nothing of what he saw before and sees still: " << older.wire->all();
}

TEST_F(Broadcast, WhatTheDirectoryNoLongerHasLeavesTheBoard) {
  auto s = open("1", role::super_admin);
  const auto offset = room_->offset;
  // Left behind: its removal was never told.
  queue_snapshot left;
  left.id = queue_id{"queue-gone"};
  house_.services->tell(queue_changed{left, house_.now()}, house_.now());
  tick();
  EXPECT_TRUE(open("2", role::super_admin).wire->got("queue-gone"));
  house_.send(cast_, boards_due{});
  tick();
  EXPECT_FALSE(s.wire->got("queueRemoved")) << "it may just have been made";
  house_.send(cast_, boards_due{});
  tick();
  EXPECT_TRUE(s.wire->got(R"("type":"queueRemoved","payload":{"queueId":"queue-gone"})"));
  EXPECT_EQ(last_->count("queue:queue-gone"), 0U);
  house_.pass(milliseconds{300});
  EXPECT_FALSE(open("2", role::super_admin).wire->got("queue-gone"));
  auto back = open("1", role::super_admin, {}, web::door::native, std::pair{std::string{"epoch-1"}, offset});
  EXPECT_TRUE(back.wire->got("\"resumed\"") && back.wire->got("queueRemoved"));
  EXPECT_TRUE(back.wire->got("queue-gone"));
  for (const char* kept : {"queue-accueil", "trunk-lyon", "campaign-demo", "user-1001"})
    EXPECT_TRUE(open("3", role::super_admin).wire->got(kept));
  EXPECT_EQ(house_.ear.counted("heals{ghost_on_board}"), 1U);
  // By itself, within half a minute.
  house_.services->tell(queue_changed{left, house_.now()}, house_.now());
  house_.pass(seconds{25});
  EXPECT_EQ(last_->count("queue:queue-gone"), 0U);
}

TEST_F(Broadcast, WhoWasAwayWhenHisGroupChangedBeginsAnew) {
  alert("x");
  const auto offset = room_->offset;
  const std::pair<std::string, std::uint64_t> then{"epoch-1", offset};
  EXPECT_EQ(open("1500", role::supervisor, "site-lyon", web::door::native, then).wire->texts.at(0).substr(0, 17), "{\"type\":\"resumed\"");
  auto data = house::demo();
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1001"}}}};
  house_.load(data);
  auto back = open("1500", role::supervisor, "site-lyon", web::door::native, then);
  EXPECT_EQ(back.wire->texts.at(0), "{\"type\":\"reset\"}");
  EXPECT_TRUE(back.wire->got("user-1001"));
  EXPECT_EQ(open("1000", role::supervisor, {}, web::door::native, then).wire->texts.at(0).substr(0, 17), "{\"type\":\"resumed\"");
  alert("y");
  tick();
  const std::pair<std::string, std::uint64_t> later{"epoch-1", room_->offset};
  EXPECT_EQ(open("1500", role::supervisor, "site-lyon", web::door::native, later).wire->texts.at(0).substr(0, 17), "{\"type\":\"resumed\"");
}

TEST_F(Broadcast, WhoHasTheSamePeopleInChargeSharesTheText) {
  auto data = house::demo();
  data.users.push_back(data.users.back());
  data.users.back().id = user_id{"user-1501"};
  data.groups = {{"group-a", {user_id{"user-1500"}, user_id{"user-1501"}, user_id{"user-1001"}}}};
  house_.load(data);
  auto a = open("1500", role::supervisor, "site-lyon"), b = open("1501", role::supervisor, "site-lyon");
  house_.available({"1001"});
  tick();
  ASSERT_TRUE(a.wire->got("En Attente") && b.wire->got("En Attente"));
  EXPECT_EQ(a.wire->shared.back().get(), b.wire->shared.back().get());
}

TEST_F(Broadcast, NoSiteSeesHalfOfACall) {
  auto lyon = open("1500", role::supervisor, "site-lyon");
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  house_.asterisk.gone("in-1", 0);
  house_.pass(seconds{1});
  EXPECT_FALSE(lyon.wire->got("in-1"));
}

TEST_F(Broadcast, AnAgentSeesHimselfAndHisCall) {
  auto mine = open("1001", role::agent, "site-paris");
  auto other = open("1003", role::agent, "site-paris");
  EXPECT_TRUE(mine.wire->texts.at(0).find("user-1001") != std::string::npos);
  EXPECT_TRUE(mine.wire->texts.at(0).find("user-1003") == std::string::npos);
  house_.available({"1001"});
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  EXPECT_TRUE(mine.wire->got("in-1"));
  EXPECT_FALSE(other.wire->got("in-1"));
}

TEST_F(Broadcast, ResumesWithoutAGap) {
  auto s = open("1", role::super_admin);
  alert("before");
  tick();
  const auto offset = room_->offset;
  house_.send(s.handle, session_wire_closed{});
  alert("missed-1");
  alert("missed-2");
  tick();
  auto again = open("1", role::super_admin, {}, web::door::native, std::pair{std::string{"epoch-1"}, offset});
  ASSERT_EQ(again.wire->texts.size(), 2U);
  EXPECT_EQ(again.wire->texts[0], "{\"type\":\"resumed\",\"epoch\":\"epoch-1\",\"offset\":" + std::to_string(offset) + "}");
  EXPECT_EQ(again.wire->count("missed-1"), 1U);
  EXPECT_EQ(again.wire->count("missed-2"), 1U);
  EXPECT_FALSE(again.wire->got("before"));
  alert("after");
  tick();
  EXPECT_EQ(again.wire->count("after"), 1U);
}

TEST_F(Broadcast, ResumingWithEventsOfThisTickDoublesNothing) {
  auto s = open("1", role::super_admin);
  const auto offset = room_->offset;
  alert("in-this-tick");
  auto again = open("1", role::super_admin, {}, web::door::native, std::pair{std::string{"epoch-1"}, offset});
  tick();
  tick();
  for (auto* x : {&s, &again})
    EXPECT_EQ(x->wire->count("in-this-tick"), 1U);
}

TEST_F(Broadcast, AGroupsSnapshotMayBeALittleOld) {
  auto first = open("1", role::super_admin);
  alert("between");
  auto second = open("2", role::super_admin);
  // Shared snapshot, then what came after it, once.
  EXPECT_EQ(second.wire->count("between"), 1U);
  house_.wants("1001", agent_state::available);
  tick();
  EXPECT_EQ(second.wire->count("between"), 1U);
  EXPECT_TRUE(second.wire->got("En Attente"));
}

TEST_F(Broadcast, ResetWhenTheLogReachesNoLonger) {
  for (int i = 0; i < 60; ++i)
    alert("a-" + std::to_string(i));
  tick();
  for (auto from : {std::pair{std::string{"epoch-1"}, std::uint64_t{1}}, std::pair{std::string{"epoch-0"}, room_->offset},
                    std::pair{std::string{"epoch-1"}, room_->offset + 10}}) {
    auto s = open("1", role::super_admin, {}, web::door::native, from);
    ASSERT_GE(s.wire->texts.size(), 2U);
    EXPECT_EQ(s.wire->texts[0], "{\"type\":\"reset\"}");
    EXPECT_EQ(s.wire->texts[1].substr(0, 15), "{\"type\":\"hello\"");
  }
  // Exactly the oldest that is kept.
  auto s = open("1", role::super_admin, {}, web::door::native, std::pair{std::string{"epoch-1"}, room_->offset - 50});
  EXPECT_EQ(s.wire->texts[0].substr(0, 17), "{\"type\":\"resumed\"");
  EXPECT_TRUE(s.wire->got("\"a-59\""));
  EXPECT_TRUE(s.wire->got("\"a-10\""));
}

TEST_F(Broadcast, NobodyResumesFromTheDayBefore) {
  alert("old");
  tick();
  const std::pair<std::string, std::uint64_t> then{"epoch-1", room_->offset - 1};
  EXPECT_EQ(open("1", role::super_admin, {}, web::door::native, then).wire->texts.at(0).substr(0, 17), "{\"type\":\"resumed\"");
  house_.pass(std::chrono::hours{24} + seconds{30});
  const auto back = open("1", role::super_admin, {}, web::door::native, then);
  EXPECT_EQ(back.wire->texts.at(0), "{\"type\":\"reset\"}");
  EXPECT_FALSE(back.wire->got("\"old\""));
}

TEST_F(Broadcast, ANewEpochStartsFromEverythingThatLasts) {
  house_.available({"1001"});
  auto s = open("1", role::super_admin);
  auto old_door = open("1000", role::supervisor, {}, web::door::compatibility);
  // Redis goes with an announcement that never came back.
  room_->at_once = false;
  house_.wants("1001", agent_state::paused, "déjeuner");
  house_.run();
  s.wire->texts.clear();
  old_door.wire->texts.clear();
  room_->at_once = true;
  room_->new_epoch("epoch-2", false);
  house_.run();
  tick();
  ASSERT_GE(s.wire->texts.size(), 2U);
  EXPECT_EQ(s.wire->texts[0], "{\"type\":\"reset\"}");
  EXPECT_NE(s.wire->texts[1].find("\"epoch\":\"epoch-2\",\"offset\":0"), std::string::npos);
  EXPECT_NE(s.wire->texts[1].find("En Pause"), std::string::npos);
  EXPECT_TRUE(s.wire->got("event_log_local"));
  EXPECT_TRUE(old_door.wire->got("En Pause"));
  auto again = open("1", role::super_admin, {}, web::door::native, std::pair{std::string{"epoch-1"}, std::uint64_t{5}});
  EXPECT_EQ(again.wire->texts[0], "{\"type\":\"reset\"}");
}

TEST_F(Broadcast, ACrashForgetsNothing) {
  house_.available({"1001"});
  tick();
  house_.crash(cast_);
  room_->offset = 0;
  room_->epoch = "epoch-2";
  start();
  auto s = open("1000", role::supervisor);
  EXPECT_TRUE(s.wire->got("En Attente"));
  EXPECT_TRUE(s.wire->got("queue-accueil"));
}

TEST_F(Broadcast, TheCompatibilityDoor) {
  house_.available({"1001"});
  house_.asterisk.caller("in-1", "+33140000001");
  house_.pass(seconds{1});
  auto s = open("1000", role::supervisor, {}, web::door::compatibility);
  EXPECT_TRUE(s.wire->got(R"({"type":"newCall","payload":{"callId":"in-1")"));
  EXPECT_TRUE(s.wire->got(R"({"type":"agentStatusUpdate","payload":{"agentId":"user-1001")"));
  s.wire->texts.clear();
  house_.asterisk.gone("in-1", 0);
  tick();
  EXPECT_EQ(s.wire->count(R"({"type":"callHangup","payload":)"), 1U);
  for (const auto& t : s.wire->texts)
    EXPECT_EQ(t.front(), '{') << "one object a frame";
}

TEST_F(Broadcast, BothDoorsOfOneGroup) {
  auto native = open("1", role::super_admin);
  auto old_door = open("2", role::super_admin, {}, web::door::compatibility);
  alert("x");
  tick();
  EXPECT_EQ(native.wire->texts.back().front(), '[');
  EXPECT_EQ(old_door.wire->texts.back().front(), '{');
  house_.send(native.handle, session_wire_closed{});
  alert("y");
  tick();
  EXPECT_TRUE(old_door.wire->got("\"y\""));
}

TEST_F(Broadcast, SessionsAreEnded) {
  auto phone = open("1001", role::agent, {}, web::door::native, {}, "family-1");
  auto desk = open("1001", role::agent, {}, web::door::compatibility, {}, "family-2");
  auto other = open("1002", role::agent, {}, web::door::native, {}, "family-3");
  house_.send(cast_, end_sessions{user_id{"user-1001"}, "family-2", 4001, "new_sign_in"});
  EXPECT_EQ(phone.wire->closed, 4001);
  EXPECT_TRUE(phone.wire->got(R"([{"type":"forceLogout","payload":{"reason":"new_sign_in"}}])"));
  EXPECT_EQ(desk.wire->closed, 0);
  house_.send(cast_, end_family{"family-2", 4001, "signed_out"});
  EXPECT_EQ(desk.wire->closed, 4001);
  EXPECT_TRUE(desk.wire->got(R"({"type":"forceLogout","payload":{"reason":"signed_out"}})"));
  EXPECT_EQ(other.wire->closed, 0);
  house_.send(cast_, end_sessions{user_id{"user-7777"}, {}, 4001, "x"});
}

TEST_F(Broadcast, BrowsersOfAnAgentAreSeen) {
  auto first = open("1001", role::agent);
  auto second = open("1001", role::agent);
  house_.available({"1001"});
  house_.send(first.handle, session_wire_closed{});
  house_.pass(seconds{40});
  EXPECT_NE(last_->at("agent:user-1001").payload.find("En Attente"), std::string::npos) << "one is still there";
  house_.send(second.handle, session_wire_closed{});
  house_.pass(seconds{40});
  EXPECT_NE(last_->at("agent:user-1001").payload.find("En Pause"), std::string::npos);
}

TEST_F(Broadcast, ASlowReaderGetsTheLatestOfEach) {
  auto s = open("1000", role::supervisor);
  auto quick = open("1000", role::supervisor);
  s.wire->reads = false;
  s.wire->waiting = 2000;
  house_.wants("1001", agent_state::available);
  tick(); // sent, and now it is behind
  const auto sent = s.wire->texts.size();
  for (int i = 0; i < 10; ++i) {
    house_.wants("1001", i % 2 == 0 ? agent_state::paused : agent_state::available, "p" + std::to_string(i));
    tick();
  }
  EXPECT_EQ(s.wire->texts.size(), sent) << "nothing while it is behind";
  EXPECT_GE(quick.wire->texts.size(), 10U) << "others are not delayed";
  house_.wants("1001", agent_state::training);
  tick();
  // It reads again: the last word of each, without any further event.
  s.wire->reads = true;
  s.wire->waiting = 0;
  house_.pass(seconds{1});
  ASSERT_EQ(s.wire->texts.size(), sent + 1);
  EXPECT_NE(s.wire->texts.back().find("Formation"), std::string::npos);
  EXPECT_EQ(s.wire->texts.back().find("\"p4\""), std::string::npos);
  EXPECT_EQ(s.wire->closed, 0);
}

TEST_F(Broadcast, AReaderWhoDoesNotReadIsClosed) {
  auto s = open("1", role::super_admin);
  s.wire->reads = false;
  s.wire->waiting = 2000;
  alert("x");
  tick();
  house_.pass(seconds{11});
  EXPECT_EQ(s.wire->closed, 4008);
  EXPECT_EQ(s.wire->reason, "slow");
  EXPECT_EQ(house_.ear.counted("sessions_closed{4008}"), 1U);
}

TEST_F(Broadcast, TooMuchWaitingClosesAtOnce) {
  auto s = open("1", role::super_admin);
  s.wire->reads = false;
  s.wire->waiting = 30000;
  alert("x");
  tick();
  alert("y");
  tick();
  house_.pass(milliseconds{300});
  EXPECT_EQ(s.wire->closed, 4008);
}

TEST_F(Broadcast, WhatClientsMaySay) {
  auto agent = open("1001", role::agent, "site-paris");
  auto boss = open("1000", role::supervisor);
  auto lyon = open("1500", role::supervisor, "site-lyon");
  auto clear = [&] {
    for (auto* s : {&agent, &boss, &lyon})
      s->wire->texts.clear();
  };
  clear();
  says(agent, web::status_change{agent_state::available, {}});
  tick();
  EXPECT_TRUE(agent.wire->got("En Attente") && boss.wire->got("En Attente"));
  says(agent, web::status_change{agent_state::on_call, {}});
  EXPECT_TRUE(agent.wire->got(R"({"type":"error","payload":)"));
  says(boss, web::status_change{agent_state::available, {}});
  EXPECT_TRUE(boss.wire->got("\"code\":\"forbidden\""));
  clear();
  says(agent, web::raise_hand{});
  says(agent, web::reply_to_supervisor{"merci"});
  tick();
  EXPECT_TRUE(boss.wire->got("agentRaisedHand") && boss.wire->got("merci"));
  EXPECT_TRUE(boss.wire->got("Prénom1001 Nom"));
  EXPECT_TRUE(lyon.wire->texts.empty()) << "another site";
  EXPECT_TRUE(agent.wire->texts.empty());
  clear();
  says(boss, web::write_to_agent{agent_id{"user-1001"}, "bravo"});
  tick();
  EXPECT_TRUE(agent.wire->got("supervisorMessage") && agent.wire->got("bravo"));
  EXPECT_FALSE(lyon.wire->got("bravo"));
  says(lyon, web::write_to_agent{agent_id{"user-1001"}, "psst"});
  tick();
  EXPECT_FALSE(agent.wire->got("psst"));
  EXPECT_TRUE(lyon.wire->got("\"code\":\"not_found\""));
  says(agent, web::write_to_agent{agent_id{"user-1003"}, "psst"});
  says(agent, web::announce_planning{});
  EXPECT_EQ(agent.wire->count("\"code\":\"forbidden\""), 2U);
}

TEST_F(Broadcast, TheSnapshotForRest) {
  const auto text = house_.ask<std::string>(cast_, snapshot_wanted{viewer{user_id{"user-1500"}, role::supervisor, site_id{"site-lyon"}}});
  EXPECT_NE(text.find("user-1002"), std::string::npos);
  EXPECT_EQ(text.find("user-1001"), std::string::npos);
  EXPECT_NE(text.find("\"serverTime\":\""), std::string::npos);
}

} // namespace
} // namespace evs::test
