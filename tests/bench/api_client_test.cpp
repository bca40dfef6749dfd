// The client of `./evs bench api`, measured: what it finds in events, whom it takes for entitled, and that each kind of load really asks.
#include "tests/bench/api/hearing.hpp"
#include "tests/bench/api/loads.hpp"
#include "tests/bench/api/plan.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <atomic>
#include <mutex>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace evs::bench {
namespace {

TEST(ApiPlan, FindsEveryMarkInAFrame) {
  EXPECT_EQ(
      marks_in(R"([{"payload":{"description":"save7x1n12."}},{"payload":{"description":"save7x1n3."}}])", "save7x1n"),
      (std::vector<std::uint64_t>{12, 3}));
  EXPECT_TRUE(marks_in(R"({"description":"save7x2n12."})", "save7x1n").empty()) << "of another run";
  EXPECT_EQ(with_mark(R"({"description":"{mark}"})", "save1n2."), R"({"description":"save1n2."})");
}

TEST(ApiPlan, GivesEachAttemptAnAddressOfItsOwn) {
  std::set<std::string> all;
  for (std::size_t n = 0; n < 100'000; ++n) all.insert(loopback_address(n));
  EXPECT_EQ(all.size(), 100'000U);
  EXPECT_EQ(loopback_address(0), "127.1.0.1");
}

TEST(ApiPlan, RefusesWhatIsNone) {
  EXPECT_THROW(read_plan("{"), std::runtime_error);
  EXPECT_THROW(read_plan("[]"), std::runtime_error);
  EXPECT_THROW(read_plan(R"({"requests":[{"person":0}]})"), std::runtime_error) << "nobody is there to ask";
  EXPECT_THROW(read_plan(R"({"port":"x"})"), std::runtime_error);
}

TEST(Hearing, TellsMissingDoubledAndForeign) {
  hearing h;
  for (const std::size_t group : {0U, 0U, 1U}) h.add_session(group);
  const auto first = h.sent({0}, 1000, true);
  EXPECT_FALSE(h.complete());
  h.heard(0, first, 1500);
  EXPECT_EQ(h.missing(), 1U);
  h.heard(1, first, 3000);
  EXPECT_TRUE(h.complete());
  h.heard(1, first, 3500);
  h.heard(2, first, 3500);
  EXPECT_EQ(h.doubled(), 1U);
  EXPECT_EQ(h.foreign(), 1U);
  const auto refused = h.sent({0, 1}, 4000, true);
  EXPECT_FALSE(h.complete());
  h.refused(refused);
  EXPECT_TRUE(h.complete());
  EXPECT_EQ(h.missing(), 0U);
  EXPECT_NE(h.json().find(R"("last":{"p50Us":2000)"), std::string::npos) << h.json();
}

/// Answers every request, tells every WebSocket of each PUT; its agents (token "agent") hear of it too when `leaks`.
class small_server {
public:
  explicit small_server(bool leaks) : leaks_(leaks), acceptor_(context_, {boost::asio::ip::address_v4::any(), 0}) {
    thread_ = std::thread([this] { accept(); });
  }
  ~small_server() {
    stopping_ = true;
    boost::asio::ip::tcp::socket wake(context_);
    boost::system::error_code ignored;
    wake.connect({boost::asio::ip::address_v4::loopback(), port()}, ignored);
    thread_.join();
    {
      std::lock_guard lock(mutex_);
      for (const auto s : sockets_) {
        ::shutdown(s, SHUT_RDWR);
        ::close(s);
      }
    }
    for (auto& t : workers_) t.join();
  }
  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  std::set<std::string> sources() {
    std::lock_guard lock(mutex_);
    return sources_;
  }

private:
  using socket = boost::asio::ip::tcp::socket;
  using door = boost::beast::websocket::stream<socket>;

  void accept() {
    for (;;) {
      socket s(context_);
      boost::system::error_code ec;
      acceptor_.accept(s, ec);
      if (stopping_ || ec) return;
      std::lock_guard lock(mutex_);
      sockets_.push_back(::dup(s.native_handle()));
      sources_.insert(s.remote_endpoint(ec).address().to_string());
      workers_.emplace_back([this, owned = std::make_shared<socket>(std::move(s))] { serve(std::move(*owned)); });
    }
  }

  void serve(socket s) {
    namespace http = boost::beast::http;
    boost::beast::flat_buffer buffer;
    boost::system::error_code ec;
    for (;;) {
      http::request<http::string_body> asked;
      http::read(s, buffer, asked, ec);
      if (ec) return;
      const std::string target{asked.target()};
      if (boost::beast::websocket::is_upgrade(asked))
        return listen(std::move(s), asked, target.find("agent") != std::string::npos);
      http::response<http::string_body> answer{http::status::ok, 11};
      const bool wrong = asked.body().find("wrong-") != std::string::npos;
      if (wrong) answer.result(http::status::unauthorized);
      else if (target == "/api/auth/login")
        answer.body() = asked.body().find("\"1001\"") == std::string::npos ? R"({"accessToken":"boss"})"
                                                                           : R"({"accessToken":"agent"})";
      if (asked.method() == http::verb::put) tell(asked.body());
      answer.prepare_payload();
      http::write(s, answer, ec);
      if (ec) return;
    }
  }

  void listen(socket s, const boost::beast::http::request<boost::beast::http::string_body>& asked, bool agent) {
    door d(std::move(s));
    boost::system::error_code ec;
    d.accept(asked, ec);
    {
      std::lock_guard lock(mutex_);
      doors_.emplace_back(&d, agent);
    }
    boost::beast::flat_buffer unread;
    d.read(unread, ec);
    std::lock_guard lock(mutex_);
    std::erase_if(doors_, [&](const auto& each) { return each.first == &d; });
  }

  void tell(const std::string& what) {
    std::lock_guard lock(mutex_);
    boost::system::error_code ignored;
    for (auto& [d, agent] : doors_)
      if (!agent || leaks_) d->write(boost::asio::buffer(what), ignored);
  }

  bool leaks_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::pair<door*, bool>> doors_;
  std::vector<int> sockets_;
  std::set<std::string> sources_;
  std::vector<std::thread> workers_;
  std::thread thread_;
};

plan plan_for(const small_server& server) {
  return read_plan(R"({"door":"compat","port":)" + std::to_string(server.port()) + R"(,"warmup":0.1,"seconds":0.4,
    "people":[{"login":"1000","password":"p"},{"login":"1001","password":"p"}],
    "sessions":[{"person":0,"count":3},{"person":1,"count":2}],
    "requests":[{"name":"read","target":"/api/x","rate":50,"weight":3},
                {"name":"save","method":"PUT","target":"/api/y","body":"{\"name\":\"{mark}\"}","rate":50,"heardBy":[0]}]})");
}

TEST(ApiLoads, PacedSeesWhoHeardOfASave) {
  small_server server(false);
  const auto said = run_paced(plan_for(server));
  EXPECT_NE(said.find(R"("saves":25,"measured":20,"refused":0,"missing":0,"doubled":0,"foreign":0,)"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find(R"("sessions":5,"lostSessions":0)"), std::string::npos) << said;
}

TEST(ApiLoads, PacedSeesWhoShouldNotHaveHeard) {
  small_server server(true);
  const auto said = run_paced(plan_for(server));
  EXPECT_NE(said.find(R"("missing":0,"doubled":0,"foreign":50,)"), std::string::npos) << said;
}

TEST(ApiLoads, BusyTakesTurnsByWeight) {
  small_server server(false);
  auto what = plan_for(server);
  what.connections = 4;
  const auto said = run_busy(what);
  EXPECT_NE(said.find(R"("read":{)"), std::string::npos) << said;
  EXPECT_EQ(said.find(R"("0":)"), std::string::npos) << said;
  EXPECT_EQ(said.find(R"("count":0)"), std::string::npos) << said;
}

TEST(ApiLoads, FloodComesFromManyAddresses) {
  small_server server(false);
  auto what = plan_for(server);
  what.rate = 500;
  what.addresses = 50;
  what.right_every = 10;
  const auto said = run_flood(what);
  EXPECT_NE(said.find(R"("attempts":200)"), std::string::npos) << said;
  EXPECT_NE(said.find(R"("statuses":{"401":180})"), std::string::npos) << said;
  EXPECT_NE(said.find(R"("statuses":{"200":20})"), std::string::npos) << said;
  EXPECT_EQ(server.sources().size(), 50U);
}

TEST(ApiLoads, FloodHasPeopleOfItsOwnOnKnownDevices) {
  small_server server(false);
  auto what = plan_for(server);
  what.rate = 500;
  what.addresses = 50;
  what.right_every = 20;
  what.known_every = 20;
  const auto said = run_flood(what);
  EXPECT_NE(said.find(R"("statuses":{"401":180})"), std::string::npos) << said;
  const std::string ten = R"("statuses":{"200":10}})";
  const auto first = said.find(ten);
  ASSERT_NE(first, std::string::npos) << said;
  EXPECT_NE(said.find(ten, first + 1), std::string::npos) << said;
}

} // namespace
} // namespace evs::bench
