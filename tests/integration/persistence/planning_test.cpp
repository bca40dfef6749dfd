// Planning events: targets, rights, rules over changes of the clocks, and who hears of it.
#include "persistence/desk.hpp"
#include "persistence/outbox.hpp"
#include "surroundings.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace evs::persistence {
namespace {

namespace json = boost::json;
using testing::scratch_database;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }
value object(value::object members) { return value{std::move(members)}; }

class Planning : public ::testing::Test {
protected:
  void SetUp() override {
    seed(db_.settings(), true, [](const std::string&) { return std::string{"hash"}; });
    db_.ask("insert into user_groups (id, name) values ('group-a', 'A')");
    db_.ask(
        "insert into user_group_members (group_id, user_id) values ('group-a', 'user-1001'), ('group-a', 'user-1002'), ('group-a', 'user-1003')");
    desk_settings s;
    s.store = db_.settings();
    desk_ = make_postgres_desk(s);
    db_.ask("delete from outbox");
  }

  static requester supervisor(const std::string& site = "") {
    return {{user_id{"user-1000"}, role::supervisor, site_id{site}}, "1000", "127.0.0.1", "r"};
  }
  static requester agent(const std::string& login) {
    return {{user_id{"user-" + login}, role::agent, site_id{"site-paris"}}, login, "127.0.0.1", "r"};
  }
  result<data_answer> ask(planning_request what, requester who = supervisor()) {
    return desk_->perform(who, data_request{std::move(what)});
  }

  static value working_days(value::array targets) {
    return object({{"eventData", object({{"activityId", "activity-disponible"},
                                         {"startDate", "2026-03-02T08:00:00Z"},
                                         {"endDate", "2026-03-02T16:00:00Z"},
                                         {"rrule", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}})},
                   {"targetIds", std::move(targets)}});
  }
  json::array create(value body, requester who = supervisor()) {
    auto said = ask(create_planning{std::move(body)}, std::move(who));
    EXPECT_TRUE(said) << (said ? "" : said.error().text());
    if (!said) return {};
    EXPECT_EQ(said->status, 201u);
    return json::parse(said->json).at("events").as_array();
  }
  json::array list(const char* from = nullptr, const char* to = nullptr, requester who = supervisor()) {
    list_planning what;
    if (from) what.from = at(from);
    if (to) what.to = at(to);
    auto said = ask(std::move(what), std::move(who));
    EXPECT_TRUE(said);
    return said ? json::parse(said->json).as_array() : json::array{};
  }
  std::vector<std::string> announced() {
    std::vector<std::string> out;
    const auto rows = json::parse(db_.ask(
        "select coalesce(json_agg(json_build_object('t', type, 'p', payload, 'a', audience) order by id), '[]') from outbox where type = 'planningUpdated'"));
    for (const auto& r : rows.as_array())
      out.push_back(std::string{r.at("t").as_string()} + " " + json::serialize(r.at("p")) + " " +
                    json::serialize(r.at("a")));
    db_.ask("delete from outbox");
    std::sort(out.begin(), out.end());
    return out;
  }

  scratch_database db_;
  std::unique_ptr<desk> desk_;
};

TEST_F(Planning, AGroupStandsForItsMembers) {
  const auto made = create(working_days({"group-a", "user-1001"}));
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(made[0].at("agentId").as_string(), "user-1001");
  EXPECT_EQ(made[0].at("timezone").as_string(), "Europe/Paris");
  EXPECT_EQ(made[0].at("startDate").as_string(), "2026-03-02T08:00:00.000Z");
  EXPECT_EQ(made[2].at("agentId").as_string(), "user-1003");
  EXPECT_EQ(list().size(), 3u);
  EXPECT_EQ(
      announced(),
      (std::vector<std::string>{
          R"(planningUpdated {"siteId":"site-lyon","agentIds":["user-1002"]} {"role":"Superviseur","site":"site-lyon"})",
          R"(planningUpdated {"siteId":"site-paris","agentIds":["user-1001","user-1003"]} {"role":"Superviseur","site":"site-paris"})",
          R"(planningUpdated {} {"to":["user-1001","user-1003"]})", R"(planningUpdated {} {"to":["user-1002"]})"}));
}

TEST_F(Planning, OccurrencesKeepTheirHours) {
  create(working_days({"user-1001"}));
  const auto spring = list("2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z");
  ASSERT_EQ(spring.size(), 1u);
  EXPECT_EQ(
      json::serialize(spring[0].at("occurrences")),
      R"([{"startDate":"2026-03-27T08:00:00.000Z","endDate":"2026-03-27T16:00:00.000Z"},{"startDate":"2026-03-30T07:00:00.000Z","endDate":"2026-03-30T15:00:00.000Z"}])");
  EXPECT_TRUE(list("2026-03-28T00:00:00Z", "2026-03-29T00:00:00Z").empty()) << "a Saturday";
  EXPECT_TRUE(list("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z").empty()) << "before it begins";
}

