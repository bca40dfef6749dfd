#include "running_door.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

namespace evs::web::test {
namespace {

using Http = RunningDoor;

TEST_F(Http, KeepsAConnectionForManyRequests) {
  start();
  socket_client c{door->port()};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(c.request("GET", "/healthz").body, R"({"status":"ok"})");
}

TEST_F(Http, ProtectsEveryAnswer) {
  start();
  socket_client c{door->port()};
  auto r = c.request("GET", "/api/public-config", "", "X-Request-Id: my-request-1\r\n");
  EXPECT_EQ(r.header("X-Request-Id"), "my-request-1");
  EXPECT_EQ(r.header("Cache-Control"), "no-store");
  EXPECT_EQ(r.header("X-Content-Type-Options"), "nosniff");
  EXPECT_NE(r.header("Content-Security-Policy").find("default-src 'self'"), std::string::npos);
  EXPECT_NE(r.header("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(r.header("Content-Security-Policy").find("unsafe-inline"), std::string::npos);
  EXPECT_EQ(r.header("Content-Security-Policy").find("script-src"), std::string::npos);
  r = c.request("GET", "/nothing", "", "X-Request-Id: <script>\r\n");
  EXPECT_EQ(r.status, 404u);
  EXPECT_EQ(r.header("X-Request-Id").find('<'), std::string::npos);
  EXPECT_EQ(r.header("X-Content-Type-Options"), "nosniff");
}

TEST_F(Http, AnswersPipelinedRequestsInOrder) {
  start();
  socket_client c{door->port()};
  c.send(
      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /api/public-config HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(c.receive().status, 200u);
  EXPECT_EQ(c.receive().status, 404u);
  EXPECT_NE(c.receive().body.find("appSettings"), std::string::npos);
}

TEST_F(Http, HeadHasNoBody) {
  start();
  socket_client c{door->port()};
  auto r = c.request("HEAD", "/healthz");
  EXPECT_EQ(r.header("Content-Length"), "15");
  EXPECT_EQ(c.request("GET", "/healthz").body, R"({"status":"ok"})");
}

TEST_F(Http, RefusesWhatIsNoRequest) {
  start();
  for (std::string bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET http://evil/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    socket_client c{door->port()};
    c.send(bytes);
    EXPECT_EQ(c.receive().status, 400u) << bytes;
  }
  socket_client c{door->port()};
  c.send("BREW / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(c.receive().status, 405u);
}

TEST_F(Http, LimitsSizes) {
  auto s = door_settings();
  s.http.max_body = 1000;
  s.http.max_header = 2000;
  start(s);
  socket_client big{door->port()};
  EXPECT_EQ(big.request("POST", "/api/auth/login", std::string(1001, 'x')).status, 413u);
  EXPECT_TRUE(big.ended());
  socket_client chunked{door->port()};
  chunked.send("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
               std::string(2000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.receive().status, 413u);
  socket_client headers{door->port()};
  EXPECT_EQ(headers.request("GET", "/healthz", "", "X: " + std::string(20'000, 'x') + "\r\n").status, 431u);
}

TEST_F(Http, SlowRequestsAreCutOff) {
  auto s = door_settings();
  s.http.header_timeout = s.http.body_timeout = milliseconds{60};
  start(s);
  socket_client header{door->port()}, body{door->port()};
  header.send("GET /healthz HTTP/1.1\r\nHo");
  EXPECT_EQ(header.receive().status, 408u);
  EXPECT_TRUE(header.ended());
  body.send("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(body.receive().status, 408u);
}

TEST_F(Http, IdleConnectionsEnd) {
  auto s = door_settings();
  s.http.idle_timeout = milliseconds{60};
  start(s);
  socket_client c{door->port()};
  EXPECT_EQ(c.request("GET", "/healthz").status, 200u);
  EXPECT_TRUE(c.ended());
}

TEST_F(Http, WaitsForAContinueOnlyAsLongAsItMust) {
  start();
  socket_client c{door->port()};
  c.send("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(c.receive().status, 100u);
  c.send("{}");
  EXPECT_EQ(c.receive().status, 400u);
}

TEST_F(Http, AnAnswerThatNeverComesIsATimeoutAndALostOneAFault) {
  auto s = door_settings();
  s.http.answer_timeout = milliseconds{60};
  start(s);
  auto headers = "Authorization: Bearer " + sign_in("1000") + "\r\n";
  socket_client c{door->port()};
  backend.lose_answers = true;
  EXPECT_EQ(c.request("GET", "/api/live", "", headers).status, 500u);
  backend.lose_answers = false;
  backend.hold_answers = true;
  auto late = c.request("GET", "/api/live", "", headers);
  EXPECT_EQ(late.status, 503u);
  EXPECT_NE(late.header("Retry-After"), "");
  backend.take_held()(std::string{"{}"}); // too late: nobody minds
  EXPECT_EQ(c.request("GET", "/healthz").status, 200u);
}

TEST_F(Http, AnswersMayComeFromAnyThread) {
  start();
  auto headers = "Authorization: Bearer " + sign_in("1000") + "\r\n";
  backend.hold_answers = true;
  std::thread other{[&] { backend.take_held()(std::string{R"({"from":"elsewhere"})"}); }};
  socket_client c{door->port()};
  EXPECT_EQ(c.request("GET", "/api/live", "", headers).body, R"({"from":"elsewhere"})");
  other.join();
}

TEST_F(Http, StopLetsARequestFinish) {
  start();
  auto headers = "Authorization: Bearer " + sign_in("1000") + "\r\n";
  backend.hold_answers = true;
  socket_client busy{door->port()}, idle{door->port()};
  EXPECT_EQ(idle.request("GET", "/healthz").status, 200u);
  busy.send("GET /api/live HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
  auto held = backend.take_held();
  std::thread stopping{[&] { door->stop(); }};
  EXPECT_TRUE(idle.ended());
  held(std::string{R"({"done":true})"});
  auto r = busy.receive();
  EXPECT_EQ(r.body, R"({"done":true})");
  EXPECT_EQ(r.header("Connection"), "close");
  stopping.join();
  EXPECT_THROW((socket_client{door->port()}), std::runtime_error);
}

TEST_F(Http, StopDoesNotWaitForEver) {
  auto s = door_settings();
  s.drain_timeout = milliseconds{100};
  start(s);
  auto headers = "Authorization: Bearer " + sign_in("1000") + "\r\n";
  backend.hold_answers = true;
  socket_client c{door->port()};
  c.send("GET /api/live HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
  auto held = backend.take_held();
  auto began = std::chrono::steady_clock::now();
  door->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{2});
  held(std::string{"{}"});
}

TEST_F(Http, AnOccupiedPortIsAnError) {
  start();
  auto s = door_settings();
  s.port = door->port();
  server second{s, backend};
  EXPECT_THROW(second.start(), std::system_error);
}

TEST_F(Http, TwoHundredConnectionsAtOnce) {
  start();
  std::vector<std::unique_ptr<socket_client>> all;
  for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<socket_client>(door->port()));
  for (auto& c : all) c->send("GET /api/public-config HTTP/1.1\r\nHost: x\r\n\r\n");
  for (auto& c : all) EXPECT_EQ(c->receive().status, 200u);
  EXPECT_EQ(door->statistics().connections, 200u);
}

TEST_F(Http, SettingsChangeLive) {
  start();
  socket_client c{door->port()};
  EXPECT_EQ(c.request("POST", "/api/auth/login", std::string(500, ' ') + "{}").status, 400u);
  auto next = settings;
  next.port = door->port();
  next.threads = 7;
  next.http.max_body = 100;
  EXPECT_EQ(door->update(next), (std::vector<std::string>{"port", "threads"}));
  socket_client d{door->port()};
  EXPECT_EQ(d.request("POST", "/api/auth/login", std::string(500, ' ') + "{}").status, 413u);
}

TEST_F(Http, TheAddressIsTheClientsOnlyThroughATrustedProxy) {
  auto s = door_settings();
  start(s);
  std::vector<std::string> seen;
  door.reset();
  auto run = [&](std::vector<std::string> proxies) {
    s.trusted_proxies = std::move(proxies);
    server proxied{s, backend};
    std::string address;
    unsigned metrics = 0;
    proxied.on_request([&](const access_record& r) { address = r.what.address; });
    proxied.start();
    {
      socket_client c{proxied.port()};
      metrics = c.request("GET", "/metrics", "", "X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\n").status;
    }
    proxied.stop();
    EXPECT_EQ(metrics, 403u) << "behind a proxy nobody is local";
    return address;
  };
  EXPECT_EQ(run({}), "127.0.0.1");
  EXPECT_EQ(run({"127.0.0.1"}), "203.0.113.9");
}

TEST_F(Http, ServesTheDashboard) {
  auto folder = std::filesystem::path{testing::TempDir()} / "evs-dist";
  std::filesystem::create_directories(folder / "assets");
  std::ofstream{folder / "index.html"} << "<p>EVSCallPro</p>";
  std::ofstream{folder / "assets/big-1.js"} << std::string(3'000'000, 'x');
  auto s = door_settings();
  s.static_dir = folder;
  start(s);
  socket_client c{door->port()};
  EXPECT_EQ(c.request("GET", "/supervision").body, "<p>EVSCallPro</p>");
  EXPECT_EQ(c.request("GET", "/assets/big-1.js").body.size(), 3'000'000u);
  c.send("GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(c.receive().body.find("root:"), std::string::npos);
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace evs::web::test
