// Every resource of the catalogue on a real database: rows, versions, rights, references, and the events that a commit leaves.
#include "domain/catalogue.hpp"
#include "persistence/desk.hpp"
#include "persistence/outbox.hpp"
#include "persistence/sealed.hpp"
#include "surroundings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace evs::persistence {
namespace {

using testing::scratch_database;

value object(value::object members) { return value{std::move(members)}; }

class Resources : public ::testing::Test {
protected:
  void SetUp() override {
    seed(db_.settings(), true, [](const std::string& p) { return "hash of " + p; });
    desk_settings s;
    s.store = db_.settings();
    s.secret_keys = {std::string(32, 'k')};
    s.now = [] { return timestamp{seconds{1'700'000'000}}; };
    desk_ = make_postgres_desk(s);
    outbox_ = make_postgres_outbox(db_.settings());
    forget_events();
  }

  static requester asked_by(role r, const std::string& site = "", const std::string& id = "user-9999") {
    return {{user_id{id}, r, site_id{site}}, id, "127.0.0.1", "r1"};
  }
  result<data_answer> ask(resource_request what, requester who = asked_by(role::super_admin)) {
    return desk_->perform(who, data_request{std::move(what)});
  }
  result<data_answer> create(std::string_view name, value body, requester who = asked_by(role::super_admin)) {
    return ask(create_resource{find_resource(name), std::move(body)}, std::move(who));
  }
  result<data_answer> change(std::string_view name, const std::string& id, value body, const std::string& seen = "",
                             requester who = asked_by(role::super_admin)) {
    return ask(update_resource{find_resource(name), id, std::move(body), seen}, std::move(who));
  }
  result<data_answer> erase(std::string_view name, const std::string& id, requester who = asked_by(role::super_admin)) {
    return ask(remove_resource{find_resource(name), id, {}}, std::move(who));
  }
  result<data_answer> read(std::string_view name, const std::string& id, requester who = asked_by(role::super_admin)) {
    return ask(read_resource{find_resource(name), id}, std::move(who));
  }

  std::vector<outbox_row> events() { return outbox_->waiting({}, 1000); }
  void forget_events() {
    std::vector<std::int64_t> ids;
    for (const auto& e : events())
      ids.push_back(e.id);
    outbox_->mark_relayed(ids);
  }
  std::vector<std::string> event_types() {
    std::vector<std::string> all;
    for (const auto& e : events())
      all.push_back(e.type);
    std::sort(all.begin(), all.end());
    return all;
  }

  scratch_database db_;
  std::unique_ptr<desk> desk_;
  std::unique_ptr<outbox> outbox_;
};

/// A body that creates one of this kind.
value sample(std::string_view name) {
  if (name == "user")
    return object({{"id", "user-x"}, {"loginId", "x1"}, {"role", "Agent"}, {"campaignIds", value::array{"campaign-demo"}}});
  if (name == "trunk")
    return object({{"id", "trunk-x"}, {"name", "X"}, {"domain", "10.0.0.1:5060"}, {"password", "Canary-1"}, {"siteId", "site-paris"}});
  if (name == "did")
    return object({{"id", "did-x"}, {"number", "+33199999999"}, {"trunkId", "trunk-paris"}});
  if (name == "qualification")
    return object({{"id", "qual-x"}, {"code", "777"}, {"description", "Vendu"}, {"type", "positive"}});
  return object({{"id", std::string{name} + "-x"}, {"name", "Exemple"}});
}

TEST_F(Resources, EachIsCreatedReadListedChangedAndDeletedAndEachStepIsAnnounced) {
  for (const auto& what : catalogue()) {
    SCOPED_TRACE(what.name);
    const auto body = sample(what.name);
    const auto id = *body.find("id")->text();
    forget_events();
    const auto made = create(what.name, body);
    ASSERT_TRUE(made.ok()) << made.error().text();
    EXPECT_EQ(made->status, 201U);
    auto told = events();
    auto of_this = [&](const outbox_row& e) { return e.payload.find("\"" + id + "\"") != std::string::npos && e.resource == what.name; };
    auto first = std::find_if(told.begin(), told.end(), of_this);
    ASSERT_NE(first, told.end());
    EXPECT_EQ(first->type, what.created);

    const auto now = read(what.name, id);
    ASSERT_TRUE(now.ok());
    EXPECT_EQ(now->json, made->json);
    EXPECT_FALSE(now->etag.empty());
    const auto all = ask(list_resources{&what, {}});
    ASSERT_TRUE(all.ok());
    EXPECT_NE(all->json.find("\"" + id + "\""), std::string::npos);

    forget_events();
    const char* text = what.name == "user" ? "firstName" : find_field(what, "description") ? "description" : "name";
    const auto changed = change(what.name, id, object({{text, "Autre"}}), now->etag);
    ASSERT_TRUE(changed.ok()) << changed.error().text();
    EXPECT_NE(changed->etag, now->etag);
    EXPECT_NE(changed->json.find("Autre"), std::string::npos);
    told = events();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().type, what.changed);
    const auto late = change(what.name, id, object({{text, "Trop tard"}}), now->etag);
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, errc::stale);

    if (what.deleted_only_when_inactive) {
      EXPECT_EQ(erase(what.name, id).error().code, errc::conflict);
      ASSERT_TRUE(change(what.name, id, object({{"isActive", false}})).ok());
    }
    forget_events();
    const auto gone = erase(what.name, id);
    ASSERT_TRUE(gone.ok()) << gone.error().text();
    told = events();
    first = std::find_if(told.begin(), told.end(), of_this);
    ASSERT_NE(first, told.end());
    EXPECT_EQ(first->type, what.deleted);
    EXPECT_EQ(read(what.name, id).error().code, errc::not_found);
    EXPECT_EQ(erase(what.name, id).error().code, errc::not_found);
  }
}

TEST_F(Resources, AChangeThatChangesNothingIsNotAnnounced) {
  ASSERT_TRUE(change("site", "site-paris", object({{"name", "Paris"}})).ok());
  EXPECT_TRUE(events().empty());
}

TEST_F(Resources, WhatIsAbsentStays) {
  ASSERT_TRUE(change("user", "user-1001", object({{"email", "c@example.fr"}})).ok());
  const auto user = read("user", "user-1001");
  EXPECT_NE(user->json.find("\"Camille\""), std::string::npos);
  EXPECT_NE(user->json.find("campaign-demo"), std::string::npos);
}

TEST_F(Resources, AnAbortedTransactionAnnouncesNothing) {
  const auto refused = create("user", object({{"id", "user-y"}, {"loginId", "1001"}, {"role", "Agent"}}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, errc::conflict);
  EXPECT_EQ(refused.error().fields.count("loginId"), 1U);
  EXPECT_TRUE(events().empty());
}

TEST_F(Resources, ReferencesMustLeadSomewhere) {
  const auto wrong = create("queue", object({{"name", "Q"}, {"memberIds", value::array{"user-1001", "user-nobody"}}, {"musicId", "audio-none"},
                                             {"skills", value::array{object({{"skillId", "skill-none"}, {"minLevel", 1}})}}}));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().fields.count("memberIds[1]"), 1U);
  EXPECT_EQ(wrong.error().fields.count("musicId"), 1U);
  EXPECT_EQ(wrong.error().fields.count("skills[0]"), 1U);
  EXPECT_EQ(wrong.error().fields.size(), 3U);
}

TEST_F(Resources, MembersKeepTheirOrder) {
  ASSERT_TRUE(change("queue", "queue-support", object({{"memberIds", value::array{"user-1003", "user-1001", "user-1002"}}})).ok());
  EXPECT_NE(read("queue", "queue-support")->json.find(R"(["user-1003", "user-1001", "user-1002"])"), std::string::npos)
    << read("queue", "queue-support")->json;
}

TEST_F(Resources, QueueObjectsAreKept) {
  const auto made = create("queue", object({{"id", "queue-y"}, {"name", "Y"}, {"overflow", object({{"to", "queue"}, {"id", "queue-accueil"}})},
                                            {"serviceLevelTarget", object({{"percent", 90}, {"seconds", 15}})}}));
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_EQ(db_.ask("select overflow_to || overflow_id || service_level_percent || service_level_within_s from queues where id = 'queue-y'"),
            "queuequeue-accueil9015");
  ASSERT_TRUE(change("queue", "queue-y", object({{"overflow", nullptr}})).ok());
  EXPECT_EQ(db_.ask("select overflow_to from queues where id = 'queue-y'"), "");
}

TEST_F(Resources, DeletionDetachesAndSaysSo) {
  const auto gone = erase("site", "site-lyon");
  ASSERT_TRUE(gone.ok());
  ASSERT_EQ(gone->headers.size(), 1U);
  EXPECT_EQ(gone->headers.front().second, "trunk.siteId=1, user.siteId=10");
  const auto told = event_types();
  EXPECT_EQ(std::count(told.begin(), told.end(), "updateUser"), 10);
  EXPECT_EQ(std::count(told.begin(), told.end(), "updateTrunk"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "deleteSite"), 1);
}

TEST_F(Resources, ADeletedSkillLeavesPeopleAndQueues) {
  ASSERT_TRUE(create("skill", object({{"id", "skill-en"}, {"name", "Anglais"}})).ok());
  ASSERT_TRUE(change("user", "user-1001", object({{"skills", value::array{object({{"skillId", "skill-en"}, {"level", 3}})}}})).ok());
  ASSERT_TRUE(erase("skill", "skill-en").ok());
  EXPECT_EQ(db_.ask("select skills from users where id = 'user-1001'"), "[]");
}

TEST_F(Resources, SecretsAreKeptSealedAndNeverShown) {
  ASSERT_TRUE(create("trunk", sample("trunk")).ok());
  const auto kept = db_.ask("select sip_secret from trunks where id = 'trunk-x'");
  EXPECT_EQ(kept.find("Canary"), std::string::npos);
  EXPECT_EQ(open({std::string(32, 'k')}, kept), "Canary-1");
  EXPECT_EQ(read("trunk", "trunk-x")->json.find("Canary"), std::string::npos);
  for (const auto& e : events())
    EXPECT_EQ(e.payload.find("Canary"), std::string::npos);
}

TEST_F(Resources, APhoneHasAPasswordFromItsFirstExtensionOn) {
  const std::vector<std::string> keys{std::string(32, 'k')};
  const auto kept = [&] { return db_.ask("select coalesce(sip_secret, '') from users where id = 'user-x'"); };
  ASSERT_TRUE(create("user", object({{"id", "user-x"}, {"loginId", "x1"}, {"role", "Agent"}})).ok());
  EXPECT_EQ(kept(), "");
  ASSERT_TRUE(change("user", "user-x", object({{"extension", "7001"}})).ok());
  const auto first = kept();
  ASSERT_TRUE(open(keys, first));
  EXPECT_EQ(open(keys, first)->size(), 32U);
  ASSERT_TRUE(change("user", "user-x", object({{"extension", "7002"}})).ok());
  EXPECT_EQ(kept(), first) << "another number, the same phone";
  ASSERT_TRUE(change("user", "user-x", object({{"sipPassword", "Chosen-1"}})).ok());
  EXPECT_EQ(open(keys, kept()), "Chosen-1");
  EXPECT_EQ(read("user", "user-x")->json.find("Chosen"), std::string::npos);
  ASSERT_TRUE(create("user", object({{"id", "user-y"}, {"loginId", "x2"}, {"role", "Agent"}, {"extension", "7003"}, {"sipPassword", "Chosen-2"}})).ok());
  EXPECT_EQ(open(keys, db_.ask("select sip_secret from users where id = 'user-y'")), "Chosen-2");
}

TEST_F(Resources, ASiteLimitsWhoIsLimitedToIt) {
  const auto paris = asked_by(role::administrator, "site-paris", "user-9000");
  EXPECT_TRUE(read("user", "user-1001", paris).ok());
  EXPECT_EQ(read("user", "user-1002", paris).error().code, errc::not_found);
  EXPECT_EQ(change("user", "user-1002", object({{"firstName", "X"}}), "", paris).error().code, errc::not_found);
  EXPECT_EQ(change("user", "user-1001", object({{"siteId", "site-lyon"}}), "", paris).error().code, errc::forbidden);
  EXPECT_EQ(create("trunk", object({{"name", "L"}, {"domain", "h"}, {"siteId", "site-lyon"}}), paris).error().code, errc::forbidden);
  EXPECT_EQ(db_.ask("select count(*) from trunks where name = 'L'"), "0");
  const auto list = ask(list_resources{find_resource("trunk"), {}}, paris);
  EXPECT_NE(list->json.find("trunk-paris"), std::string::npos);
  EXPECT_EQ(list->json.find("trunk-lyon"), std::string::npos);
}

TEST_F(Resources, AGroupWidensASite) {
  const auto lyon = asked_by(role::supervisor, "site-lyon", "user-1000");
  db_.ask("update users set site_id = 'site-lyon' where id = 'user-1000'");
  const auto users = [&](const requester& who) { return ask(list_resources{find_resource("user"), {}}, who)->json; };
  EXPECT_EQ(read("user", "user-1001", lyon).error().code, errc::not_found);
  forget_events();
  ASSERT_TRUE(create("userGroup", object({{"id", "group-a"}, {"name", "A"}, {"memberIds", value::array{"user-1000", "user-1001", "user-1004"}}})).ok());
  auto told = events();
  auto reread = std::find_if(told.begin(), told.end(), [](const auto& e) { return e.type == "usersBulkUpdate"; });
  ASSERT_NE(reread, told.end());
  EXPECT_EQ(reread->also_to, std::vector<user_id>{user_id{"user-1000"}});
  EXPECT_FALSE(reread->min_role);

  EXPECT_TRUE(read("user", "user-1001", lyon).ok());
  EXPECT_EQ(read("user", "user-1003", lyon).error().code, errc::not_found) << "in no group of his";
  EXPECT_TRUE(read("user", "user-1002", lyon).ok()) << "a group takes nothing away";
  EXPECT_NE(users(lyon).find("\"user-1001\""), std::string::npos);
  EXPECT_EQ(users(lyon).find("\"user-1003\""), std::string::npos);
  EXPECT_EQ(read("user", "user-1001", asked_by(role::agent, "site-lyon", "user-1004")).error().code, errc::not_found) << "an agent supervises nobody";

  forget_events();
  ASSERT_TRUE(change("user", "user-1001", object({{"firstName", "Zoé"}})).ok());
  told = events();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().about, std::vector<user_id>{user_id{"user-1001"}});

