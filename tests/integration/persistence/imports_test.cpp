#include "persistence/desk.hpp"
#include "persistence/import_files.hpp"
#include "persistence/jobs.hpp"
#include "tests/integration/persistence/surroundings.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace evs::persistence {
namespace {

using testing::scratch_database;

/// Reads French mobiles and nothing else.
result<std::string> french(std::string_view typed) {
  if (typed.size() == 10 && typed.starts_with("0"))
    return "+33" + std::string{typed.substr(1)};
  if (typed.size() == 12 && typed.starts_with("+33"))
    return std::string{typed};
  return failure{errc::invalid_input, "no number", {}};
}

/// Rows that are in memory; may break off.
class listed : public row_source {
public:
  explicit listed(std::vector<std::vector<std::string>> rows) : rows_(std::move(rows)) {}
  result<bool> next(source_row& out) override {
    if (breaks_at && at_ == *breaks_at)
      return failure{errc::invalid_input, "Ligne 3 : illisible.", {}};
    if (at_ == rows_.size())
      return false;
    out.clear();
    out.line = at_ + 1;
    for (const auto& c : rows_[at_])
      out.add() = c;
    ++at_;
    return true;
  }
  result<done> restart() override {
    at_ = 0;
    return done{};
  }
  double part_read() const override { return rows_.empty() ? 1 : static_cast<double>(at_) / static_cast<double>(rows_.size()); }
  std::string description() const override { return "une liste"; }
  std::optional<std::size_t> breaks_at;

private:
  std::vector<std::vector<std::string>> rows_;
  std::size_t at_ = 0;
};

class ImportTest : public ::testing::Test {
protected:
  ImportTest() {
    db.ask("insert into campaigns (id, name) values ('c1', 'Une'), ('c2', 'Autre')");
    std::filesystem::create_directories(folder);
    settings.store = db.settings();
    settings.data_dir = folder;
    settings.node = "n1";
    settings.now = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
    settings.read_number = [](std::string_view typed, std::string_view, std::string_view) { return french(typed); };
    desk = make_postgres_desk(settings);
    jobs = make_postgres_jobs(db.settings());
    supervisor.who = {user_id{"user-1000"}, role::supervisor, {}};
  }
  ~ImportTest() override { std::filesystem::remove_all(folder); }

  result<data_answer> ask(import_request what) { return desk->perform(supervisor, data_request{std::move(what)}); }

  /// Puts a job in and claims it.
  import_job begin(import_plan plan = {}, const std::string& campaign = "c1") {
    std::ofstream{folder / "upload"} << "xxthe listyy";
    const auto made = ask(start_import{campaign, (folder / "upload").string(), 2, 8, "liste.csv", std::move(plan)});
    EXPECT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->status, 202u);
    auto job = jobs->claim("n1");
    EXPECT_TRUE(job);
    return *job;
  }
  void import(const import_job& job, listed list) {
    jobs->import(job, list, french, [] { return false; });
  }
  std::string state(const std::string& id) { return db.ask("select state || ' ' || coalesce(reason, '') || coalesce(result::text, '') from jobs where id = '" + id + "'"); }
  std::string contacts(const std::string& campaign = "c1") {
    return db.ask("select string_agg(concat_ws(',', first_name, last_name, phone_number, phone_e164, postal_code, custom_fields::text), ' / ' order by seq) "
                  "from contacts where campaign_id = '" + campaign + "'");
  }
  std::string rejected(const std::string& id) {
    return db.ask("select string_agg(line || ':' || reason || ':' || cells, ' / ' order by n) from job_rejected_rows where job_id = '" + id + "'");
  }
  std::string file_of(const data_answer& answer) {
    std::ifstream in{answer.attached->path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  scratch_database db;
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("evs-imports-" + std::to_string(::getpid()));
  desk_settings settings;
  std::unique_ptr<evs::persistence::desk> desk;
  std::unique_ptr<evs::persistence::jobs> jobs;
  requester supervisor;
};

TEST_F(ImportTest, KeepsTheUploadedPartForTheNode) {
  const auto job = begin();
  EXPECT_EQ(job.campaign, "c1");
  EXPECT_EQ(job.time_zone, "Europe/Paris");
  std::ifstream kept{import_files{folder}.path(job.file)};
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>{kept}, {}), "the list");
  EXPECT_FALSE(jobs->claim("n1")) << "it runs";
  EXPECT_FALSE(ask(start_import{"no-such", (folder / "upload").string(), 0, 1, "x", {}}));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder / "imports"}, {}), 1) << "nothing is left of the refused one";
}

