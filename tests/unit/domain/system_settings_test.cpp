#include "domain/system_settings.hpp"

#include "domain/audit_note.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

value object(value::object members) { return members; }

TEST(SystemSettings, KeepsWhatIsKnownAndIgnoresTheRest) {
  const auto read = check_settings(settings_kind::smtp, object({{"server", "mail.example"}, {"port", "465"}, {"secure", true}, {"older", 1}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(read->content), R"({"server":"mail.example","port":465,"secure":true})");
  EXPECT_EQ(read->password, std::nullopt);
}

TEST(SystemSettings, NamesEveryMemberThatIsWrong) {
  const auto read = check_settings(settings_kind::smtp, object({{"server", "bad host\n"}, {"port", 0}, {"auth", "yes"}, {"from", "a@b\r\nBcc: x@y"},
                                                               {"user", "a\nb"}, {"password", "x\ny"}}));
  ASSERT_FALSE(read);
  for (const auto* name : {"server", "port", "auth", "from", "user", "password"})
    EXPECT_TRUE(read.error().fields.contains(name)) << name;
  EXPECT_FALSE(check_settings(settings_kind::app, value{"x"}));
}

TEST(SystemSettings, PasswordsTravelApart) {
  EXPECT_EQ(check_settings(settings_kind::smtp, object({{"password", "x"}}))->password, "x");
  EXPECT_EQ(check_settings(settings_kind::smtp, object({{"password", ""}}))->password, "");
  EXPECT_EQ(check_settings(settings_kind::smtp, object({{"password", "***"}}))->password, std::nullopt);
  EXPECT_EQ(check_settings(settings_kind::smtp, object({{"password", nullptr}}))->password, std::nullopt);
  EXPECT_EQ(to_json(check_settings(settings_kind::smtp, object({{"password", "x"}}))->content), "{}");
  const auto link = check_settings(settings_kind::connection, object({{"asterisk", object({{"amiHost", "h"}, {"amiPassword", "p"}})}}));
  EXPECT_EQ(link->password, "p");
  EXPECT_EQ(to_json(link->content), R"({"amiHost":"h"})");
  EXPECT_TRUE(check_settings(settings_kind::connection, object({{"asterisk", object({{"amiPort", 70000}})}})).error().fields.contains("asterisk.amiPort"));
}

TEST(SystemSettings, AppearanceTakesImagesAndNoScript) {
  EXPECT_TRUE(check_settings(settings_kind::app, object({{"appLogoDataUrl", "data:image/png;base64,iVBORw0KGgo="}})));
  EXPECT_TRUE(check_settings(settings_kind::app, object({{"appLogoDataUrl", ""}})));
  for (const auto* wrong : {"javascript:alert(1)", "data:text/html;base64,PHNjcmlwdD4=", "https://elsewhere/logo.png", "data:image/png;base64,\"><script>"})
    EXPECT_FALSE(check_settings(settings_kind::app, object({{"appLogoDataUrl", wrong}}))) << wrong;
  EXPECT_FALSE(check_settings(settings_kind::app, object({{"fontFamily", "x;} body{display:none"}})));
  EXPECT_FALSE(check_settings(settings_kind::app, object({{"colorPalette", "pink"}})));
  EXPECT_FALSE(check_settings(settings_kind::app, object({{"appName", ""}})));
  EXPECT_FALSE(check_settings(settings_kind::app, object({{"fontSize", 33}})));
}

TEST(SystemSettings, Modules) {
  EXPECT_TRUE(check_settings(settings_kind::modules, object({{"categories", object({{"Agent", true}})}, {"features", object({})}})));
  EXPECT_FALSE(check_settings(settings_kind::modules, object({{"features", object({{"x", "no"}})}})));
  EXPECT_TRUE(check_settings(settings_kind::modules, object({{"features", object({{"users", object({{"Superviseur", false}})}})}})));
  EXPECT_FALSE(check_settings(settings_kind::modules, object({{"features", object({{"users", object({{"Chef", true}})}})}})));
}

TEST(BackupSchedule, ReadsWhatWasKept) {
  const auto s = schedule_of(object({{"frequency", "weekly"}, {"time", "23:05"}, {"dayOfWeek", 6}, {"keep", 3}}));
  EXPECT_EQ(s.frequency, backup_schedule::pace::weekly);
  EXPECT_EQ(s.minute_of_day, 23 * 60 + 5);
  EXPECT_EQ(s.day_of_week, 6);
  EXPECT_EQ(s.keep, 3);
  EXPECT_EQ(schedule_of(object({})).frequency, backup_schedule::pace::none);
  for (const auto* wrong : {"24:00", "12:60", "1:00", "noon", "12:0x"})
    EXPECT_FALSE(check_settings(settings_kind::backup_schedule, object({{"time", wrong}}))) << wrong;
}

TEST(BackupSchedule, IsDueOnceADay) {
  backup_schedule s{backup_schedule::pace::daily, 120, 0, 14};
  EXPECT_FALSE(backup_due(s, {119, 1, 5}, false));
  EXPECT_TRUE(backup_due(s, {120, 1, 5}, false));
  EXPECT_TRUE(backup_due(s, {180, 1, 5}, false)); // 2 o'clock did not exist this night
  EXPECT_FALSE(backup_due(s, {120, 1, 5}, true)); // 2 o'clock comes a second time
  s.frequency = backup_schedule::pace::weekly;
  s.day_of_week = 3;
  EXPECT_FALSE(backup_due(s, {300, 2, 5}, false));
  EXPECT_TRUE(backup_due(s, {300, 3, 5}, false));
  s.frequency = backup_schedule::pace::monthly;
  EXPECT_FALSE(backup_due(s, {300, 3, 2}, false));
  EXPECT_TRUE(backup_due(s, {300, 3, 1}, false));
  s.frequency = backup_schedule::pace::none;
  EXPECT_FALSE(backup_due(s, {300, 3, 1}, false));
}

TEST(BackupNames, AreNeverPaths) {
  EXPECT_TRUE(valid_backup_name("evs-20261122-020000-1a2b3c4d.dump"));
  for (const auto* name : {"", ".", "..", "../x", "a/b", "a\\b", "a b", ".hidden", "a\n", "a%2fb"})
    EXPECT_FALSE(valid_backup_name(name)) << name;
  EXPECT_FALSE(valid_backup_name(std::string(121, 'a')));
}

TEST(Mailboxes, AreOneAddress) {
  for (const auto* right : {"a@b", "centre@exemple.fr", "Centre d'appels <centre@exemple.fr>"})
    EXPECT_TRUE(valid_mailbox(right)) << right;
  for (const auto* wrong : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b,c@d", "a@b\r\nBcc: c@d", "x, y <a@b>", "<a@b> <c@d>", "a@b>"})
    EXPECT_FALSE(valid_mailbox(wrong)) << wrong;
  EXPECT_EQ(address_of("Centre <c@d.fr>"), "c@d.fr");
  EXPECT_EQ(address_of("c@d.fr"), "c@d.fr");
}

TEST(AuditNote, KeepsNamesAndPlainValuesButNoSecret) {
  const update_resource change{find_resource("user"), "user-1", object({{"lastName", "Neuf"}, {"password", "canary"}}), ""};
  const auto text = audit_text(audit_detail(data_request{resource_request{change}}));
  EXPECT_NE(text.find(R"("fields":["lastName","password"])"), std::string::npos) << text;
  EXPECT_NE(text.find("Neuf"), std::string::npos);
  EXPECT_EQ(text.find("canary"), std::string::npos);
  checked_settings smtp;
  smtp.password = "canary";
  EXPECT_EQ(audit_text(audit_detail(data_request{system_request{save_settings{settings_kind::smtp, smtp}}})), R"({"fields":["password"]})");
  EXPECT_EQ(audit_text(audit_detail(data_request{system_request{query_database{std::string("a\0b", 3)}}})), R"({"sql":"a\ufffdb"})");
  EXPECT_EQ(audit_text(audit_detail(data_request{system_request{query_database{"select * from api_contacts where \"lastName\" = 'Dupont'"}}})),
            R"({"sql":"select * from api_contacts where \"lastName\" = ?"})");
}

TEST(AuditNote, KeepsNoValueOfAStatement) {
  for (const auto& [typed, kept] : std::initializer_list<std::pair<const char*, const char*>>{
           {"select 1", "select 1"},
           {"select * from t2 where a = 'Dupont' and b = 12", "select * from t2 where a = ? and b = 12"},
           {"select 'O''Brien', 'x'", "select ?, ?"},
           {"select 'a\\', 'Dupont'", "select ?, ?"},
           {"select e'a\\'Dupont', 1", "select e?, 1"},
           {"select E'a\\\\', 'Dupont'", "select E?, ?"},
           {"select n'Dupont', U&'Dupont'", "select n?, U&?"},
           {"select $$Dupont$$, $x$Du$$pont$x$, $1", "select ?, ?, $1"},
           {"select 33612345678, +33612345678, 0612.34, 100", "select ?, +?, ?, 100"},
           {"select a -- Dupont\nfrom t", "select a ?from t"},
           {"select /* Dupont */ a", "select ? a"},
           {"select /* x /* y */ Dupont */ a", "select ?"},
           {"select 'Dupont", "select ?"},
           {"select $$Dupont", "select ?"},
           {"select /* Dupont", "select ?"},
           {"select \"lastName\" from api_contacts limit 50", "select \"lastName\" from api_contacts limit 50"},
           {"", ""},
           {"'", "?"},
           {"$", "$"},
           {"select prénom from t", "select prénom from t"}})
    EXPECT_EQ(without_values(typed), kept) << typed;
}

TEST(AuditNote, RoutineWorkIsKeptElsewhere) {
  EXPECT_FALSE(worth_an_audit_line(""));
  EXPECT_FALSE(worth_an_audit_line("POST /campaigns/next-contact"));
  EXPECT_TRUE(worth_an_audit_line("POST /campaigns"));
}

} // namespace
} // namespace evs