  ASSERT_TRUE(change("userGroup", "group-a", object({{"memberIds", value::array{"user-1001"}}})).ok());
  EXPECT_EQ(read("user", "user-1001", lyon).error().code, errc::not_found);
  told = events();
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const auto& e) { return e.type == "usersBulkUpdate"; })) << "told to whom has lost them";
}

TEST_F(Resources, RolesOfAccounts) {
  const auto admin = asked_by(role::administrator, "", "user-9000");
  EXPECT_EQ(change("user", "user-9999", object({{"firstName", "X"}}), "", admin).error().code, errc::forbidden);
  EXPECT_EQ(create("user", object({{"loginId", "sa2"}, {"role", "SuperAdmin"}}), admin).error().code, errc::forbidden);
  EXPECT_EQ(change("user", "user-9000", object({{"isActive", false}}), "", admin).error().code, errc::conflict) << "oneself";
  ASSERT_TRUE(create("user", object({{"id", "user-sa2"}, {"loginId", "sa2"}, {"role", "SuperAdmin"}})).ok());
  const auto second = asked_by(role::super_admin, "", "user-sa2");
  EXPECT_TRUE(change("user", "user-9999", object({{"isActive", false}}), "", second).ok());
  EXPECT_EQ(erase("user", "user-sa2", second).error().code, errc::conflict) << "the last one";
}