TEST_F(Planning, HoursAreThoseOfTheAgentsSite) {
  db_.ask("update sites set timezone = 'America/New_York' where id = 'site-lyon'");
  const auto made = create(working_days({"user-1001", "user-1002"}));
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].at("timezone").as_string(), "America/New_York");
  // America changed on 8 March, Europe on the 29th: on the 9th they differ.
  const auto starts = [&](const std::string& who) {
    for (const auto& e : list("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z"))
      if (e.at("agentId").as_string() == who)
        return std::string{e.at("occurrences").at(0).at("startDate").as_string()};
    return std::string{"nothing"};
  };
  EXPECT_EQ(starts("user-1001"), "2026-03-09T08:00:00.000Z");
  EXPECT_EQ(starts("user-1002"), "2026-03-09T07:00:00.000Z");
  // A move later changes nothing: the hours were meant on that wall.
  db_.ask("update users set site_id = 'site-paris' where id = 'user-1002'");
  EXPECT_EQ(starts("user-1002"), "2026-03-09T07:00:00.000Z");
}

TEST_F(Planning, ASearchFindsARuleByItsLastOccurrence) {
  auto body = working_days({"user-1001"});
  auto data = *body.find("eventData");
  data.set("rrule", "RRULE:FREQ=DAILY;COUNT=5");
  body.set("eventData", data);
  const auto made = create(body);
  EXPECT_EQ(made.at(0).at("rrule").as_string(), "FREQ=DAILY;COUNT=5");
  EXPECT_EQ(db_.ask("select iso8601(last_end) from planning_events"), "2026-03-06T16:00:00.000Z");
  EXPECT_EQ(list("2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z").size(), 1u);
  EXPECT_TRUE(list("2026-03-06T16:00:00Z", "2027-03-06T16:00:00Z").empty());
}

TEST_F(Planning, AnAgentReadsHisOwn) {
  create(working_days({"user-1001", "user-1003"}));
  const auto mine = list(nullptr, nullptr, agent("1001"));
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0].at("agentId").as_string(), "user-1001");
  list_planning of_another;
  of_another.query.filters = {{"agentId", "user-1003"}};
  EXPECT_EQ(ask(of_another, agent("1001"))->json, "[]");
  const std::string id{mine[0].at("id").as_string()};
  EXPECT_TRUE(ask(read_planning{id}, agent("1001")));
  EXPECT_EQ(ask(read_planning{id}, agent("1003")).error().code, errc::not_found);
}

TEST_F(Planning, ASupervisorOfOneSitePlansThatSite) {
  create(working_days({"user-1001", "user-1002"}));
  EXPECT_EQ(list(nullptr, nullptr, supervisor("site-lyon")).size(), 1u);
  const auto foreign = ask(create_planning{working_days({"user-1001"})}, supervisor("site-lyon"));
  ASSERT_FALSE(foreign);
  EXPECT_TRUE(foreign.error().fields.contains("targetIds"));
  EXPECT_EQ(create(working_days({"group-a"}), supervisor("site-lyon")).size(), 1u) << "of the group those who are his";
  const auto paris = db_.ask("select id from planning_events where agent_id = 'user-1001'");
  EXPECT_EQ(ask(remove_planning{{paris}, true}, supervisor("site-lyon")).error().code, errc::not_found);
  EXPECT_EQ(ask(update_planning{paris, object({{"activityId", nullptr}})}, supervisor("site-lyon")).error().code,
            errc::not_found);
  EXPECT_EQ(ask(clear_planning{}, supervisor("site-lyon"))->json, R"({"deleted":2})");
  EXPECT_EQ(list().size(), 1u);
}

TEST_F(Planning, AGroupWidensASite) {
  create(working_days({"user-1001", "user-1005"}));
  EXPECT_TRUE(list(nullptr, nullptr, supervisor("site-lyon")).empty());
  db_.ask("update users set site_id = 'site-lyon' where id = 'user-1000'");
  db_.ask("insert into user_group_members (group_id, user_id) values ('group-a', 'user-1000')");
  announced();
  const auto seen = list(nullptr, nullptr, supervisor("site-lyon"));
  ASSERT_EQ(seen.size(), 1u);
  const std::string id{seen[0].at("id").as_string()};
  ASSERT_TRUE(ask(update_planning{id, object({{"rrule", nullptr}})}, supervisor("site-lyon")));
  EXPECT_EQ(announced(),
            (std::vector<std::string>{
                R"(planningUpdated {"siteId":"site-paris","agentIds":["user-1001"]} {"role":"Superviseur","site":"site-paris"})",
                R"(planningUpdated {"siteId":"site-paris","agentIds":["user-1001"]} {"to":["user-1000"]})",
                R"(planningUpdated {} {"to":["user-1001"]})"}));
  EXPECT_EQ(create(working_days({"user-1003"}), supervisor("site-lyon")).size(), 1u);
}

