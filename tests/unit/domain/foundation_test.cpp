// id, time, error, roles: small things that everything rests on.
#include "domain/error.hpp"
#include "domain/roles.hpp"
#include "domain/time.hpp"

#include <gtest/gtest.h>

#include <set>

namespace evs {
namespace {

timestamp at(std::int64_t ms) { return timestamp{milliseconds{ms}}; }

TEST(Time, WritesIsoWithMilliseconds) {
  EXPECT_EQ(to_iso8601(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(at(1795334257123)), "2026-11-22T07:57:37.123Z");
  EXPECT_EQ(to_iso8601(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Time, ReadsWhatItWrites) {
  for (std::int64_t ms : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1795334257123}, std::int64_t{951782400000}, std::int64_t{253402300799999}})
    EXPECT_EQ(from_iso8601(to_iso8601(at(ms))), at(ms)) << ms;
  EXPECT_EQ(from_iso8601("2026-11-22T07:57:37Z"), at(1795334257000));
  EXPECT_EQ(from_iso8601("2026-11-22T07:57:37.1Z"), at(1795334257100));
  EXPECT_EQ(from_iso8601("2026-11-22T07:57:37.123456+00:00"), at(1795334257123));
}

TEST(Time, RefusesEverythingElse) {
  for (std::string_view text :
       {"", "2026-11-22", "2026-11-22T07:57:37", "2026-11-22 07:57:37Z", "2026-02-30T07:57:37Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T07:60:00Z", "2026-11-22T07:57:37+01:00", "2026-11-22T07:57:37.Z", "2026-11-22T07:57:37.12x", "2026-11-22T07:57:37ZZ",
        "20a6-11-22T07:57:37Z", "2026-1 -22T07:57:37Z", "2026--1-22T07:57:37Z", "+026-11-22T07:57:37Z", "2026-11-22T07:57:37.123", "-026-11-22T07:57:37Z"})
    EXPECT_EQ(from_iso8601(text), std::nullopt) << text;
}

TEST(Time, WholeSecondsAreNeverNegative) {
  EXPECT_EQ(whole_seconds(at(0), at(1999)), seconds{1});
  EXPECT_EQ(whole_seconds(at(5000), at(0)), seconds{0});
}

TEST(Error, EveryCodeHasItsOwnTokenAndASentence) {
  std::set<std::string_view> tokens;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(errc::internal); ++i) {
    auto code = static_cast<errc>(i);
    EXPECT_TRUE(tokens.insert(token(code)).second) << token(code);
    EXPECT_GT(sentence(code).size(), 5u);
  }
}

TEST(Error, AFailureSaysItsDetailElseItsSentence) {
  EXPECT_EQ((failure{errc::not_found, {}, {}}.text()), sentence(errc::not_found));
  EXPECT_EQ((failure{errc::not_found, "Pas de file « x ».", {}}.text()), "Pas de file « x ».");
}

TEST(Error, AResultIsAValueOrAFailure) {
  result<int> good = 7;
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, 7);
  result<int> bad = errc::conflict;
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, errc::conflict);
}

TEST(Roles, ReadTheContractsStringsOnly) {
  for (auto r : {role::agent, role::supervisor, role::administrator, role::super_admin})
    EXPECT_EQ(role_from_string(to_string(r)), r);
  for (std::string_view wrong : {"", "agent", "SUPERVISEUR", "Superviseur ", "Root"})
    EXPECT_EQ(role_from_string(wrong), std::nullopt) << wrong;
}

TEST(Roles, DenyByDefault) {
  viewer anybody{user_id{"u"}, role::super_admin, {}};
  EXPECT_FALSE(may_see(anybody, {}));
  EXPECT_FALSE(may_see(anybody, {std::nullopt, {}, {user_id{"other"}}}));
}

TEST(Roles, ByRankSiteOrName) {
  const audience paris{role::supervisor, site_id{"paris"}, {user_id{"1001"}}};
  EXPECT_TRUE(may_see({user_id{"s"}, role::supervisor, {}}, paris));
  EXPECT_TRUE(may_see({user_id{"s"}, role::supervisor, site_id{"paris"}}, paris));
  EXPECT_FALSE(may_see({user_id{"s"}, role::supervisor, site_id{"lyon"}}, paris));
  EXPECT_TRUE(may_see({user_id{"1001"}, role::agent, site_id{"lyon"}}, paris)) << "named";
  EXPECT_FALSE(may_see({user_id{"1002"}, role::agent, site_id{"paris"}}, paris));
  EXPECT_TRUE(may_see({user_id{"a"}, role::administrator, site_id{"lyon"}}, {role::supervisor, {}, {}})) << "every site";
}

