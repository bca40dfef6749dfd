// The measuring instruments measured: a benchmark that counts wrongly proves nothing.
#include "tests/bench/dashboards/event_scan.hpp"
#include "tests/bench/dashboards/verdict.hpp"
#include "tests/bench/dashboards/websocket.hpp"
#include "tests/bench/source/sequence.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evs::bench {
namespace {

TEST(EventScan, FindsTheTimedEventsInANativeFrame) {
  const auto found = scan_events(
      R"([{"offset":7,"type":"newCall","payload":{"caller":"a\"}]","callId":"17.42","x":{"callId":"17.1"}}},)"
      R"({"offset":8,"type":"queueUpdate","payload":{"queueId":"q","type":"newCall"}},)"
      R"({"offset":9,"type":"callHangup","payload":{"callId":"17.5"}}])",
      "17.");
  EXPECT_EQ(found.events, 3U);
  EXPECT_FALSE(found.snapshot);
  ASSERT_EQ(found.marks.size(), 2U);
  EXPECT_EQ(found.marks[0].index, 42U);
  EXPECT_EQ(found.marks[0].kind, mark_kind::new_call);
  EXPECT_EQ(found.marks[1].index, 5U);
  EXPECT_EQ(found.marks[1].kind, mark_kind::call_hangup);
}

TEST(EventScan, ReadsASingleEventWhateverTheOrderOfItsKeys) {
  const auto found = scan_events(R"({"payload":{"callId":"17.3"},"type":"newCall"})", "17.");
  EXPECT_EQ(found.events, 1U);
  ASSERT_EQ(found.marks.size(), 1U);
  EXPECT_EQ(found.marks[0].index, 3U);
}

TEST(EventScan, TakesASnapshotForNoEventAndAForeignCallForNoMark) {
  const auto hello =
      scan_events(R"({"type":"hello","epoch":"e","offset":3,"snapshot":{"calls":[{"callId":"17.3"}]}})", "17.");
  EXPECT_TRUE(hello.snapshot);
  EXPECT_EQ(hello.events, 0U);
  const auto foreign = scan_events(R"({"type":"newCall","payload":{"callId":"18.3"}})", "17.");
  EXPECT_EQ(foreign.events, 1U);
  EXPECT_TRUE(foreign.marks.empty());
}

std::string frame(unsigned first_byte, const std::string& payload) {
  std::string result(1, static_cast<char>(first_byte));
  if (payload.size() < 126) {
    result += static_cast<char>(payload.size());
  } else {
    result += static_cast<char>(126);
    result += static_cast<char>(payload.size() >> 8);
    result += static_cast<char>(payload.size() & 0xff);
  }
  return result + payload;
}

TEST(WebsocketReader, JoinsFragmentsWhateverThePiecesTheyArriveIn) {
  const std::string big(1000, 'x');
  const auto bytes = frame(0x81, "one") + frame(0x01, "tw") + frame(0x89, "are you there") + frame(0x80, "o") +
                     frame(0x81, big) + frame(0x88, std::string("\x0f\xa8", 2));
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    std::vector<std::string> messages;
    unsigned pings = 0;
    unsigned code = 0;
    const websocket_reader::events to{[&](std::string_view m) { messages.emplace_back(m); },
                                      [&](std::string_view) { ++pings; }, [&](unsigned c) { code = c; }};
    websocket_reader reader;
    for (std::size_t at = 0; at < bytes.size(); at += piece) reader.feed(std::string_view(bytes).substr(at, piece), to);
    ASSERT_EQ(messages, (std::vector<std::string>{"one", "two", big})) << "pieces of " << piece;
    ASSERT_EQ(pings, 1U);
    ASSERT_EQ(code, 4008U);
  }
}

TEST(LatencyHistogram, IsWithinTwoPercentOfTheTruth) {
  latency_histogram histogram;
  for (std::uint64_t us = 1; us <= 100'000; ++us) histogram.add(us);
  EXPECT_EQ(histogram.count(), 100'000U);
  EXPECT_EQ(histogram.max(), 100'000U);
  EXPECT_NEAR(static_cast<double>(histogram.percentile(50)), 50'000, 1'000);
  EXPECT_NEAR(static_cast<double>(histogram.percentile(99)), 99'000, 1'980);
}

TEST(SeenCalls, TellsMissingFromDoubled) {
  seen_calls seen(10);
  EXPECT_TRUE(seen.mark(0, 0));
  EXPECT_TRUE(seen.mark(0, 1));
  EXPECT_FALSE(seen.mark(0, 1));
  EXPECT_TRUE(seen.mark(2, 0));
  EXPECT_EQ(seen.missing(3), 3U);
}

TEST(Sequence, RendersARecordedCall) {
  const std::string folder = EVS_SEQUENCES;
  const auto arrives = sequence::load(folder + "/inbound_arrives.ami");
  const auto ends = sequence::load(folder + "/inbound_ends.ami");
  EXPECT_EQ(arrives.events() + ends.events(), 20U);
  field_values values;
  values.fill("V");
  std::string text;
  arrives.render_all(values, text);
  EXPECT_NE(text.find("Event: Newchannel\r\nPrivilege: call,all\r\nChannel: V\r\n"), std::string::npos);
  EXPECT_EQ(text.find('{'), std::string::npos);
  EXPECT_EQ(text.substr(text.size() - 4), "\r\n\r\n");
}

} // namespace
} // namespace evs::bench
