// Figures of a small set of calls, computed by hand, over the night in which the clocks of Paris went back (25 October 2026).
#include "persistence/desk.hpp"
#include "persistence/housekeeping.hpp"
#include "surroundings.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace evs::persistence {
namespace {

namespace json = boost::json;
using testing::scratch_database;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }
const timestamp now = at("2026-10-26T22:30:00Z");

class Reports : public ::testing::Test {
protected:
  void SetUp() override {
    seed(db_.settings(), true, [](const std::string&) { return std::string{"hash"}; });
    db_.ask("insert into qualifications (id, code, description, type) values ('q-vendu', 'V1', 'Vendu', 'positive')");
    desk_settings s;
    s.store = db_.settings();
    s.now = [] { return now; };
    s.data_dir = folder_;
    desk_ = make_postgres_desk(s);
    house_ = make_postgres_housekeeping(db_.settings(), [] { return now; });
    //   id    direction   start                   wait ring talk hold wrap status       reason               agent        queue           campaign        qualification  site
    call("c0", "inbound", "2026-10-24T18:45:00Z", 7, 0, 0, 0, 0, "abandoned", "abandoned_waiting", "", "queue-support",
         "", "", "site-paris");
    call("c1", "inbound", "2026-10-24T21:30:00Z", 5, 5, 100, 20, 10, "answered", "caller_hangup", "user-1001",
         "queue-accueil", "", "", "site-paris");
    call("c2", "inbound", "2026-10-24T22:30:00Z", 30, 10, 200, 0, 30, "answered", "agent_hangup", "user-1002",
         "queue-accueil", "", "", "site-lyon");
    call("c3", "inbound", "2026-10-25T00:30:00Z", 15, 0, 0, 0, 0, "abandoned", "abandoned_waiting", "", "queue-accueil",
         "", "", "site-paris");
    call("c4", "inbound", "2026-10-25T01:30:00Z", 60, 0, 0, 0, 0, "missed", "queue_timeout", "", "queue-accueil", "",
         "", "site-paris");
    call("c5", "inbound", "2026-10-25T22:59:59Z", 0, 8, 60, 0, 0, "answered", "caller_hangup", "user-1001",
         "queue-support", "", "", "site-paris");
    call("c6", "outbound", "2026-10-25T23:00:00Z", 0, 12, 120, 0, 20, "answered", "agent_hangup", "user-1001", "",
         "campaign-demo", "q-vendu", "site-paris");
    call("c7", "outbound", "2026-10-26T10:00:00Z", 0, 9, 0, 0, 0, "busy", "busy", "user-1001", "", "campaign-demo", "",
         "site-paris");
    call("c8", "outbound", "2026-10-26T10:30:00Z", 0, 25, 0, 0, 0, "no_answer", "no_answer", "user-1002", "",
         "campaign-demo", "", "site-lyon");
    call("c9", "outbound", "2026-10-26T11:00:00Z", 0, 6, 30, 0, 5, "answered", "caller_hangup", "user-1002", "",
         "campaign-demo", "qual-91", "site-lyon");
    call("c10", "outbound", "2026-10-26T11:30:00Z", 0, 4, 0, 0, 0, "abandoned", "abandoned_ringing", "", "",
         "campaign-demo", "", "site-lyon");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void call(const std::string& id, const std::string& direction, const std::string& start, int wait, int ring, int talk,
            int hold, int wrap, const std::string& status, const std::string& reason, const std::string& agent,
            const std::string& queue, const std::string& campaign, const std::string& qualification,
            const std::string& site) {
    const auto text = [](const std::string& t) { return t.empty() ? std::string{"null"} : "'" + t + "'"; };
    const auto number = std::to_string(wait) + ", " + std::to_string(ring) + ", " + std::to_string(talk) + ", " +
                        std::to_string(hold) + ", " + std::to_string(wrap);
    const auto length = std::to_string(wait + ring + talk + hold);
    db_.ask(
        "insert into call_history (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, wrap_up_s, status, "
        "end_reason, caller_number, destination, agent_id, queue_id, campaign_id, qualification_id, site_id) values ('" +
        id + "', '" + direction + "', '" + start + "', " + (status == "answered" ? "'" + start + "'" : "null") + ", '" +
        start + "', " + length + ", " + std::to_string(talk + hold) + ", " + number + ", '" + status + "', '" + reason +
        "', '+33612345678', '+33140000001', " + text(agent) + ", " + text(queue) + ", " + text(campaign) + ", " +
        text(qualification) + ", '" + site + "')");
  }

  static make_report about(report_kind kind, const char* from, const char* to) {
    make_report r;
    r.kind = kind;
    r.from = from;
    r.to = to;
    return r;
  }
  result<data_answer> ask(make_report what, const std::string& site = "") {
    return desk_->perform({{user_id{"user-1000"}, role::supervisor, site_id{site}}, "1000", "127.0.0.1", "r"},
                          data_request{report_request{std::move(what)}});
  }
  json::object read(make_report what, const std::string& site = "") {
    auto said = ask(std::move(what), site);
    EXPECT_TRUE(said) << (said ? "" : said.error().text());
    return said ? json::parse(said->json).as_object() : json::object{};
  }
  json::object totals(make_report what, const std::string& site = "") {
    return read(std::move(what), site).at("totals").as_object();
  }
  std::size_t refresh() { return house_->refresh_figures(1000); }

  scratch_database db_;
  std::unique_ptr<desk> desk_;
  std::unique_ptr<housekeeping> house_;
  std::filesystem::path folder_ = "/tmp/evs-reports-test-" + std::to_string(::getpid());
};

double number(const json::object& o, const char* name) {
  const auto& v = o.at(name);
  return v.is_null() ? -1 : v.to_number<double>();
}

void expect_day_25(const json::object& day) {
  EXPECT_EQ(number(day, "calls"), 4);
  EXPECT_EQ(number(day, "inbound"), 4);
  EXPECT_EQ(number(day, "outbound"), 0);
  EXPECT_EQ(number(day, "answered"), 2);
  EXPECT_EQ(number(day, "abandoned"), 1);
  EXPECT_EQ(number(day, "missed"), 1);
  EXPECT_EQ(number(day, "answerRate"), 50);
  EXPECT_EQ(number(day, "abandonRate"), 33.3);
  EXPECT_EQ(number(day, "averageWait"), 24);
  EXPECT_EQ(number(day, "averageAbandonWait"), 15);
  EXPECT_EQ(number(day, "longestWait"), 60);
  EXPECT_EQ(number(day, "averageTalk"), 130);
  EXPECT_EQ(number(day, "talkTime"), 260);
  EXPECT_EQ(number(day, "wrapUpTime"), 30);
  EXPECT_EQ(number(day, "duration"), 383);
}

TEST_F(Reports, CallsOfTheDayOfTwentyFiveHours) {
  // From the calls, from the figures of hours, and from both.
  expect_day_25(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")));
  EXPECT_EQ(refresh(), 9u);
  EXPECT_EQ(db_.ask("select count(*) from call_hour_changes"), "0");
  expect_day_25(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")));
  db_.ask("update call_history set wrap_up_s = 31 where id = 'c2'");
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")), "wrapUpTime"), 31);
  EXPECT_EQ(refresh(), 1u);
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")), "wrapUpTime"), 31);
  db_.ask("delete from call_history where id = 'c2'");
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")), "calls"), 3);
  EXPECT_EQ(refresh(), 1u);
  EXPECT_EQ(refresh(), 0u);
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")), "calls"), 3);
}

TEST_F(Reports, ComputingTwiceChangesNothing) {
  refresh();
  const auto once = db_.ask("select md5(string_agg(c::text, '|' order by c::text)) from call_hours c");
  db_.ask(
      "insert into call_hour_changes (hour) select distinct date_trunc('hour', started_at, 'UTC') from call_history");
  refresh();
  EXPECT_EQ(db_.ask("select md5(string_agg(c::text, '|' order by c::text)) from call_hours c"), once);
}

TEST_F(Reports, TheHourThatIsNotOverWaits) {
  call("c11", "inbound", "2026-10-26T22:10:00Z", 1, 1, 10, 0, 0, "answered", "caller_hangup", "user-1001",
       "queue-accueil", "", "", "site-paris");
  refresh();
  EXPECT_EQ(db_.ask("select count(*) from call_hour_changes"), "1");
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-26", "2026-10-26")), "calls"), 6)
      << "it is in the report nevertheless";
}

TEST_F(Reports, HoursAndDaysAreThoseOfTheWall) {
  for (int round = 0; round < 2; ++round) {
    auto hours = about(report_kind::calls, "2026-10-25", "2026-10-25");
    hours.by_hour = true;
    auto rows = read(hours).at("rows").as_array();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].at("hour").as_string(), "00");
    EXPECT_EQ(rows[1].at("hour").as_string(), "02") << "both hours that the clock calls two";
    EXPECT_EQ(number(rows[1].as_object(), "calls"), 2);
    EXPECT_EQ(rows[2].at("hour").as_string(), "23");
    auto days = about(report_kind::calls, "2026-10-24", "2026-10-26");
    days.by_day = true;
    rows = read(days).at("rows").as_array();
    ASSERT_EQ(rows.size(), 3u);
    const int expected[] = {2, 4, 5};
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(number(rows[i].as_object(), "calls"), expected[i]) << i;
    days.timezone = "America/New_York";
    rows = read(days).at("rows").as_array();
    ASSERT_EQ(rows.size(), 3u);
    const int american[] = {5, 2, 4};
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(number(rows[i].as_object(), "calls"), american[i]) << i;
    refresh();
  }
}

TEST_F(Reports, ZonesOfHalfHoursAreExact) {
  refresh();
  auto india = about(report_kind::calls, "2026-10-25", "2026-10-25");
  india.timezone = "Asia/Kolkata";
  EXPECT_EQ(number(totals(india), "calls"), 5) << "18:45 in London is 00:15 in Kolkata";
  india.from = india.to = "2026-10-24";
  EXPECT_TRUE(read(india).at("rows").as_array().empty());
  india.timezone = "Asia/Nowhere";
  const auto wrong = ask(india);
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().fields.contains("timezone"));
}

