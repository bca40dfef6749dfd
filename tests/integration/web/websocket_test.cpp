#include "running_door.hpp"

#include <mutex>
#include <thread>

namespace evs::web::test {
namespace {

using WebSocket = RunningDoor;

std::shared_ptr<const std::string> text(std::string s) { return std::make_shared<const std::string>(std::move(s)); }

TEST_F(WebSocket, NativeDoorTakesATicketAndTheResumePoint) {
  start();
  auto value = ticket(sign_in("1000"));
  socket_client c{door->port()};
  auto r = c.upgrade("/api/ws?epoch=e1&offset=7", with_ticket(value));
  ASSERT_EQ(r.status, 101u);
  EXPECT_EQ(r.header("Sec-WebSocket-Protocol"), "evs.v1");
  EXPECT_EQ(r.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  auto s = backend.session_at(0);
  EXPECT_EQ(s->request.who.user, user_id{"user-1000"});
  EXPECT_EQ(s->request.door, door::native);
  EXPECT_EQ(s->request.resume, (std::pair<std::string, std::uint64_t>{"e1", 7}));
  EXPECT_EQ(s->request.address, "127.0.0.1");
  s->wire->send(text("hello"));
  EXPECT_EQ(c.receive_frame().payload, "hello");
  socket_client again{door->port()};
  EXPECT_EQ(again.upgrade("/api/ws", with_ticket(value)).status, 401u);
}

TEST_F(WebSocket, CompatibilityDoorTakesAnAccessToken) {
  start();
  socket_client c{door->port()};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1001")).status, 101u);
  EXPECT_EQ(backend.session_at(0)->request.door, door::compatibility);
  socket_client bad{door->port()};
  EXPECT_EQ(bad.upgrade("/api/?token=nonsense").status, 401u);
  EXPECT_EQ(backend.session_count(), 1u);
}

TEST_F(WebSocket, TheTokensUrlIsNotLogged) {
  auto s = door_settings();
  server logged{s, backend};
  std::mutex mutex;
  std::vector<std::string> paths;
  logged.on_request([&](const access_record& r) {
    std::lock_guard lock(mutex);
    paths.push_back(r.what.path);
  });
  logged.start();
  socket_client c{logged.port()};
  EXPECT_EQ(c.upgrade("/api/?token=nonsense").status, 401u);
  logged.stop();
  EXPECT_EQ(paths, std::vector<std::string>{"/api/"});
}

TEST_F(WebSocket, ForeignOriginsGetNothing) {
  start();
  auto access = sign_in("1000");
  socket_client foreign{door->port()}, own{door->port()};
  EXPECT_EQ(foreign.upgrade("/api/?token=" + access, "Origin: https://evil.example\r\n").status, 403u);
  EXPECT_EQ(own.upgrade("/api/?token=" + access, "Origin: https://evs.example\r\n").status, 101u);
  backend.session_at(0);
  EXPECT_EQ(backend.session_count(), 1u);
}

TEST_F(WebSocket, CommandsReachTheSessionAndBadOnesAnAnswer) {
  start();
  socket_client c{door->port()};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1001")).status, 101u);
  auto s = backend.session_at(0);
  c.send_frame(0x81, R"({"type":"agentStatusChange","payload":{"status":"En Pause","reason":"Café"}})");
  EXPECT_EQ(std::get<status_change>(s->command_at(0)).reason, "Café");
  c.send_frame(0x81, "}{");
  auto f = c.receive_frame();
  EXPECT_TRUE(f.payload.starts_with(R"({"type":"error","payload":{"error":")")) << f.payload;
  c.send_frame(0x01, R"({"type":"agentRa)");
  c.send_frame(0x89, "ping");
  c.send_frame(0x80, R"(isedHand"})");
  f = c.receive_frame();
  EXPECT_EQ(f.first, 0x8Au);
  EXPECT_EQ(f.payload, "ping");
  EXPECT_TRUE(std::holds_alternative<raise_hand>(s->command_at(1)));
}

TEST_F(WebSocket, KeepsOrderAndSizes) {
  start();
  socket_client c{door->port()};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  auto wire = backend.session_at(0)->wire;
  std::thread sender{[&] {
    for (int i = 0; i < 2000; ++i)
      wire->send(text(std::to_string(i) + std::string(static_cast<std::size_t>(i * 37 % 700), '.')));
    wire->send(text(std::string(1'000'000, 'x')));
  }};
  for (int i = 0; i < 2000; ++i) {
    auto f = c.receive_frame();
    ASSERT_EQ(f.payload.substr(0, f.payload.find('.')), std::to_string(i));
  }
  EXPECT_EQ(c.receive_frame().payload.size(), 1'000'000u);
  sender.join();
}

TEST_F(WebSocket, ASlowReaderBuildsABacklogAndIsClosedWithItsCode) {
  auto s = door_settings();
  s.websocket.flush_timeout = milliseconds{50};
  start(s);
  socket_client slow{door->port(), 4096}, quick{door->port()};
  ASSERT_EQ(slow.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  // A session opens just after its handshake is answered: each is waited for, so that their order is known.
  auto slow_session = backend.session_at(0);
  ASSERT_EQ(quick.upgrade("/api/?token=" + sign_in("9000")).status, 101u);
  auto quick_session = backend.session_at(1);
  auto frame = text(std::string(100'000, 'x'));
  std::size_t backlog = 0;
  for (int i = 0; i < 200 && backlog < 8'000'000; ++i) {
    backlog = slow_session->wire->send(frame);
    quick_session->wire->send(frame);
    ASSERT_EQ(quick.receive_frame().payload.size(), 100'000u) << "others are not delayed";
  }
  ASSERT_GE(backlog, 8'000'000u);
  EXPECT_EQ(slow_session->closed(), 0);
  slow_session->wire->close(4008, "slow");
  // Once what waits has been dropped, reading on finds what was on its way, and then the code.
  while (slow_session->wire->backlog() > 2'000'000) std::this_thread::yield();
  EXPECT_EQ(slow.receive_close(), 4008);
  slow.send_frame(0x88, std::string{"\x0f\xa8", 2});
  slow_session->wait_closed();
  EXPECT_EQ(slow_session->closed(), 1);
  EXPECT_EQ(quick_session->closed(), 0);
  EXPECT_EQ(door->statistics().slow_closed, 1u);
}

TEST_F(WebSocket, AReaderThatNeverReadsAgainIsDroppedInBoundedTime) {
  auto s = door_settings();
  s.websocket.flush_timeout = milliseconds{50};
  s.websocket.close_timeout = milliseconds{50};
  s.websocket.max_backlog = 1'000'000;
  start(s);
  socket_client c{door->port(), 4096};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  auto session = backend.session_at(0);
  auto frame = text(std::string(100'000, 'x'));
  // Nobody asks for the close: the connection itself has a bound.
  for (int i = 0; i < 200 && session->closed() == 0; ++i) session->wire->send(frame);
  session->wait_closed();
  EXPECT_EQ(session->closed(), 1);
  EXPECT_EQ(session->wire->backlog(), 0u);
  EXPECT_EQ(session->wire->send(frame), 0u) << "what comes later is ignored";
}

TEST_F(WebSocket, CloseSendsWhatWaitsFirst) {
  start();
  socket_client c{door->port()};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  auto session = backend.session_at(0);
  for (int i = 0; i < 100; ++i) session->wire->send(text("m" + std::to_string(i)));
  session->wire->close(4001, "elsewhere");
  session->wire->send(text("too late"));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(c.receive_frame().payload, "m" + std::to_string(i));
  auto f = c.receive_frame();
  EXPECT_EQ(f.first, 0x88u);
  EXPECT_EQ(f.payload, (std::string{"\x0f\xa1"
                                    "elsewhere",
                                    11}));
  c.send_frame(0x88, f.payload);
  EXPECT_TRUE(c.ended());
  session->wait_closed();
}

TEST_F(WebSocket, TheClientsCloseIsAnswered) {
  start();
  socket_client c{door->port()};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  auto session = backend.session_at(0);
  c.send_frame(0x88, std::string{"\x03\xe8", 2});
  EXPECT_EQ(c.receive_close(), 1000);
  session->wait_closed();
  EXPECT_EQ(session->closed(), 1);
}

TEST_F(WebSocket, AVanishedClientIsNoticed) {
  start();
  auto c = std::make_unique<socket_client>(door->port());
  ASSERT_EQ(c->upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  auto session = backend.session_at(0);
  c.reset();
  session->wait_closed();
  EXPECT_EQ(session->closed(), 1);
}

TEST_F(WebSocket, OversizeBinaryAndBrokenMessagesClose) {
  auto s = door_settings();
  s.websocket.max_message = 1000;
  start(s);
  auto access = sign_in("1000");
  auto code = [&](unsigned first, const std::string& payload) {
    socket_client c{door->port()};
    EXPECT_EQ(c.upgrade("/api/?token=" + access).status, 101u);
    c.send_frame(first, payload);
    return c.receive_close();
  };
  EXPECT_EQ(code(0x81, std::string(1001, 'x')), 4009);
  EXPECT_EQ(code(0x82, "x"), 1003);
  EXPECT_EQ(code(0x81, "\xff"), 1007);
  EXPECT_EQ(code(0x83, "x"), 1002);
}

TEST_F(WebSocket, AFloodIsBrakedAndThenCutOff) {
  auto s = door_settings();
  s.websocket.messages_per_second = 1;
  s.websocket.message_burst = 5;
  start(s);
  socket_client c{door->port()};
  ASSERT_EQ(c.upgrade("/api/?token=" + sign_in("1001")).status, 101u);
  for (int i = 0; i < 40; ++i) c.send_frame(0x81, R"({"type":"agentRaisedHand"})");
  auto f = c.receive_frame();
  EXPECT_NE(f.payload.find(R"("code":"rate_limited")"), std::string::npos) << f.payload;
  EXPECT_EQ(c.receive_close(), 1008);
}

TEST_F(WebSocket, SilenceAfterAPingEndsTheConnection) {
  auto s = door_settings();
  s.websocket.ping_interval = milliseconds{30};
  s.websocket.pong_timeout = milliseconds{60};
  start(s);
  socket_client silent{door->port()};
  ASSERT_EQ(silent.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  EXPECT_EQ(silent.receive_frame().first, 0x89u);
  backend.session_at(0)->wait_closed();
  socket_client alive{door->port()};
  ASSERT_EQ(alive.upgrade("/api/?token=" + sign_in("1000")).status, 101u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(alive.receive_frame().first, 0x89u);
    alive.send_frame(0x8A, "");
  }
  EXPECT_EQ(backend.session_at(1)->closed(), 0);
}

TEST_F(WebSocket, CompatibilityEndsWithItsTokenNativeDoesNot) {
  auto s = door_settings();
  s.sign_in.access_life = seconds{600};
  std::atomic<std::int64_t> passed{0};
  settings = s;
  door = std::make_unique<server>(s, backend, [&] { return timestamp{seconds{1'700'000'000 + passed}}; });
  door->start();
  auto access = sign_in("1000");
  socket_client old{door->port()}, native{door->port()};
  ASSERT_EQ(old.upgrade("/api/?token=" + access).status, 101u);
  backend.session_at(0);
  ASSERT_EQ(native.upgrade("/api/ws", with_ticket(ticket(access))).status, 101u);
  passed = 601;
  EXPECT_EQ(old.receive_close(), 4003);
  old.send_frame(0x88, "");
  EXPECT_EQ(backend.session_at(1)->closed(), 0);
  passed = 8 * 24 * 3600;
  EXPECT_EQ(native.receive_close(), 4003) << "but no longer than a refresh token lives";
  native.send_frame(0x88, "");
  door.reset();
}

TEST_F(WebSocket, SigningOutClosesTheSession) {
  start();
  auto access = sign_in("1000"), other = sign_in("9000");
  socket_client native{door->port()}, stays{door->port()}, http{door->port()};
  ASSERT_EQ(native.upgrade("/api/ws", with_ticket(ticket(access))).status, 101u);
  backend.session_at(0);
  ASSERT_EQ(stays.upgrade("/api/ws", with_ticket(ticket(other))).status, 101u);
  EXPECT_EQ(http.request("POST", "/api/auth/logout", "", "Authorization: Bearer " + access + "\r\n").status, 200u);
  EXPECT_EQ(native.receive_close(), 4001);
  EXPECT_EQ(backend.session_at(1)->closed(), 0);
  door->revoke_user(user_id{"user-9000"});
  EXPECT_EQ(stays.receive_close(), 4001);
  EXPECT_EQ(http.request("GET", "/api/auth/me", "", "Authorization: Bearer " + other + "\r\n").status, 401u);
}

TEST_F(WebSocket, StopTellsEveryoneToComeBack) {
  start();
  auto access = sign_in("1000");
  std::vector<std::unique_ptr<socket_client>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::make_unique<socket_client>(door->port()));
    ASSERT_EQ(all.back()->upgrade("/api/?token=" + access).status, 101u);
  }
  backend.session_at(19);
  std::thread stopping{[&] { door->stop(); }};
  for (auto& c : all) {
    EXPECT_EQ(c->receive_close(), 4000);
    c->send_frame(0x88, "");
  }
  stopping.join();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(backend.session_at(i)->closed(), 1);
}

TEST_F(WebSocket, SessionsAreBounded) {
  auto s = door_settings();
  s.websocket.max_sessions = 2;
  start(s);
  auto access = sign_in("1000");
  socket_client a{door->port()}, b{door->port()}, c{door->port()};
  EXPECT_EQ(a.upgrade("/api/?token=" + access).status, 101u);
  EXPECT_EQ(b.upgrade("/api/?token=" + access).status, 101u);
  EXPECT_EQ(c.upgrade("/api/?token=" + access).status, 503u);
}

TEST_F(WebSocket, BytesThatComeWithTheHandshakeAreNotLost) {
  start();
  socket_client c{door->port()};
  // Masked with zeros: {"type":"agentRaisedHand"} right behind the request.
  std::string message = R"({"type":"agentRaisedHand"})";
  std::string frame = std::string{"\x81"} + static_cast<char>(0x80 | message.size()) + std::string(4, '\0') + message;
  c.send(
      "GET /api/?token=" + sign_in("1001") +
      " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
      frame);
  EXPECT_EQ(c.receive().status, 101u);
  EXPECT_TRUE(std::holds_alternative<raise_hand>(backend.session_at(0)->command_at(0)));
}

TEST_F(WebSocket, TwoHundredSessionsShareOneText) {
  start();
  auto access = sign_in("1000");
  std::vector<std::unique_ptr<socket_client>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(std::make_unique<socket_client>(door->port()));
    ASSERT_EQ(all.back()->upgrade("/api/?token=" + access).status, 101u);
  }
  backend.session_at(199);
  auto shared = text("[{\"offset\":1}]");
  for (std::size_t i = 0; i < 200; ++i) backend.session_at(i)->wire->send(shared);
  for (auto& c : all) EXPECT_EQ(c->receive_frame().payload, *shared);
}

} // namespace
} // namespace evs::web::test
