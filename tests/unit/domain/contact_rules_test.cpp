#include "domain/contact_rules.hpp"

#include <gtest/gtest.h>

#include <map>

using namespace evs;
using namespace evs::contact_rules;

namespace {

class some_fields : public fields {
public:
  explicit some_fields(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}
  std::string text(std::string_view field) const override {
    const auto at = texts_.find(std::string{field});
    return at == texts_.end() ? std::string{} : at->second;
  }

private:
  std::map<std::string, std::string> texts_;
};

const some_fields zoe{{{"lastName", "Garcia"}, {"postalCode", "75011"}, {"city", "Paris"}}};

field_rule begins(std::string field, std::string text) { return {std::move(field), comparison::starts_with, std::move(text)}; }

TEST(ContactRules, Comparisons) {
  EXPECT_TRUE(matches("75011", comparison::equals, "75011"));
  EXPECT_FALSE(matches("75011", comparison::equals, "7501"));
  EXPECT_TRUE(matches("", comparison::equals, ""));
  EXPECT_TRUE(matches("75011", comparison::starts_with, "75"));
  EXPECT_FALSE(matches("75011", comparison::starts_with, "5"));
  EXPECT_TRUE(matches("75011", comparison::contains, "501"));
  EXPECT_FALSE(matches("Paris", comparison::contains, "paris"));
  EXPECT_TRUE(matches("x", comparison::is_not_empty, ""));
  EXPECT_FALSE(matches("", comparison::is_not_empty, "x"));
  EXPECT_EQ(comparison_from_token("is_not_empty"), comparison::is_not_empty);
  EXPECT_EQ(comparison_from_token("regex"), std::nullopt);
}

TEST(ContactRules, OneOfAFieldIncludesEveryFieldMustFitOneExcludes) {
  EXPECT_TRUE(passes({}, zoe));
  std::vector<filter> list{{true, begins("postalCode", "69")}, {true, begins("postalCode", "75")}};
  EXPECT_TRUE(passes(list, zoe));
  list.push_back({true, begins("city", "Lyon")});
  EXPECT_FALSE(passes(list, zoe));
  list.back() = {true, begins("city", "Par")};
  EXPECT_TRUE(passes(list, zoe));
  list.push_back({false, {"lastName", comparison::equals, "Garcia"}});
  EXPECT_FALSE(passes(list, zoe));
  const std::vector<filter> unknown{{true, {"email", comparison::is_not_empty, {}}}};
  EXPECT_FALSE(passes(unknown, zoe));
}

TEST(ContactRules, WithQuotasOneMustFitAndNoneMayBeFull) {
  const std::vector<field_rule> quotas{begins("postalCode", "75"), begins("postalCode", "69"), begins("city", "Paris")};
  EXPECT_EQ(quota_mask(quotas, zoe), 0b101u);
  EXPECT_TRUE(may_be_handed_out({}, true, quotas, 0, zoe));
  EXPECT_TRUE(may_be_handed_out({}, true, quotas, 0b010, zoe));
  EXPECT_FALSE(may_be_handed_out({}, true, quotas, 0b100, zoe));
  EXPECT_TRUE(may_be_handed_out({}, false, quotas, 0b111, zoe));
  EXPECT_FALSE(may_be_handed_out({}, true, {}, 0, zoe));
}

TEST(ContactRules, RelaunchByTheCampaign) {
  const timestamp now{seconds{1'000'000}};
  const retry_rules rules{3, {30, 60}, {"90", "qual-92"}};
  EXPECT_EQ(relaunch_time(rules, 1, "90", "qual-90", now), now + std::chrono::minutes{30});
  EXPECT_EQ(relaunch_time(rules, 2, "92", "qual-92", now), now + std::chrono::minutes{60});
  EXPECT_EQ(relaunch_time(rules, 3, "90", "qual-90", now), now + std::chrono::minutes{60});
  EXPECT_EQ(relaunch_time(rules, 4, "90", "qual-90", now), std::nullopt);
  EXPECT_EQ(relaunch_time(rules, 0, "90", "qual-90", now), std::nullopt);
  EXPECT_EQ(relaunch_time(rules, 1, "91", "qual-91", now), std::nullopt);
  EXPECT_EQ(relaunch_time({3, {}, {"90"}}, 1, "90", "", now), std::nullopt);
  // As older clients call them.
  const retry_rules older{3, {30}, {"BUSY", "NO_ANSWER"}};
  EXPECT_EQ(relaunch_time(older, 1, "90", "qual-90", now), now + std::chrono::minutes{30});
  EXPECT_EQ(relaunch_time(older, 1, "92", "qual-92", now), now + std::chrono::minutes{30});
  EXPECT_EQ(relaunch_time(older, 1, "93", "qual-93", now), std::nullopt);
  EXPECT_EQ(relaunch_time({3, {30}, {"VOICEMAIL"}}, 1, "93", "qual-93", now), now + std::chrono::minutes{30});
}

TEST(ContactRules, NumbersToSearchFor) {
  EXPECT_EQ(number_prefix("06 12 34"), "+3361234");
  EXPECT_EQ(number_prefix("0033 6.12"), "+33612");
  EXPECT_EQ(number_prefix("+33 (6) 12"), "+33612");
  EXPECT_EQ(number_prefix("336"), "+336");
  EXPECT_EQ(number_prefix("0612", "32"), "+32612");
  EXPECT_EQ(number_prefix("06"), std::nullopt);
  EXPECT_EQ(number_prefix("06 Zoé"), std::nullopt);
  EXPECT_EQ(number_prefix("1+2345"), std::nullopt);
  EXPECT_EQ(number_prefix(""), std::nullopt);
}

} // namespace