TEST_F(Reports, EachSiteHasItsOwnClock) {
  db_.ask("update sites set timezone = 'America/New_York' where id = 'site-lyon'");
  auto days = about(report_kind::calls, "2026-10-24", "2026-10-24");
  days.by_site = true;
  const auto rows = read(days).at("rows").as_array();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("siteId").as_string(), "site-lyon");
  EXPECT_EQ(number(rows[0].as_object(), "calls"), 1) << "18:30 on the 24th there";
  EXPECT_EQ(number(rows[1].as_object(), "calls"), 2);
}

TEST_F(Reports, ASupervisorOfOneSiteSeesThatSite) {
  refresh();
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-24", "2026-10-26"), "site-lyon"), "calls"), 4);
  auto other = about(report_kind::calls, "2026-10-24", "2026-10-26");
  other.query.filters = {{"siteId", "site-paris"}};
  EXPECT_TRUE(read(other, "site-lyon").at("rows").as_array().empty());
  EXPECT_EQ(number(totals(other), "calls"), 7);
  other.query.filters = {{"direction", "outbound"}};
  EXPECT_EQ(number(totals(other), "calls"), 5);
  other.query.filters = {{"agentId", "user-1001"}};
  EXPECT_FALSE(ask(other)) << "calls are not about agents";
}

