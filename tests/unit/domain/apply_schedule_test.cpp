#include "domain/apply_schedule.hpp"

#include <gtest/gtest.h>

namespace evs {
namespace {

using ms = milliseconds;

TEST(ApplySchedule, WaitsForTheLastOfSeveralChanges) {
  apply_schedule s;
  EXPECT_EQ(s.due(), std::nullopt);
  s.changed(ms{1000});
  EXPECT_EQ(s.due(), ms{1300});
  s.changed(ms{1200});
  EXPECT_EQ(s.due(), ms{1500});
}

TEST(ApplySchedule, AStreamOfChangesDelaysItNoLongerThanItsLimit) {
  apply_schedule s;
  for (int at = 1000; at <= 2400; at += 100)
    s.changed(ms{at});
  EXPECT_EQ(s.due(), ms{2500});
  s.begun();
  EXPECT_EQ(s.due(), std::nullopt);
  s.changed(ms{2600});
  EXPECT_EQ(s.due(), ms{2900}) << "the limit counts from the first change after the run began";
}

TEST(ApplySchedule, AChangeDuringARunLeadsToAnotherOne) {
  apply_schedule s;
  s.changed(ms{0});
  s.begun();
  s.changed(ms{400});
  s.done();
  EXPECT_EQ(s.due(), ms{700});
  s.begun();
  s.done();
  EXPECT_EQ(s.due(), std::nullopt);
}

TEST(ApplySchedule, TriesAgainLaterAndLaterUntilItWorks) {
  apply_schedule s;
  s.changed(ms{0});
  for (int pause : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    s.begun();
    EXPECT_EQ(s.failed(ms{5000}), ms{pause * 1000});
    EXPECT_EQ(s.due(), ms{5000 + pause * 1000});
  }
  s.begun();
  s.done();
  EXPECT_EQ(s.due(), std::nullopt);
  s.changed(ms{9000});
  s.begun();
  EXPECT_EQ(s.failed(ms{9500}), ms{1000}) << "counted anew";
}

TEST(ApplySchedule, AChangeDoesNotWaitForTheNextAttempt) {
  apply_schedule s;
  s.changed(ms{0});
  for (int i = 0; i < 8; ++i) {
    s.begun();
    s.failed(ms{1000});
  }
  EXPECT_EQ(s.due(), ms{61'000});
  s.changed(ms{2000});
  EXPECT_EQ(s.due(), ms{2300});
  s.begun();
  s.changed(ms{2400});
  EXPECT_EQ(s.failed(ms{2500}), ms{200}) << "nor does one that came during the failing run";
  s.begun();
  s.changed(ms{3000});
  EXPECT_EQ(s.failed(ms{9000}), ms{0}) << "it is overdue";
}

} // namespace
} // namespace evs
