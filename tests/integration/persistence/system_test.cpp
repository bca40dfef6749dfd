#include "surroundings.hpp"

#include "domain/audit_note.hpp"
#include "persistence/desk.hpp"
#include "persistence/reader_role.hpp"
#include "persistence/sealed.hpp"
#include "persistence/system_reader.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <thread>

using namespace evs;
using namespace evs::persistence;
using evs::persistence::testing::scratch_database;
namespace json = boost::json;

namespace {

const secret_keys keys{std::string(32, 'k')};

struct System : ::testing::Test {
  scratch_database db;
  std::unique_ptr<desk> d;
  std::vector<audit_line> later;

  void SetUp() override {
    seed(db.settings(), true, [](const std::string& p) { return "canary-hash-" + p; });
    db.ask("delete from outbox");
    d = make(keys);
  }

  std::unique_ptr<desk> make(const secret_keys& with) {
    desk_settings s;
    s.store = db.settings();
    s.secret_keys = with;
    s.now = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
    s.audit_later = [this](audit_line line) { later.push_back(std::move(line)); };
    return make_postgres_desk(s);
  }

  static requester asks(std::string action = {}, std::string entity = {}) {
    return {{user_id{"user-9999"}, role::super_admin, {}}, "9999", "10.1.2.3", "request-1", std::move(action), std::move(entity)};
  }

  static system_request save(settings_kind kind, value body) {
    auto content = check_settings(kind, body);
    EXPECT_TRUE(content);
    return save_settings{kind, *content};
  }

  json::value ask(system_request what) {
    auto said = d->perform(asks(), what);
    EXPECT_TRUE(said) << said.error().text();
    return said ? json::parse(said->json) : json::value{};
  }
};

TEST_F(System, SmtpPasswordIsSealedKeptReplacedAndRemoved) {
  const value body = value::object{{"server", "mail.example"}, {"port", 465}, {"secure", true}, {"auth", true}, {"user", "u"},
                                   {"from", "a@b.fr"}, {"password", "canary-smtp"}};
  const auto said = ask(save(settings_kind::smtp, body));
  EXPECT_EQ(said.at("passwordSet").as_bool(), true);
  EXPECT_EQ(said.as_object().find("password"), said.as_object().end());
  const auto kept = db.ask("select secret from system_settings where name = 'smtp'");
  EXPECT_EQ(open(keys, kept), "canary-smtp");
  // Not given, and what is shown in its place: it stays.
  ask(save(settings_kind::smtp, value::object{{"port", 587}}));
  ask(save(settings_kind::smtp, value::object{{"password", "***"}}));
  EXPECT_EQ(db.ask("select secret from system_settings where name = 'smtp'"), kept);
  const auto read = read_kept_settings(db.settings(), keys, settings_kind::smtp);
  EXPECT_EQ(read.password, "canary-smtp");
  EXPECT_EQ(smtp_of(read.content).port, 587);
  EXPECT_EQ(smtp_of(read.content).server, "mail.example");
  EXPECT_EQ(ask(save(settings_kind::smtp, value::object{{"password", ""}})).at("passwordSet").as_bool(), false);
  EXPECT_EQ(db.ask("select secret from system_settings where name = 'smtp'"), "");
}

TEST_F(System, TheFingerprintOfLinesFollowsWhatAsteriskIsMadeOf) {
  auto last = lines_fingerprint(db.settings());
  const auto differs = [&] { return std::exchange(last, lines_fingerprint(db.settings())) != last; };
  for (const auto* matters : {"update users set extension = '7001' where id = 'user-1001'", "update users set sip_secret = 'x' where id = 'user-1001'",
                              "update users set is_active = false where id = 'user-1002'", "update trunks set domain = 'h' where id = 'trunk-paris'",
                              "update trunks set login = 'l', sip_secret = 's' where id = 'trunk-paris'", "update trunks set register_string = 'r@h' where id = 'trunk-paris'",
                              "delete from trunks where id = 'trunk-lyon'"}) {
    db.ask(matters);
    EXPECT_TRUE(differs()) << matters;
  }
  for (const auto* does_not : {"update users set first_name = 'x'", "update users set sip_secret = 'y' where id = 'user-1002'",
                               "update trunks set name = 'x', channel_limit = 3", "update sites set name = 'x' where id = 'site-paris'"}) {
    db.ask(does_not);
    EXPECT_FALSE(differs()) << does_not;
  }
}

TEST_F(System, WithoutAKeyNoPasswordIsTaken) {
  d = make({});
  const auto said = d->perform(asks(), system_request{save(settings_kind::smtp, value::object{{"password", "x"}})});
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, errc::database_unavailable);
  EXPECT_TRUE(d->perform(asks(), system_request{save(settings_kind::smtp, value::object{{"port", 25}})}));
}