TEST_F(Reports, AGroupWidensASiteWhereRowsAreAboutPeople) {
  db_.ask("insert into agent_sessions (id, agent_id, login_at, logout_at) values ('s-1', 'user-1001', '2026-10-26T08:00:00Z', '2026-10-26T10:00:00Z'), "
          "('s-2', 'user-1003', '2026-10-26T08:00:00Z', '2026-10-26T10:00:00Z')");
  const auto people_of = [&](report_kind kind) {
    std::string out;
    const auto all = read(about(kind, "2026-10-24", "2026-10-26"), "site-lyon");
    for (const auto& r : all.at("rows").as_array())
      out += std::string{r.at("agentId").as_string()} + " ";
    return out;
  };
  EXPECT_EQ(people_of(report_kind::agents), "user-1002 ");
  EXPECT_EQ(people_of(report_kind::sessions), "");
  db_.ask("insert into user_groups (id, name) values ('group-a', 'A')");
  db_.ask("insert into user_group_members (group_id, user_id) values ('group-a', 'user-1000'), ('group-a', 'user-1001')");
  EXPECT_EQ(people_of(report_kind::agents), "user-1001 user-1002 ");
  EXPECT_EQ(people_of(report_kind::sessions), "user-1001 ");
  EXPECT_EQ(number(totals(about(report_kind::calls, "2026-10-24", "2026-10-26"), "site-lyon"), "calls"), 4) << "calls are a site's";
}

