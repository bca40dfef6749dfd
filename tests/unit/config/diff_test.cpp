#include "config/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace evs::config;
using evs::milliseconds;

settings with_servers(std::initializer_list<const char*> names) {
  settings s;
  for (const auto* name : names) s.asterisk.emplace_back().name = name;
  return s;
}

TEST(ConfigDiff, IsEmptyForTheSame) { EXPECT_THAT(diff(with_servers({"a"}), with_servers({"a"})), testing::IsEmpty()); }

TEST(ConfigDiff, TellsWhatIsLiveAndWhatWaits) {
  settings before, after;
  after.http.port = 81;
  after.sessions.tick = milliseconds{20};
  after.auth.argon2.operations = 3;
  after.http.allowed_origins = {"http://a"};
  EXPECT_THAT(diff(before, after),
              testing::ElementsAre(change{"http.port", applies::restart}, change{"http.allowed_origins", applies::live},
                                   change{"auth.argon2.operations", applies::live},
                                   change{"sessions.tick", applies::live}));
}

TEST(ConfigDiff, FollowsServersByName) {
  auto before = with_servers({"a", "b"}), after = with_servers({"c", "a"});
  after.asterisk[1].secret = "new";
  EXPECT_THAT(diff(before, after),
              testing::ElementsAre(change{"asterisk[c]", applies::live}, change{"asterisk[a].secret", applies::live},
                                   change{"asterisk[b]", applies::live}));
  EXPECT_THAT(diff(with_servers({"a", "b"}), with_servers({"b", "a"})), testing::IsEmpty());
}

TEST(ConfigDiff, KeepsWhatOnlyARestartChanges) {
  auto running = with_servers({"a"}), wanted = with_servers({"a", "b"});
  wanted.http.port = 81;
  wanted.database.url = "postgresql://other";
  wanted.sessions.tick = milliseconds{20};
  wanted.log.level = log_level::debug;
  const auto now = applied_live(running, wanted);
  EXPECT_EQ(now.http.port, running.http.port);
  EXPECT_EQ(now.database.url, running.database.url);
  EXPECT_EQ(now.sessions.tick, milliseconds{20});
  EXPECT_EQ(now.log.level, log_level::debug);
  EXPECT_EQ(now.asterisk.size(), 2U);
  for (const auto& left : diff(now, wanted)) EXPECT_EQ(left.when, applies::restart) << left.path;
}

TEST(ConfigDiff, KnowsItsKeys) {
  std::vector<std::string> paths;
  for (const auto& key : all_keys()) paths.push_back(key.path);
  EXPECT_THAT(paths, testing::IsSupersetOf({"http.port", "asterisk[].secret", "auth.login_throttle.window", "limits.request_burst"}));
}

} // namespace
