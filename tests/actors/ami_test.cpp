// The AMI actor: which event belongs to which call, what a connection that was lost leaves behind, the truth audit.

#include "tests/actors/house.hpp"

#include <gtest/gtest.h>

namespace evs::test {
namespace {

class Ami : public testing::Test {
protected:
  Ami() {
    house_.load(house::demo());
    house_.start_ami();
  }
  scripted_asterisk& asterisk() { return house_.asterisk; }
  agent_state state(const char* login) const { return house_.shown(login).state; }
  std::uint64_t healed(const std::string& why) const { return house_.ear.counted("heals{" + why + "}"); }
  /// 1001 talks to a caller in-1; the agent's leg.
  std::string talking() {
    house_.available({"1001"});
    asterisk().caller("in-1", "+33140000001");
    house_.run();
    asterisk().talks();
    house_.run();
    EXPECT_EQ(state("1001"), agent_state::on_call);
    return asterisk().last_leg();
  }

  house house_;
};

TEST_F(Ami, PhonesAndTrunksAreListedAtTheStart) {
  EXPECT_TRUE(house_.shown("1001").phone_reachable);
  asterisk().device("1001", "UNAVAILABLE");
  asterisk().device("trunk-lyon", "UNAVAILABLE");
  house_.run();
  EXPECT_FALSE(house_.shown("1001").phone_reachable);
  EXPECT_EQ(house_.trunk_shown("trunk-lyon").state, trunk_state::down);
  // What was not heard is found by a listing.
  asterisk().deaf = true;
  asterisk().device("1001", "NOT_INUSE");
  asterisk().device("trunk-lyon", "NOT_INUSE");
  asterisk().deaf = false;
  house_.pass(seconds{12});
  EXPECT_TRUE(house_.shown("1001").phone_reachable);
  EXPECT_EQ(house_.trunk_shown("trunk-lyon").state, trunk_state::up);
}

TEST_F(Ami, AContactsHealthIsTheTrunks) {
  asterisk().tell(contact_status_changed{"trunk-paris", "sip:x", "Unreachable", -1});
  house_.run();
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::down);
  asterisk().tell(contact_status_changed{"trunk-paris", "sip:x", "Reachable", 5'000'000});
  house_.run();
  EXPECT_EQ(house_.trunk_shown("trunk-paris").state, trunk_state::degraded);
}

TEST_F(Ami, LegsAreKnownByWhatWeAskedAndByTheirLinkedid) {
  const auto leg = talking();
  EXPECT_EQ(leg.substr(0, 3), "id-");
  // A stranger's channel changes nothing.
  channel_facts stranger;
  stranger.uid.value = "central-9.9";
  stranger.linked.value = "central-9.9";
  stranger.name = "PJSIP/1009-00000009";
  stranger.context = "evs-agents";
  stranger.exten = "s";
  asterisk().tell(channel_opened{stranger});
  asterisk().tell(channel_hung_up{stranger, 16, {}});
  house_.run();
  EXPECT_EQ(house_.services->calls.size(), 1U);
  // The customer's leg is known by its Linkedid.
  house_.available({"1002"});
  const auto id = house_.dials("1002", "0612340001")->get().call.value;
  asterisk().answers();
  asterisk().customer("central-3.1", id, channel_state::up);
  house_.run();
  EXPECT_EQ(house_.call_story(id), "new ringing connected");
}

TEST_F(Ami, AMobilesLegIsNoCaller) {
  auto data = house::demo();
  data.users[0].use_mobile_as_station = true;
  data.users[0].mobile_number = "+33611111101";
  house_.load(data);
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  EXPECT_EQ(asterisk().named("Originate").at(0).get("Channel"), "PJSIP/+33611111101@trunk-paris");
  // The mobile's channel comes through the trunk's context.
  channel_facts c;
  c.uid.value = asterisk().last_leg();
  c.linked.value = c.uid.value;
  c.name = "PJSIP/trunk-paris-000000aa";
  c.context = "evs-from-trunk";
  c.exten = "s";
  asterisk().channels[c.uid].channel = c;
  asterisk().tell(channel_opened{c});
  house_.run();
  EXPECT_EQ(house_.services->calls.size(), 1U);
}

TEST_F(Ami, ACutConnectionLosesNothing) {
  const auto leg = talking();
  asterisk().caller("in-2", "+33140000001");
  house_.pass(seconds{1});
  asterisk().down();
  house_.run();
  EXPECT_EQ(house_.ear.gauges["ami_up{central}"], 0);
  EXPECT_TRUE(house_.ear.said("connection lost"));
  // Meanwhile: the first talk ends, the second caller gives up, a third one comes.
  asterisk().gone("in-1", 16);
  asterisk().gone(leg, 16);
  asterisk().gone("in-2", 0);
  asterisk().caller("in-3", "+33140000001");
  house_.pass(seconds{5});
  EXPECT_EQ(house_.services->calls.size(), 2U);
  asterisk().up();
  house_.pass(milliseconds{500});
  EXPECT_EQ(house_.services->calls.size(), 1U);
  EXPECT_EQ(house_.call_story("in-2"), "new queued lost_track");
  EXPECT_EQ(house_.call_story("in-3"), "new queued");
  house_.pass(seconds{11}); // wrap-up
  EXPECT_EQ(house_.shown("1001").call.value, "in-3");
  EXPECT_EQ(house_.rows->all<call_record>().size(), 2U);
}

TEST_F(Ami, AnAgentAnswersWhileTheConnectionIsCut) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().rings();
  house_.run();
  asterisk().down();
  house_.run();
  asterisk().talks();
  asterisk().up();
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::on_call);
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing connected");
}