TEST_F(ImportTest, PlanSurvivesTheDatabase) {
  import_plan plan;
  plan.mapping = {{"phoneNumber", "Tél. \"1\""}, {"note", "3"}};
  plan.same = {true, {"phoneNumber", "note"}};
  plan.heading = false;
  plan.country = "BE";
  const auto job = begin(plan);
  EXPECT_EQ(job.plan.mapping, plan.mapping);
  EXPECT_TRUE(job.plan.same.enabled);
  EXPECT_EQ(job.plan.same.fields, plan.same.fields);
  EXPECT_FALSE(job.plan.heading);
  EXPECT_EQ(job.plan.country, "BE");
}

TEST_F(ImportTest, SavesInOrderAndReportsWhatItRejects) {
  const auto job = begin();
  import(job, listed{{{"Prénom", "Nom", "Tél", "CP", "Ville"},
                      {"Zoé", "Martin", "0612345678", "75011", "Paris"},
                      {"=1+1", "Faux", "12", "", ""},
                      {"Jean", "Dupont", "0612345679", "", ""},
                      {"Sans", "Numéro", "", "", ""},
                      {"Trop", "De", "0612345670", "1", "2", "3"}}});
  EXPECT_EQ(state(job.id), "done {\"total\": 5, \"valid\": 2, \"invalid\": 3, \"duplicates\": 0}");
  EXPECT_EQ(contacts(), "Zoé,Martin,0612345678,+33612345678,75011,{\"Ville\": \"Paris\"} / Jean,Dupont,0612345679,+33612345679,,{}");
  EXPECT_EQ(rejected(job.id), "3:Numéro de téléphone invalide.:'=1+1;Faux;12;; / 5:Numéro de téléphone manquant.:Sans;Numéro;;; / "
                              "6:La ligne a 6 cellules, l'en-tête en a 5.:Trop;De;0612345670;1;2;3");
  const auto table = ask(read_rejected{job.id});
  ASSERT_TRUE(table);
  EXPECT_EQ(file_of(*table), "\xEF\xBB\xBFLigne;Motif;Prénom;Nom;Tél;CP;Ville\r\n3;Numéro de téléphone invalide.;'=1+1;Faux;12;;\r\n"
                             "5;Numéro de téléphone manquant.;Sans;Numéro;;;\r\n6;La ligne a 6 cellules, l'en-tête en a 5.;Trop;De;0612345670;1;2;3\r\n");
  EXPECT_TRUE(table->attached->temporary);
  EXPECT_EQ(db.ask("select contact_stats('c1')::text"), "{\"total\" : 2, \"pending\" : 2, \"called\" : 0, \"qualified\" : 0, \"locked\" : 0}");
  EXPECT_EQ(db.ask("select count(*) from contact_pool where campaign_id = 'c1'"), "2");
}

TEST_F(ImportTest, FindsDoublesByPhoneInTheFileAndInTheList) {
  import(begin(), listed{{{"nom", "tel"}, {"A", "0612345678"}}});
  import_plan plan;
  plan.same = {true, {"phoneNumber"}};
  const auto job = begin(plan);
  import(job, listed{{{"nom", "tel"}, {"B", "0612345670"}, {"C", "+33612345678"}, {"D", "+33612345670"}, {"E", "x"}, {"F", "0612345670"}}});
  EXPECT_EQ(state(job.id), "done {\"total\": 5, \"valid\": 1, \"invalid\": 4, \"duplicates\": 3}");
  EXPECT_EQ(rejected(job.id), "3:Doublon détecté : ce contact est déjà dans la campagne.:C;'+33612345678 / "
                              "4:Doublon détecté : même contact qu'à la ligne 2.:D;'+33612345670 / 5:Numéro de téléphone invalide.:E;x / "
                              "6:Doublon détecté : même contact qu'à la ligne 2.:F;0612345670");
  const auto elsewhere = begin(plan, "c2");
  import(elsewhere, listed{{{"nom", "tel"}, {"C", "0612345678"}}});
  EXPECT_EQ(state(elsewhere.id), "done {\"total\": 1, \"valid\": 1, \"invalid\": 0, \"duplicates\": 0}") << "another campaign's list";
}

