#include "transport/ami/events.hpp"

#include "tests/unit/transport/ami/transcripts.hpp"
#include "transport/ami/correlator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace {

using namespace evs;
using namespace evs::ami;
using evs::test::frames_in;

std::optional<telephony_event> event_in(std::string_view bytes) {
  const auto frames = frames_in(bytes);
  std::vector<header_view> room;
  return frames.empty() ? std::nullopt : to_event(view_of(frames[0], room));
}

/// The events of a recorded call as short words, in order.
std::vector<std::string> story_of(const std::string& name) {
  struct teller {
    std::string who(const channel_facts& c) const { return endpoint_of(c.name); }
    std::string operator()(const channel_opened& e) const { return "open " + who(e.channel); }
    std::string operator()(const channel_state_changed& e) const {
      static constexpr const char* words[] = {"down", "dialing", "ringing", "up"};
      return who(e.channel) + ' ' + words[static_cast<int>(e.channel.state)];
    }
    std::string operator()(const channel_hung_up& e) const {
      return "gone " + who(e.channel) + ' ' + std::to_string(e.cause);
    }
    std::string operator()(const channel_held& e) const { return "hold " + who(e.channel); }
    std::string operator()(const channel_unheld& e) const { return "unhold " + who(e.channel); }
    std::string operator()(const bridge_entered& e) const { return "enter " + who(e.channel); }
    std::string operator()(const bridge_left& e) const { return "leave " + who(e.channel); }
    std::string operator()(const dial_started& e) const { return "dial " + who(e.dest); }
    std::string operator()(const dial_finished& e) const { return "dialled " + who(e.dest) + ' ' + e.status; }
    std::string operator()(const originate_finished& e) const { return "originated " + std::to_string(e.reason); }
    std::string operator()(const device_state_changed& e) const { return e.device + ' ' + e.state; }
    std::string operator()(const contact_status_changed& e) const { return e.aor + ' ' + e.status; }
  };
  std::vector<std::string> story;
  std::vector<header_view> room;
  for (const auto& frame : frames_in(test::transcript_named(name)))
    if (const auto event = to_event(view_of(frame, room))) story.push_back(std::visit(teller{}, *event));
  return story;
}

TEST(AmiEvents, ReadsEveryFactOfAChannel) {
  const auto event =
      event_in("Event: Newchannel\r\nChannel: PJSIP/trunk-paris-00000000\r\nChannelState: 4\r\n"
               "CallerIDNum: +33612345678\r\nCallerIDName: Mme Aubert\r\nConnectedLineNum: <unknown>\r\n"
               "Context: evs-from-trunk\r\nExten: +33140000001\r\nUniqueid: c-1.5\r\nLinkedid: c-1.4\r\n\r\n");
  ASSERT_TRUE(event);
  const auto& opened = std::get<channel_opened>(*event).channel;
  EXPECT_EQ(opened,
            (channel_facts{channel_id{"c-1.5"}, "PJSIP/trunk-paris-00000000", call_id{"c-1.4"}, channel_state::dialing,
                           "+33612345678", "Mme Aubert", "", "evs-from-trunk", "+33140000001"}));
}

TEST(AmiEvents, TellsBothChannelsOfADialApart) {
  const auto event =
      event_in("Event: DialEnd\r\nChannel: PJSIP/1001-00000001\r\nUniqueid: a\r\nLinkedid: a\r\nChannelState: 6\r\n"
               "DestChannel: PJSIP/trunk-paris-00000002\r\nDestUniqueid: b\r\nDestLinkedid: a\r\n"
               "DestChannelState: 5\r\nDialStatus: BUSY\r\n\r\n");
  ASSERT_TRUE(event);
  const auto& dial = std::get<dial_finished>(*event);
  EXPECT_EQ(dial.channel.uid.value, "a");
  EXPECT_EQ(dial.dest.uid.value, "b");
  EXPECT_EQ(dial.dest.linked.value, "a");
  EXPECT_EQ(dial.dest.state, channel_state::ringing);
  EXPECT_EQ(dial.status, "BUSY");
}

