// Every request about contacts, one after the other; what happens at the same time is in claims_test.cpp.

#include "call_centre.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <algorithm>

using namespace evs;
using namespace evs::persistence;
using namespace evs::persistence::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

timestamp now() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

struct Contacts : ::testing::Test, call_centre {
  void TearDown() override { EXPECT_EQ(inconsistencies(), ""); }

  contact_request qualify(const std::string& contact, const std::string& qualification, std::optional<timestamp> relaunch = {}, const std::string& token = {}) {
    return qualify_contact{{}, contact_id{contact}, {}, qualification, relaunch, token};
  }
  std::string told(const std::string& type) const {
    return db.ask("select string_agg(payload::text, ' ' order by id) from outbox where type = '" + type + "'");
  }
  void forget_told() const { db.ask("delete from outbox"); }
};

// ---------------------------------------------------------------- rules 1 to 3

TEST_F(Contacts, FirstImportedFirstServed) {
  import(1, 5);
  EXPECT_EQ(next("user-1"), "contact-1");
  EXPECT_EQ(next("user-2"), "contact-2");
  EXPECT_EQ(next("user-1"), "contact-1"); // he has one
  EXPECT_EQ(next("user-3"), "contact-3");
  must(asker("user-2"), qualify("contact-2", "qual-90"));
  EXPECT_EQ(next("user-2"), "contact-4");
  EXPECT_EQ(next("user-4"), "contact-5");
  EXPECT_EQ(next("user-5"), "");
  const auto stats = boost::json::parse(db.ask("select \"contactStats\" from api_campaigns where id = 'campaign-1'"));
  EXPECT_EQ(stats, (boost::json::value{{"total", 5}, {"pending", 4}, {"called", 0}, {"qualified", 1}, {"locked", 4}}));
}

TEST_F(Contacts, OnlyTheAssignedOfAnActiveCampaign) {
  import(1, 1);
  EXPECT_EQ(refused(asker("user-99"), next_contact{{}, campaign_id{"campaign-1"}}).code, errc::forbidden);
  EXPECT_EQ(refused(asker("user-1"), next_contact{user_id{"user-2"}, campaign_id{"campaign-1"}}).code, errc::forbidden);
  EXPECT_EQ(refused(asker("user-1"), next_contact{{}, campaign_id{"nothing"}}).code, errc::not_found);
  must(boss, run_campaign{campaign_id{"campaign-1"}, campaign_order::pause});
  EXPECT_EQ(refused(asker("user-1"), next_contact{{}, campaign_id{"campaign-1"}}).code, errc::conflict);
  EXPECT_EQ(must(boss, run_campaign{campaign_id{"campaign-1"}, campaign_order::start}).at("isActive"), true);
  // A supervisor for an agent of his.
  EXPECT_EQ(must(boss, next_contact{user_id{"user-7"}, campaign_id{"campaign-1"}}).at("contact").at("lockedBy"), "user-7");
  EXPECT_EQ(refused(asker("user-1000", role::supervisor, "site-b"), next_contact{user_id{"user-6"}, campaign_id{"campaign-1"}}).code, errc::not_found);
}

TEST_F(Contacts, RelaunchTime) {
  import(1, 2);
  ASSERT_EQ(next("user-1"), "contact-1");
  must(asker("user-1"), qualify("contact-1", "qual-95", now() + hours{1}));
  EXPECT_EQ(status("contact-1"), "pending");
  EXPECT_EQ(next("user-1"), "contact-2");
  EXPECT_EQ(next("user-2"), "");
  db.ask("update contacts set relaunch_at = now() - interval '1 second' where id = 'contact-1'");
  EXPECT_EQ(next("user-2"), "contact-1");
  must(asker("user-2"), qualify("contact-1", "qual-95", now() + milliseconds{30}));
  const auto until = now() + milliseconds{5000};
  std::string got;
  while ((got = next("user-3")).empty() && now() < until) {
  }
  EXPECT_EQ(got, "contact-1");
}

TEST_F(Contacts, TheCampaignTriesAgainByItself) {
  db.ask("update campaigns set retry_on_status = '{90}', retry_intervals_min = '{30,60}', retry_attempts = 2 where id = 'campaign-1'");
  import(1, 1);
  ASSERT_EQ(next("user-1"), "contact-1");
  must(asker("user-1"), dial_contact{user_id{"user-1"}, contact_id{"contact-1"}, {}});
  must(asker("user-1"), qualify("contact-1", "qual-90"));
  EXPECT_EQ(status("contact-1"), "pending");
  EXPECT_EQ(db.ask("select relaunch_at between now() + interval '29 minutes' and now() + interval '31 minutes' from contacts"), "t");
  db.ask("update contacts set relaunch_at = now()");
  for (auto expected : {"pending", "qualified"}) {
    ASSERT_EQ(next("user-1"), "contact-1");
    must(asker("user-1"), dial_contact{user_id{"user-1"}, contact_id{"contact-1"}, {}});
    must(asker("user-1"), qualify("contact-1", "qual-90"));
    EXPECT_EQ(status("contact-1"), expected);
    db.ask("update contacts set relaunch_at = case when status = 'pending' then now() end");
  }
}

