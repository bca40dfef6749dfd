#include "persistence/log/entry_fields.hpp"

#include <gtest/gtest.h>

using namespace evs;
using namespace evs::persistence;

namespace {

void expect_same(const log_entry& a, const log_entry& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.entity, b.entity);
  EXPECT_EQ(a.payload, b.payload);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.whom, b.whom);
  EXPECT_EQ(a.caused_us, b.caused_us);
}

TEST(EntryFields, KeepEveryByte) {
  const std::string hostile{"\0\r\n*3\r\n\"\\\xFF", 11};
  const log_entry full{7, "agentStatusUpdate", "agent:" + hostile, hostile, "-", {role::supervisor, site_id{hostile}, {user_id{hostile}, user_id{""}, user_id{"b"}}, {user_id{"c"}, user_id{hostile}},
                                                        site_id{""}, {user_id{"d"}, user_id{hostile}}}, -5};
  const auto back = from_fields(to_fields(full));
  ASSERT_TRUE(back);
  expect_same(*back, full);
  EXPECT_EQ(back->offset, 0u); // the log's to say

  const auto bare = from_fields(to_fields(log_entry{}));
  ASSERT_TRUE(bare);
  expect_same(*bare, log_entry{});
}

TEST(EntryFields, EveryRoleSurvives) {
  for (auto r : {role::agent, role::supervisor, role::administrator, role::super_admin}) {
    log_entry entry;
    entry.whom.min_role = r;
    EXPECT_EQ(from_fields(to_fields(entry))->whom.min_role, r);
  }
}

TEST(EntryFields, AnUnknownRoleReachesNobody) {
  const auto entry = from_fields({{"type", "x"}, {"role", "Root"}});
  ASSERT_TRUE(entry);
  EXPECT_FALSE(may_see({user_id{"u"}, role::super_admin, {}}, entry->whom));
}

TEST(EntryFields, WhatIsNotOursIsRefused) {
  EXPECT_FALSE(from_fields({}));
  EXPECT_FALSE(from_fields({{"epoch", "1"}, {"why", "started"}}));
}

} // namespace