TEST_F(Reports, QueuesAndTheirServiceLevel) {
  for (int round = 0; round < 2; ++round) {
    const auto all = read(about(report_kind::queues, "2026-10-24", "2026-10-26"));
    const auto& rows = all.at("rows").as_array();
    ASSERT_EQ(rows.size(), 2u);
    const auto& reception = rows[0].as_object();
    EXPECT_EQ(reception.at("queueId").as_string(), "queue-accueil");
    EXPECT_EQ(reception.at("queueName").as_string(), "Accueil");
    EXPECT_EQ(number(reception, "calls"), 4);
    EXPECT_EQ(number(reception, "answered"), 2);
    EXPECT_EQ(number(reception, "abandoned"), 1);
    EXPECT_EQ(number(reception, "givenUp"), 1);
    EXPECT_EQ(number(reception, "withinTarget"), 1);
    EXPECT_EQ(number(reception, "serviceLevel"), 25);
    EXPECT_EQ(number(reception, "abandonRate"), 25);
    EXPECT_EQ(number(reception, "averageWait"), 25);
    const auto& support = rows[1].as_object();
    EXPECT_EQ(number(support, "calls"), 2);
    EXPECT_EQ(number(support, "serviceLevel"), 50);
    EXPECT_EQ(number(all.at("totals").as_object(), "calls"), 6);
    EXPECT_EQ(number(all.at("totals").as_object(), "serviceLevel"), 33.3);
    refresh();
  }
}

TEST_F(Reports, Campaigns) {
  for (int round = 0; round < 2; ++round) {
    const auto rows = read(about(report_kind::campaigns, "2026-10-24", "2026-10-26")).at("rows").as_array();
    ASSERT_EQ(rows.size(), 1u);
    const auto& demo = rows[0].as_object();
    EXPECT_EQ(demo.at("campaignId").as_string(), "campaign-demo");
    EXPECT_EQ(number(demo, "calls"), 5);
    EXPECT_EQ(number(demo, "reached"), 2);
    EXPECT_EQ(number(demo, "abandoned"), 1);
    EXPECT_EQ(number(demo, "busy"), 1);
    EXPECT_EQ(number(demo, "noAnswer"), 1);
    EXPECT_EQ(number(demo, "qualified"), 2);
    EXPECT_EQ(number(demo, "positive"), 1);
    EXPECT_EQ(number(demo, "negative"), 1);
    EXPECT_EQ(number(demo, "reachRate"), 40);
    EXPECT_EQ(number(demo, "positiveRate"), 50);
    EXPECT_EQ(number(demo, "abandonRate"), 33.3);
    EXPECT_EQ(number(demo, "averageTalk"), 75);
    refresh();
  }
}

agent_state_saved state(const char* agent, agent_state s, const char* since, std::uint64_t version) {
  agent_snapshot a;
  a.id = agent_id{agent};
  a.state = s;
  a.since = at(since);
  a.version = version;
  return {a};
}