TEST_F(Contacts, TheCampaignTriesAgainByTheNamesOfOlderClients) {
  db.ask("update campaigns set retry_on_status = '{BUSY,NO_ANSWER}', retry_intervals_min = '{30}', retry_attempts = 2 where id = 'campaign-1'");
  import(1, 2);
  for (const auto& [contact, qualification, expected] : {std::tuple{"contact-1", "qual-90", "pending"}, {"contact-2", "qual-91", "qualified"}}) {
    ASSERT_EQ(next("user-1"), contact);
    must(asker("user-1"), dial_contact{user_id{"user-1"}, contact_id{contact}, {}});
    must(asker("user-1"), qualify(contact, qualification));
    EXPECT_EQ(status(contact), expected);
  }
}

TEST_F(Contacts, Filters) {
  import(1, 10);
  db.ask(R"(update campaigns set filter_rules = '[{"id":"a","type":"include","contactField":"postalCode","operator":"starts_with","value":"75"},
    {"id":"b","type":"exclude","contactField":"age","operator":"equals","value":"4"},
    {"id":"c","type":"include","contactField":"lastName","operator":"is_not_empty","value":""}]' where id = 'campaign-1')");
  EXPECT_EQ(next("user-1"), "contact-2");
  EXPECT_EQ(next("user-2"), "contact-6");
  // What is imported and what is saved is judged at once.
  import(11, 2);
  db.ask("update contacts set postal_code = '75001' where id = 'contact-1'");
  EXPECT_EQ(next("user-3"), "contact-1");
  EXPECT_EQ(next("user-4"), "contact-8");
  EXPECT_EQ(next("user-5"), "contact-10");
  EXPECT_EQ(next("user-6"), "contact-12");
  EXPECT_EQ(next("user-7"), "");
  db.ask("update campaigns set filter_rules = '[]' where id = 'campaign-1'");
  EXPECT_EQ(next("user-7"), "contact-3");
}