TEST(Roles, ThroughAGroupASupervisorSeesPeopleWhereverTheySit) {
  const auto group = std::make_shared<const people>(people{user_id{"1001"}, user_id{"s"}});
  const viewer chief{user_id{"s"}, role::supervisor, site_id{"lyon"}, group};
  const audience of_1001{role::supervisor, site_id{"paris"}, {user_id{"1001"}}, {user_id{"1001"}}};
  EXPECT_TRUE(may_see(chief, of_1001));
  EXPECT_FALSE(may_see(chief, {role::supervisor, site_id{"paris"}, {}, {user_id{"1003"}}}));
  EXPECT_FALSE(may_see(chief, {role::supervisor, site_id{"paris"}, {user_id{"1001"}}})) << "a thing of that person's, about nobody";
  EXPECT_TRUE(may_see(chief, {std::nullopt, {}, {}, {user_id{"1001"}}}));
  EXPECT_TRUE(may_see(chief, {role::supervisor, site_id{"lyon"}, {}, {user_id{"1002"}}})) << "a group takes nothing away";
  EXPECT_FALSE(may_see({user_id{"1003"}, role::agent, site_id{"lyon"}, group}, of_1001)) << "an agent supervises nobody";
  EXPECT_FALSE(may_see({user_id{"s"}, role::supervisor, site_id{"lyon"}}, of_1001));
}

TEST(Roles, WhoWasToldBeforeIsNotToldThroughAGroup) {
  const auto group = std::make_shared<const people>(people{user_id{"1001"}, user_id{"1002"}});
  const viewer lyon{user_id{"s"}, role::supervisor, site_id{"lyon"}, group};
  audience of_1001{std::nullopt, {}, {user_id{"1001"}}, {user_id{"1001"}}, site_id{"paris"}, {}};
  EXPECT_TRUE(may_see(lyon, of_1001));
  EXPECT_TRUE(may_see({user_id{"1001"}, role::agent, site_id{"paris"}}, of_1001)) << "he himself";
  of_1001.known_at = site_id{"lyon"};
  EXPECT_FALSE(may_see(lyon, of_1001)) << "by his site";
  of_1001.known_at = site_id{};
  EXPECT_FALSE(may_see(lyon, of_1001)) << "what is of no site everybody knows";
  of_1001.known_at = site_id{"paris"};
  of_1001.known_with = {user_id{"1002"}};
  EXPECT_FALSE(may_see(lyon, of_1001)) << "through another of his people";
  of_1001.known_with = {user_id{"1003"}};
  EXPECT_TRUE(may_see(lyon, of_1001));
  EXPECT_TRUE(may_see({user_id{"1001"}, role::agent, site_id{"paris"}}, of_1001));
}

TEST(Roles, WhoIsInChargeOfWhom) {
  const auto group = std::make_shared<const people>(people{user_id{"1001"}});
  const viewer lyon{user_id{"s"}, role::supervisor, site_id{"lyon"}}, with_group{user_id{"s"}, role::supervisor, site_id{"lyon"}, group};
  EXPECT_TRUE(supervises({user_id{"s"}, role::supervisor, {}}, user_id{"1001"}, site_id{"paris"}));
  EXPECT_TRUE(supervises(lyon, user_id{"1002"}, site_id{"lyon"}));
  EXPECT_TRUE(supervises(lyon, user_id{"1004"}, {}));
  EXPECT_FALSE(supervises(lyon, user_id{"1001"}, site_id{"paris"}));
  EXPECT_TRUE(supervises(with_group, user_id{"1001"}, site_id{"paris"}));
  EXPECT_FALSE(supervises({user_id{"1001"}, role::agent, site_id{"paris"}, group}, user_id{"1001"}, site_id{"paris"}));
}

TEST(Roles, NobodyIsNamedByAnEmptyId) {
  const audience unassigned{role::supervisor, {}, {user_id{}}};
  EXPECT_FALSE(may_see({user_id{}, role::agent, {}}, unassigned));
}

} // namespace
} // namespace evs