TEST_F(Resources, DeactivationEndsEverySignIn) {
  db_.ask("insert into token_families (family, user_id, opened_at) values ('fam-1', 'user-1001', now())");
  ASSERT_TRUE(change("user", "user-1001", object({{"isActive", false}})).ok());
  EXPECT_EQ(db_.ask("select revoked_at is not null from token_families where family = 'fam-1'"), "t");
  const auto told = events();
  const auto at = std::find_if(told.begin(), told.end(), [](const auto& e) { return e.type == "sessionsRevoked"; });
  ASSERT_NE(at, told.end());
  EXPECT_NE(at->payload.find("fam-1"), std::string::npos);
  EXPECT_TRUE(!at->min_role && at->resource.empty() && at->also_to.empty()) << "nobody is sent this";
}

TEST_F(Resources, OnesOwnPasswordKeepsOnesOwnSession) {
  db_.ask("insert into token_families (family, user_id, opened_at) values ('here', 'user-1001', now()), ('there', 'user-1001', now())");
  ASSERT_TRUE(ask(set_own_password{"new hash", "here"}, asked_by(role::agent, "", "user-1001")).ok());
  EXPECT_EQ(db_.ask("select string_agg(family, ',') from token_families where revoked_at is null"), "here");
}

TEST_F(Resources, PagesAreCompleteInBothDirectionsAndSurviveHostileText) {
  for (int i = 0; i < 57; ++i)
    ASSERT_TRUE(create("skill", object({{"name", (i % 2 ? "Éa " : "éb ") + std::to_string(i % 7)}})).ok());
  for (const char* sort : {"name", "-name", "id"}) {
    list_query query;
    query.paged = true;
    query.limit = 10;
    query.sort = sort;
    std::vector<std::string> ids;
    for (int page = 0; page < 10; ++page) {
      const auto got = ask(list_resources{find_resource("skill"), query});
      ASSERT_TRUE(got.ok());
      for (std::size_t at = 0; (at = got->json.find("\"id\":\"", at)) != std::string::npos; ++at)
        ids.push_back(got->json.substr(at + 6, got->json.find('"', at + 6) - at - 6));
      const auto next = got->json.find("\"nextCursor\":\"");
      if (next == std::string::npos)
        break;
      query.cursor = got->json.substr(next + 14, got->json.rfind('"') - next - 14);
    }
    EXPECT_EQ(ids.size(), 57U) << sort;
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end()) << sort;
  }
  list_query query;
  query.paged = true;
  for (const char* bad : {"'; drop table users; --", "%", "_", "\\", "\" or 1=1"}) {
    query.q = bad;
    EXPECT_TRUE(ask(list_resources{find_resource("user"), query}).ok()) << bad;
    EXPECT_EQ(ask(list_resources{find_resource("user"), query})->json, "{\"items\":[],\"nextCursor\":null}") << bad;
    list_query sorted;
    sorted.sort = bad;
    EXPECT_EQ(ask(list_resources{find_resource("user"), sorted}).error().code, errc::invalid_input) << bad;
    list_query continued;
    continued.cursor = bad;
    EXPECT_EQ(ask(list_resources{find_resource("user"), continued}).error().code, errc::invalid_input) << bad;
    list_query filtered;
    filtered.filters = {{"role", bad}};
    EXPECT_EQ(ask(list_resources{find_resource("user"), filtered})->json, "[]") << bad;
  }
  EXPECT_EQ(db_.ask("select count(*) > 20 from users"), "t");
}