TEST_F(Contacts, ALongListFollowsNewFiltersInTheBackground) {
  import(1, 30'000);
  db.ask(R"(update campaigns set filter_rules = '[{"type":"include","contactField":"lastName","operator":"equals","value":"L29999"}]' where id = 'campaign-1')");
  EXPECT_EQ(db.ask("select rebuilt_to is not null from campaign_pools where campaign_id = 'campaign-1'"), "t");
  // Whoever asks before it has followed gets nobody that the new filter excludes.
  const auto first = next("user-1");
  EXPECT_TRUE(first.empty() || first == "contact-29999") << first;
  for (int sweeps = 0; sweeps < 20 && db.ask("select rebuilt_to is null from campaign_pools where campaign_id = 'campaign-1'") == "f"; ++sweeps)
    sweep();
  EXPECT_EQ(db.ask("select rebuilt_to is null from campaign_pools where campaign_id = 'campaign-1'"), "t");
  EXPECT_EQ(next("user-1"), "contact-29999");
  EXPECT_EQ(next("user-2"), "");
}

TEST_F(Contacts, QuotasCountWhatIsInProgress) {
  import(1, 20);
  db.ask(R"(update campaigns set quotas_enabled = true, quota_rules =
    '[{"id":"paris","contactField":"postalCode","operator":"starts_with","value":"75","limit":2,"currentCount":77}]' where id = 'campaign-1')");
  EXPECT_EQ(next("user-1"), "contact-2");
  EXPECT_EQ(next("user-2"), "contact-4");
  EXPECT_EQ(next("user-3"), "");
  must(asker("user-1"), qualify("contact-2", "qual-90")); // no sale: the place is free again
  EXPECT_EQ(next("user-3"), "contact-6");
  must(asker("user-3"), qualify("contact-6", "qual-yes"));
  must(asker("user-2"), qualify("contact-4", "qual-yes"));
  EXPECT_EQ(next("user-4"), "");
  const auto rules = boost::json::parse(db.ask("select \"quotaRules\" from api_campaigns where id = 'campaign-1'"));
  EXPECT_EQ(rules.at(0).at("currentCount").as_int64(), 2);
  // A contact that was opened by hand has no place: it can't be sold any more.
  must(asker("user-5"), lock_contact{contact_id{"contact-8"}});
  EXPECT_EQ(refused(asker("user-5"), qualify("contact-8", "qual-yes")).code, errc::conflict);
  EXPECT_EQ(owner("contact-8"), "user-5");
  must(asker("user-5"), qualify("contact-8", "qual-90"));
  // A sale that is taken back leaves its place.
  must(boss, qualify("contact-4", "qual-91"));
  EXPECT_EQ(next("user-6"), "contact-10");
  // A lower limit owes places before it has one.
  db.ask(R"(update campaigns set quota_rules = '[{"id":"paris","contactField":"postalCode","operator":"starts_with","value":"75","limit":1}]' where id = 'campaign-1')");
  must(asker("user-6"), qualify("contact-10", "qual-90"));
  EXPECT_EQ(next("user-6"), "");
  db.ask("delete from contacts where id = 'contact-6'");
  EXPECT_EQ(next("user-6"), "contact-12");
}

TEST_F(Contacts, AContactOfTwoQuotasNeedsAPlaceInBoth) {
  import(1, 8);
  db.ask(R"(update campaigns set quotas_enabled = true, quota_rules =
    '[{"id":"a","contactField":"postalCode","operator":"starts_with","value":"75","limit":5},
      {"id":"b","contactField":"age","operator":"equals","value":"2","limit":0}]' where id = 'campaign-1')");
  EXPECT_EQ(next("user-1"), "contact-4"); // contact-2 is 2 years old
  db.ask("update campaigns set quotas_enabled = false where id = 'campaign-1'");
  EXPECT_EQ(next("user-2"), "contact-1");
  EXPECT_EQ(next("user-3"), "contact-2");
}

// ---------------------------------------------------------------- rule 4

TEST_F(Contacts, ABlankRecordIsItsAuthorsUntilItIsSaved) {
  const auto made = must(asker("user-1"), create_contact{{}, campaign_id{"campaign-1"}, {}});
  const std::string id = made.at("id").as_string().c_str();
  EXPECT_EQ(made.at("lockedBy"), "user-1");
  EXPECT_FALSE(made.at("lockToken").as_string().empty());
  EXPECT_EQ(next("user-2"), "");
  EXPECT_NE(refused(asker("user-2"), lock_contact{contact_id{id}}).detail.find("Prénom1 Nom1 (1)"), std::string::npos);
  must(asker("user-1"), unlock_contact{contact_id{id}, {}});
  EXPECT_EQ(next("user-2"), "");
  EXPECT_EQ(refused(asker("user-2"), lock_contact{contact_id{id}}).code, errc::conflict);
  EXPECT_EQ(refused(asker("user-2"), read_contact{contact_id{id}}).code, errc::not_found);
  update_contact save{contact_id{id}, {"Zoé", "Garcia", "0612345678", "75011", {}}, {}, {}};
  EXPECT_EQ(must(asker("user-1"), save).at("phoneE164"), "+33612345678");
  EXPECT_EQ(next("user-2"), id);
}

TEST_F(Contacts, ARecordThatAnAgentMakesIsHisToWorkOn) {
  contact_fields full{"Zoé", "Garcia", "+33612345678", {}, value{value::object{{"age", 41}}}};
  const auto made = must(asker("user-1"), create_contact{"contact-mine", campaign_id{"campaign-1"}, full});
  EXPECT_EQ(made.at("customFields").at("age").as_int64(), 41);
  EXPECT_EQ(next("user-2"), "");
  must(asker("user-1"), qualify("contact-mine", "qual-yes"));
  EXPECT_EQ(status("contact-mine"), "qualified");
  EXPECT_EQ(refused(asker("user-1"), create_contact{"contact-mine", campaign_id{"campaign-1"}, full}).fields.count("id"), 1u);
  EXPECT_EQ(refused(asker("user-99"), create_contact{{}, campaign_id{"campaign-1"}, full}).fields.count("campaignId"), 1u);
  must(boss, create_contact{"contact-by-boss", campaign_id{"campaign-1"}, full});
  EXPECT_EQ(next("user-3"), "contact-by-boss");
}

// ---------------------------------------------------------------- locks

TEST_F(Contacts, ALockHasAnOwnerAndAToken) {
  import(1, 2);
  const auto mine = must(asker("user-1"), lock_contact{contact_id{"contact-1"}});
  const std::string token = mine.at("lockToken").as_string().c_str();
  EXPECT_EQ(must(asker("user-1"), lock_contact{contact_id{"contact-1"}}).at("lockToken").as_string(), token.c_str());
  const auto no = refused(asker("user-2"), lock_contact{contact_id{"contact-1"}});
  EXPECT_EQ(no.code, errc::conflict);
  EXPECT_EQ(no.detail, "Cette fiche est actuellement en cours d'édition par l'agent Prénom1 Nom1 (1)");
  EXPECT_EQ(next("user-2"), "contact-2"); // nobody is handed what is open
  for (contact_request what : {contact_request{qualify("contact-1", "qual-90")}, contact_request{update_contact{contact_id{"contact-1"}, {"X", {}, {}, {}, {}}, {}, {}}},
                               contact_request{dial_contact{user_id{"user-2"}, contact_id{"contact-1"}, {}}},
                               contact_request{unlock_contact{contact_id{"contact-1"}, {}}}})
    EXPECT_EQ(refused(asker("user-2"), what).code, errc::conflict);
  EXPECT_EQ(refused(asker("user-1"), update_contact{contact_id{"contact-1"}, {}, {}, "another"}).code, errc::conflict);
  EXPECT_EQ(refused(asker("user-1"), qualify("contact-1", "qual-90", {}, "another")).code, errc::conflict);
  must(asker("user-1"), update_contact{contact_id{"contact-1"}, {"Neu", {}, {}, {}, {}}, {}, token});
  // A supervisor may end it; then the token is worth nothing.
  EXPECT_EQ(must(boss, unlock_contact{contact_id{"contact-1"}, {}}).at("lockedBy"), boost::json::value(nullptr));
  EXPECT_EQ(refused(asker("user-1"), dial_contact{user_id{"user-1"}, contact_id{"contact-1"}, token}).code, errc::conflict);
  EXPECT_EQ(next("user-3"), "contact-1");
}

TEST_F(Contacts, ASupervisorEndsTheLocksOfThoseInHisChargeOnly) {
  import(1, 1);
  const auto elsewhere = asker("user-1000", role::supervisor, "site-b"), here = asker("user-1000", role::supervisor, "site-a");
  must(asker("user-1"), lock_contact{contact_id{"contact-1"}});
  EXPECT_EQ(refused(elsewhere, unlock_contact{contact_id{"contact-1"}, {}}).code, errc::conflict);
  EXPECT_EQ(owner("contact-1"), "user-1");
  must(here, unlock_contact{contact_id{"contact-1"}, {}});
  EXPECT_EQ(owner("contact-1"), "");
  // Through a group, wherever he sits.
  must(asker("user-1"), lock_contact{contact_id{"contact-1"}});
  db.ask("insert into user_groups (id, name) values ('group-a', 'A')");
  db.ask("insert into user_group_members (group_id, user_id) values ('group-a', 'user-1000'), ('group-a', 'user-1')");
  must(elsewhere, unlock_contact{contact_id{"contact-1"}, {}});
}

TEST_F(Contacts, TokensAreShownToTheOwnerOnly) {
  import(1, 2);
  must(asker("user-1"), lock_contact{contact_id{"contact-1"}});
  next("user-2");
  sweep();
  const auto tokens = {db.ask("select token from contact_locks where contact_id = 'contact-1'"), db.ask("select token from contact_locks where contact_id = 'contact-2'")};
  const auto everything = send(boss, list_contacts{campaign_id{"campaign-1"}, {}})->json + send(boss, read_contact{contact_id{"contact-1"}})->json +
                          db.ask("select string_agg(payload::text || audience::text, ' ') from outbox");
  for (const auto& token : tokens) {
    ASSERT_FALSE(token.empty());
    EXPECT_EQ(everything.find(token), std::string::npos);
  }
}

TEST_F(Contacts, StaleVersionsAreRefused) {
  import(1, 1);
  const auto seen = send(asker("user-1"), read_contact{contact_id{"contact-1"}})->etag;
  must(asker("user-1"), update_contact{contact_id{"contact-1"}, {"A", {}, {}, {}, {}}, seen, {}});
  EXPECT_EQ(refused(asker("user-2"), update_contact{contact_id{"contact-1"}, {"B", {}, {}, {}, {}}, seen, {}}).code, errc::stale);
  must(asker("user-2"), update_contact{contact_id{"contact-1"}, {"C", {}, {}, {}, {}}, {}, {}});
  EXPECT_EQ(db.ask("select first_name || last_name from contacts"), "CL1");
}

// ---------------------------------------------------------------- rule 5, callbacks

TEST_F(Contacts, APersonalCallbackIsNobodyElses) {
  import(1, 2);
  ASSERT_EQ(next("user-1"), "contact-1");
  schedule_callback plan{{}, contact_id{"contact-1"}, campaign_id{"campaign-1"}, {}, {}, now() + hours{2}, "le soir"};
  const auto made = must(asker("user-1"), plan);
  EXPECT_EQ(made.at("contactName"), "F1 L1");
  EXPECT_EQ(made.at("contactNumber"), "0600000001");
  EXPECT_EQ(made.at("agentId"), "user-1");
  EXPECT_EQ(made.at("status"), "pending");
  must(asker("user-1"), unlock_contact{contact_id{"contact-1"}, {}});
  EXPECT_EQ(next("user-2"), "contact-2");
  EXPECT_EQ(next("user-3"), "");
  EXPECT_EQ(next("user-1"), ""); // not due
  EXPECT_EQ(refused(asker("user-3"), plan).code, errc::conflict);
  sweep();
  EXPECT_EQ(told("callbackUpdate").find("\"due\""), std::string::npos);
  db.ask("update personal_callbacks set scheduled_at = now() - interval '1 second'");
  forget_told();
  sweep();
  sweep();
  EXPECT_EQ(db.ask("select count(*) from outbox where type = 'callbackUpdate'"), "1");
  EXPECT_EQ(db.ask("select payload->>'due' from outbox where type = 'callbackUpdate'"), "true");
  EXPECT_EQ(db.ask("select audience from outbox where type = 'callbackUpdate'"), R"({"to": ["user-1"]})");
  EXPECT_EQ(next("user-1"), "contact-1");
  must(asker("user-1"), qualify("contact-1", "qual-yes"));
  EXPECT_EQ(db.ask("select status from personal_callbacks"), "completed");
}

TEST_F(Contacts, ASupervisorTakesACallbackOnlyFromThoseInHisCharge) {
  import(1, 1);
  const auto elsewhere = asker("user-1000", role::supervisor, "site-b"), here = asker("user-1000", role::supervisor, "site-a");
  const schedule_callback plan{{}, contact_id{"contact-1"}, {}, {}, {}, now() + hours{2}, ""};
  const std::string id = must(asker("user-1"), plan).at("id").as_string().c_str();
  EXPECT_EQ(refused(elsewhere, plan).code, errc::conflict);
  EXPECT_EQ(refused(elsewhere, change_callback{id, "cancelled", {}, {}}).code, errc::not_found);
  EXPECT_EQ(db.ask("select status from personal_callbacks where id = '" + id + "'"), "pending");
  must(here, plan);
  EXPECT_EQ(db.ask("select status from personal_callbacks where id = '" + id + "'"), "cancelled");
}

TEST_F(Contacts, ACallbackThatIsCancelledGivesTheContactBack) {
  import(1, 1);
  ASSERT_EQ(next("user-1"), "contact-1");
  const auto made = must(asker("user-1"), schedule_callback{{}, contact_id{"contact-1"}, {}, "Mme L", "0611", now() + hours{2}, ""});
  must(asker("user-1"), qualify("contact-1", "qual-94"));
  EXPECT_EQ(status("contact-1"), "qualified");
  const std::string id = made.at("id").as_string().c_str();
  EXPECT_EQ(refused(asker("user-2"), change_callback{id, "cancelled", {}, {}}).code, errc::not_found);
  EXPECT_EQ(refused(asker("user-1000", role::supervisor, "site-b"), change_callback{id, "cancelled", {}, {}}).code, errc::not_found);
  const auto moved = must(asker("user-1"), change_callback{id, {}, now() + hours{5}, "plus tard"});
  EXPECT_EQ(moved.at("notes"), "plus tard");
  EXPECT_EQ(moved.at("contactNumber"), "0611");
  EXPECT_EQ(must(asker("user-1000", role::supervisor, "site-a"), change_callback{id, "cancelled", {}, {}}).at("status"), "cancelled");
  EXPECT_EQ(next("user-2"), "contact-1");
  // The account of the agent goes: so do his callbacks, and the contact is free.
  must(asker("user-2"), schedule_callback{{}, contact_id{"contact-1"}, {}, {}, {}, now() + hours{2}, ""});
  must(asker("user-2"), unlock_contact{contact_id{"contact-1"}, {}});
  EXPECT_EQ(next("user-3"), "");
  db.ask("delete from users where id = 'user-2'");
  EXPECT_EQ(next("user-3"), "contact-1");
}

// ---------------------------------------------------------------- rules 6 to 8

TEST_F(Contacts, LogoutFreesWhatWasNotCalledAndSetsTheRestAside) {
  import(1, 3);
  ASSERT_EQ(next("user-1"), "contact-1");
  must(asker("user-1"), dial_contact{user_id{"user-1"}, contact_id{"contact-1"}, {}});
  must(asker("user-1"), contact_dialled{user_id{"user-1"}, contact_id{"contact-1"}, call_id{"call-1"}, {}});
  must(asker("user-1"), lock_contact{contact_id{"contact-2"}});
  EXPECT_EQ(must(asker("user-1"), release_contacts_of{user_id{"user-1"}}).at("released").as_int64(), 2);
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "0");
  EXPECT_EQ(db.ask("select qualification_id || status from contacts where id = 'contact-1'"), "qual-101called");
  EXPECT_EQ(next("user-2"), "contact-2");
  EXPECT_EQ(next("user-3"), "contact-3");
  EXPECT_EQ(next("user-4"), "");
  // The call's row gets the code, though it comes later; a supervisor finds and recycles it.
  db.ask("insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, contact_id) "
         "values ('call-1', 'outbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', 'agent_hangup', 'contact-1')");
  EXPECT_EQ(db.ask("select qualification_id from call_history"), "qual-101");
  EXPECT_EQ(must(boss, recycle_contacts{campaign_id{"campaign-1"}, "qual-101"}).at("count").as_int64(), 1);
  EXPECT_EQ(next("user-4"), "contact-1");
}

