#include "domain/telephony.hpp"

#include <gtest/gtest.h>

TEST(EndpointOf, TakesTheNameBetweenTechnologyAndNumber) {
  EXPECT_EQ(evs::endpoint_of("PJSIP/1001-0000002a"), "1001");
  EXPECT_EQ(evs::endpoint_of("PJSIP/trunk-paris-00000003"), "trunk-paris");
  EXPECT_EQ(evs::endpoint_of("PJSIP/1001-100000000"), "1001");
}

TEST(EndpointOf, LeavesDashesOfTheNameAlone) {
  EXPECT_EQ(evs::endpoint_of("PJSIP/trunk-paris"), "trunk-paris");
  EXPECT_EQ(evs::endpoint_of("PJSIP/trunk-deadbee"), "trunk-deadbee");
  EXPECT_EQ(evs::endpoint_of("PJSIP/1001"), "1001");
}

TEST(EndpointOf, KnowsOtherChannels) {
  EXPECT_EQ(evs::endpoint_of("Local/600@evs-hold-00000001;2"), "600@evs-hold");
  EXPECT_EQ(evs::endpoint_of("AsyncGoto"), "");
  EXPECT_EQ(evs::endpoint_of("PJSIP/"), "");
  EXPECT_EQ(evs::endpoint_of(""), "");
}
