#include "transport/ami/actions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace evs;
using namespace evs::ami;
using testing::Pair;

originate_leg leg_to(std::string dial) {
  originate_leg leg;
  leg.dial = std::move(dial);
  leg.id = channel_id{"evs-1-2"};
  leg.caller_number = "+33612345678";
  return leg;
}

bool dials(const std::string& dial) { return originate_to_bridge(leg_to(dial), "PJSIP/trunk-paris-00000000").ok(); }

TEST(AmiActions, DialOnlyPlainEndpoints) {
  EXPECT_TRUE(dials("PJSIP/1001"));
  EXPECT_FALSE(dials("Local/1001"));
  for (const char* bad : {"", "1001&PJSIP/1002", "1001/x", "1001,20", "a b", "1001;x", "${EXTEN}", "é"})
    EXPECT_FALSE(dials(std::string{"PJSIP/"} + bad)) << bad;
}

TEST(AmiActions, DialOnlyPlainNumbersThroughTrunks) {
  EXPECT_TRUE(dials("PJSIP/+33612345678@trunk-paris"));
  for (const char* bad :
       {"", "+", "06 12", "500&PJSIP/1002", "0612,", "06|12", "06;12", "${X}", "0612@evil", "++33", "06+12", "s"})
    EXPECT_FALSE(dials(std::string{"PJSIP/"} + bad + "@trunk-paris")) << bad;
  EXPECT_FALSE(dials("PJSIP/" + std::string(33, '1') + "@trunk-paris"));
  for (const char* bad : {"", "trunk&PJSIP", "trunk/x", "a,b"})
    EXPECT_FALSE(dials(std::string{"PJSIP/0612@"} + bad)) << bad;
}

TEST(AmiActions, OriginateIntoABridge) {
  const auto made = originate_to_bridge(leg_to("PJSIP/1001"), "PJSIP/trunk-paris-00000000");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->name, "Originate");
  EXPECT_THAT(made->headers, testing::UnorderedElementsAre(
                                 Pair("Channel", "PJSIP/1001"), Pair("ChannelId", "evs-1-2"), Pair("Async", "true"),
                                 Pair("Timeout", "20000"), Pair("CallerID", "<+33612345678>"),
                                 Pair("Application", "Bridge"), Pair("Data", "PJSIP/trunk-paris-00000000,x")));
  EXPECT_TRUE(serialize(*made, "1").ok());
}

TEST(AmiActions, OriginateIntoTheDialplanWithVariables) {
  auto leg = leg_to("PJSIP/+33601020304@trunk-lyon");
  leg.variables = {{"EVS_TRUNK", "trunk-paris"}, {"EVS_CLI", "+33140000009"}, {"__EVS_RING", "20"}};
  const auto made = originate_to_context(leg, "evs-outbound", "+33612340080");
  ASSERT_TRUE(made.ok());
  EXPECT_THAT(
      made->headers,
      testing::IsSupersetOf({Pair("Variable", "EVS_TRUNK=trunk-paris"), Pair("Variable", "EVS_CLI=+33140000009"),
                             Pair("Context", "evs-outbound"), Pair("Exten", "+33612340080"), Pair("Priority", "1")}));
}

TEST(AmiActions, OriginateRefusesWhatTheDialplanWouldInterpret) {
  EXPECT_FALSE(originate_to_bridge(leg_to("PJSIP/1001&PJSIP/1002"), "PJSIP/a-1").ok());
  EXPECT_FALSE(originate_to_bridge(leg_to("Local/1001@evs-agents"), "PJSIP/a-1").ok());
  EXPECT_FALSE(originate_to_bridge(leg_to(""), "PJSIP/a-1").ok());
  for (const char* bad : {"", "PJSIP/a-1,F(x)", "/.*/", "PJSIP/a-1;1", "a b"})
    EXPECT_FALSE(originate_to_bridge(leg_to("PJSIP/1001"), bad).ok()) << bad;
  for (const char* bad : {"", "06,12", "0612&x", "${SHELL(id)}", "06 12", "0612;x", "06|12", "$(id)", "`id`"})
    EXPECT_FALSE(originate_to_context(leg_to("PJSIP/1001"), "evs-outbound", bad).ok()) << bad;
  EXPECT_FALSE(originate_to_context(leg_to("PJSIP/1001"), "evs,outbound", "1").ok());
  auto leg = leg_to("PJSIP/1001");
  leg.id = channel_id{"a,b"};
  EXPECT_FALSE(originate_to_bridge(leg, "PJSIP/a-1").ok());
  leg = leg_to("PJSIP/1001");
  leg.timeout = milliseconds{0};
  EXPECT_FALSE(originate_to_bridge(leg, "PJSIP/a-1").ok());
}

