#include "config/parse.hpp"

#include "config/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace {

using namespace evs::config;
using evs::milliseconds;
using evs::seconds;

sources lab_sources() {
  return {[](const std::string& name) -> std::optional<std::string> {
            if (name == "EVS_AMI_SECRET") return "amisecret";
            if (name == "PW") return "p:w";
            return std::nullopt;
          },
          [](const std::string& path) -> std::optional<std::string> {
            if (path == "/run/key") return "0123456789abcdef0123456789abcdef\n";
            if (path == "/run/empty") return "\n";
            return std::nullopt;
          }};
}

/// Every problem of a text in one line each.
std::vector<std::string> problems_of(std::string_view yaml) {
  std::vector<std::string> texts;
  for (const auto& one : load(yaml, lab_sources()).wrong) texts.push_back(one.full_text());
  return texts;
}

std::string shown_file() {
  std::ifstream file(EVS_CONFIG_FILE);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ConfigFile, ShowsTheDefaults) {
  const auto shown = load(shown_file(), lab_sources());
  for (const auto& one : shown.wrong) ADD_FAILURE() << one.full_text();
  settings expected;
  expected.asterisk.emplace_back().secret = "amisecret";
  for (const auto& change : diff(expected, shown.value)) ADD_FAILURE() << change.path << " is another default";
  EXPECT_EQ(shown.value, expected);
}

/// A key of the shown file, and what the comments above it say about reloads: the latest of its group counts.
struct shown_key {
  std::string path;
  std::string when;
};

struct shown_keys {
  std::vector<shown_key> all;
  std::vector<std::string> without_comment;
};

/// Keys as the file nests them; every group has a comment above.
shown_keys keys_of(const std::string& file) {
  shown_keys out;
  std::vector<std::string> path;
  std::vector<std::size_t> depths;
  bool commented = false;
  std::string when;
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto start = line.find_first_not_of(" -");
    if (start == std::string::npos) {
      commented = false;
      continue;
    }
    if (line[start] == '#') {
      if (start == 0 && !commented) when.clear();
      commented = true;
      for (const auto* word : {"live", "restart"})
        if (line.find("(" + std::string{word} + ")") != std::string::npos) when = word;
      continue;
    }
    while (!depths.empty() && depths.back() >= start) {
      depths.pop_back();
      path.pop_back();
    }
    depths.push_back(start);
    path.push_back(line.substr(start, line.find(':') - start));
    std::string full;
    for (const auto& part : path) full.append(full.empty() ? "" : ".").append(part);
    if (full.starts_with("asterisk.")) full.replace(0, 9, "asterisk[].");
    if (depths.size() == 1 && !commented) out.without_comment.push_back(full);
    out.all.push_back({full, when});
  }
  return out;
}

TEST(ConfigFile, ShowsEveryKeyWithAComment) {
  const auto shown = keys_of(shown_file());
  EXPECT_THAT(shown.without_comment, testing::IsEmpty());
  for (const auto& key : all_keys())
    EXPECT_TRUE(std::any_of(shown.all.begin(), shown.all.end(), [&](const auto& one) { return one.path == key.path; }))
        << key.path << " is not shown";
}

TEST(ConfigFile, SaysWhatAReloadAppliesAndWhatWaits) {
  const auto shown = keys_of(shown_file());
  for (const auto& key : all_keys())
    for (const auto& one : shown.all) {
      if (one.path != key.path) continue;
      EXPECT_EQ(one.when, key.when == applies::live ? "live" : "restart") << key.path;
    }
}

TEST(ConfigParse, TakesNothingAsTheDefaults) {
  EXPECT_THAT(problems_of(""), testing::IsEmpty());
  EXPECT_EQ(parse("", {}).value, settings{});
  EXPECT_EQ(parse("http:\nasterisk:\n", {}).value, settings{});
}