TEST_F(ImportTest, TakesALongListInItsOrderWithDoublesFarApart) {
  import(begin(), listed{{{"nom", "tel"}, {"Alt", "0600044999"}}});
  std::vector<std::vector<std::string>> rows{{"nom", "tel"}};
  const auto number = [](int n) {
    const auto digits = std::to_string(n);
    return "06" + std::string(8 - digits.size(), '0') + digits;
  };
  for (int n = 0; n < 45'000; ++n)
    rows.push_back({"N" + std::to_string(n), number(n)});
  // The first row of all, and the one before, once more at the end.
  rows.push_back({"Z", number(0)});
  rows.push_back({"Z", "+33" + number(44'998).substr(1)});
  import_plan plan;
  plan.same = {true, {"phoneNumber"}};
  const auto job = begin(plan);
  import(job, listed{std::move(rows)});
  EXPECT_EQ(state(job.id), "done {\"total\": 45002, \"valid\": 44999, \"invalid\": 3, \"duplicates\": 3}");
  EXPECT_EQ(rejected(job.id), "45001:Doublon détecté : ce contact est déjà dans la campagne.:N44999;0600044999 / "
                              "45002:Doublon détecté : même contact qu'à la ligne 2.:Z;0600000000 / "
                              "45003:Doublon détecté : même contact qu'à la ligne 45000.:Z;'+33600044998");
  EXPECT_EQ(db.ask("select count(*) from (select last_name, 'N' || row_number() over (order by seq) - 2 as place from contacts) s "
                   "where last_name <> 'Alt' and last_name <> place"), "0");
  EXPECT_EQ(db.ask("select contact_stats('c1') ->> 'pending'"), "45000");
  EXPECT_LE(std::stoi(db.ask("select count(*) from contact_pool")), 20'001) << "the rest follows";

  // Who asks is not told that there is nothing, and the order holds.
  db.ask("insert into users (id, login_id, role) values ('user-1', '1', 'Agent')");
  db.ask("insert into campaign_agents (campaign_id, user_id) values ('c1', 'user-1')");
  db.ask("update campaigns set is_active = true where id = 'c1'");
  db.ask("delete from contact_pool");
  db.ask("select ask_contact('user-1', 'c1')");
  EXPECT_EQ(db.ask("select c.last_name from contact_locks l join contacts c on c.id = l.contact_id"), "N0");
  db.ask("select rebuild_pool('c1', 100000), rebuild_pool('c1', 100000)");
  EXPECT_EQ(db.ask("select count(*) from contact_pool"), "44998") << "all but the one that is locked and the one of the older list, of which the pool was robbed here";
  EXPECT_EQ(db.ask("select rebuilt_to is null from campaign_pools where campaign_id = 'c1'"), "t");
}

TEST_F(ImportTest, FindsDoublesByChosenFieldsWhateverTheirCase) {
  import(begin(), listed{{{"nom", "tel", "Ville"}, {"Martin", "0612345678", "Paris"}, {"", "0612345677", ""}}});
  import_plan plan;
  plan.same = {true, {"lastName", "Ville"}};
  const auto job = begin(plan);
  import(job, listed{{{"nom", "tel", "Ville"},
                      {"MARTIN", "0612345670", "paris"},
                      {"Martin", "0612345671", "Lyon"},
                      {"martin", "0612345672", " LYON "},
                      {"MartinP", "0612345673", "aris"},
                      {"", "0612345674", ""},
                      {"", "0612345675", ""}}});
  EXPECT_EQ(state(job.id), "done {\"total\": 6, \"valid\": 4, \"invalid\": 2, \"duplicates\": 2}");
  EXPECT_EQ(rejected(job.id), "2:Doublon détecté : ce contact est déjà dans la campagne.:MARTIN;0612345670;paris / "
                              "4:Doublon détecté : même contact qu'à la ligne 3.:martin;0612345672; LYON ");
}

TEST_F(ImportTest, KeepsNothingOfAListThatCanNotBeReadToItsEnd) {
  const auto job = begin();
  listed list{{{"nom", "tel"}, {"A", "0612345678"}, {"B", "0612345679"}}};
  list.breaks_at = 2;
  import(job, list);
  EXPECT_EQ(state(job.id), "failed Ligne 3 : illisible.");
  EXPECT_EQ(contacts(), "");
  const auto nothing = begin();
  import(nothing, listed{{}});
  EXPECT_EQ(state(nothing.id), "failed Le fichier ne contient aucune ligne.");
  const auto strange = begin();
  import(strange, listed{{{"a", "b"}, {"1", "2"}}});
  EXPECT_EQ(state(strange.id), "failed Indiquez la colonne du numéro de téléphone.");
}

TEST_F(ImportTest, BeginsAgainAfterACrashAndGivesUpAfterTwo) {
  const auto job = begin();
  jobs->recover("another-node", interruption::node_ended);
  EXPECT_FALSE(jobs->claim("n1")) << "other nodes' jobs are not touched";
  jobs->recover("n1", interruption::node_ended);
  EXPECT_EQ(state(job.id), "queued Le serveur s'est arrêté pendant l'import ; rien n'avait été enregistré, il recommence.");
  ASSERT_TRUE(jobs->claim("n1"));
  jobs->recover("n1", interruption::node_ended);
  EXPECT_EQ(state(job.id), "failed Le serveur s'est arrêté deux fois pendant cet import ; rien n'a été enregistré.");
  EXPECT_FALSE(jobs->claim("n1"));
}

TEST_F(ImportTest, SaysWhenItWasTheDatabaseThatWentAway) {
  const auto job = begin();
  jobs->recover("n1", interruption::database_away);
  EXPECT_EQ(state(job.id), "queued La base de données n'a plus répondu pendant l'import ; rien n'avait été enregistré, il recommence.");
  ASSERT_TRUE(jobs->claim("n1"));
  jobs->recover("n1", interruption::database_away);
  EXPECT_EQ(state(job.id), "failed La base de données n'a plus répondu, deux fois, pendant cet import ; rien n'a été enregistré. Relancez-le.");
}

/// As long as it lives, `body` (PL/pgSQL) is done after each piece of contacts; nextval('pieces') numbers them.
struct after_each_piece {
  after_each_piece(const scratch_database& database, const std::string& body) : db(database) {
    db.ask("create sequence pieces");
    db.ask("create function meddle() returns trigger language plpgsql as $$ begin " + body + " return null; end $$");
    db.ask("create trigger meddle after insert on contacts for each statement execute function meddle()");
  }
  ~after_each_piece() {
    db.ask("drop function meddle() cascade");
    db.ask("drop sequence pieces");
  }
  after_each_piece(const after_each_piece&) = delete;
  after_each_piece& operator=(const after_each_piece&) = delete;
  const scratch_database& db;
};

/// The first `times` of them meet a conflict, as the server ends one of two that wait for each other.
std::string crossed(int times) {
  return "if nextval('pieces') <= " + std::to_string(times) + " then raise exception 'crossed' using errcode = '40P01'; end if;";
}

TEST_F(ImportTest, ReadsTheListAgainWhenOthersCrossedIt) {
  const after_each_piece meddling{db, crossed(2)};
  const auto job = begin();
  import(job, listed{{{"nom", "tel"}, {"A", "0612345678"}, {"B", "x"}, {"C", "0612345679"}}});
  EXPECT_EQ(state(job.id), "done {\"total\": 3, \"valid\": 2, \"invalid\": 1, \"duplicates\": 0}");
  EXPECT_EQ(contacts(), ",A,0612345678,+33612345678,,{} / ,C,0612345679,+33612345679,,{}") << "once each";
  EXPECT_EQ(rejected(job.id), "3:Numéro de téléphone invalide.:B;x");
}

TEST_F(ImportTest, SaysThatOthersCrossedItAgainAndAgainAndCanBeStartedAnew) {
  const after_each_piece meddling{db, crossed(3)};
  const auto job = begin();
  const listed list{{{"nom", "tel"}, {"A", "0612345678"}}};
  import(job, list);
  EXPECT_EQ(state(job.id), "failed D'autres modifient cette campagne au même instant, 3 fois de suite ; rien n'a été enregistré. Relancez l'import.");
  EXPECT_EQ(contacts(), "");
  EXPECT_EQ(db.ask("select count(*) from job_rejected_rows"), "0");
  const auto again = begin();
  import(again, list);
  EXPECT_EQ(state(again.id), "done {\"total\": 1, \"valid\": 1, \"invalid\": 0, \"duplicates\": 0}");
}

TEST_F(ImportTest, SaysWhenTheDatabaseTookTooLong) {
  jobs = make_postgres_jobs(db.settings(), milliseconds{200});
  const after_each_piece meddling{db, "perform pg_sleep(1);"};
  const auto job = begin();
  import(job, listed{{{"nom", "tel"}, {"A", "0612345678"}}});
  EXPECT_EQ(state(job.id), "failed La base de données a mis trop de temps pour cette liste ; rien n'a été enregistré. Relancez l'import plus tard, ou en "
                           "plusieurs fichiers.");
  EXPECT_EQ(contacts(), "");
}

TEST_F(ImportTest, WaitsForTheNextStartWhenTheNodeStops) {
  const auto job = begin();
  listed list{{{"nom", "tel"}, {"A", "0612345678"}}};
  jobs->import(job, list, french, [] { return true; });
  EXPECT_EQ(state(job.id), "queued ");
  EXPECT_EQ(contacts(), "");
  ASSERT_TRUE(jobs->claim("n1"));
  import(job, listed{{{"nom", "tel"}, {"A", "0612345678"}}});
  EXPECT_EQ(state(job.id), "done {\"total\": 1, \"valid\": 1, \"invalid\": 0, \"duplicates\": 0}");
}

TEST_F(ImportTest, TellsOnceOfTheCampaignAndOfTheJobAsItGoes) {
  db.ask("delete from outbox");
  const auto job = begin();
  import(job, listed{{{"nom", "tel"}, {"A", "0612345678"}, {"B", "0612345679"}}});
  EXPECT_EQ(db.ask("select count(*) from outbox where type = 'campaignUpdate'"), "1");
  EXPECT_EQ(db.ask("select payload -> 'contactStats' ->> 'total' from outbox where type = 'campaignUpdate'"), "2");
  EXPECT_EQ(db.ask("select count(*) from outbox where type = 'contactUpdate'"), "0");
  EXPECT_EQ(db.ask("select string_agg(payload ->> 'state', ' ' order by id) from (select distinct on (payload ->> 'state') * from outbox "
                   "where type = 'jobUpdate' order by payload ->> 'state', id) o"),
            "queued running done");
  EXPECT_EQ(db.ask("select audience::text from outbox where type = 'jobUpdate' limit 1"), "{\"to\": [\"user-1000\"], \"role\": \"Superviseur\"}");
}

TEST_F(ImportTest, ShowsJobsToWhomTheyConcern) {
  requester lyon = supervisor, paris = supervisor, agent = supervisor;
  lyon.who = {user_id{"user-l"}, role::supervisor, site_id{"site-lyon"}};
  paris.who = {user_id{"user-p"}, role::supervisor, site_id{"site-paris"}};
  agent.who = {user_id{"user-1001"}, role::agent, {}};
  std::ofstream{folder / "upload"} << "x";
  const auto made = desk->perform(lyon, data_request{import_request{start_import{"c1", (folder / "upload").string(), 0, 1, "l.csv", {}}}});
  ASSERT_TRUE(made);
  const auto id = db.ask("select id from jobs");
  const data_request question{import_request{read_job{id}}};
  EXPECT_TRUE(desk->perform(lyon, question));
  EXPECT_TRUE(desk->perform(supervisor, question));
  EXPECT_EQ(desk->perform(paris, question).error().code, errc::not_found);
  EXPECT_EQ(desk->perform(agent, question).error().code, errc::not_found);
  EXPECT_EQ(desk->perform(paris, data_request{import_request{list_jobs{}}})->json, "{\"items\":[],\"nextCursor\":null}");
}

TEST_F(ImportTest, ListsJobsPageByPage) {
  for (int i = 0; i < 3; ++i)
    begin();
  list_query query;
  query.limit = 2;
  const auto first = ask(list_jobs{query});
  ASSERT_TRUE(first);
  const auto mark = first->json.find("\"nextCursor\":\"") + 14;
  query.cursor = first->json.substr(mark, first->json.find('"', mark) - mark);
  const auto second = ask(list_jobs{query});
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->json.ends_with("\"nextCursor\":null}")) << second->json;
  EXPECT_NE(second->json.find(db.ask("select id from jobs order by created_at limit 1")), std::string::npos);
  query.cursor = "x";
  EXPECT_FALSE(ask(list_jobs{query}));
}

value contact(std::initializer_list<std::pair<const char*, const char*>> members) {
  value out;
  for (const auto& [name, what] : members)
    out.set(name, what);
  return out;
}

TEST_F(ImportTest, AnswersOlderClientsRowByRow) {
  add_contacts asked;
  asked.campaign = "c1";
  asked.same = {true, {"phoneNumber"}};
  auto odd = contact({{"id", "k2"}, {"phoneNumber", "12"}});
  odd.set("originalRow", contact({{"Tél", "12"}}));
  asked.contacts = {contact({{"id", "k1"}, {"firstName", "Zoé"}, {"phoneNumber", "0612345678"}}), odd,
                    contact({{"id", "k3"}, {"phoneNumber", "+33612345678"}}), contact({{"id", "k1"}, {"phoneNumber", "0612345679"}})};
  const auto said = ask(asked);
  ASSERT_TRUE(said) << said.error().text();
  EXPECT_EQ(said->status, 200u);
  EXPECT_EQ(said->json, R"({"message":"Import processed.","summary":{"total":4,"valids":1,"invalids":3},"invalids":[)"
                        R"({"row":{"Tél":"12"},"line":2,"reason":"Numéro de téléphone invalide."},)"
                        R"({"row":{"id":"k3","phoneNumber":"+33612345678"},"line":3,"reason":"Doublon détecté."},)"
                        R"({"row":{"id":"k1","phoneNumber":"0612345679"},"line":4,"reason":"Identifiant déjà utilisé."}]})");
  EXPECT_EQ(db.ask("select id || first_name from contacts"), "k1Zoé");
  asked.campaign = "no-such";
  EXPECT_EQ(ask(asked).error().code, errc::not_found);
}

TEST_F(ImportTest, ExportsWhatCanBeImportedAgain) {
  import(begin(), listed{{{"Prénom", "Nom", "Tél", "Ville", "=x"}, {"@Zoé", "d;A", "0612345678", "Pa\"ris", ""}, {"B", "C", "0612345679", "", "1"}}});
  const auto made = ask(export_contacts{"c1"});
  ASSERT_TRUE(made);
  const auto text = file_of(*made);
  EXPECT_TRUE(text.starts_with("\xEF\xBB\xBFPrénom;Nom;Téléphone;Numéro international;Code postal;Statut;Qualification;À relancer le;Créé le;'=x;Ville\r\n"
                               "'@Zoé;\"d;A\";0612345678;'+33612345678;;À appeler;;;"))
    << text;
  EXPECT_NE(text.find(";;\"Pa\"\"ris\"\r\n"), std::string::npos) << text;
  EXPECT_EQ(made->attached->save_as, "contacts.csv");
  EXPECT_EQ(ask(export_contacts{"no-such"}).error().code, errc::not_found);
}

} // namespace
} // namespace evs::persistence
