#include "transport/ami/link.hpp"

#include "tests/support/fake_ami_server.hpp"
#include "tests/unit/transport/ami/transcripts.hpp"
#include "transport/ami/actions.hpp"
#include "transport/ami/events.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace {

using namespace evs;
using namespace evs::ami;
using namespace std::chrono_literals;
using evs::test::fake_ami_server;

/// Keeps what the link tells; waits are woken by it, nothing sleeps.
class diary : public link_listener {
public:
  void on_up(const std::string& version, const std::string& boot) override { note("up " + version + " | " + boot); }
  void on_down(const std::string& why) override { note("down " + why); }
  void on_events(std::vector<telephony_event> events, timestamp received) override {
    std::lock_guard lock(mutex_);
    for (auto& event : events) events_.push_back(std::move(event));
    received_ = received;
    changed_.notify_all();
  }
  void note(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }

  /// Waits for the next line that begins so and forgets what was before it; empty when none comes.
  std::string wait_for(const std::string& beginning) {
    std::unique_lock lock(mutex_);
    std::string found;
    changed_.wait_for(lock, 10s, [&] {
      while (next_ < lines_.size())
        if (const auto& line = lines_[next_++]; line.starts_with(beginning)) {
          found = line;
          return true;
        }
      return false;
    });
    return found;
  }
  /// Waits until there are `count` events in all; those that are there.
  std::vector<telephony_event> wait_for_events(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 10s, [&] { return events_.size() >= count; });
    return events_;
  }
  std::vector<std::string> lines() {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  timestamp received() {
    std::lock_guard lock(mutex_);
    return received_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
  std::vector<telephony_event> events_;
  timestamp received_;
};

class AmiLink : public testing::Test {
protected:
  fake_ami_server server;
  diary told;
  link_settings settings = [this] {
    link_settings s;
    s.server = server_id{"central"};
    s.port = server.port();
    s.username = "evs";
    s.secret = "s3cret";
    s.backoff_min = 5ms;
    s.backoff_max = 20ms;
    s.backoff_refused = 10ms;
    return s;
  }();
  std::unique_ptr<ami::link> wire;

  void start() {
    wire = make_link(settings, told);
    wire->start();
  }
  void start_and_wait() {
    start();
    ASSERT_NE(told.wait_for("up"), "");
  }
  reply ask(action what, milliseconds timeout = 5s) {
    auto promise = std::make_shared<std::promise<reply>>();
    wire->submit(std::move(what), timeout, [promise](reply got) { promise->set_value(std::move(got)); });
    auto answer = promise->get_future();
    if (answer.wait_for(10s) != std::future_status::ready) {
      ADD_FAILURE() << "no callback";
      return {};
    }
    return answer.get();
  }
};

constexpr const char* a_hangup = "Event: Hangup\r\nUniqueid: u-1\r\nChannel: PJSIP/1001-00000001\r\nCause: 16\r\n\r\n";

TEST_F(AmiLink, LogsInAndTellsVersionAndBoot) {
  start();
  EXPECT_EQ(told.wait_for("up"), "up 22.0.0 | 2026-11-22 08:00:00");
  const auto login = server.wait_for("Login");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->get("Username"), "evs");
  EXPECT_EQ(login->get("Secret"), "s3cret");
  EXPECT_TRUE(wire->stats().up);
}

TEST_F(AmiLink, HandsOnTheEventsOfARealCall) {
  const auto& bytes = test::transcript_named("inbound-agent-hangs-up");
  std::size_t expected = 0;
  std::vector<header_view> room;
  for (const auto& frame : test::frames_in(bytes)) expected += to_event(view_of(frame, room)).has_value();
  start_and_wait();
  server.write_in_pieces(7);
  server.send(bytes.substr(bytes.find("Event: ")));
  const auto events = told.wait_for_events(expected);
  EXPECT_EQ(events.size(), expected);
  const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  EXPECT_LE(told.received(), now);
  EXPECT_GE(told.received(), now - 60s);
}

TEST_F(AmiLink, AnswersActions) {
  start_and_wait();
  server.answer("Getvar", [](const frame& got) {
    return "Response: Success\r\nActionID: {id}\r\nVariable: " + std::string{got.get("Variable")} +
           "\r\nValue: +331\r\n\r\n";
  });
  server.answer("Hangup",
                [](const frame&) { return "Response: Error\r\nActionID: {id}\r\nMessage: No such channel\r\n\r\n"; });
  EXPECT_EQ(variable_of(ask(*getvar("PJSIP/1001-00000001", "EVS_DID"))), "+331");
  const auto refused = ask(*hangup("PJSIP/1001-00000001"));
  EXPECT_EQ(refused.status, reply_status::refused);
  EXPECT_EQ(refused.message, "No such channel");
}

