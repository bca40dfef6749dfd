// A change and its audit line are committed together: every kind of request, made to fail at the line, at the commit and not at all.
#include "domain/catalogue.hpp"
#include "persistence/desk.hpp"
#include "surroundings.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <type_traits>
#include <typeinfo>

#include <unistd.h>

namespace evs::persistence {
namespace {

namespace fs = std::filesystem;
using testing::scratch_database;

value object(value::object members) { return value{std::move(members)}; }

const std::string png{"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0....", 33};

struct Audited : ::testing::Test {
  scratch_database db;
  fs::path folder = fs::path{::testing::TempDir()} / ("evs-audited-" + std::to_string(getpid()));
  std::unique_ptr<desk> one;
  std::vector<audit_line> later;

  void SetUp() override {
    fs::create_directories(folder / "work");
    seed(db.settings(), true, [](const std::string& p) { return "hash of " + p; });
    db.ask("insert into user_groups (id, name) values ('group-a', 'A')");
    db.ask("insert into contacts (id, campaign_id, first_name, last_name, phone_number) select 'contact-' || n, 'campaign-demo', 'F', 'L' || n, "
           "'06' || lpad(n::text, 8, '0') from generate_series(1, 1500) n");
    desk_settings s;
    s.store = db.settings();
    s.data_dir = folder;
    s.secret_keys = {std::string(32, 'k')};
    s.now = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
    s.read_number = [](std::string_view typed, std::string_view, std::string_view) -> result<std::string> { return "+33" + std::string{typed.substr(1)}; };
    s.audit_later = [this](audit_line line) { later.push_back(std::move(line)); };
    one = make_postgres_desk(s);
    db.ask("delete from audit_pending");
  }
  void TearDown() override {
    at_the_line("");
    fs::remove_all(folder);
  }

  /// Runs something in each transaction that writes a line, before it does.
  void at_the_line(const std::string& what) {
    db.ask("drop trigger if exists test_line on audit_pending");
    if (what.empty())
      return;
    db.ask("create or replace function test_line() returns trigger language plpgsql as $$ begin " + what + "; return new; end $$");
    db.ask("create trigger test_line before insert on audit_pending for each row execute function test_line()");
  }

  static requester asks(std::string action = "POST /test", std::string entity = "test") {
    return {{user_id{"user-9999"}, role::super_admin, {}}, "9999", "10.1.2.3", "request-1", std::move(action), std::move(entity)};
  }
  /// Whether it was done.
  bool ask(data_request what, const requester& who = asks()) {
    try {
      const auto said = one->perform(who, what);
      why = said ? std::string{} : said.error().text();
      if (!said && !said.error().fields.empty())
        why += " / " + said.error().fields.begin()->first + ": " + said.error().fields.begin()->second;
      return said.ok() && said->status < 400;
    } catch (const std::exception& e) {
      why = e.what();
      return false;
    }
  }
  std::string lines() { return db.ask("select count(*) from audit_pending"); }
  /// Of everything that is kept but the log itself.
  std::string digest() {
    return db.ask("select md5(string_agg(n || query_to_xml(format('select md5(string_agg(t::text, ''|'' order by t::text)) from %I t', n), true, true, '')::text, "
                  "'|' order by n)) from (select tablename::text as n from pg_tables where schemaname = 'public' and tablename not like 'audit\\_%') all_of_them");
  }
  std::string temporary(const std::string& name, const std::string& content = "sound") {
    std::ofstream{folder / "work" / name} << content;
    return folder / "work" / name;
  }