TEST_F(System, SavingAnnouncesToThoseWhoMaySeeIt) {
  ask(save(settings_kind::smtp, value::object{{"server", "m"}, {"password", "canary-smtp"}}));
  ask(save(settings_kind::modules, value::object{{"features", value::object{{"outbound", false}}}}));
  ask(save(settings_kind::app, value::object{{"appName", "Centre"}, {"fontSize", "18"}}));
  const auto told = db.ask("select string_agg(entity || ' ' || (audience->>'role') || ' ' || payload::text, E'\\n' order by id) from outbox where type = 'settingsUpdate'");
  EXPECT_NE(told.find("settings:smtp Administrateur"), std::string::npos) << told;
  EXPECT_NE(told.find("settings:modules Agent"), std::string::npos) << told;
  EXPECT_NE(told.find("settings:app Agent"), std::string::npos) << told;
  EXPECT_NE(told.find("\"fontSize\": 18"), std::string::npos) << told;
  EXPECT_EQ(told.find("canary"), std::string::npos) << told;
  EXPECT_EQ(told.find("v1:"), std::string::npos) << told;
}

TEST_F(System, EveryChangeLeavesALineWithoutSecrets) {
  auto what = save(settings_kind::smtp, value::object{{"server", "m"}, {"password", "canary-smtp"}});
  ASSERT_TRUE(d->perform(asks("PUT /system/smtp-settings", "system/smtp-settings"), what));
  create_resource made{find_resource("trunk"), value::object{{"id", "trunk-new"}, {"name", "Neuf"}, {"domain", "10.0.0.9"}, {"password", "canary-trunk"}}};
  ASSERT_TRUE(d->perform(asks("POST /trunks", "trunks"), resource_request{made}));
  d->perform(asks("DELETE /trunks/{id}", "trunks/none"), resource_request{remove_resource{find_resource("trunk"), "none", ""}});
  const auto page = ask(read_audit{});
  const auto& items = page.at("items").as_array();
  ASSERT_EQ(items.size(), 2u) << json::serialize(page); // what was refused is no change
  EXPECT_EQ(items[0].at("action").as_string(), "POST /trunks");
  EXPECT_EQ(items[0].at("entity").as_string(), "trunks/trunk-new");
  EXPECT_EQ(items[0].at("userId").as_string(), "user-9999");
  EXPECT_EQ(items[0].at("address").as_string(), "10.1.2.3");
  EXPECT_EQ(items[0].at("detail").at("values").at("domain").as_string(), "10.0.0.9");
  EXPECT_EQ(items[1].at("detail").at("requestId").as_string(), "request-1");
  const auto text = json::serialize(page);
  EXPECT_NE(text.find("\"password\""), std::string::npos); // its name, that it was changed
  EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  EXPECT_TRUE(later.empty());
  EXPECT_EQ(ask(verify_audit{}).at("ok").as_bool(), true);
}

