// Bodies on the wire: large ones, slow ones, wrong ones; files as answers.

#include "running_door.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <unistd.h>

namespace evs::web::test {
namespace {

namespace fs = std::filesystem;

class Upload : public RunningDoor {
protected:
  void SetUp() override {
    fs::create_directories(folder / "spool");
    backend.on_perform = [this](const requester&, const data_request& what) { return answer(what); };
  }
  void TearDown() override {
    RunningDoor::TearDown();
    fs::remove_all(folder);
  }
  server_settings own_settings() const {
    auto s = door_settings();
    s.spool_dir = folder / "spool";
    return s;
  }
  void open(server_settings s) {
    start(std::move(s));
    admin = "Authorization: Bearer " + sign_in("9000") + "\r\n";
    agent = "Authorization: Bearer " + sign_in("1001") + "\r\n";
  }
  void open() { open(own_settings()); }

  /// What the data's side does in these tests: remembers an upload, gives out one file.
  result<data_answer> answer(const data_request& what) {
    const auto* media = std::get_if<media_request>(&what);
    if (!media) return errc::not_found;
    if (auto add = std::get_if<add_audio_file>(media)) {
      std::ifstream in{add->path, std::ios::binary};
      in.seekg(static_cast<std::streamoff>(add->offset));
      std::string content(add->size, '\0');
      in.read(content.data(), static_cast<std::streamsize>(add->size));
      std::lock_guard lock{mutex};
      arrived = std::move(content);
      spooled = add->path;
      return data_answer{201, R"({"id":"audio-1"})", {}, {}, {}};
    }
    if (std::holds_alternative<read_audio_file>(*media)) {
      data_answer out;
      out.attached = data_answer::file{folder / "sound.wav", "audio/wav", "", false};
      return out;
    }
    if (std::holds_alternative<read_recording>(*media)) {
      data_answer out;
      out.attached = data_answer::file{folder / "temporary.wav", "audio/wav", "appel.wav", true};
      return out;
    }
    return errc::not_found;
  }

  static std::string form(const std::string& content, const std::string& file_name = "a.wav") {
    return "--b\r\nContent-Disposition: form-data; name=\"audioFile\"; filename=\"" + file_name + "\"\r\n\r\n" + content + "\r\n--b--\r\n";
  }
  static std::string head(const std::string& path, const std::string& headers) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n" + headers;
  }
  std::ptrdiff_t files_in_spool() const { return std::distance(fs::directory_iterator{folder / "spool"}, fs::directory_iterator{}); }
  /// The file goes just behind the answer.
  bool spool_empties() const {
    for (int i = 0; i < 400; ++i, std::this_thread::sleep_for(milliseconds{5}))
      if (files_in_spool() == 0) return true;
    return false;
  }

