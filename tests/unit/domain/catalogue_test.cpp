#include "domain/catalogue.hpp"
#include "domain/ivr_graph.hpp"

#include <gtest/gtest.h>

#include <set>

namespace evs {
namespace {

value object(value::object members) { return value{std::move(members)}; }
const resource& kind(std::string_view name) { return *find_resource(name); }

std::string problem_of(const result<value>& r, const std::string& path) {
  if (r.ok())
    return "(taken)";
  const auto at = r.error().fields.find(path);
  return at == r.error().fields.end() ? "(other)" : at->second;
}

// ---------------------------------------------------------------- the table itself

TEST(Catalogue, NamesPathsEventsAndFieldsAreUnique) {
  std::set<std::string_view> names, paths, tables, events;
  for (const auto& what : catalogue()) {
    EXPECT_TRUE(names.insert(what.name).second) << what.name;
    EXPECT_TRUE(paths.insert(what.path).second) << what.path;
    EXPECT_TRUE(tables.insert(what.table).second) << what.table;
    EXPECT_TRUE(events.insert(what.deleted).second) << what.deleted;
    EXPECT_FALSE(what.sorts.empty()) << what.name;
    std::set<std::string_view> fields;
    for (const auto& f : what.fields) {
      EXPECT_TRUE(fields.insert(f.name).second) << what.name << "." << f.name;
      EXPECT_EQ(f.column.empty(), f.kind == field_kind::computed || f.kind == field_kind::references) << what.name << "." << f.name;
      EXPECT_TRUE(f.target.empty() || find_resource(f.target)) << f.target;
      EXPECT_EQ(f.kind == field_kind::choice, !f.choices.empty()) << what.name << "." << f.name;
    }
    for (auto list : {what.sorts, what.filters, what.searched})
      for (auto name : list)
        EXPECT_TRUE(name == "id" || find_field(what, name)) << what.name << "." << name;
  }
}

TEST(Catalogue, NobodyBelowAdministratorWrites) {
  for (const auto& what : catalogue()) {
    EXPECT_GE(what.writers, role::administrator) << what.name;
    EXPECT_LE(what.readers, what.writers) << what.name;
  }
}

TEST(Catalogue, SecretsAreNeverSortedFilteredOrSearched) {
  for (const auto& what : catalogue())
    for (auto list : {what.sorts, what.filters, what.searched})
      for (auto name : list)
        if (const auto* f = find_field(what, name)) {
          EXPECT_NE(f->kind, field_kind::secret);
          EXPECT_NE(f->kind, field_kind::password);
        }
}

// ---------------------------------------------------------------- bodies

TEST(CheckBody, NamesEveryProblemAtOnce) {
  const auto checked = check_body(kind("user"), object({{"loginId", ""}, {"role", "Chef"}, {"email", "nobody"}, {"extension", "12a"},
                                                        {"password", "short"}, {"isActive", "perhaps"}}),
                                  occasion::creation);
  ASSERT_FALSE(checked.ok());
  std::set<std::string> wrong;
  for (const auto& [path, sentence] : checked.error().fields) {
    wrong.insert(path);
    EXPECT_FALSE(sentence.empty());
  }
  EXPECT_EQ(wrong, (std::set<std::string>{"loginId", "role", "email", "extension", "password", "isActive"}));
}

TEST(CheckBody, AsksForWhatIsMissingOnCreationOnly) {
  EXPECT_EQ(problem_of(check_body(kind("trunk"), object({{"name", "t"}}), occasion::creation), "domain"), "Champ obligatoire.");
  EXPECT_TRUE(check_body(kind("trunk"), object({{"name", "t"}}), occasion::change).ok());
  EXPECT_EQ(problem_of(check_body(kind("trunk"), object({{"domain", "  "}}), occasion::change), "domain"), "Champ obligatoire.");
}

TEST(CheckBody, OlderClientsMaySendWhatNobodyReadsAndNewOnesMayNot) {
  const auto site = check_body(kind("site"), object({{"name", "Nice"}, {"colour", "red"}}), occasion::creation);
  ASSERT_TRUE(site.ok());
  EXPECT_EQ(site->find("colour"), nullptr);
  EXPECT_EQ(problem_of(check_body(kind("queue"), object({{"name", "Q"}, {"colour", "red"}}), occasion::creation), "colour"), "Champ inconnu.");
}

TEST(CheckBody, TrimsAndTakesEmptyAsNone) {
  const auto user = check_body(kind("user"), object({{"loginId", " 1234 "}, {"role", "Agent"}, {"email", ""}, {"siteId", ""}, {"password", ""}}),
                               occasion::creation);
  ASSERT_TRUE(user.ok());
  EXPECT_EQ(*user->find("loginId")->text(), "1234");
  EXPECT_TRUE(user->find("email")->is_null());
  EXPECT_TRUE(user->find("siteId")->is_null());
  EXPECT_EQ(user->find("password"), nullptr) << "an empty password changes nothing";
}

TEST(CheckBody, ABlankedSecretIsNoNewSecret) {
  const auto trunk = check_body(kind("trunk"), object({{"registerString", "evs:***@host"}, {"password", "***"}, {"name", "T"}}), occasion::change);
  ASSERT_TRUE(trunk.ok());
  EXPECT_EQ(trunk->find("registerString"), nullptr);
  EXPECT_EQ(trunk->find("password"), nullptr);
}

TEST(CheckBody, NumbersStayWithinTheirBounds) {
  EXPECT_NE(problem_of(check_body(kind("campaign"), object({{"unlockTimeoutMinutes", 4}}), occasion::change), "unlockTimeoutMinutes"), "(taken)");
  EXPECT_NE(problem_of(check_body(kind("campaign"), object({{"maxRingDuration", 2.5}}), occasion::change), "maxRingDuration"), "(taken)");
  EXPECT_TRUE(check_body(kind("campaign"), object({{"maxAbandonRate", 2.5}, {"unlockTimeoutMinutes", "60"}}), occasion::change).ok())
    << "older clients send numbers as texts";
  EXPECT_FALSE(check_body(kind("queue"), object({{"maxWait", "60"}}), occasion::change).ok());
  for (const char* none : {"nan", "-nan", "inf", "1e999"})
    EXPECT_FALSE(check_body(kind("campaign"), object({{"paceFactor", none}}), occasion::change).ok()) << none;
}

TEST(CheckBody, NothingThatASipConfigurationCouldChokeOn) {
  for (const char* bad : {"a;b", "a[b", "a\"b", "a b", "a\nb"}) {
    EXPECT_FALSE(check_body(kind("trunk"), object({{"login", bad}}), occasion::change).ok()) << bad;
    if (std::string_view{bad} != "a[b") { // brackets stand around addresses of IPv6
      EXPECT_FALSE(check_body(kind("trunk"), object({{"domain", bad}}), occasion::change).ok()) << bad;
    }
    EXPECT_FALSE(check_body(kind("trunk"), object({{"password", bad}}), occasion::change).ok()) << bad;
  }
}

TEST(CheckBody, LooksIntoStructures) {
  auto quota = [](value limit) {
    return object({{"quotaRules", value::array{object({{"id", "q1"}, {"contactField", "postalCode"}, {"operator", "starts_with"},
                                                       {"value", "75"}, {"limit", std::move(limit)}})}}});
  };
  EXPECT_TRUE(check_body(kind("campaign"), quota(10), occasion::change).ok());
  EXPECT_NE(problem_of(check_body(kind("campaign"), quota(-1), occasion::change), "quotaRules[0].limit"), "(other)");
  auto day = [](const char* from, const char* to) {
    return object({{"schedule", value::array{object({{"dayOfWeek", 1}, {"active", true}, {"startTime", from}, {"endTime", to}})}}});
  };
  EXPECT_TRUE(check_body(kind("campaign"), day("09:00", "12:30"), occasion::change).ok());
  EXPECT_FALSE(check_body(kind("campaign"), day("9:00", "12:30"), occasion::change).ok());
  EXPECT_FALSE(check_body(kind("campaign"), day("13:00", "12:30"), occasion::change).ok());
}

TEST(CheckBody, ListsOfTextsHoldTexts) {
  const auto& campaign = *find_resource("campaign");
  auto with = [&](value::array statuses) {
    value body{value::object{}};
    body.set("retryOnStatus", std::move(statuses));
    return check_body(campaign, body, occasion::change);
  };
  EXPECT_TRUE(with({"90", "BUSY", "qual-92"}).ok());
  for (const value& wrong : {value{""}, value{" "}, value{"a\nb"}, value{std::string(65, 'x')}, value{7}}) {
    const auto said = with({"90", wrong});
    ASSERT_FALSE(said.ok());
    EXPECT_EQ(said.error().fields.begin()->first, "retryOnStatus[1]");
  }
}

TEST(CheckBody, IdsAreChosenOnCreationOnly) {
  EXPECT_TRUE(check_body(kind("site"), object({{"id", "site-nice"}, {"name", "Nice"}}), occasion::creation).ok());
  for (const char* bad : {"", "a/b", "../etc", "a b", "é"})
    EXPECT_FALSE(check_body(kind("site"), object({{"id", bad}, {"name", "Nice"}}), occasion::creation).ok()) << bad;
}

TEST(MayWriteUser, NobodyAboveHimself) {
  const viewer admin{user_id{"user-9000"}, role::administrator, {}};
  EXPECT_TRUE(may_write_user(admin, object({{"role", "Administrateur"}}), std::nullopt).ok());
  EXPECT_FALSE(may_write_user(admin, object({{"role", "SuperAdmin"}}), std::nullopt).ok());
  EXPECT_FALSE(may_write_user(admin, object({{"firstName", "x"}}), role::super_admin).ok());
  EXPECT_FALSE(may_write_user(admin, object({{"role", "Agent"}}), role::super_admin).ok());
}

// ---------------------------------------------------------------- IVR flows

value node(const char* id, const char* type) { return object({{"id", id}, {"type", type}}); }
value way(const char* from, const char* port, const char* to) {
  return object({{"id", std::string{from} + port}, {"fromNodeId", from}, {"fromPortId", port}, {"toNodeId", to}, {"toPortId", "in"}});
}
std::set<std::string> wrong_in(value::array nodes, value::array connections) {
  const auto checked = check_body(kind("ivrFlow"), object({{"name", "F"}, {"nodes", std::move(nodes)}, {"connections", std::move(connections)}}),
                                  occasion::creation);
  std::set<std::string> paths;
  if (!checked.ok())
    for (const auto& [path, sentence] : checked.error().fields)
      paths.insert(path);
  return paths;
}

TEST(IvrFlow, AWalkableOneIsTaken) {
  EXPECT_EQ(wrong_in({node("s", "start"), node("m", "menu"), node("h", "hangup"), node("q", "queue")},
                     {way("s", "out", "m"), way("m", "1", "q"), way("m", "2", "h"), way("m", "timeout", "m")}),
            std::set<std::string>{});
  EXPECT_EQ(wrong_in({}, {}), std::set<std::string>{});
}

TEST(IvrFlow, WhatCannotBeWalkedIsNamed) {
  EXPECT_EQ(wrong_in({node("h", "hangup")}, {}), std::set<std::string>{"nodes"});
  EXPECT_EQ(wrong_in({node("s", "start"), node("h", "hangup")}, {way("s", "out", "x")}), std::set<std::string>{"connections[0].toNodeId"});
  EXPECT_EQ(wrong_in({node("s", "start"), node("p", "media")}, {way("s", "out", "p")}), std::set<std::string>{"nodes[1]"});
  EXPECT_EQ(wrong_in({node("s", "start"), node("h", "hangup"), node("q", "queue")}, {way("s", "out", "h")}), std::set<std::string>{"nodes[2]"});
  EXPECT_EQ(wrong_in({node("s", "start"), node("h", "hangup"), node("v", "voicemail")}, {way("s", "out", "h"), way("s", "out", "v")}),
            std::set<std::string>{"connections[1].fromPortId"});
}

TEST(IvrFlow, ALoopMustAskTheCaller) {
  EXPECT_EQ(wrong_in({node("s", "start"), node("a", "media"), node("b", "media"), node("h", "hangup")},
                     {way("s", "out", "a"), way("a", "out", "b"), way("b", "out", "a"), way("b", "end", "h")}),
            std::set<std::string>{"nodes[1]"});
  EXPECT_EQ(wrong_in({node("s", "start"), node("a", "media"), node("i", "input"), node("h", "hangup")},
                     {way("s", "out", "a"), way("a", "out", "i"), way("i", "bad", "a"), way("i", "ok", "h")}),
            std::set<std::string>{});
}

// ---------------------------------------------------------------- values

TEST(Value, WritesJson) {
  EXPECT_EQ(to_json(object({{"a", nullptr}, {"b", true}, {"c", 1}, {"d", 2.5}, {"e", "x\"\\\n\x01"}, {"f", value::array{1, "é"}}})),
            R"({"a":null,"b":true,"c":1,"d":2.5,"e":"x\"\\\u000a\u0001","f":[1,"é"]})");
}

TEST(Value, SetsAndRemovesMembers) {
  value v;
  v.set("a", 1);
  v.set("b", 2);
  v.set("a", 3);
  v.remove("b");
  EXPECT_EQ(to_json(v), R"({"a":3})");
}

} // namespace
} // namespace evs