TEST_F(System, AuditPagesAndFilters) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(d->perform(asks("PUT /system/module-visibility", "system/m" + std::to_string(i)), save(settings_kind::modules, value::object{})));
  list_query q;
  q.limit = 2;
  auto page = ask(read_audit{q});
  EXPECT_EQ(page.at("items").at(0).at("entity").as_string(), "system/m4");
  std::size_t seen = page.at("items").as_array().size();
  while (page.at("nextCursor").is_string()) {
    q.cursor = page.at("nextCursor").as_string().c_str();
    page = ask(read_audit{q});
    seen += page.at("items").as_array().size();
  }
  EXPECT_EQ(seen, 5u);
  list_query one;
  one.filters = {{"entity", "system/m3"}, {"login", "9999"}, {"action", "PUT"}, {"from", "2020-01-01T00:00:00Z"}};
  EXPECT_EQ(ask(read_audit{one}).at("items").as_array().size(), 1u);
  one.filters = {{"actor", "' or true --"}};
  EXPECT_EQ(ask(read_audit{one}).at("items").as_array().size(), 0u);
  for (const auto* cursor : {"x", "-1", "1;", "99999999999999999999"}) {
    list_query wrong;
    wrong.cursor = cursor;
    EXPECT_FALSE(d->perform(asks(), system_request{read_audit{wrong}})) << cursor;
  }
  one.filters = {{"from", "yesterday"}};
  EXPECT_FALSE(d->perform(asks(), system_request{read_audit{one}}));
}

struct FreeQuery : System {
  void SetUp() override {
    System::SetUp();
    ensure_reader_role(db.settings(), keys);
    ensure_reader_role(db.settings(), keys); // again, as at every start
  }
  static void TearDownTestSuite() {
    scratch_database last;
    const auto role = reader_role_name(last.settings());
    last.ask("drop owned by \"" + role + "\"; drop role \"" + role + "\"");
  }
};

TEST_F(FreeQuery, ReadsTheViews) {
  const auto said = ask(query_database{"select id, \"loginId\", \"isActive\", 1.5 as n, null as nothing, \"campaignIds\" from api_users where id = 'user-1001'"});
  EXPECT_EQ(said.at("rowCount").as_int64(), 1);
  EXPECT_EQ(said.at("columns").as_array().size(), 6u);
  EXPECT_EQ(said.at("rows").at(0).at("loginId").as_string(), "1001");
  EXPECT_EQ(said.at("rows").at(0).at("isActive").as_bool(), true);
  EXPECT_EQ(said.at("rows").at(0).at("n").as_double(), 1.5);
  EXPECT_TRUE(said.at("rows").at(0).at("nothing").is_null());
  EXPECT_TRUE(said.at("rows").at(0).at("campaignIds").is_array());
  EXPECT_EQ(ask(query_database{"select 1 as a, 2 as a"}).at("rows").at(0).at("a_2").as_int64(), 2);
  const auto schema = ask(read_schema{});
  EXPECT_TRUE(schema.as_object().contains("api_users"));
  EXPECT_FALSE(schema.as_object().contains("users"));
}

TEST_F(FreeQuery, LimitsRowsAndTime) {
  const auto many = ask(query_database{"select * from generate_series(1, 5000) n"});
  EXPECT_EQ(many.at("rowCount").as_int64(), 1000);
  EXPECT_EQ(many.at("truncated").as_bool(), true);
  const auto slow = d->perform(asks(), system_request{query_database{"select pg_sleep(60)"}});
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, errc::timeout);
  EXPECT_NE(slow.error().text().find("5 s"), std::string::npos) << slow.error().text();
}

TEST_F(FreeQuery, SaysWhetherOthersAreInTheWayOrTheServerIsGone) {
  {
    pqxx::connection holder{db.url()};
    pqxx::work held{holder};
    held.exec("lock table sites in access exclusive mode");
    const auto said = d->perform(asks(), system_request{query_database{"select * from api_sites"}});
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().code, errc::timeout) << said.error().text();
  }
  std::thread stopper{[&] {
    while (db.ask("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'evscallpro-query' and query like '%fetch%' "
                  "and datname = current_database() and pid <> pg_backend_pid()") == "0")
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }};
  const auto said = d->perform(asks(), system_request{query_database{"select pg_sleep(4)"}});
  stopper.join();
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, errc::database_unavailable) << said.error().text();
  EXPECT_EQ(d->perform(asks(), system_request{query_database{"select * from nothing"}}).error().code, errc::invalid_input);
}

