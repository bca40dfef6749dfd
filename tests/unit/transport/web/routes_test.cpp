#include "memory_backend.hpp"
#include "transport/web/dispatcher.hpp"
#include "transport/web/doors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>

#include <unistd.h>

namespace evs::web {
namespace {

const timestamp start{seconds{1'700'000'000}};

/// Routes, with a clock that tests turn and a backend in memory; no sockets.
class Routes : public testing::Test {
protected:
  static server_settings settings() {
    server_settings s;
    s.token_key = std::string(32, 'k');
    s.http.requests_per_second = 0;
    s.allowed_origins = {"https://listed.example"};
    return s;
  }

  static request make(http_method method, std::string path, std::string body = {}, header_list headers = {}) {
    request r;
    r.method = method;
    auto question = path.find('?');
    if (question != std::string::npos) r.query = path.substr(question + 1);
    r.path = path.substr(0, question);
    r.body = std::move(body);
    r.headers = std::move(headers);
    r.address = "10.1.2.3";
    return r;
  }

  response send(request what) {
    auto made = std::make_shared<std::promise<response>>();
    auto future = made->get_future();
    dispatcher_.handle(std::move(what), [made](response r) { made->set_value(std::move(r)); });
    return future.get();
  }

  std::string token(const std::string& user, role r, const std::string& site = "", const std::string& family = "fam") {
    return services_->tokens.sign({{user_id{user}, r, site_id{site}}, user, family, "id", now_, now_ + seconds{900}});
  }
  header_list bearer(const std::string& user, role r) { return {{"authorization", "Bearer " + token(user, r)}}; }

  response login(const std::string& id, const std::string& password = "secret") {
    return send(make(http_method::post, "/api/auth/login",
                     R"({"loginId":")" + id + R"(","password":")" + password + R"(","remember":true})"));
  }
  static std::string header_of(const response& r, const std::string& name) {
    for (const auto& [n, v] : r.headers)
      if (n == name) return v;
    return {};
  }
  static std::string cookie_of(const response& r) {
    auto text = header_of(r, "Set-Cookie");
    return text.substr(0, text.find(';'));
  }
  static std::string access_of(const response& r) {
    auto at = r.body.find(R"("accessToken":")");
    if (at == std::string::npos) return {};
    at += 15;
    return r.body.substr(at, r.body.find('"', at) - at);
  }
  response refresh(const std::string& cookie) {
    return send(make(http_method::post, "/api/auth/refresh", "", {{"cookie", cookie}}));
  }

  timestamp now_ = start;
  test::memory_backend backend_;
  std::shared_ptr<services> services_ = std::make_shared<services>(settings(), backend_, [this] { return now_; });
  dispatcher dispatcher_{services_, all_routes(services_)};
};

TEST_F(Routes, EveryRouteIsForSomebodyAndForNobodyElse) {
  const std::vector<std::pair<std::string, role>> people{{"user-1001", role::agent},
                                                         {"user-1000", role::supervisor},
                                                         {"user-9000", role::administrator},
                                                         {"user-9999", role::super_admin}};
  int walked = 0;
  for (const auto& r : dispatcher_.routes()) {
    SCOPED_TRACE(std::string{to_string(r.method)} + " " + r.pattern);
    EXPECT_NE(r.who.who, access::kind::nobody);
    auto path = r.pattern;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, "user-1001");
    if (r.who.who != access::kind::member) {
      // What is open is a short list, written here on purpose.
      const std::vector<std::string> open{"/api/auth/login", "/api/auth/refresh", "/api/public-config",
                                          "/healthz",        "/readyz",           "/metrics"};
      EXPECT_NE(std::find(open.begin(), open.end(), r.pattern), open.end());
      continue;
    }
    ++walked;
    EXPECT_EQ(send(make(r.method, path)).status, 401u);
    EXPECT_EQ(send(make(r.method, path, "", {{"authorization", "Bearer x.y.z"}})).status, 401u);
    EXPECT_EQ(
        send(make(r.method, path, "", {{"authorization", "Basic " + token("user-9999", role::super_admin)}})).status,
        401u);
    EXPECT_EQ(send(make(r.method, path + "?token=" + token("user-9999", role::super_admin))).status, 401u)
        << "a token in a URL";
    for (const auto& [user, own] : people) {
      auto headers = bearer(user, own);
      headers[0].second = "Bearer " + token(user, own, "", "walk-" + user + r.pattern);
      auto status = send(make(r.method, path, "{}", headers)).status;
      EXPECT_EQ(status == 403, own < r.who.minimum) << user << " " << status;
      EXPECT_NE(status, 401u) << user;
    }
  }
  EXPECT_GE(walked, 14);
}

TEST_F(Routes, AreThoseOfTheContract) {
  std::vector<std::string> lines;
  for (const auto& r : dispatcher_.routes()) {
    std::string who = r.who.who == access::kind::member ? std::string{to_string(r.who.minimum)} : "-";
    lines.push_back(std::string{to_string(r.method)} + " " + r.pattern + " " + who);
  }
  for (std::string line :
       {"POST /api/auth/logout Agent", "GET /api/auth/me Agent", "POST /api/auth/ws-ticket Agent",
        "GET /api/application-data Agent", "GET /api/live Superviseur", "GET /api/agents Superviseur",
        "POST /api/agents/{id}/status Agent", "POST /api/call/originate Agent", "POST /api/call/{callId}/hangup Agent",
        "POST /api/supervisor/force-pause Superviseur", "POST /api/supervisor/force-logout Superviseur",
        "GET /api/supervisor/call-history Superviseur", "GET /api/call-history/{id} Superviseur",
        "GET /api/call-history/{id}/journal Superviseur", "GET /api/call-history Superviseur", "GET /api/planning-events Agent",
        "POST /api/planning-events Superviseur", "DELETE /api/planning-events/all Superviseur", "GET /api/reports/agents Superviseur",
        "GET /api/contacts/{id}/personal-data Administrateur", "DELETE /api/contacts/{id}/personal-data Administrateur", "POST /api/system/reload SuperAdmin", "GET /metrics -"})
    EXPECT_NE(std::find(lines.begin(), lines.end(), line), lines.end()) << line;
}

TEST_F(Routes, UnknownPathsAndMethodsAreSaidInJson) {
  auto r = send(make(http_method::get, "/api/nothing"));
  EXPECT_EQ(r.status, 404u);
  EXPECT_EQ(r.body, R"({"error":"Cette adresse n'existe pas.","code":"not_found"})");
  r = send(make(http_method::del, "/api/auth/login"));
  EXPECT_EQ(r.status, 405u);
  EXPECT_EQ(header_of(r, "Allow"), "POST");
  EXPECT_EQ(send(make(http_method::get, "/api")).status, 404u);
  EXPECT_EQ(send(make(http_method::get, "/api/agents/")).status, 404u);
  EXPECT_EQ(send(make(http_method::get, "/api//agents")).status, 404u);
  EXPECT_EQ(send(make(http_method::get, "/api/agents/%zz", "", bearer("user-1000", role::supervisor))).status, 404u);
}

TEST_F(Routes, LoginAnswersUserTokenAndCookie) {
  auto r = login("1001");
  ASSERT_EQ(r.status, 200u) << r.body;
  EXPECT_TRUE(r.body.starts_with(R"({"user":{"id":"user-1001"},"accessToken":")")) << r.body;
  auto cookie = header_of(r, "Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("evs_refresh=")) << cookie;
  EXPECT_NE(cookie.find("; Path=/api/auth; HttpOnly; SameSite=Strict; Max-Age=604800"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);
  auto claims = services_->identify(access_of(r));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->who.site, site_id{"site-paris"});
  auto me = send(make(http_method::get, "/api/auth/me", "", {{"authorization", "Bearer " + access_of(r)}}));
  EXPECT_EQ(me.body, R"({"user":{"id":"user-1001"}})");
}

TEST_F(Routes, SecureCookiesWhereConfigured) {
  auto s = settings();
  s.sign_in.secure_cookies = true;
  services_->replace_settings(s);
  EXPECT_NE(header_of(login("1001"), "Set-Cookie").find("; Secure"), std::string::npos);
}

TEST_F(Routes, WrongPasswordUnknownAndInactiveAccountsLookAlike) {
  backend_.deactivate("1002");
  auto wrong = login("1001", "no"), unknown = login("nobody"), inactive = login("1002");
  EXPECT_EQ(wrong.status, 401u);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.body, inactive.body);
  EXPECT_EQ(header_of(unknown, "Set-Cookie"), "");
}

TEST_F(Routes, ALoginThatADeactivationOvertakesIsRefused) {
  backend_.before_family = [&] { backend_.deactivate("1001"); };
  const auto overtaken = login("1001");
  EXPECT_EQ(overtaken.status, 401u);
  EXPECT_EQ(access_of(overtaken) + header_of(overtaken, "Set-Cookie"), "");
  EXPECT_EQ(overtaken.refused_login, "1001") << "for the audit";
  EXPECT_EQ(overtaken.body, login("nobody").body);
}

TEST_F(Routes, ALoginCarriesTheAccountAsItIsWhenItBegins) {
  backend_.before_family = [&] { backend_.move("1001", "site-lyon"); };
  const auto in = login("1001");
  const auto claims = services_->identify(access_of(in));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->who.site, site_id{"site-lyon"});
}

TEST_F(Routes, LoginSaysWhatIsMissing) {
  auto r = send(make(http_method::post, "/api/auth/login", R"({"loginId":5})"));
  EXPECT_EQ(r.status, 400u);
  EXPECT_NE(r.body.find(R"("fields":{"loginId":")"), std::string::npos) << r.body;
  EXPECT_NE(r.body.find(R"("password":"Champ obligatoire.")"), std::string::npos) << r.body;
  EXPECT_EQ(send(make(http_method::post, "/api/auth/login", "not json")).status, 400u);
  EXPECT_EQ(send(make(http_method::post, "/api/auth/login", std::string(5000, '['))).status, 400u);
}

TEST_F(Routes, LoginIsThrottledPerAccountAndAddress) {
  auto s = settings();
  s.sign_in.throttle.attempts = 3;
  services_->replace_settings(s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(login("1001", "no").status, 401u);
  auto r = login("1001");
  EXPECT_EQ(r.status, 429u);
  EXPECT_NE(header_of(r, "Retry-After"), "");
  auto elsewhere = make(http_method::post, "/api/auth/login", R"({"loginId":"1001","password":"secret"})");
  elsewhere.address = "10.9.9.9";
  EXPECT_EQ(send(elsewhere).status, 200u);
}

TEST_F(Routes, ADatabaseThatIsAwayIsNoWrongPassword) {
  backend_.database_away = true;
  for (int i = 0; i < 30; ++i) {
    auto r = login("1001");
    ASSERT_EQ(r.status, 503u);
    EXPECT_NE(header_of(r, "Retry-After"), "");
  }
  backend_.database_away = false;
  EXPECT_EQ(login("1001").status, 200u);
}

/// The only thread that hashes is busy, and strangers from many addresses fill the line.
class FloodedRoutes : public Routes {
protected:
  void SetUp() override {
    auto cookies = cookies_of(login("1001"));
    device_ = cookies["evs_device"];
    services_->passwords.enter({{standing::stranger, "x", 1}, {}, {}}).at->verify("x", "x", [this, open = open_](bool) {
      begun_.set_value();
      open.wait();
    });
    begun_.get_future().wait();
    for (int i = 0;; ++i) {
      auto in = services_->passwords.enter({{standing::stranger, "flood-" + std::to_string(i), 1}, {}, {}});
      if (!in.at) break;
      in.at->verify("x", "x", [](bool) {});
      ASSERT_LT(i, 5000);
    }
  }
  void TearDown() override { release(); }
  void release() {
    if (!std::exchange(released_, true)) go_.set_value();
  }

  std::map<std::string, std::string> cookies_of(const response& r) {
    std::map<std::string, std::string> out;
    for (const auto& [n, v] : r.headers)
      if (n == "Set-Cookie") out[v.substr(0, v.find('='))] = v.substr(v.find('=') + 1, v.find(';') - v.find('=') - 1);
    return out;
  }
  std::future<response> begin(request what) {
    auto made = std::make_shared<std::promise<response>>();
    auto future = made->get_future();
    dispatcher_.handle(std::move(what), [made](response r) { made->set_value(std::move(r)); });
    return future;
  }
  request sign_in(const std::string& id, const std::string& address, header_list headers = {}) {
    auto what = make(http_method::post, "/api/auth/login", R"({"loginId":")" + id + R"(","password":"secret"})", std::move(headers));
    what.address = address;
    return what;
  }
  static bool answered(std::future<response>& f) { return f.wait_for(milliseconds{30}) == std::future_status::ready; }

  std::string device_;
  std::promise<void> begun_, go_;
  std::shared_future<void> open_ = go_.get_future().share();
  bool released_ = false;
};

TEST_F(FloodedRoutes, AFloodOfSignInsDoesNotReachTheDatabase) {
  backend_.database_away = true; // it would be noticed
  auto r = send(sign_in("1002", "10.7.7.7"));
  EXPECT_EQ(r.status, 429u);
  EXPECT_EQ(header_of(r, "Retry-After"), "1");
  backend_.database_away = false;
}

TEST_F(FloodedRoutes, AKnownDeviceStandsBeforeStrangers) {
  auto device = begin(sign_in("1001", "10.7.7.7", {{"cookie", "evs_device=" + device_}}));
  EXPECT_FALSE(answered(device)) << "it waits for its turn";
  auto other = begin(sign_in("1002", "10.7.7.7", {{"cookie", "evs_device=" + device_}}));
  EXPECT_TRUE(answered(other)) << "a mark is good for its own account only";
  EXPECT_EQ(other.get().status, 429u);
  EXPECT_EQ(services_->passwords.enter({{standing::stranger, "y", 1}, {}, {}}).at, nullptr);
  release();
  EXPECT_EQ(device.get().status, 200u);
}

TEST_F(FloodedRoutes, AnAccountStandsBeforeStrangersWhereItSignedInBefore) {
  auto here = begin(sign_in("1001", "10.1.2.3"));
  EXPECT_FALSE(answered(here));
  EXPECT_EQ(send(sign_in("1001", "10.9.9.9")).status, 429u);
  release();
  EXPECT_EQ(here.get().status, 200u);
}

TEST_F(FloodedRoutes, ChangingAPasswordHasItsShare) {
  auto change = begin(make(http_method::put, "/api/users/me/password", R"({"currentPassword":"secret","newPassword":"Autre-secret-2026"})",
                           bearer("user-1002", role::agent)));
  EXPECT_FALSE(answered(change));
  auto made = begin(make(http_method::post, "/api/users", R"({"loginId":"new","role":"Agent","firstName":"A","lastName":"B","password":"Autre-secret-2026"})",
                         bearer("user-9000", role::administrator)));
  EXPECT_FALSE(answered(made));
  release();
  EXPECT_EQ(change.get().status, 200u);
  EXPECT_LT(made.get().status, 300u);
}

TEST_F(FloodedRoutes, WhoHasHungUpIsNotHashed) {
  struct nobody final : client_presence {
    bool gone() const override { return true; }
  };
  auto what = sign_in("1001", "10.1.2.3");
  what.client = std::make_shared<nobody>();
  auto left = begin(std::move(what));
  release();
  EXPECT_EQ(left.get().status, 429u) << "nobody reads it";
  const auto notes = backend_.notes();
  EXPECT_EQ(std::count(notes.begin(), notes.end(), "signed_in 1001"), 1) << "the one before the flood";
}

TEST_F(Routes, SigningInLeavesAMarkOnTheDevice) {
  const auto in = login("1001");
  std::vector<std::string> set;
  for (const auto& [n, v] : in.headers)
    if (n == "Set-Cookie") set.push_back(v);
  ASSERT_EQ(set.size(), 2u);
  EXPECT_TRUE(set[0].starts_with("evs_refresh=")) << "first: older clients read one";
  EXPECT_TRUE(set[1].starts_with("evs_device="));
  EXPECT_NE(set[1].find("; Path=/api/auth; HttpOnly; SameSite=Strict; Max-Age=15552000"), std::string::npos) << set[1];
  auto device = set[1].substr(0, set[1].find(';'));
  const auto out = send(make(http_method::post, "/api/auth/logout", "", {{"authorization", "Bearer " + access_of(in)}, {"cookie", device}}));
  for (const auto& [n, v] : out.headers) EXPECT_FALSE(n == "Set-Cookie" && v.starts_with("evs_device")) << "stays when he leaves";
  auto wrong = make(http_method::post, "/api/auth/login", R"({"loginId":"1001","password":"no"})");
  EXPECT_EQ(header_of(send(wrong), "Set-Cookie"), "");
}

TEST_F(Routes, AKnownDeviceIsNotLockedOutByWhatOthersTry) {
  auto s = settings();
  s.sign_in.throttle.attempts = 3;
  s.sign_in.throttle.attempts_of_address = 20;
  services_->replace_settings(s);
  std::string device;
  for (const auto& [n, v] : login("1001").headers)
    if (n == "Set-Cookie" && v.starts_with("evs_device")) device = v.substr(0, v.find(';'));
  auto from_device = [&](const std::string& password) {
    return send(make(http_method::post, "/api/auth/login", R"({"loginId":"1001","password":")" + password + "\"}", {{"cookie", device}})).status;
  };
  while (login("1001", "no").status != 429u) {}
  for (int i = 0; login("nobody-" + std::to_string(i), "no").status != 429u; ++i) ASSERT_LT(i, 30);
  EXPECT_EQ(login("1002").status, 429u) << "nothing tells 1002 from the flood at his address";
  EXPECT_EQ(from_device("secret"), 200u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(from_device("no"), 401u);
  EXPECT_EQ(from_device("secret"), 429u) << "a stolen mark has a brake, too";
}

TEST_F(Routes, AKnownDeviceHasRequestsOfItsOwn) {
  std::string device;
  for (const auto& [n, v] : login("1001").headers)
    if (n == "Set-Cookie" && v.starts_with("evs_device")) device = v.substr(0, v.find(';'));
  auto s = settings();
  s.http.requests_per_second = 1;
  s.http.request_burst = 5;
  services_->replace_settings(s);
  while (login("1002", "no").status != 429u) {}
  auto mine = make(http_method::post, "/api/auth/login", R"({"loginId":"1001","password":"secret"})", {{"cookie", device}});
  EXPECT_EQ(send(mine).status, 200u) << "others at his address have used up its share";
  auto made_up = make(http_method::post, "/api/auth/login", R"({"loginId":"1001","password":"secret"})", {{"cookie", "evs_device=abc"}});
  EXPECT_EQ(send(made_up).status, 429u);
}

TEST_F(Routes, RefreshRotatesAndReuseEndsTheFamily) {
  auto first = login("1001");
  now_ += seconds{600};
  auto second = refresh(cookie_of(first));
  ASSERT_EQ(second.status, 200u) << second.body;
  EXPECT_TRUE(services_->identify(access_of(second)));
  EXPECT_NE(cookie_of(second), cookie_of(first));
  auto stolen = refresh(cookie_of(first));
  EXPECT_EQ(stolen.status, 401u);
  EXPECT_NE(header_of(stolen, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(refresh(cookie_of(second)).status, 401u) << "the family is over";
  EXPECT_FALSE(services_->identify(access_of(second))) << "and its access tokens with it";
  EXPECT_EQ(refresh("").status, 401u);
  EXPECT_EQ(refresh("evs_refresh=nonsense").status, 401u);
}

TEST_F(Routes, RefreshOfADeactivatedAccountEndsEverything) {
  auto r = login("1001");
  backend_.deactivate("1001");
  EXPECT_EQ(refresh(cookie_of(r)).status, 401u);
  EXPECT_FALSE(services_->identify(access_of(r)));
}

TEST_F(Routes, ForeignPagesCannotUseTheCookie) {
  auto cookie = cookie_of(login("1001"));
  for (header_list headers :
       {header_list{{"origin", "https://evil.example"}, {"host", "evs.example"}},
        header_list{{"sec-fetch-site", "cross-site"}}, header_list{{"origin", "null"}, {"host", "evs.example"}}}) {
    headers.emplace_back("cookie", cookie);
    EXPECT_EQ(send(make(http_method::post, "/api/auth/refresh", "", headers)).status, 403u);
    EXPECT_EQ(
        send(make(http_method::post, "/api/auth/login", R"({"loginId":"1001","password":"secret"})", headers)).status,
        403u);
  }
  auto own = make(http_method::post, "/api/auth/refresh", "",
                  {{"origin", "https://evs.example"}, {"host", "evs.example"}, {"cookie", cookie}});
  EXPECT_EQ(send(own).status, 200u);
}

TEST_F(Routes, ListedOriginsMayReadAnswers) {
  auto r = send(make(http_method::get, "/api/public-config", "",
                     {{"origin", "https://listed.example"}, {"host", "evs.example"}}));
  EXPECT_EQ(header_of(r, "Access-Control-Allow-Origin"), "https://listed.example");
  EXPECT_EQ(send(make(http_method::options, "/api/auth/login", "", {{"origin", "https://listed.example"}})).status,
            204u);
  r = send(
      make(http_method::get, "/api/public-config", "", {{"origin", "https://evil.example"}, {"host", "evs.example"}}));
  EXPECT_EQ(header_of(r, "Access-Control-Allow-Origin"), "");
}

TEST_F(Routes, LogoutIsImmediate) {
  auto in = login("1001");
  header_list headers{{"authorization", "Bearer " + access_of(in)}};
  auto out = send(make(http_method::post, "/api/auth/logout", "", headers));
  EXPECT_EQ(out.status, 200u);
  EXPECT_NE(header_of(out, "Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(send(make(http_method::get, "/api/auth/me", "", headers)).status, 401u);
  EXPECT_EQ(refresh(cookie_of(in)).status, 401u);
  EXPECT_EQ(backend_.notes().back(), "signed_out user-1001");
}

TEST_F(Routes, TheNewestSignInEndsTheOlder) {
  auto first = login("1001"), second = login("1001");
  EXPECT_FALSE(services_->identify(access_of(first)));
  EXPECT_TRUE(services_->identify(access_of(second)));
  EXPECT_EQ(refresh(cookie_of(first)).status, 401u);
  auto s = settings();
  s.sign_in.single_session = false;
  services_->replace_settings(s);
  auto third = login("1001");
  EXPECT_TRUE(services_->identify(access_of(second)));
  EXPECT_TRUE(services_->identify(access_of(third)));
}

TEST_F(Routes, ApplicationDataHasAnETag) {
  auto headers = bearer("user-1001", role::agent);
  auto r = send(make(http_method::get, "/api/application-data", "", headers));
  EXPECT_EQ(r.body, R"({"users":[],"sites":[{"id":"site-paris"}]})");
  headers.emplace_back("if-none-match", header_of(r, "ETag"));
  r = send(make(http_method::get, "/api/application-data", "", headers));
  EXPECT_EQ(r.status, 304u);
  EXPECT_TRUE(r.body.empty());
}

TEST_F(Routes, AnAgentActsForHimselfOnly) {
  auto me = bearer("user-1001", role::agent);
  EXPECT_EQ(send(make(http_method::get, "/api/agents/user-1001", "", me)).status, 200u);
  EXPECT_EQ(send(make(http_method::get, "/api/agents/user-1002", "", me)).status, 403u);
  EXPECT_EQ(send(make(http_method::post, "/api/agents/user-1002/status", R"({"status":"En Pause"})", me)).status, 403u);
  EXPECT_EQ(send(make(http_method::post, "/api/call/originate",
                      R"({"agentId":"user-1002","destination":"+33123456789"})", me))
                .status,
            403u);
  EXPECT_TRUE(backend_.notes().empty());
  auto r = send(make(http_method::post, "/api/call/originate",
                     R"({"destination":"+33123456789","contactId":null,"unknown":1})", me));
  EXPECT_EQ(r.body, R"({"callId":"call-1"})");
  EXPECT_EQ(backend_.notes().back(), "originate user-1001 user-1001 +33123456789");
  send(make(http_method::post, "/api/call/originate", R"({"agentId":"user-1002","destination":"0123"})",
            bearer("user-1000", role::supervisor)));
  EXPECT_EQ(backend_.notes().back(), "originate user-1000 user-1002 0123");
}

TEST_F(Routes, OriginateChecksItsBody) {
  auto me = bearer("user-1001", role::agent);
  for (std::string body :
       {R"({})", R"({"destination":""})", R"({"destination":"500&PJSIP/1002"})", R"({"destination":"a"})",
        R"({"destination":"+"})", R"({"destination":"0123\r\nAction: x"})", R"({"destination":123})", "[]"}) {
    auto r = send(make(http_method::post, "/api/call/originate", body, me));
    EXPECT_EQ(r.status, 400u) << body;
  }
  EXPECT_TRUE(backend_.notes().empty());
}

TEST_F(Routes, FailuresKeepTheirCodeAndStatus) {
  auto me = bearer("user-1001", role::agent);
  const std::vector<std::pair<errc, unsigned>> table{{errc::phone_unreachable, 409},
                                                     {errc::conflict, 409},
                                                     {errc::trunk_down, 503},
                                                     {errc::trunk_full, 503},
                                                     {errc::telephony_unavailable, 503},
                                                     {errc::database_unavailable, 503},
                                                     {errc::timeout, 503},
                                                     {errc::not_found, 404},
                                                     {errc::forbidden, 403},
                                                     {errc::too_large, 413},
                                                     {errc::internal, 500}};
  for (auto [code, status] : table) {
    backend_.refuse_originate = failure{code, "PG::Error: SELECT secret", {}};
    auto r = send(make(http_method::post, "/api/call/originate", R"({"destination":"0123"})", me));
    EXPECT_EQ(r.status, status);
    EXPECT_NE(r.body.find(R"("code":")" + std::string{evs::token(code)}), std::string::npos);
    EXPECT_EQ(header_of(r, "Retry-After").empty(), status != 503);
    if (code == errc::internal) {
      EXPECT_EQ(r.body.find("SELECT"), std::string::npos) << "what went wrong inside stays inside";
    }
  }
}

TEST_F(Routes, IdempotencyKeyDialsOnce) {
  auto me = bearer("user-1001", role::agent);
  me.emplace_back("idempotency-key", "k1");
  auto first = send(make(http_method::post, "/api/call/originate", R"({"destination":"0123"})", me));
  auto again = send(make(http_method::post, "/api/call/originate", R"({"destination":"0123"})", me));
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(backend_.notes().size(), 1u);
  EXPECT_EQ(send(make(http_method::post, "/api/call/originate", R"({"destination":"9"})", me)).status, 409u);
}

TEST_F(Routes, NewPathsRefuseUnknownFields) {
  auto r = send(make(http_method::post, "/api/agents/user-1001/status", R"({"status":"paused","raison":"x"})",
                     bearer("user-1001", role::agent)));
  EXPECT_EQ(r.status, 400u);
  EXPECT_NE(r.body.find(R"("raison":"Champ inconnu.")"), std::string::npos) << r.body;
  r = send(make(http_method::post, "/api/agents/user-1001/status", R"({"status":"En Pause","reason":"Café"})",
                bearer("user-1001", role::agent)));
  EXPECT_EQ(r.status, 200u);
  EXPECT_NE(r.body.find(R"("status":"En Pause")"), std::string::npos);
}

TEST_F(Routes, AParameterThatCannotBeReadIsNotPassedOver) {
  auto r = send(make(http_method::get, "/api/sites?q=%FF", "", bearer("user-1000", role::supervisor)));
  EXPECT_EQ(r.status, 400u);
  EXPECT_NE(r.body.find("\"q\":"), std::string::npos) << r.body;
  EXPECT_EQ(send(make(http_method::get, "/api/sites?q=%FF")).status, 401u);
  EXPECT_EQ(send(make(http_method::get, "/api/sites/%FF", "", bearer("user-1000", role::supervisor))).status, 404u);
  EXPECT_TRUE(backend_.notes().empty());
}

TEST_F(Routes, ABodyThatSaysItIsNoJsonIsNotRead) {
  auto with = [&](const char* type, const char* length) {
    auto headers = bearer("user-9000", role::administrator);
    headers.emplace_back("content-length", length);
    if (*type) headers.emplace_back("content-type", type);
    return send(make(http_method::post, "/api/skills", R"({"name":"Anglais"})", std::move(headers))).status;
  };
  for (const char* type : {"application/json", "application/json; charset=utf-8", "Application/JSON ;charset=UTF-8", ""}) EXPECT_EQ(with(type, "18"), 200u) << type;
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/jsonp", "json"})
    EXPECT_EQ(with(type, "18"), 415u) << type;
  EXPECT_EQ(with("text/plain", "0"), 200u); // nothing came: nothing to misread
}

TEST_F(Routes, CallHistoryPages) {
  auto su = bearer("user-1000", role::supervisor);
  EXPECT_EQ(send(make(http_method::get, "/api/supervisor/call-history?page=2&limit=10", "", su)).status, 200u);
  EXPECT_EQ(backend_.notes().back(), "call_history 2 10");
  for (std::string bad : {"page=0", "limit=501", "limit=x", "page=-1", "page=1%20", "limit="})
    EXPECT_EQ(send(make(http_method::get, "/api/supervisor/call-history?" + bad, "", su)).status, 400u) << bad;
  EXPECT_EQ(send(make(http_method::get, "/api/call-history/none", "", su)).status, 404u);
}

TEST_F(Routes, ReloadTellsWhatChangedOrEveryProblem) {
  auto sa = bearer("user-9999", role::super_admin);
  backend_.reload_result = {{"log.level"}, {"http.port"}, {}, {}};
  auto r = send(make(http_method::post, "/api/system/reload", "", sa));
  EXPECT_EQ(r.body, R"({"changed":["log.level"],"needsRestart":["http.port"]})");
  backend_.reload_result = {{}, {}, {}, {"http.port: \"x\"", "log: unknown"}};
  r = send(make(http_method::post, "/api/system/reload", "", sa));
  EXPECT_EQ(r.status, 422u);
  EXPECT_NE(r.body.find(R"("problems":["http.port: \"x\"","log: unknown"])"), std::string::npos) << r.body;
}

TEST_F(Routes, ReadinessDependsOnRequiredPartsOnly) {
  auto r = send(make(http_method::get, "/readyz"));
  EXPECT_EQ(r.status, 200u);
  EXPECT_EQ(
      r.body,
      R"({"ready":true,"components":[{"name":"postgresql","ok":true,"required":true},{"name":"redis","ok":false,"required":false}]})");
  backend_.components[0].ok = false;
  auto local = make(http_method::get, "/readyz");
  local.local = true;
  r = send(local);
  EXPECT_EQ(r.status, 503u);
  EXPECT_NE(r.body.find(R"("detail":"away")"), std::string::npos);
}

TEST_F(Routes, MetricsAreForThisMachine) {
  auto r = make(http_method::get, "/metrics");
  EXPECT_EQ(send(r).status, 403u);
  r.local = true;
  EXPECT_EQ(send(r).body, "evs_up 1\n");
}

TEST_F(Routes, RequestsAreThrottledPerAccount) {
  auto s = settings();
  s.http.requests_per_second = 1;
  s.http.request_burst = 3;
  services_->replace_settings(s);
  auto me = bearer("user-1001", role::agent);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(make(http_method::get, "/api/auth/me", "", me)).status, 200u);
  EXPECT_EQ(send(make(http_method::get, "/api/auth/me", "", me)).status, 429u);
  EXPECT_EQ(send(make(http_method::get, "/api/auth/me", "", bearer("user-1002", role::agent))).status, 200u);
}

// --- doors ---

request handshake(std::string path, header_list more) {
  header_list headers{{"host", "evs.example"},
                      {"upgrade", "websocket"},
                      {"connection", "keep-alive, Upgrade"},
                      {"sec-websocket-version", "13"},
                      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  headers.insert(headers.end(), more.begin(), more.end());
  request r;
  auto question = path.find('?');
  r.path = path.substr(0, question);
  if (question != std::string::npos) r.query = path.substr(question + 1);
  r.headers = std::move(headers);
  r.address = "10.1.2.3";
  return r;
}

class Doors : public Routes {
protected:
  unsigned status(const request& r) {
    auto verdict = admit(r, *services_);
    auto refused = std::get_if<response>(&verdict);
    return refused ? refused->status : 101;
  }
  header_list ticket() {
    auto value = services_->tickets.issue({user_id{"user-1000"}, role::supervisor, {}}, "1000", "fam", now_);
    return {{"sec-websocket-protocol", "evs.v1, ticket." + *value}};
  }
};

TEST_F(Doors, NativeTakesATicketOnceAndTheResumePoint) {
  auto with_ticket = ticket();
  auto r = handshake("/api/ws?epoch=e%2D1&offset=42", with_ticket);
  EXPECT_TRUE(wants_websocket(r));
  auto verdict = admit(r, *services_);
  ASSERT_TRUE(std::holds_alternative<admission>(verdict));
  const auto& in = std::get<admission>(verdict);
  EXPECT_EQ(in.who.who.user, user_id{"user-1000"});
  EXPECT_EQ(in.who.family, "fam");
  EXPECT_EQ(in.who.resume, (std::pair<std::string, std::uint64_t>{"e-1", 42}));
  EXPECT_EQ(in.subprotocol, "evs.v1");
  EXPECT_EQ(in.expires, now_ + seconds{7 * 24 * 3600}) << "a native session lives by its family";
  EXPECT_EQ(status(r), 401u) << "used";
}

TEST_F(Doors, NativeRefusesBadTickets) {
  EXPECT_EQ(status(handshake("/api/ws", {{"sec-websocket-protocol", "evs.v1"}})), 401u);
  EXPECT_EQ(status(handshake("/api/ws", {{"sec-websocket-protocol", "evs.v1, ticket.zzz"}})), 401u);
  EXPECT_EQ(status(handshake("/api/ws", {})), 400u);
  auto late = ticket();
  now_ += seconds{30};
  EXPECT_EQ(status(handshake("/api/ws", late)), 401u);
  auto revoked = ticket();
  services_->revoked.end_family("fam", now_);
  EXPECT_EQ(status(handshake("/api/ws", revoked)), 401u);
}

TEST_F(Doors, CompatibilityTakesAnAccessTokenAndEndsWithIt) {
  auto r = handshake("/api/?token=" + token("user-1001", role::agent), {});
  auto verdict = admit(r, *services_);
  ASSERT_TRUE(std::holds_alternative<admission>(verdict));
  EXPECT_EQ(std::get<admission>(verdict).expires, now_ + seconds{900});
  EXPECT_EQ(std::get<admission>(verdict).who.door, door::compatibility);
  EXPECT_EQ(status(handshake("/api/", {})), 401u);
  EXPECT_EQ(status(handshake("/api/?token=x", {})), 401u);
  EXPECT_EQ(status(handshake("/api/", {{"authorization", "Bearer " + token("user-1001", role::agent)}})), 401u);
  auto s = settings();
  s.compatibility_door = false;
  services_->replace_settings(s);
  EXPECT_EQ(status(r), 404u);
}

TEST_F(Doors, OnlyOurOwnPagesAndListedOnesComeIn) {
  auto with = [&](const std::string& origin) {
    return handshake("/api/?token=" + token("user-1001", role::agent), {{"origin", origin}});
  };
  EXPECT_EQ(status(with("https://evs.example")), 101u);
  EXPECT_EQ(status(with("https://LISTED.example")), 101u);
  for (std::string bad :
       {"https://evil.example", "null", "https://evs.example.evil.com", "https://evs.example:8443", "file://"})
    EXPECT_EQ(status(with(bad)), 403u) << bad;
  auto s = settings();
  s.allow_missing_origin = false;
  services_->replace_settings(s);
  EXPECT_EQ(status(handshake("/api/?token=" + token("user-1001", role::agent), {})), 403u);
}

TEST_F(Doors, HandshakeMustBeWhole) {
  auto good = handshake("/api/?token=" + token("user-1001", role::agent), {});
  for (std::string name : {"connection", "sec-websocket-key", "sec-websocket-version"}) {
    auto r = good;
    std::erase_if(r.headers, [&](const auto& h) { return h.first == name; });
    EXPECT_EQ(status(r), name == "sec-websocket-version" ? 426u : 400u) << name;
  }
  good.method = http_method::post;
  EXPECT_EQ(status(good), 400u);
}

// --- static files ---

class StaticFiles : public Routes {
protected:
  void SetUp() override {
    folder_ = std::filesystem::path{testing::TempDir()} / ("evs-static-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "dist/assets");
    std::ofstream{folder_ / "dist/index.html"} << "<p>page</p>";
    std::ofstream{folder_ / "dist/assets/index-abc123.js"} << "js";
    std::ofstream{folder_ / "dist/.hidden"} << "hidden";
    std::ofstream{folder_ / "secret.txt"} << "secret";
    std::filesystem::create_symlink(folder_ / "secret.txt", folder_ / "dist/link.txt");
    auto s = settings();
    s.static_dir = folder_ / "dist";
    services_->replace_settings(s);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(StaticFiles, ServesThePageForTheApplicationsOwnPaths) {
  for (std::string path : {"/", "/index.html", "/supervision", "/agents/user-1001"}) {
    auto r = send(make(http_method::get, path));
    EXPECT_EQ(r.status, 200u) << path;
    EXPECT_EQ(r.content(), "<p>page</p>");
    EXPECT_EQ(r.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(header_of(r, "Cache-Control"), "no-cache");
  }
  EXPECT_EQ(send(make(http_method::get, "/assets/missing.js")).status, 404u);
  EXPECT_EQ(send(make(http_method::post, "/index.html")).status, 405u);
}

TEST_F(StaticFiles, HashedAssetsAreKeptForever) {
  auto r = send(make(http_method::get, "/assets/index-abc123.js"));
  EXPECT_EQ(r.content(), "js");
  EXPECT_EQ(header_of(r, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(
      send(make(http_method::get, "/assets/index-abc123.js", "", {{"if-none-match", header_of(r, "ETag")}})).status,
      304u);
}

TEST_F(StaticFiles, NoPathLeadsOut) {
  for (std::string path : {"/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt",
                           "/assets/%2e%2e%2f%2e%2e%2fsecret.txt", "/..%5csecret.txt", "//etc/passwd", "/link.txt",
                           "/.hidden", "/index.html%00.js", "/./secret.txt", "/%252e%252e/secret.txt"}) {
    auto r = send(make(http_method::get, path));
    EXPECT_EQ(r.content().find("secret"), std::string::npos) << path;
    EXPECT_EQ(r.content().find("hidden"), std::string::npos) << path;
    EXPECT_TRUE(r.status == 404 || r.content() == "<p>page</p>") << path;
  }
}

TEST(HttpMessage, DecodesQueriesAndCookies) {
  request r;
  r.query = "a=1&b=x%20y+z&empty&bad=%zz&a=2";
  EXPECT_EQ(r.query_value("a"), "1");
  EXPECT_EQ(r.query_value("b"), "x y z");
  EXPECT_EQ(r.query_value("empty"), "");
  EXPECT_EQ(r.query_value("bad"), std::nullopt);
  EXPECT_EQ(r.query_value("c"), std::nullopt);
  r.headers = {{"cookie", "x=1; evs_refresh=abc=; evs_refresh2=no"}};
  EXPECT_EQ(r.cookie("evs_refresh"), "abc=");
  EXPECT_EQ(r.cookie("evs"), std::nullopt);
  EXPECT_EQ(percent_decode("a%0d%0ab"), std::nullopt);
  EXPECT_EQ(percent_decode("caf%C3%A9"), "café");
  for (const char* broken : {"caf%E9", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "caf\xE9"}) EXPECT_EQ(percent_decode(broken), std::nullopt) << broken;
  EXPECT_EQ(broken_parameter("a=1&b=x%20y&c"), std::nullopt);
  EXPECT_EQ(broken_parameter("a=1&sort=%00&q=%ff"), "sort");
  EXPECT_EQ(broken_parameter("%ff=1"), "query");
}

TEST(Router, PrefersTheNearerRouteAndRefusesDoubles) {
  auto nothing = [](const request&, const respond&) {};
  router r{{{http_method::put, "/api/users/{id}", everyone, nothing},
            {http_method::put, "/api/users/me", everyone, nothing}}};
  EXPECT_EQ(r.find(http_method::put, "/api/users/me").found->pattern, "/api/users/me");
  auto other = r.find(http_method::put, "/api/users/a%20b");
  EXPECT_EQ(other.found->pattern, "/api/users/{id}");
  EXPECT_EQ(other.parameters[0].second, "a b");
  EXPECT_EQ(r.find(http_method::put, "/api/users").found, nullptr);
  EXPECT_THROW(
      (router{{{http_method::get, "/a/{x}", everyone, nothing}, {http_method::get, "/a/{y}", everyone, nothing}}}),
      std::invalid_argument);
}

TEST_F(Routes, TellsTheAuditOfEveryRefusedAttempt) {
  std::vector<refused_attempt> told;
  services_->on_refused = [&](const refused_attempt& a) { told.push_back(a); };
  login("1001", "wrong");
  send(make(http_method::get, "/api/auth/me"));
  send(make(http_method::post, "/api/system/reload", "", bearer("user-1001", role::agent)));
  send(make(http_method::get, "/api/agents/user-1002", "", bearer("user-1001", role::agent))); // refused by the backend
  send(make(http_method::get, "/api/auth/me", "", bearer("user-1001", role::agent)));
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[0].login, "1001"); // whom he claimed to be
  EXPECT_EQ(told[0].status, 401u);
  EXPECT_EQ(told[0].address, "10.1.2.3");
  EXPECT_TRUE(told[1].login.empty());
  EXPECT_EQ(told[2].user, "user-1001");
  EXPECT_EQ(told[2].status, 403u);
  EXPECT_EQ(told[2].pattern, "/api/system/reload");
  EXPECT_EQ(told[3].path, "/api/agents/user-1002");
  EXPECT_EQ(told[3].user, "user-1001");
}

} // namespace
} // namespace evs::web
