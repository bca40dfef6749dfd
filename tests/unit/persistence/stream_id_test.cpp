#include "persistence/log/stream_id.hpp"

#include <gtest/gtest.h>

using namespace evs::persistence;

namespace {

TEST(StreamId, ReadsWhatItWrites) {
  for (const stream_id id : {stream_id{0, 0}, stream_id{1700000000000, 42}, stream_id{UINT64_MAX, UINT64_MAX}})
    EXPECT_EQ(parse_stream_id(to_string(id)), id);
}

TEST(StreamId, RefusesEverythingElse) {
  for (const char* text : {"", "-", "1", "1-", "-1", "1-*", "*", "a-b", "1-2-3", " 1-2", "1-2 ", "+1-2", "1--2", "0x1-2", "1.0-2",
                           "18446744073709551616-0", "1-18446744073709551616"})
    EXPECT_EQ(parse_stream_id(text), std::nullopt) << text;
}

TEST(StreamId, OrdersByEpochThenOffset) {
  EXPECT_LT((stream_id{1, 9}), (stream_id{2, 0}));
  EXPECT_LT((stream_id{2, 0}), (stream_id{2, 1}));
}

} // namespace