TEST_F(Resources, ManyAtOnceWithAReportARow) {
  create_many all{find_resource("user"), {}};
  all.rows.push_back({object({{"loginId", "n1"}, {"role", "Agent"}})});
  all.rows.push_back({object({{"loginId", "1001"}, {"role", "Agent"}})});
  all.rows.push_back({object({{"loginId", ""}}), {errc::invalid_input, {}, {{"loginId", "Champ obligatoire."}}}, false});
  const auto done = ask(all);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->status, 200U);
  EXPECT_NE(done->json.find("\"created\":1,\"failed\":2"), std::string::npos) << done->json;
  const auto told = event_types();
  EXPECT_EQ(std::count(told.begin(), told.end(), "newUser"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "usersBulkUpdate"), 1);
}

TEST_F(Resources, ACopyIsACopy) {
  ASSERT_TRUE(create("script", object({{"id", "script-a"}, {"name", "Accueil"}, {"backgroundColor", "#ffffff"}})).ok());
  const auto copy = ask(duplicate_resource{find_resource("script"), "script-a"});
  ASSERT_TRUE(copy.ok()) << copy.error().text();
  EXPECT_EQ(copy->status, 201U);
  EXPECT_NE(copy->json.find("Accueil (copie)"), std::string::npos);
  EXPECT_NE(copy->json.find("#ffffff"), std::string::npos);
}

TEST_F(Resources, StandardQualificationsStay) {
  EXPECT_EQ(erase("qualification", "qual-90").error().code, errc::conflict);
  EXPECT_EQ(change("qualification", "qual-90", object({{"code", "X90"}})).error().code, errc::conflict);
  EXPECT_TRUE(change("qualification", "qual-90", object({{"code", "90"}, {"description", "Occupé !"}})).ok());
}

TEST_F(Resources, EventsReachTheReadersOfTheResource) {
  ASSERT_TRUE(change("user", "user-1001", object({{"firstName", "X"}})).ok());
  const auto told = events();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().resource, "user");
  EXPECT_EQ(told.front().site, site_id{"site-paris"});
  EXPECT_EQ(told.front().also_to, std::vector<user_id>{user_id{"user-1001"}});
}

} // namespace
} // namespace evs::persistence