TEST_F(Contacts, OrphanedLocksEndAfterTheCampaignsTime) {
  import(1, 3);
  for (auto agent : {"user-1", "user-2", "user-3"})
    next(agent);
  must(asker("user-2"), dial_contact{user_id{"user-2"}, contact_id{"contact-2"}, {}});
  db.ask("update contact_locks set seen_at = now() - interval '6 minutes'");
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "3"); // not on
  db.ask("update campaigns set unlock_timeouts_enabled = true, unlock_timeout_minutes = 10 where id = 'campaign-1'");
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "3"); // not yet
  db.ask("update campaigns set unlock_timeout_minutes = 5 where id = 'campaign-1'");
  sweep({user_id{"user-3"}}); // he is there
  EXPECT_EQ(db.ask("select string_agg(owner_id, ',') from contact_locks"), "user-3");
  EXPECT_EQ(db.ask("select qualification_id || status from contacts where id = 'contact-2'"), "qual-101called");
  EXPECT_EQ(next("user-4"), "contact-1");
  EXPECT_EQ(db.ask("select string_agg(kind || ' ' || reason, ', ' order by id) from contact_history"), "freed lease ended, set_aside lease ended");
  // An account that is closed doesn't come back.
  db.ask("update users set is_active = false where id = 'user-3'");
  sweep();
  EXPECT_EQ(next("user-5"), "contact-3");
}