TEST_F(Ami, EventsDuringAListingComeAfterIt) {
  const auto leg = talking();
  asterisk().down();
  house_.run();
  asterisk().keep_waiting("CoreShowChannels");
  asterisk().up();
  house_.run();
  asterisk().leaves(leg);
  asterisk().gone("in-1", 16);
  asterisk().gone(leg, 16);
  asterisk().caller("in-2", "+33140000001");
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::on_call) << "not before the listing";
  asterisk().answer_again("CoreShowChannels");
  house_.run();
  EXPECT_EQ(house_.call_story("in-1"), "new queued ringing connected agent_hangup");
  EXPECT_EQ(house_.call_story("in-2").substr(0, 10), "new queued");
}

TEST_F(Ami, AnIncompleteListingIsBelievedInWhatItShows) {
  const auto leg = talking();
  asterisk().caller("in-2", "+33140000001");
  house_.pass(seconds{1});
  asterisk().incomplete_listings = 1;
  asterisk().down();
  asterisk().up();
  house_.run();
  EXPECT_EQ(house_.services->calls.size(), 2U);
  EXPECT_EQ(state("1001"), agent_state::on_call);
  // All of the next ones leave something out: nobody is ended for it.
  asterisk().incomplete_listings = 1000;
  house_.pass(seconds{20});
  EXPECT_EQ(house_.services->calls.size(), 2U);
  EXPECT_EQ(state("1001"), agent_state::on_call);
  // A leg that really went is asked for by name.
  asterisk().deaf = true;
  asterisk().gone("in-2", 0);
  asterisk().deaf = false;
  house_.pass(seconds{5});
  EXPECT_EQ(house_.services->calls.size(), 1U);
  EXPECT_EQ(healed("ghost_leg"), 1U);
  EXPECT_FALSE(asterisk().named("Getvar").empty());
  static_cast<void>(leg);
}

TEST_F(Ami, AnUnseenCallerBecomesACall) {
  asterisk().deaf = true;
  asterisk().caller("in-1", "+33140000001", "+33611111111", "trunk-paris", "evs-waiting");
  asterisk().deaf = false;
  house_.pass(seconds{5});
  EXPECT_EQ(house_.call_story("in-1"), "new queued");
  EXPECT_EQ(healed("unseen_caller"), 1U);
  EXPECT_EQ(house_.the_call().trunk.value, "trunk-paris");
}

TEST_F(Ami, SomebodyWhoTalksAlreadyIsNoNewCaller) {
  // After a start without a journal: he must not be pulled out of his conversation.
  asterisk().deaf = true;
  asterisk().caller("in-1", "+33140000001", "+33611111111", "trunk-paris", "evs-waiting");
  channel_facts c;
  c.uid.value = "old-leg";
  c.linked.value = "in-1";
  c.name = "PJSIP/1001-000000aa";
  c.state = channel_state::up;
  c.context = "evs-agents";
  c.exten = "s";
  asterisk().channels[c.uid].channel = c;
  asterisk().bridge("in-1", "old-leg");
  asterisk().deaf = false;
  house_.available({"1002"});
  house_.pass(seconds{10});
  EXPECT_TRUE(asterisk().named("Originate").empty());
  EXPECT_EQ(state("1002"), agent_state::available);
}

TEST_F(Ami, MissedEventsAreMadeUpFor) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().deaf = true;
  asterisk().talks();
  asterisk().deaf = false;
  house_.pass(seconds{5});
  EXPECT_EQ(state("1001"), agent_state::on_call);
  EXPECT_GE(healed("missed_event"), 1U);
  asterisk().deaf = true;
  asterisk().gone(asterisk().last_leg(), 16);
  asterisk().gone("in-1", 16);
  asterisk().deaf = false;
  house_.pass(seconds{5});
  EXPECT_EQ(house_.services->calls.size(), 0U);
  EXPECT_EQ(healed("ghost_leg"), 2U);
  EXPECT_EQ(state("1001"), agent_state::wrap_up);
}