TEST_F(Reports, AgentsTimeInStates) {
  auto store = make_postgres_store(db_.settings());
  const std::vector<store_write> morning{state("user-1001", agent_state::available, "2026-10-26T09:00:00Z", 1),
                                         state("user-1001", agent_state::on_call, "2026-10-26T10:00:00Z", 2),
                                         state("user-1001", agent_state::on_call, "2026-10-26T10:00:00Z", 3)};
  const std::vector<store_write> noon{state("user-1001", agent_state::wrap_up, "2026-10-26T10:30:00Z", 4),
                                      state("user-1001", agent_state::available, "2026-10-26T10:40:00Z", 5),
                                      state("user-1001", agent_state::paused, "2026-10-26T11:40:00Z", 6),
                                      state("user-1001", agent_state::offline, "2026-10-26T11:55:00Z", 7),
                                      state("user-1002", agent_state::available, "2026-10-26T22:00:00Z", 1)};
  // A batch whose outcome was unknown is written again.
  for (const auto& batch : {morning, morning, noon, noon}) store->write(batch);
  for (int round = 0; round < 2; ++round) {
    const auto rows = read(about(report_kind::agents, "2026-10-26", "2026-10-26")).at("rows").as_array();
    ASSERT_EQ(rows.size(), 2u);
    const auto& first = rows[0].as_object();
    EXPECT_EQ(first.at("agentId").as_string(), "user-1001");
    EXPECT_EQ(first.at("agentName").as_string(), "Camille Martin");
    EXPECT_EQ(number(first, "calls"), 2);
    EXPECT_EQ(number(first, "answered"), 1);
    EXPECT_EQ(number(first, "positive"), 1);
    EXPECT_EQ(number(first, "talkTime"), 120);
    EXPECT_EQ(number(first, "averageHandling"), 140);
    EXPECT_EQ(number(first, "availableTime"), 7200);
    EXPECT_EQ(number(first, "onCallTime"), 1800);
    EXPECT_EQ(number(first, "wrapUpTime"), 600);
    EXPECT_EQ(number(first, "pauseTime"), 900);
    EXPECT_EQ(number(first, "loggedTime"), 10500);
    EXPECT_EQ(number(first, "occupancy"), 25);
    const auto& second = rows[1].as_object();
    EXPECT_EQ(number(second, "calls"), 2);
    EXPECT_EQ(number(second, "availableTime"), 1800) << "the state he is in counts until now";
    EXPECT_EQ(number(second, "occupancy"), 0);
    refresh();
  }
  auto hours = about(report_kind::agents, "2026-10-26", "2026-10-26");
  hours.by_hour = true;
  hours.query.filters = {{"agentId", "user-1001"}};
  const auto rows = read(hours).at("rows").as_array();
  ASSERT_EQ(rows.size(), 4u) << "00 (a call), 10, 11, 12";
  EXPECT_EQ(number(rows[1].as_object(), "availableTime"), 3600);
  EXPECT_EQ(number(rows[2].as_object(), "onCallTime"), 1800);
  EXPECT_EQ(number(rows[2].as_object(), "availableTime"), 1200);
  EXPECT_EQ(number(rows[3].as_object(), "pauseTime"), 900);
  EXPECT_EQ(read(about(report_kind::agents, "2026-10-26", "2026-10-26"), "site-lyon").at("rows").as_array().size(), 1u);
}

TEST_F(Reports, SessionsFallIntoTheirDays) {
  db_.ask(
      "insert into agent_sessions (id, agent_id, login_at, logout_at) values "
      "('s1', 'user-1001', '2026-10-25T20:00:00Z', '2026-10-26T01:00:00Z'), ('s2', 'user-1002', '2026-10-26T09:00:00Z', null), "
      "('s3', 'user-1003', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')");
  auto days = about(report_kind::sessions, "2026-10-25", "2026-10-26");
  days.by_day = true;
  const auto all = read(days);
  const auto& rows = all.at("rows").as_array();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].at("agentId").as_string(), "user-1001");
  EXPECT_EQ(number(rows[0].as_object(), "loggedTime"), 3 * 3600);
  EXPECT_EQ(number(rows[0].as_object(), "sessions"), 1);
  EXPECT_EQ(rows[0].at("firstLogin").as_string(), "2026-10-25T20:00:00.000Z");
  EXPECT_TRUE(rows[0].at("lastLogout").is_null());
  EXPECT_EQ(rows[1].at("agentId").as_string(), "user-1003");
  EXPECT_EQ(number(rows[1].as_object(), "loggedTime"), 25 * 3600) << "the whole day";
  EXPECT_EQ(rows[2].at("agentId").as_string(), "user-1001");
  EXPECT_EQ(rows[2].at("day").as_string(), "2026-10-26");
  EXPECT_EQ(number(rows[2].as_object(), "loggedTime"), 2 * 3600);
  EXPECT_EQ(number(rows[2].as_object(), "sessions"), 0) << "counted where it began";
  EXPECT_EQ(number(rows[3].as_object(), "loggedTime"), 13.5 * 3600) << "still open";
  EXPECT_EQ(number(all.at("totals").as_object(), "sessions"), 3);
  EXPECT_EQ(number(all.at("totals").as_object(), "loggedTime"), (5 + 25 + 13.5) * 3600);
}

