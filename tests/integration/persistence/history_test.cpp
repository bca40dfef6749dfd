// The history page by page, its filters and its CSV; and what becomes of a person's data.
#include "persistence/desk.hpp"
#include "surroundings.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <unistd.h>

namespace evs::persistence {
namespace {

namespace json = boost::json;
using testing::scratch_database;

timestamp at(const char* iso) { return from_iso8601(iso).value(); }

class History : public ::testing::Test {
protected:
  void SetUp() override {
    seed(db_.settings(), true, [](const std::string&) { return std::string{"hash"}; });
    desk_settings s;
    s.store = db_.settings();
    s.data_dir = folder_;
    desk_ = make_postgres_desk(s);
    // Twenty calls, two in each minute: even ones come in to Lyon, odd ones go out from Paris.
    db_.ask(
        "insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, source, "
        "destination, caller_number, agent_id, queue_id, campaign_id, site_id) "
        "select 'c-' || lpad(n::text, 2, '0'), case n % 2 when 0 then 'inbound' else 'outbound' end, timestamptz '2026-06-01T10:00:00Z' + (n / 2) * interval '1 minute', "
        "'2026-06-01T11:00:00Z', n, n, 0, 0, n, 0, case n % 5 when 0 then 'abandoned' else 'answered' end, case n % 5 when 0 then 'abandoned_waiting' else 'caller_hangup' end, "
        "'+3360000' || lpad(n::text, 4, '0'), '+3370000' || lpad(n::text, 4, '0'), '+3360000' || lpad(n::text, 4, '0'), 'user-10' || lpad((n % 3 + 1)::text, 2, '0'), "
        "case n % 2 when 0 then 'queue-accueil' end, case n % 2 when 1 then 'campaign-demo' end, case n % 2 when 0 then 'site-lyon' else 'site-paris' end "
        "from generate_series(0, 19) n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  result<data_answer> ask(report_request what, const std::string& site = "") {
    return desk_->perform({{user_id{"user-9000"}, role::administrator, site_id{site}}, "9000", "127.0.0.1", "r"},
                          data_request{std::move(what)});
  }
  static list_calls some(std::vector<std::pair<std::string, std::string>> filters, int limit = 500) {
    list_calls what;
    what.query.paged = true;
    what.query.limit = limit;
    what.query.filters = std::move(filters);
    return what;
  }
  std::vector<std::string> ids(list_calls what, const std::string& site = "") {
    auto said = ask(std::move(what), site);
    std::vector<std::string> out;
    EXPECT_TRUE(said) << (said ? "" : said.error().text());
    if (!said) return out;
    const auto page = json::parse(said->json).as_object();
    cursor_ = page.at("nextCursor").is_null() ? "" : std::string{page.at("nextCursor").as_string()};
    for (const auto& one : page.at("items").as_array()) out.emplace_back(one.at("id").as_string());
    return out;
  }
  static std::string text_of(const data_answer& said) {
    std::ifstream file{said.attached.value().path};
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  scratch_database db_;
  std::unique_ptr<desk> desk_;
  std::string cursor_;
  std::filesystem::path folder_ = "/tmp/evs-history-test-" + std::to_string(::getpid());
};

TEST_F(History, PagesHoldEachCallOnce) {
  std::vector<std::string> all;
  auto what = some({}, 3);
  int pages = 0;
  do {
    const auto page = ids(what);
    all.insert(all.end(), page.begin(), page.end());
    what.query.cursor = cursor_;
    // A newer call does not shift what follows.
    db_.ask(
        "insert into call_history select (h).* from (select jsonb_populate_record(h, jsonb_build_object('id', 'new-" +
        std::to_string(pages) +
        "', 'started_at', '2026-06-02T00:00:00Z')) h from call_history h where h.id = 'c-01') x");
  } while (!cursor_.empty() && ++pages < 20);
  ASSERT_EQ(all.size(), 20u);
  EXPECT_EQ(all.front(), "c-19");
  EXPECT_EQ(all.back(), "c-00");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 20u);
}

TEST_F(History, Filters) {
  EXPECT_EQ(ids(some({{"direction", "inbound"}})).size(), 10u);
  EXPECT_EQ(ids(some({{"agentId", "user-1001"}})).size(), 7u);
  EXPECT_EQ(ids(some({{"agentId", "user-1001"}, {"direction", "inbound"}})),
            (std::vector<std::string>{"c-18", "c-12", "c-06", "c-00"}));
  EXPECT_EQ(ids(some({{"queueId", "queue-accueil"}, {"endReason", "abandoned_waiting"}})),
            (std::vector<std::string>{"c-10", "c-00"}));
  EXPECT_EQ(ids(some({{"campaignId", "campaign-demo"}})).size(), 10u);
  EXPECT_EQ(ids(some({{"siteId", "site-paris"}})).size(), 10u);
  EXPECT_TRUE(ids(some({{"siteId", "site-paris"}}), "site-lyon").empty()) << "not his site";
  EXPECT_EQ(ids(some({}), "site-lyon").size(), 10u);
  auto window = some({});
  window.from = at("2026-06-01T10:02:00Z");
  window.to = at("2026-06-01T10:04:00Z");
  EXPECT_EQ(ids(window), (std::vector<std::string>{"c-07", "c-06", "c-05", "c-04"}));
  EXPECT_TRUE(ids(some({{"agentId", "' or true --"}})).empty());
}

TEST_F(History, NumbersAreFoundAsPeopleTypeThem) {
  auto what = some({});
  for (const char* typed : {"+33600000004", "06 00 00 00 04", "0033600000004", "0004"}) {
    what.query.q = typed;
    const auto found = ids(what);
    EXPECT_EQ(found, (std::vector<std::string>{"c-04"})) << typed;
  }
  what.query.q = "07.00.00.00.05";
  EXPECT_EQ(ids(what), (std::vector<std::string>{"c-05"})) << "who was called";
  what.query.q = "0600000005";
  EXPECT_TRUE(ids(what).empty()) << "our own number is not the person's";
  what.query.q = "%";
  EXPECT_FALSE(ask(what));
}

TEST_F(History, CursorsAreChecked) {
  auto what = some({}, 2);
  for (const char* wrong : {"x", "61", "61.62.63", "323032362d30362d30312731.63", "zz.zz"}) {
    what.query.cursor = wrong;
    const auto said = ask(what);
    ASSERT_FALSE(said) << wrong;
    EXPECT_EQ(said.error().code, errc::invalid_input);
  }
}

TEST_F(History, AsCsv) {
  db_.ask("update call_history set did = '=1+1' where id = 'c-19'");
  auto what = some({{"agentId", "user-1002"}});
  what.csv = true;
  const auto said = ask(what);
  ASSERT_TRUE(said);
  std::istringstream lines{text_of(*said)};
  std::string line;
  std::vector<std::string> all;
  while (std::getline(lines, line)) all.push_back(line);
  ASSERT_EQ(all.size(), 8u);
  EXPECT_TRUE(all[0].starts_with("\xEF\xBB\xBFIdentifiant;Début;Réponse;Fin;Sens;"));
  EXPECT_TRUE(
      all[1].starts_with("c-19;2026-06-01T10:09:00.000Z;;2026-06-01T11:00:00.000Z;outbound;answered;caller_hangup;"))
      << all[1];
  EXPECT_NE(all[1].find(";'=1+1;"), std::string::npos) << all[1];
  EXPECT_EQ(said->attached->save_as, "appels.csv");
}

TEST_F(History, LongExportsGoPageByPage) {
  db_.ask(
      "insert into call_history select (h).* from (select jsonb_populate_record(h, jsonb_build_object('id', 'more-' || n)) h from call_history h, "
      "generate_series(1, 12000) n where h.id = 'c-01') x");
  auto what = some({});
  what.csv = true;
  const auto said = ask(what);
  ASSERT_TRUE(said);
  const auto text = text_of(*said);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 12021);
}

// ---------------------------------------------------------------- personal data

class Person : public History {
protected:
  void SetUp() override {
    History::SetUp();
    db_.ask(
        "insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164, custom_fields) values "
        "('contact-1', 'campaign-demo', 'Zoé', 'Canari', '06 00 00 00 04', '+33600000004', '{\"ville\": \"Nice\"}'), "
        "('contact-2', 'campaign-demo', 'Autre', 'Personne', '0700000005', '+33700000005', '{}')");
    db_.ask(
        "insert into contact_notes (id, contact_id, campaign_id, agent_id, note) values ('n-1', 'contact-1', 'campaign-demo', 'user-1001', 'rappeler Canari')");
    db_.ask(
        "insert into personal_callbacks (id, agent_id, contact_id, campaign_id, contact_name, contact_number, scheduled_at) values "
        "('cb-1', 'user-1001', 'contact-1', 'campaign-demo', 'Zoé Canari', '+33600000004', '2026-07-01T10:00:00Z')");
    db_.ask(
        "update call_history set contact_id = 'contact-1', recording_id = 'rec-3', destination = '0600000004' where id = 'c-03'");
    db_.ask("update call_history set contact_id = 'contact-2' where id = 'c-05'");
    db_.ask(
        "insert into call_events (call_id, seq, at, kind, data) values ('c-03', 1, '2026-06-01T10:01:00Z', 'offered', '{\"callee\": \"0600000004\"}'), "
        "('c-04', 1, '2026-06-01T10:02:00Z', 'offered', '{\"caller\": \"+33600000004\"}')");
    db_.ask(
        "insert into call_attempts (id, destination, contact_id, intended_at, outcome) values ('c-03', '0600000004', 'contact-1', '2026-06-01T10:01:00Z', 'answered')");
    db_.ask("insert into jobs (id, kind, campaign_id, node, created_by) values ('job-1', 'contact-import', 'campaign-demo', 'n', 'user-9000')");
    db_.ask("insert into job_rejected_rows (job_id, n, line, reason, cells) values ('job-1', 1, 2, 'doublon', 'Zoé;Canari;06 00 00 00 04'), "
            "('job-1', 2, 3, 'doublon', 'Autre;Personne;0700000005')");
    db_.ask("delete from outbox");
    db_.ask(
        "select announce('contactUpdate', 'contact:contact-1', '{\"id\": \"contact-1\", \"lastName\": \"Canari\"}', '{}')");
  }
};

TEST_F(Person, IsToldEverythingThatIsKept) {
  const auto said = ask(export_personal_data{"contact-1"});
  ASSERT_TRUE(said);
  const auto all = json::parse(said->json).as_object();
  EXPECT_EQ(all.at("contact").at("lastName").as_string(), "Canari");
  EXPECT_EQ(all.at("contact").at("customFields").at("ville").as_string(), "Nice");
  EXPECT_EQ(all.at("notes").at(0).at("note").as_string(), "rappeler Canari");
  EXPECT_EQ(all.at("callbacks").as_array().size(), 1u);
  ASSERT_EQ(all.at("calls").as_array().size(), 2u) << "the one of the contact and the one from his number";
  EXPECT_EQ(all.at("calls").at(0).at("id").as_string(), "c-03");
  EXPECT_EQ(all.at("calls").at(1).at("id").as_string(), "c-04");
  EXPECT_EQ(all.at("attempts").as_array().size(), 1u);
  EXPECT_EQ(ask(export_personal_data{"contact-x"}).error().code, errc::not_found);
}

TEST_F(Person, IsErasedEverywhere) {
  const auto figures = "select count(*) || '/' || sum(talk_s) from call_history";
  const auto before = db_.ask(figures);
  const auto said = ask(erase_personal_data{"contact-1"});
  ASSERT_TRUE(said) << said.error().text();
  const auto erased = json::parse(said->json).at("erased").as_object();
  for (const auto& [what, count] :
       {std::pair{"calls", 2}, {"recordings", 1}, {"attempts", 1}, {"notes", 1}, {"callbacks", 1}, {"contacts", 1}})
    EXPECT_EQ(erased.at(what).as_int64(), count) << what;
  EXPECT_EQ(db_.ask(figures), before) << "calls stay, without the person";
  // Not one table knows him any more.
  EXPECT_EQ(
      db_.ask(
          "select string_agg(t.tablename, ', ') from pg_tables t where t.schemaname = 'public' and "
          "(xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I x where x::text like any (array[''%%Canari%%'', "
          "''%%33600000004%%'', ''%%0600000004%%'', ''%%06 00 00 00 04%%''])', t.tablename), false, true, '')))[1]::text <> '0'"),
      "");
  EXPECT_EQ(
      db_.ask(
          "select coalesce(recording_id, '-') || coalesce(contact_id, '-') || destination from call_history where id = 'c-03'"),
      "--");
  EXPECT_EQ(db_.ask("select contact_id from call_history where id = 'c-05'"), "contact-2") << "somebody else's call";
  EXPECT_EQ(db_.ask("select count(*) from job_rejected_rows"), "1");
  EXPECT_EQ(db_.ask("select payload->>'deleted' from outbox where entity = 'contact:contact-1'"), "true");
  EXPECT_EQ(ask(erase_personal_data{"contact-1"}).error().code, errc::not_found);
}

TEST_F(Person, WhomAnAgentHasOnHisScreenIsNotErased) {
  db_.ask(
      "insert into contact_locks (contact_id, campaign_id, owner_id) values ('contact-1', 'campaign-demo', 'user-1001')");
  EXPECT_EQ(ask(erase_personal_data{"contact-1"}).error().code, errc::conflict);
  EXPECT_EQ(db_.ask("select count(*) from contacts where id = 'contact-1'"), "1");
}

} // namespace
} // namespace evs::persistence
