#include "transport/ami/correlator.hpp"

#include "tests/unit/transport/ami/transcripts.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evs::ami;
using namespace std::chrono_literals;
using verdict = correlator::verdict;

class AmiCorrelator : public testing::Test {
protected:
  correlator table{"evs-", 3};
  correlator::time_point t0{};
  std::vector<reply> answers;

  bool expect(std::chrono::milliseconds timeout = 1s) {
    return table.expect(t0 + timeout, [this](reply got) { answers.push_back(std::move(got)); });
  }
  verdict take(std::string_view bytes) {
    const auto frames = evs::test::frames_in(bytes);
    std::vector<header_view> room;
    return table.take(view_of(frames.at(0), room));
  }
};

TEST_F(AmiCorrelator, GivesEachActionItsOwnAnswer) {
  EXPECT_EQ(table.next_id(), "evs-1");
  expect();
  expect();
  EXPECT_EQ(take("Response: Error\nActionID: evs-2\nMessage: no\n\n"), verdict::taken);
  EXPECT_EQ(take("Response: Success\nActionID: evs-1\nMessage: yes\n\n"), verdict::taken);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].status, reply_status::refused);
  EXPECT_EQ(answers[0].message, "no");
  EXPECT_EQ(answers[1].status, reply_status::ok);
  EXPECT_EQ(answers[1].response.get("Message"), "yes");
  EXPECT_EQ(table.pending(), 0U);
}

TEST_F(AmiCorrelator, CollectsAListBetweenOtherEvents) {
  expect();
  EXPECT_EQ(take("Response: Success\nActionID: evs-1\nEventList: start\n\n"), verdict::taken);
  EXPECT_EQ(take("Event: Item\nActionID: evs-1\nN: 1\n\n"), verdict::taken);
  EXPECT_EQ(take("Event: Hangup\nUniqueid: x\n\n"), verdict::event);
  EXPECT_EQ(take("Event: OriginateResponse\nActionID: evs-1\nResponse: Success\n\n"), verdict::event);
  EXPECT_EQ(take("Event: Item\nActionID: other-1\nN: 9\n\n"), verdict::event);
  EXPECT_EQ(take("Event: Item\nActionID: evs-1\nN: 2\n\n"), verdict::taken);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(take("Event: Done\nActionID: evs-1\nEventList: Complete\nListItems: 2\n\n"), verdict::taken);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, reply_status::ok);
  ASSERT_EQ(answers[0].items.size(), 2U);
  EXPECT_EQ(answers[0].items[1].get("N"), "2");
}

TEST_F(AmiCorrelator, CallsAListWithMissingEntriesIncomplete) {
  expect();
  take("Response: Success\nActionID: evs-1\nEventList: start\n\n");
  take("Event: Item\nActionID: evs-1\nN: 1\n\n");
  take("Event: Done\nActionID: evs-1\nEventList: Complete\nListItems: 2\n\n");
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, reply_status::incomplete);
  EXPECT_EQ(answers[0].message, "1 of 2 entries arrived");
  EXPECT_EQ(answers[0].items.size(), 1U);
}

TEST_F(AmiCorrelator, CallsACancelledListIncomplete) {
  expect();
  take("Response: Success\nActionID: evs-1\nEventList: start\n\n");
  take("Event: Done\nActionID: evs-1\nEventList: cancelled\n\n");
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, reply_status::incomplete);
}

TEST_F(AmiCorrelator, CountsAndIgnoresWhatComesTooLate) {
  expect(10ms);
  expect(20ms);
  EXPECT_EQ(table.next_deadline(), t0 + 10ms);
  table.expire(t0 + 10ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, reply_status::timed_out);
  EXPECT_EQ(table.next_deadline(), t0 + 20ms);
  EXPECT_EQ(take("Response: Success\nActionID: evs-1\nEventList: start\n\n"), verdict::late);
  EXPECT_EQ(take("Event: Item\nActionID: evs-1\n\n"), verdict::late);
  EXPECT_EQ(table.late(), 2U);
  EXPECT_EQ(table.timed_out(), 1U);
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(take("Event: OriginateResponse\nActionID: evs-1\n\n"), verdict::event)
      << "the outcome of an originate is news";
}

TEST_F(AmiCorrelator, GivesUpAListThatNeverEnds) {
  expect(10ms);
  take("Response: Success\nActionID: evs-1\nEventList: start\n\n");
  take("Event: Item\nActionID: evs-1\n\n");
  table.expire(t0 + 11ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, reply_status::timed_out);
  EXPECT_FALSE(table.next_deadline());
}

TEST_F(AmiCorrelator, HasABound) {
  EXPECT_TRUE(expect() && expect() && expect());
  EXPECT_FALSE(expect());
  take("Response: Success\nActionID: evs-2\n\n");
  EXPECT_TRUE(expect());
}

TEST_F(AmiCorrelator, ForgetsNobodyWhenTheConnectionGoes) {
  expect();
  expect();
  table.abandon("gone");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].status, reply_status::disconnected);
  EXPECT_EQ(answers[1].message, "gone");
  EXPECT_EQ(table.pending(), 0U);
  EXPECT_FALSE(table.next_deadline());
}

TEST_F(AmiCorrelator, LetsACallbackAskAgain) {
  table.expect(t0 + 1s, [this](reply) { expect(2s); });
  table.abandon("gone");
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(table.pending(), 1U);
  table.expire(t0 + 2s);
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(AmiCorrelator, KnowsStrays) {
  EXPECT_EQ(take("Response: Success\n\n"), verdict::stray);
  EXPECT_EQ(take("Response: Success\nActionID: evs-x\n\n"), verdict::stray);
  EXPECT_EQ(take("Hello: world\n\n"), verdict::stray);
  EXPECT_EQ(take("Response: Success\nActionID: evs-7\n\n"), verdict::late);
}

} // namespace