TEST(AmiActions, VariablesHaveNoSyntax) {
  for (char c : std::string_view{",|&;${}()[]<>\"'\\`="}) {
    auto leg = leg_to("PJSIP/1001");
    leg.variables = {{"EVS_X", std::string{"a"} + c + "b"}};
    EXPECT_FALSE(originate_to_context(leg, "evs-outbound", "1").ok()) << c;
  }
  for (const char* bad : {"", "1A", "A B", "A(b)", "A=b", "A,B"}) {
    auto leg = leg_to("PJSIP/1001");
    leg.variables = {{bad, "x"}};
    EXPECT_FALSE(originate_to_context(leg, "evs-outbound", "1").ok()) << bad;
  }
}

TEST(AmiActions, CallerIdIsTamed) {
  EXPECT_EQ(caller_id("Mme Aubert", "+33612345678"), "\"Mme Aubert\" <+33612345678>");
  EXPECT_EQ(caller_id("", "0612"), "<0612>");
  EXPECT_EQ(caller_id("", ""), "");
  EXPECT_EQ(caller_id("x\"<1>\r\nAction: Command", "06;12&<3>"), "\"x 1 Action: Command\" <06123>");
  EXPECT_EQ(caller_id("  ${SHELL(id)}  ", "1"), "\"SHELL id\" <1>");
  EXPECT_EQ(caller_id("Zoé", "1"), "\"Zoé\" <1>");
}

TEST(AmiActions, CallerIdIsCutBetweenCharacters) {
  std::string name(79, 'a');
  name.append("éé");
  const auto made = caller_id(name, "1");
  std::string expected(79, 'a');
  expected.insert(0, "\"").append("\" <1>");
  EXPECT_EQ(made, expected);
}

TEST(AmiActions, HangupTakesNamesAndIdsButNoPattern) {
  EXPECT_TRUE(hangup("PJSIP/1001-00000001").ok());
  EXPECT_TRUE(hangup("central-1795335952.5", 17).ok());
  EXPECT_FALSE(hangup("/^PJSIP/").ok());
  EXPECT_FALSE(hangup("").ok());
  EXPECT_FALSE(hangup("PJSIP/1001-00000001", 0).ok());
}

TEST(AmiActions, GetvarCallsNoFunctionThatActs) {
  EXPECT_TRUE(getvar("PJSIP/1001-00000001", "EVS_DID").ok());
  EXPECT_TRUE(getvar("evs-1-2", "CHANNEL(state)").ok());
  for (const char* bad : {"", "SHELL(reboot)", "FILE(x)", "CHANNEL()", "CHANNEL(a)(b)", "${X}", "CHANNEL(a,b)"})
    EXPECT_FALSE(getvar("PJSIP/1001-00000001", bad).ok()) << bad;
}

TEST(AmiActions, RedirectChecksItsTarget) {
  EXPECT_TRUE(redirect("PJSIP/1001-00000001", "evs-hold", "s").ok());
  EXPECT_FALSE(redirect("PJSIP/1001-00000001", "evs-hold", "s,1").ok());
  EXPECT_FALSE(redirect("PJSIP/1001-00000001", "evs hold", "s").ok());
}

TEST(AmiActions, RefusalsShowNoRawBytes) {
  const auto refused = hangup("a\r\nb\x1b[31m");
  EXPECT_EQ(refused.error().text(), "channel is not acceptable to Asterisk: \"a??b?[31m\"");
}

} // namespace
