#include "transport/web/event_codec.hpp"
#include "transport/web/json_text.hpp"
#include "transport/web/utf8.hpp"

#include <gtest/gtest.h>

namespace evs::web {
namespace {

const timestamp at{milliseconds{1'700'000'000'000}}; // 2023-11-14T22:13:20Z

agent_snapshot an_agent() {
  agent_snapshot a;
  a.id = agent_id{"user-1001"};
  a.login_id = "1001";
  a.first_name = "Zoé";
  a.last_name = "Müller";
  a.site = site_id{"site-paris"};
  a.extension = "1001";
  a.state = agent_state::available;
  a.since = at;
  a.phone_reachable = true;
  a.version = 7;
  return a;
}

call_snapshot a_call() {
  call_snapshot c;
  c.id = call_id{"1700000000.12"};
  c.caller = "+33611111111";
  c.callee = "+33140000001";
  c.did = "+33140000001";
  c.site = site_id{"site-paris"};
  c.trunk = trunk_id{"trunk-paris"};
  c.queue = queue_id{"queue-accueil"};
  c.started = at;
  c.since = at;
  c.state = call_state::queued;
  c.version = 2;
  return c;
}

const audience paris{role::supervisor, site_id{"site-paris"}, {}};

TEST(EventCodec, AgentStatusUpdate) {
  auto e = encode(agent_changed{an_agent()});
  EXPECT_EQ(e.type, "agentStatusUpdate");
  EXPECT_EQ(e.entity, "agent:user-1001");
  EXPECT_EQ(
      e.payload,
      R"({"agentId":"user-1001","status":"En Attente","since":"2023-11-14T22:13:20.000Z","version":7,)"
      R"("siteId":"site-paris","firstName":"Zoé","lastName":"Müller","loginId":"1001","extension":"1001","phoneReachable":true,)"
      R"("counters":{"callsHandledToday":0,"averageHandlingTime":0,"averageTalkTime":0,"pauseCount":0,"trainingCount":0,)"
      R"("totalPauseTime":0,"totalTrainingTime":0,"totalConnectedTime":0}})");
  EXPECT_EQ(e.state, "");
  EXPECT_EQ(e.whom, (audience{role::supervisor, site_id{"site-paris"}, {user_id{"user-1001"}}, {user_id{"user-1001"}}}));
}

TEST(EventCodec, AgentStatusUpdateOfABusyAgent) {
  auto a = an_agent();
  a.state = agent_state::wrap_up;
  a.reason = "déjeuner";
  a.call = call_id{"c"};
  a.campaign = campaign_id{"campaign-demo"};
  a.pending = agent_state::paused;
  a.wrap_up_until = at + seconds{10};
  a.today = {.calls_handled = 2,
             .calls_missed = 1,
             .pauses = 3,
             .trainings = 1,
             .talk = seconds{100},
             .hold = seconds{20},
             .wrap_up = seconds{11},
             .paused = seconds{60},
             .training = seconds{5},
             .connected = seconds{3600}};
  auto e = encode(agent_changed{a});
  EXPECT_NE(e.payload.find(R"("status":"En Post-Appel")"), std::string::npos);
  EXPECT_NE(e.payload.find(R"("callId":"c","reason":"déjeuner","campaignId":"campaign-demo")"), std::string::npos);
  EXPECT_NE(e.payload.find(R"("pendingStatus":"En Pause","wrapUpUntil":"2023-11-14T22:13:30.000Z")"),
            std::string::npos);
  EXPECT_NE(
      e.payload.find(
          R"({"callsHandledToday":2,"averageHandlingTime":65,"averageTalkTime":50,"pauseCount":3,"trainingCount":1,"totalPauseTime":60,"totalTrainingTime":5,"totalConnectedTime":3600})"),
      std::string::npos)
      << e.payload;
}

TEST(EventCodec, AgentRemovedTakesTheEntityAway) {
  auto e = encode(agent_removed{agent_id{"user-1001"}, site_id{"site-paris"}});
  EXPECT_EQ(e.whom.site, site_id{"site-paris"});
  EXPECT_EQ(e.entity, "agent:user-1001");
  EXPECT_EQ(e.payload, R"({"agentId":"user-1001"})");
  EXPECT_EQ(e.state, "-");
}

TEST(EventCodec, QueuesTrunksAndCampaignsAreTakenAway) {
  const auto queue = encode(queue_removed{queue_id{"q1"}});
  EXPECT_EQ(queue.type + queue.entity + queue.payload + queue.state, R"(queueRemovedqueue:q1{"queueId":"q1"}-)");
  const auto trunk = encode(trunk_removed{trunk_id{"t1"}, site_id{"site-lyon"}});
  EXPECT_EQ(trunk.type + trunk.entity + trunk.payload + trunk.state, R"(trunkRemovedtrunk:t1{"trunkId":"t1"}-)");
  EXPECT_EQ(trunk.whom.site, site_id{"site-lyon"});
  const auto campaign = encode(campaign_removed{campaign_id{"c1"}});
  EXPECT_EQ(campaign.type + campaign.entity + campaign.payload + campaign.state, R"(campaignRemovedcampaign:c1{"campaignId":"c1"}-)");
}

TEST(EventCodec, NewCall) {
  auto e = encode(call_started{a_call()});
  EXPECT_EQ(e.type, "newCall");
  EXPECT_EQ(e.entity, "call:1700000000.12");
  const std::string begin =
      R"({"callId":"1700000000.12","caller":"+33611111111","callee":"+33140000001","direction":"inbound","queueId":"queue-accueil",)"
      R"("siteId":"site-paris","trunkId":"trunk-paris","did":"+33140000001","timestamp":"2023-11-14T22:13:20.000Z","status":"queued","version":2)";
  EXPECT_EQ(e.payload, begin + "}");
  EXPECT_EQ(e.state, begin + R"(,"onHold":false,"recording":false,"since":"2023-11-14T22:13:20.000Z"})");
  EXPECT_EQ(e.whom, paris);
}

TEST(EventCodec, CallUpdateIsSmallAndItsStateWhole) {
  auto c = a_call();
  c.state = call_state::held;
  c.on_hold = true;
  c.agent = agent_id{"user-1001"};
  c.answered = at + seconds{5};
  auto e = encode(call_changed{c});
  EXPECT_EQ(e.type, "callUpdate");
  EXPECT_EQ(
      e.payload,
      R"({"callId":"1700000000.12","status":"held","agentId":"user-1001","queueId":"queue-accueil","onHold":true,"recording":false,)"
      R"("answeredAt":"2023-11-14T22:13:25.000Z","since":"2023-11-14T22:13:20.000Z","version":2})");
  EXPECT_NE(e.state.find(R"("caller":"+33611111111")"), std::string::npos);
  EXPECT_NE(e.state.find(R"("answeredAt":"2023-11-14T22:13:25.000Z")"), std::string::npos);
  EXPECT_EQ(e.whom.also_to, std::vector{user_id{"user-1001"}});
}

TEST(EventCodec, TheAgentWhoGetsACallSeesAllOfItAndIsToldWhenItIsNoLongerHis) {
  auto c = a_call();
  c.state = call_state::ringing;
  c.agent = agent_id{"user-1001"};
  auto e = encode(call_shown{c});
  EXPECT_EQ(e.type, "newCall");
  EXPECT_EQ(e.entity, "");
  EXPECT_EQ(e.payload, encode(call_changed{c}).state);
  EXPECT_EQ(e.whom, (audience{std::nullopt, {}, {user_id{"user-1001"}}, {user_id{"user-1001"}}, site_id{"site-paris"}, {}}));
  EXPECT_EQ(encode(call_shown{c, agent_id{"user-1003"}}).whom.known_with, std::vector{user_id{"user-1003"}});

  const auto before = std::exchange(c.agent, {});
  c.state = call_state::queued;
  EXPECT_EQ(encode(call_changed{c, before}).whom.also_to, std::vector{before});
  EXPECT_EQ(encode(call_finished{c, before}).whom.also_to, std::vector{before});
  EXPECT_EQ(encode(call_changed{c, before}).whom.about, std::vector{before});
  c.agent = before;
  EXPECT_EQ(encode(call_changed{c, before}).whom.also_to, std::vector{before});
}

TEST(EventCodec, CallHangup) {
  auto c = a_call();
  c.reason = end_reason::caller_hangup;
  c.duration = seconds{65};
  c.billable = seconds{60};
  auto e = encode(call_finished{c});
  EXPECT_EQ(e.type, "callHangup");
  EXPECT_EQ(
      e.payload,
      R"({"callId":"1700000000.12","duration":65,"billableDuration":60,"endReason":"caller_hangup","direction":"inbound","queueId":"queue-accueil","siteId":"site-paris","trunkId":"trunk-paris"})");
  EXPECT_EQ(e.state, "-");
}

TEST(EventCodec, QueueCampaignAndTrunk) {
  queue_snapshot q{queue_id{"queue-accueil"}, "Accueil", 2, at, 3, 1, 1, 66.666, 9, 6, 3, 4};
  auto e = encode(queue_changed{q, at + seconds{12}});
  EXPECT_EQ(e.type, "queueUpdate");
  EXPECT_EQ(
      e.payload,
      R"({"queueId":"queue-accueil","name":"Accueil","waiting":2,"longestWait":12,"agentsAvailable":3,"agentsBusy":1,"agentsPaused":1,"serviceLevel":66.67,"abandoned":3,"answered":6,"version":4,"oldestSince":"2023-11-14T22:13:20.000Z"})");
  EXPECT_EQ(e.whom, (audience{role::supervisor, {}, {}}));

  campaign_snapshot c{campaign_id{"campaign-demo"}, "Démo", true, 10, 6, 2, 1, 1.5, 4, 3};
  EXPECT_EQ(
      encode(campaign_changed{c}).payload,
      R"({"campaignId":"campaign-demo","name":"Démo","status":"active","offered":10,"answered":6,"abandoned":2,"abandonRate":25,"ringing":1,"dialLevel":1.5,"agents":4,"version":3})");

  trunk_snapshot t{trunk_id{"trunk-lyon"}, "Lyon", site_id{"site-lyon"}, trunk_state::degraded, 3, 30, 9};
  e = encode(trunk_changed{t});
  EXPECT_EQ(
      e.payload,
      R"({"trunkId":"trunk-lyon","name":"Lyon","siteId":"site-lyon","state":"degraded","channelsInUse":3,"channelLimit":30,"version":9})");
  EXPECT_EQ(e.whom, (audience{role::supervisor, site_id{"site-lyon"}, {}}));
}

TEST(EventCodec, WhatPeopleSayReachesOnlyWhomItConcerns) {
  auto hand = encode(hand_raised{agent_id{"a"}, "Zoé M", "1001", site_id{"site-paris"}});
  EXPECT_EQ(hand.type, "agentRaisedHand");
  EXPECT_EQ(hand.payload, R"({"agentId":"a","agentName":"Zoé M","agentLoginId":"1001"})");
  const audience who_has_him_in_charge{role::supervisor, site_id{"site-paris"}, {}, {user_id{"a"}}};
  EXPECT_EQ(hand.whom, who_has_him_in_charge) << "not himself";
  EXPECT_EQ(hand.entity, "");
  auto reply = encode(agent_replied{agent_id{"a"}, "Zoé M", site_id{"site-paris"}, "oui"});
  EXPECT_EQ(reply.type, "agentResponseMessage");
  EXPECT_EQ(reply.payload, R"({"agentId":"a","agentName":"Zoé M","message":"oui"})");
  EXPECT_EQ(reply.whom, who_has_him_in_charge);
  auto message = encode(supervisor_wrote{"m1", user_id{"s"}, "Chef", agent_id{"a"}, "bravo"});
  EXPECT_EQ(message.type, "supervisorMessage");
  EXPECT_EQ(message.payload, R"({"id":"m1","from":"Chef","message":"bravo"})");
  EXPECT_EQ(message.whom, (audience{std::nullopt, {}, {user_id{"a"}}}));
  EXPECT_EQ(encode(system_alert{"warning", "redis_away", "x"}).whom.min_role, role::administrator);
  EXPECT_EQ(encode(planning_changed{user_id{"s"}}).type, "planningUpdated");
}

TEST(EventCodec, DataEventsPassThrough) {
  auto e = encode(data_changed{"updateUser", R"({"id":"1"})", paris});
  EXPECT_EQ(e.type, "updateUser");
  EXPECT_EQ(e.payload, R"({"id":"1"})");
  EXPECT_EQ(e.whom, paris);
}

TEST(EventCodec, HostileCallerNamesStayText) {
  auto c = a_call();
  c.caller = "\"},\"x\":\"<script>\n\x01\xff\xc0\xaf\\";
  auto e = encode(call_started{c});
  EXPECT_TRUE(is_utf8(e.payload));
  EXPECT_NE(e.payload.find(R"("caller":"\"},\"x\":\"<script>\u000a\u0001���\\")"), std::string::npos) << e.payload;
}

TEST(EventCodec, AgentStateOfRest) {
  auto text = encode_agent_state(an_agent(), at + seconds{90});
  EXPECT_TRUE(text.starts_with(R"({"id":"user-1001","role":"Agent","status":"En Attente")")) << text;
  EXPECT_NE(text.find(R"("statusDuration":90,"callsHandledToday":0)"), std::string::npos) << text;
}

TEST(EventCodec, Error) {
  EXPECT_EQ(encode_error({errc::conflict, "Déjà en appel.", {}}),
            R"({"type":"error","payload":{"error":"Déjà en appel.","code":"conflict"}})");
}

TEST(JsonText, DecimalsHaveTwoDigitsAtMost) {
  for (auto [value, text] : {std::pair{0.0, "0"},
                             {-0.25, "-0.25"},
                             {100.0, "100"},
                             {0.1, "0.1"},
                             {3.005e9, "3005000000"},
                             {0.0 / 1.0, "0"}}) {
    json_object o;
    o.decimal("v", value);
    EXPECT_EQ(std::move(o).str(), std::string{R"({"v":)"} + text + "}");
  }
}

TEST(CommandCodec, ReadsEveryCommand) {
  auto status = decode_command(
      R"({"type":"agentStatusChange","payload":{"status":"En Pause","reason":"Café","agentId":"someone else"}})");
  ASSERT_TRUE(status);
  EXPECT_EQ(std::get<status_change>(*status).wanted, agent_state::paused);
  EXPECT_EQ(std::get<status_change>(*status).reason, "Café");
  EXPECT_EQ(std::get<status_change>(*decode_command(R"({"type":"agentStatusChange","payload":{"status":"available"}})"))
                .wanted,
            agent_state::available);
  for (auto text : {R"({"type":"agentRaisedHand"})", R"({"type":"agentRaiseHand","payload":null})"})
    EXPECT_TRUE(std::holds_alternative<raise_hand>(*decode_command(text)));
  EXPECT_EQ(std::get<reply_to_supervisor>(
                *decode_command(R"({"type":"agentResponseToSupervisor","payload":{"message":"oui"}})"))
                .message,
            "oui");
  auto written = decode_command(R"({"type":"supervisorResponseToAgent","payload":{"agentId":"a","message":"m"}})");
  EXPECT_EQ(std::get<write_to_agent>(*written).to, agent_id{"a"});
  EXPECT_TRUE(std::holds_alternative<announce_planning>(*decode_command(R"({"type":"planningUpdated","payload":{}})")));
}

TEST(CommandCodec, RefusesTheRest) {
  for (std::string text :
       {"", "x", "[]", "{}", R"({"type":1})", R"({"type":"unknown"})", R"({"type":"agentStatusChange"})",
        R"({"type":"agentStatusChange","payload":{"status":"Inconnu"}})",
        R"({"type":"agentStatusChange","payload":{"status":5}})", R"({"type":"agentStatusChange","payload":[]})",
        R"({"type":"supervisorResponseToAgent","payload":{"message":"m"}})",
        R"({"type":"agentResponseToSupervisor","payload":{"message":""}})"}) {
    auto verdict = decode_command(text);
    ASSERT_FALSE(verdict) << text;
    EXPECT_EQ(verdict.error().code, errc::invalid_input);
    EXPECT_FALSE(verdict.error().detail.empty()) << text;
  }
  EXPECT_FALSE(decode_command(R"({"type":"agentResponseToSupervisor","payload":{"message":")" + std::string(2001, 'x') +
                              R"("}})"));
  EXPECT_FALSE(decode_command(std::string(100'000, '[')));
}

} // namespace
} // namespace evs::web