TEST_F(Ami, AnOfferThatNeverBecameALegIsTakenBack) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  EXPECT_EQ(state("1001"), agent_state::ringing);
  // Asterisk took the order, and nothing came of it.
  house_.pass(seconds{8});
  EXPECT_GE(healed("ghost_leg"), 1U);
  EXPECT_EQ(house_.services->calls.size(), 1U);
}

TEST_F(Ami, AnOrphanLegIsHungUp) {
  house_.available({"1001"});
  asterisk().caller("in-1", "+33140000001");
  house_.run();
  asterisk().gone("in-1", 0);
  house_.run();
  // Only now the leg appears.
  asterisk().rings();
  house_.run();
  EXPECT_FALSE(asterisk().lives(asterisk().last_leg()));
  EXPECT_EQ(healed("orphan_leg"), 1U);
}

TEST_F(Ami, AsteriskRestarts) {
  talking();
  asterisk().caller("in-2", "+33140000001");
  house_.run();
  asterisk().restart();
  house_.pass(seconds{5});
  EXPECT_EQ(house_.ear.counted("asterisk_restarts{central}"), 1U);
  EXPECT_EQ(house_.services->calls.size(), 0U);
  EXPECT_EQ(house_.call_story("in-2"), "new queued lost_track");
  EXPECT_EQ(house_.queue_shown("queue-accueil").waiting, 0U);
  EXPECT_EQ(state("1001"), agent_state::wrap_up);
  house_.pass(seconds{1});
  EXPECT_EQ(house_.rows->all<call_record>().size(), 2U);
}

TEST_F(Ami, ACallActorThatCrashesIsRebuilt) {
  const auto leg = talking();
  house_.pass(seconds{10});
  house_.crash(*house_.call("in-1"));
  EXPECT_EQ(house_.ear.counted("actor_crashes{call}"), 1U);
  house_.pass(seconds{1});
  ASSERT_TRUE(house_.call("in-1").has_value());
  EXPECT_EQ(house_.the_call().state, call_state::connected);
  EXPECT_EQ(state("1001"), agent_state::on_call);
  house_.pass(seconds{9});
  asterisk().leaves(leg);
  asterisk().gone("in-1", 16);
  asterisk().gone(leg, 16);
  house_.pass(seconds{1});
  ASSERT_EQ(house_.rows->all<call_record>().size(), 1U);
  EXPECT_EQ(house_.rows->all<call_record>()[0].talk, seconds{20});
  EXPECT_EQ(house_.rows->all<call_record>()[0].reason, end_reason::agent_hangup);
}

TEST_F(Ami, AWaitingCallThatCrashesKeepsItsPlace) {
  asterisk().caller("in-1", "+33140000001");
  house_.pass(seconds{5});
  asterisk().caller("in-2", "+33140000001");
  house_.pass(seconds{5});
  house_.crash(*house_.call("in-1"));
  house_.pass(seconds{5});
  house_.available({"1001"});
  EXPECT_EQ(house_.shown("1001").call.value, "in-1");
}

TEST_F(Ami, TheActorItselfCrashes) {
  const auto leg = talking();
  asterisk().caller("in-2", "+33140000001");
  house_.pass(seconds{1});
  house_.crash(house_.ami);
  EXPECT_TRUE(asterisk().stopped);
  house_.restart_ami();
  house_.pass(seconds{1});
  EXPECT_EQ(house_.services->calls.size(), 2U);
  EXPECT_EQ(state("1001"), agent_state::on_call);
  asterisk().gone("in-1", 16);
  asterisk().gone(leg, 16);
  house_.pass(seconds{11}); // wrap-up
  EXPECT_EQ(house_.shown("1001").call.value, "in-2");
  EXPECT_EQ(house_.rows->all<call_record>().size(), 1U);
}

TEST_F(Ami, NoAgentIsCalledWhileTheConnectionIsDown) {
  house_.available({"1001"});
  asterisk().down();
  house_.run();
  EXPECT_EQ(house_.dials("1001", "0612340001")->get().result.code, errc::telephony_unavailable);
  EXPECT_EQ(house_.services->calls.size(), 0U);
}