TEST_F(Reports, AsCsvWithoutFormulas) {
  db_.ask("update queues set name = '=cmd|''/c calc''!A1' where id = 'queue-accueil'");
  auto csv = about(report_kind::queues, "2026-10-24", "2026-10-26");
  csv.csv = true;
  const auto said = ask(csv);
  ASSERT_TRUE(said);
  ASSERT_TRUE(said->attached);
  EXPECT_TRUE(said->attached->temporary);
  EXPECT_EQ(said->attached->save_as, "rapport-queues-2026-10-24-2026-10-26.csv");
  std::ifstream file{said->attached->path};
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(
      text.str(),
      "\xEF\xBB\xBF"
      "File;Nom;Appels;Décrochés;Abandonnés;Attente trop longue;Décrochés dans le délai;Niveau de service (%);Taux d'abandon (%);"
      "Attente moyenne des décrochés (s);Attente moyenne des abandonnés (s);Attente la plus longue (s);Conversation moyenne (s);Conversation (s)\r\n"
      "queue-accueil;'=cmd|'/c calc'!A1;4;2;1;1;1;25,0;25,0;25,0;15,0;60;150,0;300\r\n"
      "queue-support;Support;2;1;1;0;1;50,0;50,0;8,0;7,0;8;60,0;60\r\n");
}

TEST_F(Reports, WhatARetentionRuleRemovesStaysInTheFigures) {
  refresh();
  db_.ask("insert into call_events (call_id, seq, at, kind) values ('c1', 1, '2026-10-24T21:30:00Z', 'offered')");
  db_.ask("update call_history set recording_id = 'rec-' || id where id in ('c1', 'c6')");
  refresh();
  auto rules = [&](value body) {
    return desk_->perform({{user_id{"user-9999"}, role::super_admin, {}}, "9999", "", ""},
                          data_request{report_request{set_retention{std::move(body)}}});
  };
  EXPECT_FALSE(rules(value::object{{"callsMonths", 0}}));
  EXPECT_FALSE(rules(value::object{{"callMonths", 6}}));
  ASSERT_TRUE(rules(value::object{{"callsMonths", nullptr}}));
  EXPECT_EQ(db_.ask("select recordings_months from retention_settings"), "6")
      << "the rule for recordings is on from the start";
  auto later = make_postgres_housekeeping(db_.settings(), [] { return at("2027-05-01T00:00:00Z"); });
  const auto first = later->apply_retention([] { return false; });
  EXPECT_TRUE(first.ran);
  EXPECT_EQ(first.recordings, 2);
  EXPECT_EQ(first.calls, 0) << "calls are kept unless somebody decides otherwise";
  EXPECT_FALSE(later->apply_retention([] { return false; }).ran) << "once a day";
  ASSERT_TRUE(rules(value::object{{"callsMonths", 6}}));
  auto next_day =
      make_postgres_housekeeping(db_.settings(), [] { return at("2027-04-25T02:30:00Z") + std::chrono::days{7}; });
  db_.ask("update retention_runs set started_at = '2027-04-01T00:00:00Z'");
  const auto second = next_day->apply_retention([] { return false; });
  EXPECT_TRUE(second.ran);
  EXPECT_EQ(second.calls, 11);
  EXPECT_EQ(db_.ask("select count(*) from call_events where call_id = 'c1'"), "0");
  EXPECT_EQ(db_.ask("select count(*) from call_history"), "0");
  EXPECT_EQ(next_day->refresh_figures(100), 0u);
  expect_day_25(totals(about(report_kind::calls, "2026-10-25", "2026-10-25")));
  const auto said = json::parse(desk_
                                    ->perform({{user_id{"user-9000"}, role::administrator, {}}, "9000", "", ""},
                                              data_request{report_request{read_retention{}}})
                                    ->json);
  EXPECT_EQ(said.at("callsMonths").as_int64(), 6);
  EXPECT_EQ(said.at("runs").at(0).at("calls").as_int64(), 11);
}

TEST_F(Reports, RetentionWaitsForTheFigures) {
  db_.ask("insert into retention_settings (calls_months) values (1)");
  auto later = make_postgres_housekeeping(db_.settings(), [] { return at("2027-05-01T00:00:00Z"); });
  EXPECT_FALSE(later->apply_retention([] { return false; }).ran);
  EXPECT_EQ(db_.ask("select count(*) from call_history"), "11");
  later->refresh_figures(100);
  EXPECT_EQ(later->apply_retention([] { return false; }).calls, 11);
}

} // namespace
} // namespace evs::persistence