TEST(AmiEvents, ReadsAnOriginateThatNeverGotAChannel) {
  const auto event =
      event_in("Event: OriginateResponse\r\nActionID: lab-2\r\nResponse: Failure\r\nChannel: PJSIP/1001\r\n"
               "Reason: 0\r\nUniqueid: evs-11\r\n\r\n");
  ASSERT_TRUE(event);
  const auto& outcome = std::get<originate_finished>(*event);
  EXPECT_EQ(outcome.uid.value, "evs-11");
  EXPECT_FALSE(outcome.success);
  EXPECT_EQ(outcome.reason, 0);
}

TEST(AmiEvents, LeavesOutWhatNobodyUsesAndWhatIsMutilated) {
  EXPECT_FALSE(event_in("Event: RTCPSent\r\nUniqueid: 1\r\n\r\n"));
  EXPECT_FALSE(event_in("Response: Success\r\n\r\n"));
  EXPECT_FALSE(event_in("Event: Newchannel\r\nChannel: PJSIP/1001-00000001\r\n\r\n"));
  EXPECT_FALSE(event_in("Event: BridgeEnter\r\nUniqueid: 1\r\n\r\n"));
  EXPECT_FALSE(event_in("Event: OriginateResponse\r\nUniqueid: <null>\r\n\r\n"));
  EXPECT_FALSE(event_in("Event: DeviceStateChange\r\n\r\n"));
  EXPECT_FALSE(event_in("Event: ContactStatus\r\n\r\n"));
}

TEST(AmiEvents, KnowsWhenARoundTripWasNotMeasured) {
  const auto event =
      event_in("Event: ContactStatus\r\nAOR: 1001\r\nContactStatus: Unreachable\r\nRoundtripUsec: N/A\r\n\r\n");
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<contact_status_changed>(*event).round_trip_us, -1);
}

TEST(AmiEvents, TellsAnInboundCallAsItHappened) {
  const auto story = story_of("inbound-agent-hangs-up");
  // Threads of Asterisk race for the rest: each leg's own life is in order.
  std::vector<std::string> agent, caller;
  for (const auto& step : story) {
    if (step == "open 1001" || step.starts_with("1001 ") || step.ends_with(" 1001") || step.starts_with("gone 1001"))
      if (step != "dial 1001") agent.push_back(step);
    if (step.ends_with(" trunk-paris") || step.starts_with("trunk-paris ") || step.starts_with("gone trunk-paris"))
      caller.push_back(step);
  }
  EXPECT_THAT(agent,
              testing::ElementsAre("open 1001", "1001 ringing", "1001 up", "enter 1001", "leave 1001", "gone 1001 16"));
  EXPECT_THAT(caller, testing::IsSupersetOf({"open trunk-paris", "trunk-paris up", "enter trunk-paris",
                                             "leave trunk-paris", "gone trunk-paris 16"}));
  EXPECT_THAT(story, testing::IsSupersetOf({"dial 1001", "dialled 1001 ANSWER", "originated 4"}));
}

TEST(AmiEvents, TellsABusyCustomer) {
  const auto story = story_of("outbound-busy");
  EXPECT_THAT(story, testing::Contains("dialled trunk-paris BUSY"));
  EXPECT_THAT(story, testing::Contains("gone trunk-paris 17"));
}

TEST(AmiEvents, TellsHoldAndTakingBack) {
  const auto story = story_of("inbound-agent-holds");
  EXPECT_THAT(story, testing::IsSupersetOf({"hold 1001", "unhold 1001"}));
}

TEST(AmiEvents, UnderstandsEveryTranscript) {
  const std::set<std::string_view> used{
      "Newchannel",        "Newstate",     "Hangup",    "Hold",    "Unhold",
      "BridgeEnter",       "BridgeLeave",  "DialBegin", "DialEnd", "OriginateResponse",
      "DeviceStateChange", "ContactStatus"};
  std::vector<header_view> room;
  for (const auto& [name, bytes] : test::transcripts())
    for (const auto& frame : frames_in(bytes))
      EXPECT_EQ(to_event(view_of(frame, room)).has_value(), used.contains(frame.get("Event")))
          << name << ' ' << frame.get("Event");
}

/// The answer that a link would give for the list that `complete` ends in a transcript.
reply answer_in(const std::string& transcript, std::string_view complete) {
  auto frames = frames_in(test::transcript_named(transcript));
  std::string id;
  for (const auto& frame : frames)
    if (frame.get("Event") == complete) id = frame.get("ActionID");
  reply answer;
  correlator table("x-", 10);
  table.expect({}, [&](reply got) { answer = std::move(got); });
  std::vector<header_view> room;
  for (auto& frame : frames)
    if (frame.get("ActionID") == id) {
      for (auto& [name, value] : frame.fields)
        if (name == "ActionID") value = "x-1";
      table.take(view_of(frame, room));
    }
  return answer;
}