TEST_F(Contacts, AFailedOriginateGivesTheContactBack) {
  import(1, 2);
  ASSERT_EQ(next("user-1"), "contact-1");
  must(asker("user-1"), dial_contact{user_id{"user-1"}, contact_id{"contact-1"}, {}});
  EXPECT_EQ(status("contact-1"), "called");
  must(asker("user-1"), contact_dialled{user_id{"user-1"}, contact_id{"contact-1"}, {}, "Aucune ligne libre."});
  EXPECT_EQ(status("contact-1"), "pending");
  EXPECT_EQ(db.ask("select kind || reason from contact_history where kind = 'dial_failed'"), "dial_failedAucune ligne libre.");
  EXPECT_EQ(next("user-2"), "contact-1");
  // Found out later, from the attempt's outcome.
  must(asker("user-2"), dial_contact{user_id{"user-2"}, contact_id{"contact-1"}, {}});
  must(asker("user-2"), contact_dialled{user_id{"user-2"}, contact_id{"contact-1"}, call_id{"call-9"}, {}});
  db.ask("insert into call_attempts (id, agent_id, destination, contact_id, intended_at) values ('call-9', 'user-2', '06', 'contact-1', now())");
  db.ask("update call_attempts set outcome = 'failed', end_reason = 'agent_no_answer' where id = 'call-9'");
  EXPECT_EQ(status("contact-1"), "pending");
  EXPECT_EQ(next("user-3"), "contact-1");
  // Busy is an answer of the network: the agent qualifies it.
  must(asker("user-3"), dial_contact{user_id{"user-3"}, contact_id{"contact-1"}, {}});
  must(asker("user-3"), contact_dialled{user_id{"user-3"}, contact_id{"contact-1"}, call_id{"call-10"}, {}});
  db.ask("insert into call_attempts (id, agent_id, destination, contact_id, intended_at) values ('call-10', 'user-3', '06', 'contact-1', now())");
  db.ask("update call_attempts set outcome = 'busy', end_reason = 'busy' where id = 'call-10'");
  EXPECT_EQ(status("contact-1"), "called");
  EXPECT_EQ(owner("contact-1"), "user-3");
  // A second try that fails leaves the first call to be qualified.
  must(asker("user-3"), dial_contact{user_id{"user-3"}, contact_id{"contact-1"}, {}});
  must(asker("user-3"), contact_dialled{user_id{"user-3"}, contact_id{"contact-1"}, {}, "Aucune ligne libre."});
  EXPECT_EQ(owner("contact-1"), "user-3");
}