/// Nothing of what people try gets at a secret, or changes anything.
TEST_F(FreeQuery, RefusesEverythingElse) {
  const auto before = db.ask("select count(*) from users") + db.ask("select count(*) from api_sites");
  for (const auto* sql : {
         "select password_hash from users", "select sip_secret from trunks", "select * from refresh_tokens", "select secret from system_settings",
         "select * from audit_pending", "update users set role = 'SuperAdmin'", "delete from sites", "insert into sites (id, name) values ('x', 'x')",
         "drop table sites", "create table x (a int)", "create temporary table x as select 1", "truncate sites",
         "with gone as (delete from sites returning *) select * from gone",
         "select 1; delete from sites", "select 1; commit; delete from sites",
         "select set_config('role', 'evs', true), query_to_xml('select password_hash from users', true, true, '')",
         "select set_config('session_authorization', 'evs', true)", "select query_to_xml('select password_hash from users', true, true, '')",
         "set role evs", "reset role", "set session authorization evs", "set transaction read write",
         "select pg_read_file('/etc/passwd')", "select lo_import('/etc/passwd')", "copy users to stdout", "copy (select 1) to program 'id'",
         "select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user",
         "select rolpassword from pg_authid", "select * from pg_shadow", "select audit('x', 'x', 'x', 'x', 'x', '{}')",
         "select audit_collect(1)", "select announce('x', 'x', '{}', '{}')", "do $$ begin null; end $$", "listen x", "vacuum", "",
         "select most_common_vals from pg_stats where tablename = 'users' and attname = 'password_hash' having count(*) > 0", "explain analyze delete from sites",
       }) {
    const auto said = d->perform(asks(), system_request{query_database{sql}});
    EXPECT_FALSE(said) << sql;
    EXPECT_EQ((said ? said->json : said.error().text()).find("canary"), std::string::npos) << sql;
  }
  EXPECT_EQ(db.ask("select count(*) from users") + db.ask("select count(*) from api_sites"), before);
  EXPECT_EQ(db.ask("select count(*) from audit_pending"), "0");
  // Statistics hold values of columns: those of tables that may not be read are not shown.
  db.ask("analyze users");
  EXPECT_EQ(ask(query_database{"select * from pg_stats where tablename = 'users'"}).at("rowCount").as_int64(), 0);
}

TEST_F(FreeQuery, NoSecretInAnyReadableView) {
  db.ask("update trunks set sip_secret = 'canary-trunk', register_string = 'a:canary-line@h' where id = 'trunk-paris'");
  ask(save(settings_kind::smtp, value::object{{"password", "canary-smtp"}}));
  db.ask("insert into token_families (family, user_id, opened_at) values ('canary-family', 'user-1001', now())");
  db.ask("insert into refresh_tokens (hash, family, issued_at, expires_at) values ('canary-token', 'canary-family', now(), now())");
  const auto phone = db.ask("select sip_secret from users where id = 'user-1001'");
  const auto schema = ask(read_schema{});
  for (const auto& view : schema.as_object()) {
    const auto said = d->perform(asks(), system_request{query_database{"select * from " + std::string{view.key()}}});
    ASSERT_TRUE(said) << view.key() << said.error().text();
    EXPECT_EQ(said->json.find("canary"), std::string::npos) << view.key() << said->json;
    EXPECT_EQ(said->json.find(phone), std::string::npos) << view.key();
  }
}

TEST_F(System, SaysWhatAFreeQueryNeeds) {
  db.ask("do $$ begin if exists (select from pg_roles where rolname = current_database() || '_reader') then "
         "execute format('drop owned by %I', current_database() || '_reader'); execute format('drop role %I', current_database() || '_reader'); end if; end $$");
  const auto said = d->perform(asks(), system_request{query_database{"select 1"}});
  ASSERT_FALSE(said);
  EXPECT_NE(said.error().text().find("_reader"), std::string::npos);
  d = make({});
  EXPECT_FALSE(d->perform(asks(), system_request{query_database{"select 1"}}));
}

} // namespace
