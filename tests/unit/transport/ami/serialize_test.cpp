#include "transport/ami/action.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>

namespace {

using namespace evs::ami;
using header = std::pair<std::string, std::string>;

/// How Asterisk's manager reads a client, written down anew from its rules and sharing nothing with the parser under test:
/// '\n' ends a line, one '\r' before it belongs to the ending, a NUL ends the text of a line, an empty line ends an action,
/// blanks after the colon are no part of the value, a line has at most 1,024 bytes with its ending, an action 128 lines.
/// All actions found, or nullopt for bytes that Asterisk would throw away.
std::optional<std::vector<std::vector<header>>> as_asterisk_reads(const std::string& bytes) {
  std::vector<std::vector<header>> actions;
  std::vector<header> current;
  std::size_t start = 0;
  while (start < bytes.size()) {
    const auto end = bytes.find('\n', start);
    if (end == std::string::npos || end + 1 - start > 1024) return std::nullopt;
    auto text = bytes.substr(start, end - start);
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (const auto nul = text.find('\0'); nul != std::string::npos) text.resize(nul);
    start = end + 1;
    if (text.empty()) {
      if (current.empty() || current.size() > 128) return std::nullopt;
      actions.push_back(std::exchange(current, {}));
      continue;
    }
    const auto colon = text.find(':');
    if (colon == std::string::npos) return std::nullopt;
    auto value = text.substr(colon + 1);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    current.emplace_back(text.substr(0, colon), value);
  }
  if (!current.empty()) return std::nullopt;
  return actions;
}

TEST(AmiSerialize, WritesActionIdAndHeadersInOrder) {
  const auto bytes =
      serialize({"Originate", {{"Channel", "PJSIP/1001"}, {"Variable", "A=1"}, {"Variable", "B=2"}}}, "x-1");
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes,
            "Action: Originate\r\nActionID: x-1\r\nChannel: PJSIP/1001\r\nVariable: A=1\r\nVariable: B=2\r\n\r\n");
}

TEST(AmiSerialize, RefusesEveryControlByteAnywhere) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string odd(1, static_cast<char>(byte));
    const bool control = byte < 0x20 || byte == 0x7f;
    EXPECT_EQ(serialize({"Ping", {{"Key", "a" + odd + "b"}}}, "1").ok(), !control) << byte;
    EXPECT_EQ(serialize({"Ping", {{"Key", "ab" + odd}}}, "1").ok(), !control) << byte;
    if (control) {
      EXPECT_FALSE(serialize({"Ping", {{"K" + odd, "v"}}}, "1").ok()) << byte;
      EXPECT_FALSE(serialize({"Pi" + odd, {}}, "1").ok()) << byte;
      EXPECT_FALSE(serialize({"Ping", {}}, "1" + odd).ok()) << byte;
    }
  }
}

TEST(AmiSerialize, RefusesOddNames) {
  for (const char* name : {"", "a:b", "a b", " a", "é", "Action", "actionid"})
    EXPECT_FALSE(serialize({"Ping", {{name, "v"}}}, "1").ok()) << name;
  EXPECT_FALSE(serialize({"", {}}, "1").ok());
}

TEST(AmiSerialize, KeepsToTheSizesThatAsteriskReads) {
  // "Key: " and "\r\n" take 7 of the 1,024 bytes.
  EXPECT_TRUE(serialize({"Ping", {{"Key", std::string(1017, 'v')}}}, "1").ok());
  EXPECT_FALSE(serialize({"Ping", {{"Key", std::string(1018, 'v')}}}, "1").ok());
  EXPECT_TRUE(serialize({"Ping", std::vector<header>(126, {"K", "v"})}, "1").ok());
  EXPECT_FALSE(serialize({"Ping", std::vector<header>(127, {"K", "v"})}, "1").ok());
}

TEST(AmiSerialize, SaysWhatWasWrongWithoutRepeatingTheValue) {
  const auto refused = serialize({"Login", {{"Secret", "se\ncret"}}}, "1");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().text(), "Login: control byte in Secret");
}

/// Pieces that attackers use, and bytes in between.
std::string random_text(std::mt19937& random) {
  static constexpr std::string_view pieces[] = {
      "\r\n", "\n", "\r", "\r\n\r\n",   "Action: ", "Command", "ActionID: ", ":",
      ": ",   " ",  "a",  "PJSIP/1001", "%0d%0a",   "=",       ","};
  std::string text;
  for (auto parts = random() % 6; parts > 0; --parts) {
    // One draw in eight is a single byte of any kind; most texts are harmless, so that both outcomes are frequent.
    const auto draw = random();
    if (draw % 8 == 0) text += static_cast<char>(random() & 0xff);
    else if (draw % 8 == 1) text += pieces[(draw >> 3) % std::size(pieces)];
    else text += pieces[10 + (draw >> 3) % 2];
  }
  return text;
}

TEST(AmiSerialize, AMillionRandomActionsSmuggleNothing) {
  // The run with sanitizers looks for other faults; it is twenty times slower.
  const int rounds = std::getenv("EVS_SANITIZED") ? 50'000 : 1'000'000;
  std::mt19937 random(20261122);
  std::size_t sent = 0, refused = 0;
  for (int round = 0; round < rounds; ++round) {
    action what{random() % 16 == 0 ? random_text(random) : "Originate", {}};
    for (auto count = random() % 3; count > 0; --count)
      what.headers.emplace_back(random() % 8 == 0 ? random_text(random) : "Variable", random_text(random));
    const std::string id = random() % 16 == 0 ? random_text(random) : "evs-1";
    const auto bytes = serialize(what, id);
    if (!bytes) {
      ++refused;
      continue;
    }
    ++sent;
    std::vector<header> expected{{"Action", what.name}};
    if (!id.empty()) expected.emplace_back("ActionID", id);
    expected.insert(expected.end(), what.headers.begin(), what.headers.end());
    const auto read = as_asterisk_reads(*bytes);
    ASSERT_TRUE(read) << "round " << round;
    ASSERT_EQ(read->size(), 1U) << "round " << round;
    ASSERT_EQ((*read)[0], expected) << "round " << round;
  }
  EXPECT_GT(sent, static_cast<std::size_t>(rounds) / 10);
  EXPECT_GT(refused, static_cast<std::size_t>(rounds) / 10);
}

} // namespace