TEST(ConfigParse, ReadsEveryKindOfValue) {
  const auto got = load(
      "node: {name: evs-2}\n"
      "http: {port: 18080, allowed_origins: ['https://a.fr', 'http://b.fr:8080'], compatibility_door: false, max_body: 2MiB}\n"
      "auth: {jwt_secret_file: /run/key, access_ttl: 5m, argon2: {memory: 33554432}}\n"
      "database: {url: 'postgresql://evs:${PW}@db/evs'}\n"
      "asterisk: [{name: a, secret: s}, {name: b, secret: t, port: 5039, tls: true, keep_alive: 700ms}]\n"
      "asterisk_apply: {command: [/opt/apply, --etc, '/etc/asterisk 22'], timeout: 5s}\n"
      "sessions: {tick: 20ms}\n"
      "log: {level: debug, format: json}\n",
      lab_sources());
  for (const auto& one : got.wrong) ADD_FAILURE() << one.full_text();
  EXPECT_EQ(got.value.node.name, "evs-2");
  EXPECT_EQ(got.value.http.port, 18080);
  EXPECT_THAT(got.value.http.allowed_origins, testing::ElementsAre("https://a.fr", "http://b.fr:8080"));
  EXPECT_FALSE(got.value.http.compatibility_door);
  EXPECT_EQ(got.value.http.max_body, 2U * 1024 * 1024);
  EXPECT_EQ(got.value.auth.jwt_secret, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(got.value.auth.access_ttl, seconds{300});
  EXPECT_EQ(got.value.auth.argon2.memory, 33554432U);
  EXPECT_EQ(got.value.database.url, "postgresql://evs:p:w@db/evs");
  ASSERT_EQ(got.value.asterisk.size(), 2U);
  EXPECT_EQ(got.value.asterisk[1].port, 5039);
  EXPECT_TRUE(got.value.asterisk[1].tls);
  EXPECT_EQ(got.value.asterisk[1].keep_alive, milliseconds{700});
  EXPECT_THAT(got.value.asterisk_apply.command, testing::ElementsAre("/opt/apply", "--etc", "/etc/asterisk 22"));
  EXPECT_EQ(got.value.asterisk_apply.timeout, seconds{5});
  EXPECT_EQ(got.value.sessions.tick, milliseconds{20});
  EXPECT_EQ(got.value.log.level, log_level::debug);
  EXPECT_EQ(got.value.log.format, log_format::json);
}

TEST(ConfigParse, ReportsEverythingAtOnceWithPathAndLine) {
  EXPECT_THAT(problems_of("htpp:\n"                 // 1
                          "  port: 80\n"            // 2
                          "http:\n"                 // 3
                          "  port: 70000\n"         // 4
                          "  prot: 1\n"             // 5
                          "  secure_cookies: yes\n" // 6
                          "  allowed_origins: x\n"  // 7
                          "  port: 81\n"            // 8
                          "sessions:\n"             // 9
                          "  tick: 2h\n"            // 10
                          "  ping_interval: 30\n"   // 11
                          "  max_message:\n"        // 12
                          "  close_above: 1 MiB\n"  // 13
                          "auth:\n"                 // 14
                          "  argon2: 5\n"           // 15
                          "  access_ttl: 1500ms\n"  // 16
                          "log: {level: loud}\n"    // 17
                          "asterisk:\n"             // 18
                          "  - {name: a, secret: s, port: -1}\n"),
              testing::UnorderedElementsAre(
                  "line 1: htpp: is no known key", "line 4: http.port: must be at most 65535",
                  "line 5: http.prot: is no known key", "line 6: http.secure_cookies: must be true or false",
                  "line 7: http.allowed_origins: must be a list, such as [a, b]", "line 8: http.port: is there twice",
                  "line 10: sessions.tick: must be between 5ms and 1s, not 2h",
                  "line 11: sessions.ping_interval: must be a duration such as 200ms, 5s, 15m, 12h or 7d",
                  "line 12: sessions.max_message: has no value",
                  "line 13: sessions.close_above: must be a size such as 65536, 64KiB or 4MiB",
                  "line 15: auth.argon2: must be a group of keys",
                  "line 16: auth.access_ttl: must be a duration of whole seconds such as 5s, 15m, 12h or 7d",
                  "line 17: log.level: must be one of trace, debug, info, warning, error",
                  "line 19: asterisk[0].port: must be a whole number"));
}

TEST(ConfigParse, KeepsTheDefaultWhereAValueIsWrong) {
  EXPECT_EQ(parse("http: {port: 0, address: ''}", {}).value, settings{});
  EXPECT_EQ(parse("http: {port: 0, address: ''}", {}).wrong.size(), 2U);
}

TEST(ConfigParse, SaysWhatIsNoYamlAndWhatIsNoMap) {
  EXPECT_THAT(problems_of("http: [1\nport: }"), testing::ElementsAre(testing::HasSubstr("is no YAML")));
  EXPECT_THAT(problems_of("- a\n- b\n"), testing::ElementsAre("line 1: must be a group of keys"));
  EXPECT_THAT(problems_of("asterisk: central"), testing::ElementsAre(testing::HasSubstr("must be a list of servers")));
  EXPECT_THAT(problems_of("asterisk: [central]"), testing::Contains("line 1: asterisk[0]: must be a group of keys"));
  EXPECT_THAT(problems_of("? [a, b]\n: c\n"), testing::ElementsAre("line 1: has a key that is no word"));
}

TEST(ConfigParse, TakesSecretsFromOnePlaceAndNeverShowsThem) {
  EXPECT_THAT(problems_of("auth: {jwt_secret: hush, jwt_secret_file: /run/key}"),
              testing::ElementsAre("line 1: auth.jwt_secret_file: is there beside jwt_secret: give one of them"));
  EXPECT_THAT(problems_of("redis: {password: 'a${NO_SUCH}'}"),
              testing::ElementsAre("line 1: redis.password: wants the environment variable NO_SUCH, which is not set"));
  EXPECT_THAT(problems_of("redis: {password: 'a${PW'}"),
              testing::ElementsAre("line 1: redis.password: has a ${ without its }"));
  EXPECT_THAT(problems_of("redis: {password_file: /run/none}"),
              testing::ElementsAre("line 1: redis.password_file: names the file /run/none, which cannot be read"));
  EXPECT_THAT(problems_of("redis: {password_file: /run/empty}"),
              testing::ElementsAre("line 1: redis.password_file: names the file /run/empty, which is empty"));
  EXPECT_THAT(problems_of("auth: {jwt_secret: hush}"),
              testing::ElementsAre("auth.jwt_secret: must have at least 32 bytes"));
  EXPECT_THAT(problems_of("asterisk: [{secret: \"hu\\nsh\"}]"), testing::Each(testing::Not(testing::HasSubstr("hu"))));
}

TEST(ConfigParse, ExpandsNothingOutsideSecrets) {
  EXPECT_EQ(parse("node: {name: '${PW}'}", lab_sources()).value.node.name, "${PW}");
}

TEST(ConfigFile, SaysThatAFileCannotBeRead) {
  const auto got = load_file("/no/such/file.yaml");
  ASSERT_EQ(got.wrong.size(), 1U);
  EXPECT_EQ(got.wrong[0].full_text(), "the file /no/such/file.yaml cannot be read");
  EXPECT_FALSE(load_file("/").ok());
}

} // namespace