  std::string why;
  int made = 0;
};

// ---------------------------------------------------------------- one request of each kind

/// Those that change nothing, that the desk doesn't answer, and those that nobody asks for by REST or that leave no line.
template <class T>
constexpr bool leaves_no_line =
  std::is_same_v<T, list_resources> || std::is_same_v<T, read_resource> || std::is_same_v<T, read_contact> || std::is_same_v<T, search_contacts> ||
  std::is_same_v<T, list_contacts> || std::is_same_v<T, read_contact_history> || std::is_same_v<T, list_campaign_history> ||
  std::is_same_v<T, next_contact> || std::is_same_v<T, lock_contact> || std::is_same_v<T, unlock_contact> || std::is_same_v<T, dial_contact> ||
  std::is_same_v<T, contact_dialled> || std::is_same_v<T, release_contacts_of> || std::is_same_v<T, sweep_contacts> ||
  std::is_same_v<T, export_contacts> || std::is_same_v<T, list_jobs> || std::is_same_v<T, read_job> || std::is_same_v<T, read_rejected> ||
  std::is_same_v<T, add_audio_file> || std::is_same_v<T, read_audio_file> || std::is_same_v<T, read_picture> || std::is_same_v<T, sweep_files> ||
  std::is_same_v<T, list_recordings> || std::is_same_v<T, read_recording> || std::is_same_v<T, list_planning> || std::is_same_v<T, read_planning> ||
  std::is_same_v<T, list_calls> || std::is_same_v<T, make_report> || std::is_same_v<T, export_personal_data> || std::is_same_v<T, read_retention> ||
  std::is_same_v<T, read_audit> || std::is_same_v<T, verify_audit> || std::is_same_v<T, list_backups> || std::is_same_v<T, make_backup> ||
  std::is_same_v<T, restore_backup> || std::is_same_v<T, remove_backup> || std::is_same_v<T, test_email> || std::is_same_v<T, test_database> ||
  std::is_same_v<T, test_ami> || std::is_same_v<T, ping_service> || std::is_same_v<T, read_stats> || std::is_same_v<T, read_logs> ||
  std::is_same_v<T, read_schema> || std::is_same_v<T, query_database>;

/// A request of this kind that succeeds once; asked for anew each time. Resources have tests of their own.
struct samples {
  Audited& at;

  std::string fresh(const std::string& prefix) const { return prefix + std::to_string(++at.made); }
  void prepare(const std::string& sql) const { at.db.ask(sql); }

  create_resource of(create_resource*) const { return {find_resource("skill"), object({{"id", fresh("skill-")}, {"name", "S"}})}; }
  update_resource of(update_resource*) const { return {find_resource("site"), "site-paris", object({{"name", fresh("Paris ")}}), ""}; }
  remove_resource of(remove_resource*) const {
    const auto id = fresh("skill-");
    prepare("insert into skills (id, name) values ('" + id + "', 'S')");
    return {find_resource("skill"), id, ""};
  }
  duplicate_resource of(duplicate_resource*) const {
    const auto id = fresh("script-");
    prepare("insert into scripts (id, name) values ('" + id + "', 'S')");
    return {find_resource("script"), id};
  }
  create_many of(create_many*) const {
    create_many all{find_resource("user"), {}};
    for (int i = 0; i < 3; ++i)
      all.rows.push_back({object({{"loginId", fresh("77")}, {"role", "Agent"}}), {}, true});
    return all;
  }
  set_own_password of(set_own_password*) const { return {fresh("hash "), "family"}; }
  end_sign_ins_of of(end_sign_ins_of*) const {
    const auto id = fresh("user-x");
    prepare("insert into users (id, login_id, role) values ('" + id + "', '" + id + "', 'Agent')");
    return {user_id{id}};
  }

  std::string contact() const {
    const auto id = fresh("contact-x");
    prepare("insert into contacts (id, campaign_id, last_name, phone_number) values ('" + id + "', 'campaign-demo', 'X', '0600000000')");
    return id;
  }
  std::string qualification(const std::string& which) const { return at.db.ask("select id from qualifications where " + which + " order by id limit 1"); }
  qualify_contact of(qualify_contact*) const { return {{}, contact_id{contact()}, {}, qualification("code = '90'"), {}, {}}; }
  schedule_callback of(schedule_callback*) const { return {{}, contact_id{contact()}, {}, {}, {}, at_noon(), "note"}; }
  change_callback of(change_callback*) const {
    const auto id = fresh("callback-");
    prepare("insert into personal_callbacks (id, agent_id, contact_id, campaign_id, contact_name, contact_number, scheduled_at) values ('" + id +
            "', 'user-1001', '" + contact() + "', 'campaign-demo', 'X', '06', now() + interval '1 day')");
    return {id, "completed", {}, {}};
  }
  add_contact_note of(add_contact_note*) const { return {{}, contact_id{contact()}, {}, "note"}; }
  recycle_contacts of(recycle_contacts*) const {
    const auto how = qualification("is_recyclable");
    prepare("update contacts set status = 'qualified', qualification_id = '" + how + "' where id = '" + contact() + "'");
    return {campaign_id{"campaign-demo"}, how};
  }
  run_campaign of(run_campaign*) const {
    prepare("update campaigns set is_active = true where id = 'campaign-demo'");
    return {campaign_id{"campaign-demo"}, campaign_order::stop};
  }
  create_contact of(create_contact*) const { return {{}, campaign_id{"campaign-demo"}, {{}, "Neuf", "0611111111", {}, {}}}; }
  update_contact of(update_contact*) const { return {contact_id{contact()}, {{}, "Autre", {}, {}, {}}, {}, {}}; }
  /// More than one transaction takes.
  delete_contacts of(delete_contacts*) const {
    prepare("insert into contacts (id, campaign_id, last_name) select 'contact-gone-' || n, 'campaign-demo', 'X' from generate_series(1, 1200) n on conflict do nothing");
    delete_contacts all;
    for (int i = 1; i <= 1200; ++i)
      all.contacts.push_back(contact_id{"contact-gone-" + std::to_string(i)});
    return all;
  }