TEST(AmiListings, ReadsChannelsWithTheirBridges) {
  const auto listing = channels_of(answer_in("resync-with-live-calls", "CoreShowChannelsComplete"));
  EXPECT_TRUE(listing.complete);
  ASSERT_EQ(listing.channels.size(), 5U);
  std::size_t bridged = 0, ringing = 0, waiting = 0;
  for (const auto& listed : listing.channels) {
    bridged += !listed.bridge.empty();
    ringing += listed.channel.state == channel_state::ringing;
    waiting += listed.application == "Wait";
    EXPECT_FALSE(listed.channel.uid.empty());
    EXPECT_FALSE(listed.channel.linked.empty());
  }
  EXPECT_EQ(bridged, 2U);
  EXPECT_EQ(ringing, 1U);
  EXPECT_EQ(waiting, 2U);
}

TEST(AmiListings, SaysWhenChannelsAreMissing) {
  auto answer = answer_in("resync-with-live-calls", "CoreShowChannelsComplete");
  answer.status = reply_status::incomplete;
  EXPECT_FALSE(channels_of(answer).complete);
  EXPECT_EQ(channels_of(answer).channels.size(), 5U);
  EXPECT_FALSE(channels_of(reply{}).complete);
}

std::int64_t duration_of(std::string clock) {
  reply answer;
  answer.status = reply_status::ok;
  answer.items.push_back({{{"Event", "CoreShowChannel"}, {"Uniqueid", "1"}, {"Duration", std::move(clock)}}});
  return channels_of(answer).channels.at(0).duration_s;
}

TEST(AmiListings, ReadsDurations) {
  EXPECT_EQ(duration_of("01:02:03"), 3723);
  EXPECT_EQ(duration_of("100:00:01"), 360001);
  for (const char* odd : {"", "5", "1:2", "1:2:3:4", "::", "99999999999999999999:1:1", "9223372036854775807"})
    EXPECT_LT(duration_of(odd), 100) << odd;
}

TEST(AmiListings, ReadsDeviceStates) {
  const auto answer = answer_in("resync-with-live-calls", "DeviceStateListComplete");
  const auto devices = devices_of(answer);
  ASSERT_TRUE(devices);
  EXPECT_EQ(devices->size(), answer.items.size());
  std::map<std::string, reachability> seen;
  for (const auto& device : *devices) seen[device.device] = reachability_of(device);
  EXPECT_EQ(seen.at("PJSIP/trunk-lyon"), reachability::unreachable);
  EXPECT_EQ(seen.at("PJSIP/trunk-paris"), reachability::reachable);
  EXPECT_EQ(seen.at("PJSIP/1001"), reachability::reachable);
  EXPECT_FALSE(devices_of(reply{}));
}

TEST(AmiListings, ReadsVariablesAndTheStartOfAsterisk) {
  reply answer;
  answer.status = reply_status::ok;
  answer.response.fields = {{"Response", "Success"},
                            {"Variable", "X"},
                            {"Value", ""},
                            {"CoreStartupDate", "2026-11-22"},
                            {"CoreStartupTime", "08:25:51"}};
  EXPECT_EQ(variable_of(answer), "");
  EXPECT_EQ(boot_of(answer), "2026-11-22 08:25:51");
  answer.status = reply_status::refused;
  EXPECT_EQ(variable_of(answer), std::nullopt);
  EXPECT_EQ(boot_of(answer), "");
}

TEST(AmiListings, ContactsTellReachability) {
  EXPECT_EQ(reachability_of(contact_status_changed{"1001", "", "NonQualified"}), reachability::reachable);
  EXPECT_EQ(reachability_of(contact_status_changed{"1001", "", "Removed"}), reachability::unreachable);
  EXPECT_EQ(reachability_of(contact_status_changed{"1001", "", "Unreachable"}), reachability::unreachable);
  EXPECT_EQ(reachability_of(contact_status_changed{"1001", "", "Created"}), reachability::unknown);
}

} // namespace
