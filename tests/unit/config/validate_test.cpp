#include "config/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace evs::config;

/// Paths of what is wrong after a change to the defaults.
template <class F> std::vector<std::string> paths_after(F change) {
  settings s;
  s.asterisk.emplace_back().secret = "s";
  change(s);
  std::vector<std::string> paths;
  for (const auto& one : validate(s)) paths.push_back(one.path);
  return paths;
}

using testing::ElementsAre;

TEST(ConfigValidate, AcceptsTheDefaults) {
  EXPECT_THAT(paths_after([](settings&) {}), testing::IsEmpty());
  EXPECT_THAT(validate(settings{}), testing::IsEmpty());
}

TEST(ConfigValidate, ServersHaveOwnNamesAndASecret) {
  EXPECT_THAT(paths_after([](settings& s) { s.asterisk.push_back(s.asterisk[0]); }), ElementsAre("asterisk[1].name"));
  EXPECT_THAT(paths_after([](settings& s) { s.asterisk[0].name = "a b"; }), ElementsAre("asterisk[0].name"));
  EXPECT_THAT(paths_after([](settings& s) { s.asterisk[0].secret.clear(); }), ElementsAre("asterisk[0].secret"));
  EXPECT_THAT(paths_after([](settings& s) { s.asterisk[0].backoff_min *= 1000; }),
              ElementsAre("asterisk[0].backoff_min"));
}

TEST(ConfigValidate, OriginsAreExact) {
  for (const char* bad :
       {"*", "evs.example.fr", "https://evs.example.fr/", "https://*.example.fr", "https://", "ftp://a"})
    EXPECT_THAT(paths_after([&](settings& s) {
                  s.http.allowed_origins = {"http://a", bad};
                }),
                ElementsAre("http.allowed_origins[1]"))
        << bad;
  EXPECT_THAT(paths_after([](settings& s) { s.http.public_url = "evs.example.fr"; }), ElementsAre("http.public_url"));
}

TEST(ConfigValidate, ProxiesAreAddresses) {
  for (const char* bad : {"proxy.example", "10.0.0.0/8", "", "10.0.0"})
    EXPECT_THAT(paths_after([&](settings& s) {
                  s.http.trusted_proxies = {"10.0.0.2", "fd00::1", bad};
                }),
                ElementsAre("http.trusted_proxies[2]"))
        << bad;
}

TEST(ConfigValidate, CookiesAreSecureWhereThePageIs) {
  EXPECT_THAT(paths_after([](settings& s) { s.http.public_url = "https://evs.example.fr"; }),
              ElementsAre("http.secure_cookies"));
  EXPECT_THAT(paths_after([](settings& s) {
                s.http.public_url = "https://evs.example.fr";
                s.http.secure_cookies = true;
              }),
              testing::IsEmpty());
}

TEST(ConfigValidate, LimitsFitTogether) {
  EXPECT_THAT(paths_after([](settings& s) { s.sessions.coalesce_above = s.sessions.close_above; }),
              ElementsAre("sessions.coalesce_above"));
  EXPECT_THAT(paths_after([](settings& s) { s.auth.access_ttl = s.auth.refresh_ttl; }), ElementsAre("auth.access_ttl"));
  EXPECT_THAT(paths_after([](settings& s) {
                s.store.batch_size = 5000;
                s.store.queue_limit = 1000;
              }),
              ElementsAre("store.batch_size"));
  EXPECT_THAT(paths_after([](settings& s) { s.limits.request_burst = 1; }), ElementsAre("limits.request_burst"));
}

TEST(ConfigValidate, ContextsAreDifferentWords) {
  EXPECT_THAT(paths_after([](settings& s) { s.telephony.hold_context = s.telephony.waiting_context; }),
              ElementsAre("telephony.hold_context"));
  EXPECT_THAT(paths_after([](settings& s) { s.telephony.outbound_context = "a,b"; }),
              ElementsAre("telephony.outbound_context"));
}

TEST(ConfigValidate, ACommandHasAProgram) {
  EXPECT_THAT(paths_after([](settings& s) { s.asterisk_apply.command = {"", "--etc"}; }), ElementsAre("asterisk_apply.command[0]"));
  EXPECT_THAT(paths_after([](settings& s) { s.asterisk_apply.command = {"apply", ""}; }), testing::IsEmpty());
}

TEST(ConfigValidate, DatabaseUrlIsOne) {
  EXPECT_THAT(paths_after([](settings& s) { s.database.url = "localhost"; }), ElementsAre("database.url"));
  EXPECT_THAT(paths_after([](settings& s) { s.database.url = "host=/run/postgresql dbname=evs"; }), testing::IsEmpty());
}

} // namespace