  start_import of(start_import*) const { return {"campaign-demo", at.temporary("list", "a;b"), 0, 3, "l.csv", {}}; }
  add_contacts of(add_contacts*) const {
    return {"campaign-demo", {object({{"lastName", fresh("Z")}, {"phoneNumber", "0612345678"}}), object({{"lastName", fresh("Z")}, {"phoneNumber", "0612345679"}})}, {}};
  }

  keep_audio_file of(keep_audio_file*) const { return {fresh("audio-"), "A", "a.wav", 5, 1.5, at.temporary("a.wav"), at.temporary("a.sln16")}; }
  set_own_picture of(set_own_picture*) const { return {png}; }
  remove_recording of(remove_recording*) const {
    const auto id = fresh("call-");
    prepare("insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, agent_id, "
            "recording_id) values ('" + id + "', 'inbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', 'caller_hangup', 'user-1001', 'rec-" + id + "')");
    return {id};
  }

  static value planned() {
    return object({{"agentId", "user-1001"}, {"startDate", "2026-03-02T08:00:00Z"}, {"endDate", "2026-03-02T16:00:00Z"}});
  }
  std::string event() const {
    const auto id = fresh("planning-");
    prepare("insert into planning_events (id, agent_id, starts_at, ends_at, timezone, last_end) values ('" + id +
            "', 'user-1001', '2026-03-02T08:00Z', '2026-03-02T16:00Z', 'Europe/Paris', '2026-03-02T16:00Z')");
    return id;
  }
  create_planning of(create_planning*) const { return {planned()}; }
  update_planning of(update_planning*) const { return {event(), object({{"endDate", "2026-03-02T17:00:00Z"}})}; }
  remove_planning of(remove_planning*) const { return {{event()}, true}; }
  clear_planning of(clear_planning*) const {
    event();
    return {};
  }

  erase_personal_data of(erase_personal_data*) const { return {contact()}; }
  set_retention of(set_retention*) const { return {object({{"callsMonths", ++at.made % 100 + 1}})}; }

  save_settings of(save_settings*) const {
    return {settings_kind::smtp, *check_settings(settings_kind::smtp, object({{"server", fresh("mail")}, {"password", "canary"}}))};
  }
  save_connection of(save_connection*) const {
    return {*check_settings(settings_kind::connection, object({{"amiHost", fresh("host")}})), {}};
  }

  static timestamp at_noon() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) + seconds{86'400}; }
};

/// Calls `each` with a request of every kind that leaves a line: a new kind without a sample does not compile.
template <class Area, class Each> void for_each_kind(const samples& from, Each&& each) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (
      [&] {
        using kind = std::variant_alternative_t<i, Area>;
        if constexpr (!leaves_no_line<kind>)
          each(typeid(kind).name(), [&] { return data_request{Area{from.of(static_cast<kind*>(nullptr))}}; });
      }(),
      ...);
  }(std::make_index_sequence<std::variant_size_v<Area>>{});
}
template <class Each> void for_each_change(const samples& from, Each&& each) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (for_each_kind<std::variant_alternative_t<i, data_request>>(from, each), ...);
  }(std::make_index_sequence<std::variant_size_v<data_request>>{});
}