TEST_F(AmiLink, NeverLetsAnAnswerOvertakeAnEvent) {
  start_and_wait();
  server.answer("CoreShowChannels", [](const frame&) {
    return std::string{a_hangup} + "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n" +
           "Event: CoreShowChannel\r\nActionID: {id}\r\nUniqueid: u-2\r\n\r\n" + a_hangup +
           "Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n" +
           a_hangup;
  });
  std::promise<std::size_t> before;
  wire->submit(core_show_channels(), 5s, [&](reply got) {
    EXPECT_EQ(got.items.size(), 1U);
    before.set_value(told.wait_for_events(0).size());
  });
  EXPECT_EQ(before.get_future().get(), 2U);
  EXPECT_EQ(told.wait_for_events(3).size(), 3U);
}

TEST_F(AmiLink, NeverSendsAControlByte) {
  start_and_wait();
  const auto answer = ask({"Originate", {{"Channel", "x\r\nAction: Command"}}});
  EXPECT_EQ(answer.status, reply_status::not_sendable);
  EXPECT_EQ(ask(ping()).status, reply_status::ok);
  EXPECT_FALSE(server.wait_for("Originate", 0ms));
}

TEST_F(AmiLink, GivesUpWaitingAndCountsTheLateAnswer) {
  start_and_wait();
  server.answer("Hangup", [](const frame&) { return std::string{}; });
  EXPECT_EQ(ask(*hangup("u-1"), 20ms).status, reply_status::timed_out);
  const auto asked = server.wait_for("Hangup");
  ASSERT_TRUE(asked);
  server.send("Response: Success\r\nActionID: " + std::string{asked->get("ActionID")} + "\r\n\r\n");
  EXPECT_EQ(ask(ping()).status, reply_status::ok);
  // The counters are published after the answers of a batch were handed out.
  for (int tries = 0; tries < 200 && wire->stats().late == 0; ++tries)
    std::this_thread::sleep_for(5ms);
  EXPECT_EQ(wire->stats().late, 1U);
  EXPECT_EQ(wire->stats().timed_out, 1U);
}

TEST_F(AmiLink, RefusesMoreThanItsBound) {
  settings.max_pending = 2;
  server.answer("Hangup", [](const frame&) { return std::string{}; });
  start_and_wait();
  std::promise<void> first, second;
  wire->submit(*hangup("u-1"), 5s, [&](reply got) {
    EXPECT_EQ(got.status, reply_status::disconnected);
    first.set_value();
  });
  wire->submit(*hangup("u-2"), 5s, [&](reply got) {
    EXPECT_EQ(got.status, reply_status::disconnected);
    second.set_value();
  });
  EXPECT_EQ(ask(*hangup("u-3")).status, reply_status::overloaded);
  EXPECT_EQ(wire->stats().pending, 2U);
  server.cut();
  first.get_future().get();
  second.get_future().get();
}

TEST_F(AmiLink, TellsPendingActionsBeforeTheCutAndComesBack) {
  start_and_wait();
  server.answer("Hangup", [](const frame&) { return std::string{}; });
  wire->submit(*hangup("u-1"), 5s, [&](reply got) {
    EXPECT_EQ(got.status, reply_status::disconnected);
    told.note("answered");
  });
  ASSERT_TRUE(server.wait_for("Hangup"));
  server.set_boot("2026-11-22", "09:00:00");
  server.cut();
  EXPECT_EQ(told.wait_for("up"), "up 22.0.0 | 2026-11-22 09:00:00");
  const auto lines = told.lines();
  const auto answered = std::find(lines.begin(), lines.end(), "answered");
  ASSERT_NE(answered, lines.end());
  EXPECT_TRUE(std::next(answered)->starts_with("down ")) << *std::next(answered);
  EXPECT_EQ(wire->stats().reconnects, 1U);
}

TEST_F(AmiLink, RefusesActionsAtOnceWhileItIsDown) {
  start_and_wait();
  server.accept(false);
  server.cut();
  EXPECT_NE(told.wait_for("down"), "");
  EXPECT_EQ(ask(ping()).status, reply_status::disconnected);
  EXPECT_FALSE(wire->stats().up);
  server.accept(true);
  EXPECT_NE(told.wait_for("up"), "");
  EXPECT_EQ(ask(ping()).status, reply_status::ok);
}

