#include "transport/ami/parser.hpp"

#include "tests/unit/transport/ami/transcripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace evs::ami;
using evs::test::frames_in;
using fields = std::vector<std::pair<std::string, std::string>>;

TEST(AmiParser, ReadsHeadersUpToTheEmptyLine) {
  const auto frames = frames_in("Event: Hangup\r\nCause: 16\r\n\r\nEvent: Next\r\n");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].fields, (fields{{"Event", "Hangup"}, {"Cause", "16"}}));
  EXPECT_EQ(frames[0].get("cAUSE"), "16");
  EXPECT_FALSE(frames[0].has("Caus"));
}

TEST(AmiParser, TakesALoneNewlineAsTheEndOfALine) { EXPECT_EQ(frames_in("A: 1\nB: 2\r\n\nC: 3\n\r\n").size(), 2U); }

TEST(AmiParser, KeepsTheGreetingApart) {
  parser p;
  p.feed("Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n\r\nAsterisk Call Manager/9\r\n");
  const auto frame = p.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(p.greeting(), "11.0.0");
  EXPECT_EQ(frame->headers.size(), 1U);
  EXPECT_FALSE(p.next());
  EXPECT_EQ(p.malformed(), 1U) << "a greeting belongs to the beginning";
  p.reset();
  EXPECT_EQ(p.greeting(), "");
}

TEST(AmiParser, KeepsRepeatedHeadersAndOutputLinesInOrder) {
  const auto frames = frames_in("Response: Success\r\nOutput: one\r\nOutput: \r\nOutput:   three: 3\r\n\r\n");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].fields,
            (fields{{"Response", "Success"}, {"Output", "one"}, {"Output", ""}, {"Output", "  three: 3"}}));
}

TEST(AmiParser, IgnoresWhatFollowsANul) {
  using namespace std::string_literals;
  const auto frames = frames_in("A: 1\0junk: x\r\nB: 2\r\n\0\r\nC: 3\r\n\r\n"s);
  ASSERT_EQ(frames.size(), 1U) << "a line with a NUL is not empty";
  EXPECT_EQ(frames[0].fields, (fields{{"A", "1"}, {"B", "2"}, {"C", "3"}}));
}

TEST(AmiParser, CountsLinesThatAreNoHeaderAndGoesOn) {
  parser p;
  p.feed("A: 1\r\nwhat is this\r\n: nameless\r\nB: 2\r\n\r\n");
  const auto frame = p.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->headers.size(), 2U);
  EXPECT_EQ(p.malformed(), 2U);
}

class AmiParserBounds : public testing::TestWithParam<std::size_t> {
protected:
  /// Names of the events that arrive when the bytes come in pieces of the parameter's size.
  std::vector<std::string> events(std::string_view bytes) {
    std::vector<std::string> names;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(GetParam(), bytes.size()))) {
      parser_.feed(bytes.substr(0, GetParam()));
      while (const auto frame = parser_.next()) names.emplace_back(frame->get("Event"));
    }
    return names;
  }
  parser parser_{{.line = 100, .frame = 1000, .headers = 12}};
};

TEST_P(AmiParserBounds, SkipAFrameWithATooLongLine) {
  EXPECT_THAT(
      events("Event: a\r\nX: 1\r\n\r\nEvent: b\r\nY: " + std::string(5000, 'y') + "\r\nZ: 1\r\n\r\nEvent: c\r\n\r\n"),
      testing::ElementsAre("a", "c"));
  EXPECT_EQ(parser_.malformed(), 1U);
}

TEST_P(AmiParserBounds, LetALineOfExactlyTheLimitPass) {
  EXPECT_THAT(events("Event: " + std::string(92, 'e') + "\r\n\r\n"), testing::SizeIs(1));
  EXPECT_THAT(events("Event: " + std::string(93, 'e') + "\r\n\r\n"), testing::SizeIs(0));
}

TEST_P(AmiParserBounds, SkipAFrameWithTooManyBytesOrHeaders) {
  std::string large = "Event: large\r\n", many = "Event: many\r\n";
  for (int i = 0; i < 11; ++i) large += "H: " + std::string(95, 'v') + "\r\n";
  for (int i = 0; i < 12; ++i) many += "H: v\r\n";
  EXPECT_THAT(events(large + "\r\n" + many + "\r\nEvent: good\r\n\r\n"), testing::ElementsAre("good"));
  EXPECT_EQ(parser_.malformed(), 2U);
}

TEST_P(AmiParserBounds, FindTheNextFrameAfterEndlessBytes) {
  std::string bytes(100000, 'x');
  bytes.append("\r\n\r\nEvent: good\r\n\r\n");
  EXPECT_THAT(events(bytes), testing::ElementsAre("good"));
  EXPECT_EQ(parser_.malformed(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Pieces, AmiParserBounds, testing::Values(1, 3, 7, 64, 100, 101, 4096));

TEST(AmiParser, GivesTheSameFramesWhereverTheBytesAreSplit) {
  ASSERT_GE(evs::test::transcripts().size(), 20U);
  for (const auto& [name, bytes] : evs::test::transcripts()) {
    const auto whole = frames_in(bytes);
    ASSERT_GT(whole.size(), 2U) << name;
    for (std::size_t piece : {1, 2, 3, 5, 17, 61, 1021}) {
      const auto split = frames_in(bytes, piece);
      ASSERT_EQ(split.size(), whole.size()) << name << " in pieces of " << piece;
      for (std::size_t i = 0; i < whole.size(); ++i)
        ASSERT_EQ(split[i].fields, whole[i].fields) << name << " in pieces of " << piece;
    }
  }
}

TEST(AmiParser, GivesTheSameFramesForACutAtEveryByte) {
  // The pieces of one parser, fed in two halves; only the frames around the cut can differ, so the rest is not built anew.
  for (const char* name : {"inbound-agent-hangs-up", "outbound-busy"}) {
    const std::string_view bytes = evs::test::transcript_named(name);
    const auto whole = frames_in(bytes);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      parser p;
      std::size_t index = 0;
      for (auto half : {bytes.substr(0, cut), bytes.substr(cut)}) {
        p.feed(half);
        while (const auto frame = p.next()) {
          ASSERT_LT(index, whole.size());
          const auto& expected = whole[index++].fields;
          ASSERT_EQ(frame->headers.size(), expected.size()) << name << " cut at " << cut;
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(frame->headers[i].name, expected[i].first) << name << " cut at " << cut;
            ASSERT_EQ(frame->headers[i].value, expected[i].second) << name << " cut at " << cut;
          }
        }
      }
      ASSERT_EQ(index, whole.size()) << name << " cut at " << cut;
      ASSERT_EQ(p.malformed(), 0U);
    }
  }
}

} // namespace