TEST_F(Audited, EveryKindOfChangeIsCommittedWithItsLineOrNotAtAll) {
  int kinds = 0;
  for_each_change(samples{*this}, [&](const char* kind, auto request) {
    SCOPED_TRACE(kind);
    ++kinds;
    db.ask("delete from audit_pending");
    // Its line is refused: nothing is changed.
    auto what = request();
    at_the_line("raise exception 'no line'");
    auto before = digest();
    EXPECT_FALSE(ask(what));
    EXPECT_EQ(digest(), before) << "changed without a line";
    EXPECT_EQ(lines(), "0");
    // The connection dies between the line and the commit: neither.
    what = request();
    at_the_line("perform pg_terminate_backend(pg_backend_pid())");
    before = digest();
    EXPECT_FALSE(ask(what));
    EXPECT_EQ(digest(), before);
    at_the_line("");
    EXPECT_EQ(lines(), "0");
    // Nothing happens: both, the line once.
    what = request();
    before = digest();
    EXPECT_TRUE(ask(what)) << why;
    EXPECT_NE(digest(), before);
    EXPECT_EQ(lines(), "1");
    EXPECT_EQ(db.ask("select action || ' ' || actor || ' ' || (detail->>'requestId') from audit_pending"), "POST /test user-9999 request-1");
  });
  EXPECT_GT(kinds, 25);
  EXPECT_TRUE(later.empty());
}

TEST_F(Audited, EveryResourceOfTheCatalogue) {
  for (const auto& what : catalogue()) {
    SCOPED_TRACE(what.name);
    value body = what.name == "user"            ? object({{"loginId", "x1"}, {"role", "Agent"}})
                 : what.name == "trunk"         ? object({{"name", "X"}, {"domain", "10.0.0.1:5060"}, {"siteId", "site-paris"}})
                 : what.name == "did"           ? object({{"number", "+33199999999"}, {"trunkId", "trunk-paris"}})
                 : what.name == "qualification" ? object({{"code", "777"}, {"description", "Vendu"}, {"type", "positive"}})
                                                : object({{"name", "Exemple"}});
    const std::string id = std::string{what.name} + "-x";
    body.set("id", id);
    const char* text = what.name == "user" ? "firstName" : find_field(what, "description") ? "description" : "name";
    const auto each = [&](const char* action, resource_request asked) {
      const auto entity = std::string{what.name};
      const auto full = std::string{action} + " /" + entity;
      for (const bool allowed : {false, true}) {
        db.ask("delete from audit_pending");
        at_the_line(allowed ? "" : "raise exception 'no line'");
        const auto before = digest();
        EXPECT_EQ(ask(data_request{asked}, asks(full, entity)), allowed) << action << ' ' << why;
        EXPECT_EQ(digest() != before, allowed) << action;
        EXPECT_EQ(lines(), allowed ? "1" : "0") << action;
      }
    };
    each("POST", create_resource{&what, body});
    EXPECT_EQ(db.ask("select entity from audit_pending"), std::string{what.name} + '/' + id) << "the id of what was made";
    each("PUT", update_resource{&what, id, object({{text, "Autre"}}), ""});
    if (what.name == "user")
      db.ask("update users set is_active = false where id = '" + id + "'");
    each("DELETE", remove_resource{&what, id, ""});
  }
}

TEST_F(Audited, WhatIsRefusedOrOnlyReadLeavesNoLine) {
  EXPECT_FALSE(ask(data_request{resource_request{remove_resource{find_resource("skill"), "none", ""}}}));
  EXPECT_FALSE(ask(data_request{contact_request{update_contact{contact_id{"none"}, {}, {}, {}}}}));
  EXPECT_TRUE(ask(data_request{resource_request{list_resources{find_resource("user"), {}}}}, asks("")));
  EXPECT_TRUE(ask(data_request{contact_request{sweep_contacts{}}}, requester{}));
  EXPECT_EQ(lines(), "0");
}

TEST_F(Audited, ALineThatWaitedForAConflictIsWrittenOnce) {
  // The first two tries of the transaction are rolled back by the server.
  db.ask("drop sequence if exists test_tries");
  db.ask("create sequence test_tries");
  at_the_line("if nextval('test_tries') < 3 then raise exception 'crossed' using errcode = '40001'; end if");
  EXPECT_TRUE(ask(data_request{resource_request{create_resource{find_resource("skill"), object({{"id", "skill-1"}, {"name", "S"}})}}})) << why;
  EXPECT_EQ(lines(), "1");
  EXPECT_EQ(db.ask("select last_value from test_tries"), "3");
  // Always: a clear answer, and nothing is kept.
  at_the_line("raise exception 'crossed' using errcode = '40P01'");
  const auto said = one->perform(asks(), data_request{resource_request{create_resource{find_resource("skill"), object({{"id", "skill-2"}, {"name", "S"}})}}});
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, errc::conflict);
  EXPECT_EQ(db.ask("select count(*) from skills where id = 'skill-2'"), "0");
  EXPECT_EQ(lines(), "1");
  db.ask("drop sequence test_tries");
}

} // namespace
} // namespace evs::persistence