/// A server that comes back with calls in its journal.
class Recovery : public testing::Test {
protected:
  /// What the journal of a living house would hold.
  std::vector<call_memory> journal(const std::function<void(house&)>& story) {
    house before;
    before.load(house::demo());
    before.start_ami();
    story(before);
    before.run();
    std::vector<call_memory> open;
    for (const auto& e : before.told<call_started>())
      if (auto entry = before.services->calls.find(e.now.id))
        open.push_back(entry->memory);
    // The channels outlive the node.
    channels_ = before.asterisk.channels;
    leg_ = before.asterisk.last_leg();
    states_.clear();
    for (const auto& a : before.rows->all<agent_state_saved>())
      states_[a.now.id] = a.now;
    return open;
  }
  std::map<channel_id, listed_channel> channels_;
  std::map<agent_id, agent_snapshot> states_;
  std::string leg_;
};

TEST_F(Recovery, CallsThatLiveGoOn) {
  const auto open = journal([](house& h) {
    h.available({"1001"});
    h.asterisk.caller("in-1", "+33140000001");
    h.run();
    h.asterisk.talks();
    h.pass(seconds{10});
    h.asterisk.caller("in-2", "+33140000001");
  });
  ASSERT_EQ(open.size(), 2U);
  house after;
  after.load(house::demo());
  after.asterisk.channels = channels_;
  after.pass(seconds{20});
  after.start_ami(open);
  EXPECT_EQ(after.services->calls.size(), 2U);
  EXPECT_EQ(after.ear.counted("calls_recovered{living}"), 2U);
  EXPECT_EQ(after.shown("1001").state, agent_state::on_call);
  EXPECT_EQ(after.queue_shown("queue-accueil").waiting, 1U);
  EXPECT_EQ(after.trunk_shown("trunk-paris").channels_in_use, 2U);
  after.asterisk.leaves(leg_);
  after.asterisk.gone(leg_, 16);
  after.asterisk.gone("in-1", 16);
  after.asterisk.gone("in-2", 0);
  after.pass(seconds{1});
  const auto rows = after.rows->all<call_record>();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].reason, end_reason::agent_hangup);
  EXPECT_EQ(rows[0].agent.value, "user-1001");
  EXPECT_EQ(rows[1].reason, end_reason::abandoned_waiting);
}

TEST_F(Recovery, CallsThatEndedUnseenGetTheirRow) {
  const auto open = journal([](house& h) {
    h.available({"1001"});
    h.asterisk.caller("in-1", "+33140000001");
    h.run();
    h.asterisk.talks();
    h.pass(seconds{10});
    h.asterisk.caller("in-2", "+33140000001");
  });
  house after;
  after.load(house::demo());
  after.start_ami(open);
  after.pass(seconds{1});
  EXPECT_EQ(after.services->calls.size(), 0U);
  EXPECT_EQ(after.ear.counted("calls_recovered{ended}"), 2U);
  const auto rows = after.rows->all<call_record>();
  ASSERT_EQ(rows.size(), 2U);
  for (const auto& r : rows)
    EXPECT_EQ(r.reason, end_reason::lost_track);
  EXPECT_EQ(after.queue_shown("queue-accueil").waiting, 0U);
}

TEST_F(Recovery, ARingingPhoneIsAnsweredAfterwards) {
  const auto open = journal([](house& h) {
    h.available({"1001"});
    h.asterisk.caller("in-1", "+33140000001");
    h.run();
    h.asterisk.rings();
  });
  house after;
  after.load(house::demo());
  after.asterisk.channels = channels_;
  after.start_ami(open);
  EXPECT_EQ(after.shown("1001").state, agent_state::ringing);
  after.asterisk.state(leg_, channel_state::up);
  after.run();
  EXPECT_EQ(after.shown("1001").state, agent_state::on_call);
}

TEST_F(Recovery, ARingingPhoneIsMissedAfterwards) {
  const auto open = journal([](house& h) {
    h.available({"1001"});
    h.asterisk.caller("in-1", "+33140000001");
    h.run();
    h.asterisk.rings();
  });
  house after;
  after.load(house::demo());
  after.asterisk.channels = channels_;
  after.start_ami(open);
  after.available({"1002"});
  after.asterisk.gone(leg_, 19);
  after.pass(seconds{3});
  EXPECT_EQ(after.shown("1002").call.value, "in-1");
}

TEST_F(Recovery, AListingThatIsIncompleteAtTheStartEndsNobody) {
  const auto open = journal([](house& h) {
    h.asterisk.caller("in-1", "+33140000001");
    h.asterisk.caller("in-2", "+33140000001");
    h.asterisk.caller("in-3", "+33140000001");
  });
  ASSERT_EQ(open.size(), 3U);
  house after;
  after.load(house::demo());
  after.asterisk.channels = channels_;
  after.asterisk.incomplete_listings = 100;
  after.start_ami(open);
  after.pass(seconds{1});
  EXPECT_EQ(after.services->calls.size(), 3U);
  EXPECT_TRUE(after.rows->all<call_record>().empty());
}

} // namespace
} // namespace evs::test