TEST_F(Planning, ASiteThatIsNotOnesOwnIsNone) {
  auto body = working_days({"user-1002"});
  auto data = *body.find("eventData");
  data.set("siteId", "site-paris");
  body.set("eventData", data);
  const auto said = ask(create_planning{body}, supervisor("site-lyon"));
  ASSERT_FALSE(said);
  EXPECT_TRUE(said.error().fields.contains("siteId"));
  // What has it already keeps it.
  const auto made = create(body);
  const std::string id{made.at(0).at("id").as_string()};
  EXPECT_TRUE(ask(update_planning{id, object({{"rrule", nullptr}})}, supervisor("site-lyon")));
}

TEST_F(Planning, WhatIsWrongIsNamed) {
  const auto refused = [&](value body, const char* field) {
    const auto said = ask(create_planning{std::move(body)});
    ASSERT_FALSE(said) << field;
    EXPECT_TRUE(said.error().fields.contains(field)) << field << ": " << said.error().text();
  };
  refused(working_days({"user-nobody"}), "targetIds");
  refused(working_days({}), "targetIds");
  const auto with = [](const char* name, value what) {
    auto body = working_days({"user-1001"});
    auto data = *body.find("eventData");
    data.set(name, std::move(what));
    body.set("eventData", data);
    return body;
  };
  refused(with("activityId", "activity-x"), "activityId");
  refused(with("siteId", "site-x"), "siteId");
  refused(with("endDate", "2026-03-01T00:00:00Z"), "endDate");
  refused(with("rrule", "FREQ=SECONDLY"), "rrule");
  refused(with("rrule", "FREQ=DAILY;UNTIL=20200101"), "rrule");
  refused(with("timezone", "../../etc/passwd"), "timezone");
  db_.ask("update users set is_active = false where id = 'user-1005'");
  refused(working_days({"user-1005"}), "targetIds");
  EXPECT_EQ(db_.ask("select count(*) from planning_events"), "0");
  EXPECT_TRUE(announced().empty());
}

TEST_F(Planning, IsChangedAndRemoved) {
  const auto made = create(working_days({"user-1001"}));
  const std::string id{made.at(0).at("id").as_string()};
  announced();
  auto said = ask(update_planning{id, object({{"endDate", "2026-03-02T17:00:00Z"}, {"rrule", nullptr}})});
  ASSERT_TRUE(said) << said.error().text();
  const auto now = json::parse(said->json).as_object();
  EXPECT_EQ(now.at("endDate").as_string(), "2026-03-02T17:00:00.000Z");
  EXPECT_TRUE(now.at("rrule").is_null());
  EXPECT_EQ(now.at("activityId").as_string(), "activity-disponible");
  EXPECT_EQ(announced().size(), 2u);
  ASSERT_TRUE(ask(update_planning{id, object({{"eventData", object({{"agentId", "user-1002"}})}})}));
  EXPECT_EQ(announced().size(), 4u) << "both agents, both sites";
  EXPECT_EQ(ask(update_planning{id, object({{"startDate", "2026-03-03T00:00:00Z"}})}).error().code,
            errc::invalid_input);
  EXPECT_EQ(ask(remove_planning{{id}, true})->status, 204u);
  EXPECT_EQ(announced().size(), 2u);
  EXPECT_EQ(ask(remove_planning{{id}, true}).error().code, errc::not_found);
  EXPECT_EQ(ask(remove_planning{{id, "other"}, false})->json, R"({"deleted":0})");
}

TEST_F(Planning, GoesWithItsAgentAndSurvivesItsActivity) {
  create(working_days({"user-1001", "user-1002"}));
  db_.ask("delete from activity_types where id = 'activity-disponible'");
  EXPECT_TRUE(list().at(0).at("activityId").is_null());
  announced();
  db_.ask("delete from users where id = 'user-1001'");
  EXPECT_EQ(list().size(), 1u);
  EXPECT_EQ(announced(),
            (std::vector<std::string>{R"(planningUpdated {"agentIds":["user-1001"]} {"role":"Superviseur"})"}));
}

TEST_F(Planning, PagesHoldEachEventOnce) {
  for (int n = 0; n < 7; ++n)
    create(
        object({{"agentId", "user-1001"}, {"startDate", "2026-03-02T08:00:00Z"}, {"endDate", "2026-03-02T09:00:00Z"}}));
  list_planning what;
  what.query.paged = true;
  what.query.limit = 3;
  std::size_t seen = 0;
  std::vector<std::string> ids;
  do {
    const auto page = json::parse(ask(what)->json).as_object();
    for (const auto& e : page.at("items").as_array()) ids.emplace_back(e.at("id").as_string());
    what.query.cursor = page.at("nextCursor").is_null() ? "" : std::string{page.at("nextCursor").as_string()};
  } while (!what.query.cursor.empty() && ++seen < 9);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids.size(), 7u);
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
  what.query.cursor = "61.62";
  EXPECT_FALSE(ask(what));
}

} // namespace
} // namespace evs::persistence