TEST_F(Contacts, AFreeContactIsLockedForWhoDialsIt) {
  import(1, 1);
  must(asker("user-5"), dial_contact{user_id{"user-5"}, contact_id{"contact-1"}, {}});
  EXPECT_EQ(owner("contact-1"), "user-5");
  EXPECT_EQ(refused(asker("user-5"), dial_contact{user_id{"user-5"}, contact_id{"nothing"}, {}}).code, errc::not_found);
  EXPECT_EQ(refused(asker("user-99"), dial_contact{user_id{"user-99"}, contact_id{"contact-1"}, {}}).code, errc::not_found);
}

TEST_F(Contacts, AStoppedCampaignTakesBackWhatNobodyCalled) {
  import(1, 2);
  next("user-1");
  next("user-2");
  must(asker("user-2"), dial_contact{user_id{"user-2"}, contact_id{"contact-2"}, {}});
  must(boss, run_campaign{campaign_id{"campaign-1"}, campaign_order::pause});
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "2");
  must(boss, run_campaign{campaign_id{"campaign-1"}, campaign_order::stop});
  EXPECT_EQ(db.ask("select string_agg(contact_id, ',') from contact_locks"), "contact-2");
  EXPECT_EQ(refused(boss, run_campaign{campaign_id{"nothing"}, campaign_order::stop}).code, errc::not_found);
}

// ---------------------------------------------------------------- the rest

TEST_F(Contacts, Qualification) {
  import(1, 1);
  next("user-1");
  EXPECT_EQ(refused(asker("user-1"), qualify("contact-1", "nothing")).fields.count("qualificationId"), 1u);
  EXPECT_EQ(refused(asker("user-1"), qualify_contact{{}, contact_id{"contact-1"}, campaign_id{"campaign-2"}, "qual-90", {}, {}}).fields.count("campaignId"), 1u);
  EXPECT_EQ(refused(asker("user-1"), qualify_contact{user_id{"user-2"}, contact_id{"contact-1"}, {}, "qual-90", {}, {}}).code, errc::forbidden);
  EXPECT_EQ(refused(asker("user-99"), qualify("contact-1", "qual-90")).code, errc::not_found);
  db.ask("insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, contact_id, agent_id, campaign_id) "
         "values ('call-1', 'outbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', 'agent_hangup', 'contact-1', 'user-1', 'campaign-1')");
  forget_told();
  const auto said = must(asker("user-1"), qualify("contact-1", "qual-yes"));
  EXPECT_EQ(said.at("contact").at("status"), "qualified");
  EXPECT_EQ(db.ask("select qualification_id from call_history"), "qual-yes");
  EXPECT_EQ(db.ask("select count(*) from contact_locks"), "0");
  EXPECT_NE(told("contactUpdate").find("\"qualified\""), std::string::npos);
  const auto history = must(asker("user-1"), read_contact_history{contact_id{"contact-1"}});
  EXPECT_EQ(history.at("callHistory").at(0).at("qualificationId"), "qual-yes");
  EXPECT_EQ(history.at("events").at(0).at("kind"), "qualified");
  const auto calls = must(boss, list_campaign_history{campaign_id{"campaign-1"}, {}});
  ASSERT_EQ(calls.as_array().size(), 1u);
  EXPECT_EQ(calls.at(0).at("id"), "call-1");
}

TEST_F(Contacts, NotesAndEvents) {
  import(1, 1);
  const auto note = must(asker("user-1"), add_contact_note{{}, contact_id{"contact-1"}, campaign_id{"campaign-1"}, "<b>rappeler</b>'; drop table contacts; --"});
  EXPECT_EQ(note.at("note"), "<b>rappeler</b>'; drop table contacts; --");
  EXPECT_EQ(note.at("agentId"), "user-1");
  EXPECT_EQ(refused(asker("user-99"), add_contact_note{{}, contact_id{"contact-1"}, {}, "x"}).code, errc::not_found);
  EXPECT_EQ(must(asker("user-2"), read_contact_history{contact_id{"contact-1"}}).at("contactNotes").at(0).at("id"), note.at("id"));
  forget_told();
  next("user-1");
  EXPECT_EQ(told("contactUpdate"), ""); // the asker doesn't wait for it
  sweep();
  EXPECT_NE(told("contactUpdate").find("\"lockedBy\": \"user-1\""), std::string::npos);
  EXPECT_EQ(db.ask("select audience->'to' from outbox where type = 'contactUpdate'"), "[\"user-1\"]");
  forget_told();
  must(asker("user-1"), update_contact{contact_id{"contact-1"}, {"Neu", {}, {}, {}, {}}, {}, {}});
  EXPECT_EQ(told("contactUpdate"), R"({"id": "contact-1", "firstName": "Neu", "campaignId": "campaign-1"})");
}