TEST_F(AmiLink, SaysOnceThatThePasswordIsWrongAndGetsInWhenItIsRight) {
  server.answer("Login", [](const frame&) {
    return "Response: Error\r\nActionID: {id}\r\nMessage: Authentication failed\r\n\r\n";
  });
  start();
  const auto why = told.wait_for("down");
  EXPECT_NE(why.find("login of user \"evs\" failed: Authentication failed"), std::string::npos) << why;
  EXPECT_EQ(why.find("s3cret"), std::string::npos);
  for (int attempt = 0; attempt < 3; ++attempt) ASSERT_TRUE(server.wait_for("Login"));
  server.answer("Login", [](const frame&) { return fake_ami_server::success() + "Event: FullyBooted\r\n\r\n"; });
  EXPECT_NE(told.wait_for("up"), "");
  const auto lines = told.lines();
  EXPECT_EQ(lines.size(), 2U) << "the same reason is told once";
}

TEST_F(AmiLink, WaitsUntilAsteriskHasBooted) {
  server.answer("Login", [](const frame&) { return fake_ami_server::success(); });
  start();
  ASSERT_TRUE(server.wait_for("Login"));
  EXPECT_FALSE(server.wait_for("CoreStatus", 50ms));
  EXPECT_TRUE(told.lines().empty());
  server.send(std::string{a_hangup} + "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n");
  EXPECT_NE(told.wait_for("up"), "");
  EXPECT_TRUE(told.wait_for_events(0).empty()) << "what was before `up` is in the listings";
}

TEST_F(AmiLink, CutsASilentConnectionAfterAsking) {
  settings.keep_alive = 30ms;
  start_and_wait();
  EXPECT_TRUE(server.wait_for("Ping")) << "silence is asked about";
  server.keep_silent(true);
  const auto why = told.wait_for("down");
  EXPECT_NE(why.find("nothing was heard for 60 ms"), std::string::npos) << why;
  server.keep_silent(false);
  EXPECT_NE(told.wait_for("up"), "");
}

TEST_F(AmiLink, TellsNoSecretToAStranger) {
  server.greet_with("SSH-2.0-OpenSSH_9.2\r\n");
  start();
  const auto why = told.wait_for("down");
  EXPECT_NE(why.find("not Asterisk's manager interface"), std::string::npos) << why;
  EXPECT_FALSE(server.wait_for("Login", 0ms));
}

TEST_F(AmiLink, GivesUpOnAServerThatSaysNothing) {
  settings.connect_timeout = 30ms;
  server.greet_with("");
  start();
  const auto why = told.wait_for("down");
  EXPECT_NE(why.find("no greeting within 30 ms"), std::string::npos) << why;
}

TEST_F(AmiLink, SaysWhereNobodyListens) {
  {
    fake_ami_server gone;
    settings.port = gone.port();
  }
  start();
  const auto why = told.wait_for("down");
  EXPECT_EQ(why, "down Asterisk central (127.0.0.1:" + std::to_string(settings.port) + "): Connection refused");
}

TEST_F(AmiLink, ResolvesNames) {
  settings.host = "localhost";
  start();
  EXPECT_NE(told.wait_for("up"), "");
}

TEST_F(AmiLink, CountsGarbageAndStaysUp) {
  start_and_wait();
  server.send("this is no header\r\n\r\n" + std::string(100'000, 'x') + "\r\n\r\n" + a_hangup);
  EXPECT_EQ(told.wait_for_events(1).size(), 1U);
  EXPECT_EQ(ask(ping()).status, reply_status::ok);
  EXPECT_EQ(wire->stats().malformed, 2U);
  EXPECT_EQ(wire->stats().events, 1U);
}

TEST_F(AmiLink, StopsInEveryState) {
  start_and_wait();
  std::promise<reply_status> pending;
  server.answer("Hangup", [](const frame&) { return std::string{}; });
  wire->submit(*hangup("u-1"), 60s, [&](reply got) { pending.set_value(got.status); });
  ASSERT_TRUE(server.wait_for("Hangup"));
  wire->stop();
  EXPECT_EQ(pending.get_future().get(), reply_status::disconnected);
  EXPECT_TRUE(server.wait_for("Logoff"));
  wire->submit(ping(), 1s, [](reply) { ADD_FAILURE() << "no callback after stop()"; });
  wire->stop();
  EXPECT_EQ(told.lines().size(), 1U) << "stop() is no news";

  server.greet_with("");
  start();
  wire->stop();

  make_link(settings, told)->stop();

  server.accept(false);
  settings.backoff_min = settings.backoff_max = 3600s;
  diary alone;
  auto waiting = make_link(settings, alone);
  waiting->start();
  EXPECT_NE(alone.wait_for("down"), "");
  waiting->stop();
}

TEST_F(AmiLink, TakesFramesAsFastAsTheyCome) {
  start_and_wait();
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += a_hangup;
  server.send(many);
  EXPECT_EQ(told.wait_for_events(20'000).size(), 20'000U);
}

} // namespace