  fs::path folder = fs::path{testing::TempDir()} / ("evs-upload-" + std::to_string(getpid()));
  std::string admin, agent;
  std::mutex mutex;
  std::string arrived, spooled;
};

const std::string type = "Content-Type: multipart/form-data; boundary=b\r\n";

TEST_F(Upload, ALargeBodyGoesToAFileThatGoesWithTheRequest) {
  open();
  std::string content(8'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 >> 3);
  socket_client c{door->port()};
  auto r = c.request("POST", "/api/audio-files", form(content), admin + type);
  EXPECT_EQ(r.status, 201u) << r.body;
  EXPECT_TRUE(arrived == content);
  EXPECT_TRUE(spooled.starts_with((folder / "spool").string())) << spooled;
  EXPECT_TRUE(spool_empties());
  EXPECT_EQ(c.request("GET", "/healthz").status, 200u) << "the connection goes on";
}

TEST_F(Upload, ComesInChunksToo) {
  open();
  socket_client c{door->port()};
  c.send(head("/api/audio-files", admin + "Transfer-Encoding: chunked\r\n\r\n"));
  const auto body = form("chunked");
  for (std::size_t at = 0; at < body.size(); at += 10) {
    auto piece = body.substr(at, 10);
    char size[8];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    c.send(size + piece + "\r\n");
  }
  c.send("0\r\n\r\n");
  EXPECT_EQ(c.receive().status, 201u);
  EXPECT_EQ(arrived, "chunked");
}

TEST_F(Upload, WhoMayNotIsToldBeforeHeSends) {
  open();
  for (const auto& [who, status] : {std::pair{std::string{}, 401u}, std::pair{agent, 403u}}) {
    socket_client c{door->port()};
    // Nothing of the body is ever sent.
    c.send(head("/api/audio-files", who + "Content-Length: 9000000\r\n\r\n"));
    EXPECT_EQ(c.receive().status, status);
    EXPECT_TRUE(c.ended());
  }
  EXPECT_EQ(files_in_spool(), 0);
}

TEST_F(Upload, ARefusedSmallBodyCostsNoConnection) {
  open();
  socket_client c{door->port()};
  EXPECT_EQ(c.request("POST", "/api/audio-files", form("small"), type).status, 401u);
  EXPECT_EQ(c.request("POST", "/api/nothing", "{}").status, 404u);
  EXPECT_EQ(c.request("GET", "/healthz").status, 200u);
}

TEST_F(Upload, ExpectContinueIsAnsweredByTheVerdict) {
  open();
  socket_client no{door->port()}, large{door->port()}, yes{door->port()};
  no.send(head("/api/audio-files", agent + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n"));
  EXPECT_EQ(no.receive().status, 403u);
  EXPECT_TRUE(no.ended());
  large.send(head("/api/audio-files", admin + "Expect: 100-continue\r\nContent-Length: 99000000\r\n\r\n"));
  EXPECT_EQ(large.receive().status, 413u);
  const auto body = form("later");
  yes.send(head("/api/audio-files", admin + "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n"));
  EXPECT_EQ(yes.receive().status, 100u);
  yes.send(body);
  EXPECT_EQ(yes.receive().status, 201u);
}

TEST_F(Upload, OversizedBodiesAreRefusedAsSoonAsThatIsKnown) {
  open();
  socket_client told{door->port()}, chunked{door->port()};
  told.send(head("/api/audio-files", admin + "Content-Length: 11000000\r\n\r\n"));
  EXPECT_EQ(told.receive().status, 413u);
  chunked.send(head("/api/audio-files", admin + "Transfer-Encoding: chunked\r\n\r\n"));
  std::thread sending{[&] {
    for (int i = 0; i < 12; ++i) chunked.send("f4240\r\n" + std::string(1'000'000, 'x') + "\r\n");
  }};
  EXPECT_EQ(chunked.receive().status, 413u);
  sending.join();
  EXPECT_TRUE(spool_empties());
}

TEST_F(Upload, OtherRoutesKeepTheSmallLimit) {
  auto s = own_settings();
  s.http.max_body = 1000;
  open(s);
  socket_client c{door->port()};
  EXPECT_EQ(c.request("POST", "/api/call/originate", std::string(1001, 'x'), admin).status, 413u);
}

TEST_F(Upload, SlowLorisInTheHeadersIsCutOff) {
  auto s = own_settings();
  s.http.header_timeout = milliseconds{100};
  open(s);
  socket_client c{door->port()};
  std::thread dripping{[&] {
    for (int i = 0; i < 60; ++i, std::this_thread::sleep_for(milliseconds{10})) c.send(i == 0 ? "GET / HTTP/1.1\r\nX: " : "x");
  }};
  EXPECT_EQ(c.receive().status, 408u);
  dripping.join();
}

TEST_F(Upload, SlowLorisInALargeBodyIsCutOff) {
  auto s = own_settings();
  s.http.body_timeout = milliseconds{150};
  open(s);
  socket_client c{door->port()};
  c.send(head("/api/audio-files", admin + "Content-Length: 1000000\r\n\r\n"));
  auto began = std::chrono::steady_clock::now();
  std::thread dripping{[&] {
    for (int i = 0; i < 80; ++i, std::this_thread::sleep_for(milliseconds{10})) c.send("x");
  }};
  EXPECT_EQ(c.receive().status, 408u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{3});
  dripping.join();
  EXPECT_TRUE(spool_empties());
}

TEST_F(Upload, AFairPaceBuysTime) {
  auto s = own_settings();
  s.http.body_timeout = milliseconds{150};
  s.http.least_upload_rate = 1000;
  open(s);
  socket_client c{door->port()};
  const auto body = form(std::string(4000, 'x'));
  c.send(head("/api/audio-files", admin + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"));
  // 400 ms, more than the limit, but at 10,000 bytes a second.
  for (std::size_t at = 0; at < body.size(); at += 100, std::this_thread::sleep_for(milliseconds{10})) c.send(body.substr(at, 100));
  EXPECT_EQ(c.receive().status, 201u);
}

TEST_F(Upload, AClientThatGoesLeavesNothing) {
  open();
  {
    socket_client c{door->port()};
    c.send(head("/api/audio-files", admin + "Content-Length: 5000\r\n\r\n") + form("half"));
  }
  EXPECT_TRUE(spool_empties());
  EXPECT_EQ(arrived, "");
}

TEST_F(Upload, AWrongContentLengthIsNoSecondRequest) {
  open();
  const auto body = form("x");
  for (std::string length : {"-1", "abc", "1, 2", "99999999999999999999999", "0x10", ""}) {
    socket_client c{door->port()};
    c.send(head("/api/audio-files", admin + "Content-Length: " + length + "\r\n\r\n") + body);
    EXPECT_EQ(c.receive().status, 400u) << length;
    EXPECT_TRUE(c.ended()) << length;
  }
  // Shorter than what comes: what is left is no request, and the connection ends.
  socket_client shorter{door->port()};
  shorter.send(head("/api/audio-files", admin + "Content-Length: " + std::to_string(body.size() - 5) + "\r\n\r\n") + body);
  EXPECT_EQ(shorter.receive().status, 400u) << "a form without its end";
  socket_client both{door->port()};
  both.send(head("/api/audio-files", admin + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") + "0\r\n\r\n");
  EXPECT_EQ(both.receive().status, 400u) << "two lengths are an attempt to smuggle";
  EXPECT_TRUE(both.ended());
}

TEST_F(Upload, BrokenChunksAreRefused) {
  open();
  for (std::string chunks : {"zz\r\nx\r\n", "5\r\nabc\r\nXX\r\n0\r\n\r\n", "-5\r\nabc\r\n", "ffffffffffffffffff\r\n", "3 \x01\r\nabc\r\n"}) {
    for (std::string path : {"/api/audio-files", "/api/call/originate"}) {
      socket_client c{door->port()};
      const std::string kind = path == "/api/audio-files" ? type : "Content-Type: application/json\r\n";
      c.send("POST " + path + " HTTP/1.1\r\nHost: x\r\n" + kind + admin + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
      EXPECT_EQ(c.receive().status, 400u) << path << " " << chunks;
      EXPECT_TRUE(c.ended());
    }
  }
  EXPECT_TRUE(spool_empties());
}

TEST_F(Upload, ABrokenFormIsToldInAWord) {
  open();
  socket_client c{door->port()};
  auto r = c.request("POST", "/api/audio-files", "--c\r\nnot this form's boundary", admin + type);
  EXPECT_EQ(r.status, 400u);
  EXPECT_NE(r.body.find("formulaire"), std::string::npos) << r.body;
  socket_client d{door->port()};
  EXPECT_EQ(d.request("POST", "/api/audio-files", "{}", admin).status, 400u);
}

TEST_F(Upload, ANameIsNoPath) {
  open();
  socket_client c{door->port()};
  EXPECT_EQ(c.request("POST", "/api/audio-files", form("x", "../../../../tmp/evil.wav"), admin + type).status, 201u);
  EXPECT_TRUE(spooled.starts_with((folder / "spool").string()));
  EXPECT_EQ(spooled.find("evil"), std::string::npos);
}

TEST_F(Upload, OnlySoManyAtOnce) {
  auto s = own_settings();
  s.http.max_uploads = 1;
  open(s);
  socket_client first{door->port()}, second{door->port()};
  const auto body = form("x");
  first.send(head("/api/audio-files", admin + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n--b"));
  for (int i = 0; i < 400 && files_in_spool() == 0; ++i) std::this_thread::sleep_for(milliseconds{5});
  auto r = second.request("POST", "/api/audio-files", body, admin + type);
  EXPECT_EQ(r.status, 503u);
  EXPECT_NE(r.header("Retry-After"), "");
  first.send(body.substr(3));
  EXPECT_EQ(first.receive().status, 201u);
}

TEST_F(Upload, WithoutAFolderTheAnswerSaysSo) {
  open(door_settings());
  socket_client c{door->port()};
  auto r = c.request("POST", "/api/audio-files", form("x"), admin + type);
  EXPECT_EQ(r.status, 503u);
  EXPECT_NE(r.body.find("storage_unavailable"), std::string::npos);
}

TEST_F(Upload, AnIdempotencyKeyUploadsOnce) {
  open();
  socket_client c{door->port()};
  const auto headers = admin + type + "Idempotency-Key: k\r\n";
  EXPECT_EQ(c.request("POST", "/api/audio-files", form("one"), headers).status, 201u);
  arrived.clear();
  auto again = c.request("POST", "/api/audio-files", form("one"), headers);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(arrived, "");
  EXPECT_EQ(c.request("POST", "/api/audio-files", form("two"), headers).status, 409u);
}

TEST_F(Upload, SendsAFileAndItsParts) {
  std::string content(3'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i >> 5);
  std::ofstream{folder / "sound.wav", std::ios::binary} << content;
  open();
  socket_client c{door->port()};
  auto whole = c.request("GET", "/api/media/audio-files/a.wav", "", admin);
  EXPECT_EQ(whole.status, 200u);
  EXPECT_TRUE(whole.body == content);
  EXPECT_EQ(whole.header("Content-Type"), "audio/wav");
  EXPECT_EQ(whole.header("X-Content-Type-Options"), "nosniff");
  EXPECT_NE(whole.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  EXPECT_NE(whole.header("Content-Security-Policy").find("sandbox"), std::string::npos);
  auto part = c.request("GET", "/api/media/audio-files/a.wav", "", admin + "Range: bytes=2000000-2000009\r\nIf-Range: " + whole.header("ETag") + "\r\n");
  EXPECT_EQ(part.status, 206u);
  EXPECT_EQ(part.header("Content-Length"), "10");
  EXPECT_TRUE(part.body == content.substr(2'000'000, 10));
  EXPECT_EQ(c.request("GET", "/api/media/audio-files/a.wav", "", admin + "Range: bytes=3000000-\r\n").status, 416u);
  EXPECT_EQ(c.request("GET", "/api/media/audio-files/a.wav", "", admin + "If-None-Match: " + whole.header("ETag") + "\r\n").status, 304u);
  auto only_head = c.request("HEAD", "/api/media/audio-files/a.wav", "", admin);
  EXPECT_EQ(only_head.header("Content-Length"), "3000000");
  EXPECT_EQ(c.request("GET", "/healthz").body, R"({"status":"ok"})") << "no stray bytes";
}

TEST_F(Upload, ATemporaryFileIsRemovedOnceItIsSentOrNobodyWantsIt) {
  open();
  for (bool reads : {true, false}) {
    std::ofstream{folder / "temporary.wav", std::ios::binary} << std::string(7'000'000, 'x');
    {
      socket_client c{door->port(), 65536};
      c.send("GET /api/recordings/call-1.wav HTTP/1.1\r\nHost: x\r\n" + agent + "\r\n");
      if (reads) {
        auto r = c.receive();
        EXPECT_EQ(r.body.size(), 7'000'000u);
        EXPECT_EQ(r.header("Content-Disposition"), "attachment; filename=\"appel.wav\"");
      }
    }
    bool gone = false;
    for (int i = 0; i < 400 && !gone; ++i, std::this_thread::sleep_for(milliseconds{5})) gone = !fs::exists(folder / "temporary.wav");
    EXPECT_TRUE(gone) << reads;
  }
}

TEST_F(Upload, ALargeDownloadDoesNotHoldTheOthers) {
  std::ofstream{folder / "sound.wav", std::ios::binary} << std::string(10'000'000, 'x');
  auto s = own_settings();
  s.threads = 1;
  open(s);
  socket_client slow{door->port(), 65536}, other{door->port()};
  slow.send("GET /api/media/audio-files/a.wav HTTP/1.1\r\nHost: x\r\n" + admin + "\r\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(other.request("GET", "/healthz").status, 200u);
  EXPECT_EQ(slow.receive().body.size(), 10'000'000u);
}

TEST_F(Upload, PathTraversalFindsNoFile) {
  std::ofstream{folder / "sound.wav"} << "sound";
  open();
  for (std::string path : {"/api/media/audio-files/../../../etc/passwd", "/api/media/audio-files/..%2f..%2fetc%2fpasswd",
                           "/api/media/pictures/%2e%2e%2fx.png", "/api/recordings/../x.wav", "/api/media/audio-files/.wav",
                           "/api/media/audio-files/a.wav%00.html", "/api/media/audio-files/a.html"}) {
    socket_client c{door->port()};
    c.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + admin + "\r\n");
    auto r = c.receive();
    EXPECT_TRUE(r.status == 404 || r.status == 400) << path << " " << r.status;
    EXPECT_EQ(r.body.find("root:"), std::string::npos);
  }
}

} // namespace
} // namespace evs::web::test