TEST_F(Contacts, FiguresAreToldWhenTheyChange) {
  sweep();
  forget_told();
  import(1, 3);
  db.ask("update campaign_pools set told_at = '-infinity'");
  sweep();
  EXPECT_EQ(db.ask("select payload->'contactStats'->>'total' from outbox where type = 'campaignUpdate'"), "3");
  EXPECT_EQ(db.ask("select jsonb_array_length(audience->'to') from outbox where type = 'campaignUpdate'"), "16");
  forget_told();
  db.ask("update campaign_pools set told_at = '-infinity'");
  sweep();
  EXPECT_EQ(told("campaignUpdate"), "");
}

TEST_F(Contacts, Recycling) {
  import(1, 5000);
  db.ask("update contacts set status = 'qualified', qualification_id = 'qual-90' where seq % 2 = 0");
  const auto count = db.ask("select count(*) from contacts where status = 'qualified'");
  EXPECT_EQ(refused(boss, recycle_contacts{campaign_id{"campaign-1"}, "qual-91"}).code, errc::conflict);
  EXPECT_EQ(refused(boss, recycle_contacts{campaign_id{"campaign-1"}, "nothing"}).code, errc::invalid_input);
  EXPECT_EQ(refused(boss, recycle_contacts{campaign_id{"nothing"}, "qual-90"}).code, errc::not_found);
  EXPECT_EQ(std::to_string(must(boss, recycle_contacts{campaign_id{"campaign-1"}, "qual-90"}).at("count").as_int64()), count);
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contacts where status <> 'pending'"), "0");
}

TEST_F(Contacts, ARecyclingThatBreaksOffIsGoneOnWith) {
  import(1, 5000);
  db.ask("update contacts set status = 'qualified', qualification_id = 'qual-90'");
  // The second piece of 2,000 doesn't come to its end.
  db.ask("create sequence pieces_of_a_recycling");
  db.ask("create function break_off() returns trigger language plpgsql as $$ begin if nextval('pieces_of_a_recycling') = 2 then "
         "raise exception 'going down' using errcode = '57P01'; end if; return null; end $$");
  db.ask("create trigger break_off after insert on contact_history for each statement execute function break_off()");
  const auto said = must(boss, recycle_contacts{campaign_id{"campaign-1"}, "qual-90"});
  db.ask("drop function break_off() cascade");
  db.ask("drop sequence pieces_of_a_recycling");
  EXPECT_EQ(said.at("message"), "5000 fiches vont être recyclées.");
  EXPECT_EQ(db.ask("select count(*) from contacts where status = 'pending'"), "2000");
  one = open();
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contacts where status = 'pending'"), "5000");
  EXPECT_EQ(db.ask("select count(*) from contact_recycles"), "0");
}

TEST_F(Contacts, ARecyclingWaitsForWhatOthersHoldThisMoment) {
  import(1, 3);
  db.ask("update contacts set status = 'qualified', qualification_id = 'qual-90'");
  {
    pqxx::connection holder{db.url()};
    pqxx::work held{holder};
    held.exec("select from contacts where id = 'contact-2' for update");
    must(boss, recycle_contacts{campaign_id{"campaign-1"}, "qual-90"});
    sweep();
    EXPECT_EQ(db.ask("select count(*) from contacts where status = 'pending'"), "2");
  }
  sweep();
  EXPECT_EQ(db.ask("select count(*) from contacts where status = 'pending'"), "3");
  EXPECT_EQ(db.ask("select count(*) from contact_recycles"), "0");
}

TEST_F(Contacts, BulkDelete) {
  import(1, 2500);
  ASSERT_EQ(next("user-1"), "contact-1");
  must(asker("user-2"), add_contact_note{{}, contact_id{"contact-2"}, {}, "x"});
  delete_contacts what;
  for (int i = 1; i <= 2000; ++i)
    what.contacts.emplace_back("contact-" + std::to_string(i));
  what.contacts.emplace_back("nothing");
  const auto said = must(chief, what);
  EXPECT_EQ(said.at("deleted").as_int64(), 1999);
  EXPECT_EQ(said.at("locked"), (boost::json::array{"contact-1"}));
  EXPECT_EQ(db.ask("select count(*) from contacts"), "501");
  EXPECT_EQ(db.ask("select count(*) from contact_notes"), "0");
}

TEST_F(Contacts, ACampaignThatIsDeletedTakesItsContactsAlong) {
  import(1, 3000);
  ASSERT_EQ(next("user-1"), "contact-1");
  must(asker("user-2"), schedule_callback{{}, contact_id{"contact-2"}, {}, {}, {}, now() + hours{2}, ""});
  db.ask("delete from campaigns where id = 'campaign-1'");
  EXPECT_EQ(refused(boss, read_contact{contact_id{"contact-3"}}).code, errc::not_found);
  EXPECT_THROW(db.ask("insert into campaigns (id, name) values ('campaign-1', 'Eins')"), std::exception);
  // A sweep takes no longer than a moment.
  for (int turn = 0; turn < 50 && db.ask("select count(*) from contact_purges") != "0"; ++turn)
    sweep();
  EXPECT_EQ(db.ask("select (select count(*) from contacts) + (select count(*) from contact_pool) + (select count(*) from contact_locks) + "
                   "(select count(*) from personal_callbacks) + (select count(*) from contact_purges)"), "0");
  db.ask("insert into campaigns (id, name) values ('campaign-1', 'Eins')");
}

TEST_F(Contacts, PagesInOrder) {
  import(1, 25);
  db.ask("update contacts set status = 'qualified', qualification_id = 'qual-90' where seq % 3 = 0");
  db.ask("update contacts set status = 'called' where seq % 5 = 1 and status = 'pending'");
  auto walk = [&](list_query query) {
    std::vector<std::string> all;
    query.paged = true;
    query.limit = 4;
    for (int pages = 0; pages < 20; ++pages) {
      const auto page = must(boss, list_contacts{campaign_id{"campaign-1"}, query});
      for (const auto& item : page.at("items").as_array())
        all.emplace_back(item.at("id").as_string().c_str());
      if (page.at("nextCursor").is_null())
        return all;
      query.cursor = page.at("nextCursor").as_string().c_str();
    }
    return all;
  };
  auto numbered = [](std::vector<std::string> ids) { std::vector<int> out; for (auto& id : ids) out.push_back(std::stoi(id.substr(8))); return out; };
  std::vector<int> rising(25);
  for (int i = 0; i < 25; ++i) rising[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_EQ(numbered(walk({})), rising);
  list_query falling;
  falling.sort = "-createdAt";
  auto back = numbered(walk(falling));
  std::reverse(back.begin(), back.end());
  EXPECT_EQ(back, rising);
  list_query by_name;
  by_name.sort = "lastName";
  auto names = walk(by_name);
  EXPECT_EQ(names.size(), 25u);
  EXPECT_EQ(names[1], "contact-10"); // l1, l10, l11 ...
  by_name.sort = "-lastName";
  auto falling_names = walk(by_name);
  std::reverse(falling_names.begin(), falling_names.end());
  EXPECT_EQ(falling_names, names);
  list_query some;
  some.filters = {{"status", "qualified"}};
  const auto qualified = walk(some);
  EXPECT_EQ(std::to_string(qualified.size()), db.ask("select count(*) from contacts where status = 'qualified'"));
  some.filters = {{"qualificationId", "qual-90"}};
  EXPECT_EQ(walk(some), qualified);
  some.filters = {{"status", "x' or true --"}};
  EXPECT_EQ(refused(boss, list_contacts{campaign_id{"campaign-1"}, some}).fields.count("status"), 1u);
  some = {};
  some.sort = "id; drop table contacts";
  EXPECT_EQ(refused(boss, list_contacts{campaign_id{"campaign-1"}, some}).fields.count("sort"), 1u);
  some = {};
  some.cursor = "1 or true";
  EXPECT_EQ(refused(boss, list_contacts{campaign_id{"campaign-1"}, some}).fields.count("cursor"), 1u);
  EXPECT_EQ(refused(boss, list_contacts{campaign_id{"nothing"}, {}}).code, errc::not_found);
}

TEST_F(Contacts, Search) {
  import(1, 50);
  import(100, 3, "campaign-2");
  db.ask("update contacts set first_name = 'Zoé', last_name = 'O''Brien' where id in ('contact-7', 'contact-100')");
  auto found = [&](const requester& who, const std::string& q) {
    list_query query;
    query.q = q;
    std::vector<std::string> ids;
    const auto said = must(who, search_contacts{query});
    for (const auto& contact : said.as_array())
      ids.emplace_back(contact.at("id").as_string().c_str());
    return ids;
  };
  using ids = std::vector<std::string>;
  EXPECT_EQ(found(asker("user-1"), "o'bri"), ids{"contact-7"}); // his campaigns only
  EXPECT_EQ(found(boss, "O'BRI zo").size(), 2u);
  EXPECT_EQ(found(boss, "zo o'brien").size(), 2u);
  EXPECT_EQ(found(asker("user-1"), "06 00 00 00 12"), ids{"contact-12"});
  EXPECT_EQ(found(asker("user-1"), "+33600000012"), ids{"contact-12"});
  EXPECT_EQ(found(asker("user-1"), "contact-12"), ids{"contact-12"});
  EXPECT_EQ(found(asker("user-1"), "l4").size(), 11u); // L4, L40 .. L49
  EXPECT_EQ(found(asker("user-1"), "f4 l4").size(), 11u);
  EXPECT_EQ(found(asker("user-1"), "%").size(), 0u);
  EXPECT_EQ(found(asker("user-1"), "\\\"{},'").size(), 0u);
  EXPECT_EQ(found(asker("user-99"), "l7").size(), 0u);
  list_query in_campaign;
  in_campaign.q = "l10";
  EXPECT_EQ(must(boss, list_contacts{campaign_id{"campaign-2"}, in_campaign}).as_array().size(), 2u); // L101, L102
}

} // namespace
