// Every route of the router with every kind of caller. Who may use what is written down here a second time, from the REST contract:
// a new route that is not in the list, or has another role, fails. What else depends on data (site, group, own) is tested on a database.
#include "memory_backend.hpp"
#include "transport/web/base64url.hpp"
#include "transport/web/dispatcher.hpp"
#include "transport/web/openapi.hpp"
#include "transport/web/operation_forms.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <future>
#include <map>
#include <set>

namespace evs::web {
namespace {

const timestamp start{seconds{1'700'000'000}};
const std::string key(32, 'k');

enum who { everyone_may, agents, supervisors, administrators, super_admins, operators_only };

std::map<std::string, who> contract() {
  std::map<std::string, who> all{
      {"POST /api/auth/login", everyone_may},
      {"POST /api/auth/refresh", everyone_may},
      {"POST /api/auth/logout", agents},
      {"GET /api/auth/me", agents},
      {"POST /api/auth/ws-ticket", agents},
      {"GET /api/public-config", everyone_may},
      {"GET /api/application-data", agents},
      {"POST /api/users/bulk", administrators},
      {"PUT /api/users/me/password", agents},
      {"POST /api/agents/{id}/status", agents},
      {"GET /api/agents", supervisors},
      {"GET /api/agents/{id}", agents},
      {"GET /api/live", supervisors},
      {"POST /api/call/originate", agents},
      {"POST /api/call/{callId}/hangup", agents},
      {"POST /api/supervisor/force-pause", supervisors},
      {"POST /api/supervisor/force-available", supervisors},
      {"POST /api/supervisor/force-logout", supervisors},
      {"GET /api/supervisor/call-history", supervisors},
      {"GET /api/call-history/{id}", supervisors},
      {"GET /api/call-history/{id}/journal", supervisors},
      {"POST /api/campaigns/{id}/contacts", supervisors},
      {"POST /api/campaigns/{id}/contacts/import", supervisors},
      {"GET /api/campaigns/{id}/contacts/export", supervisors},
      {"GET /api/jobs", supervisors},
      {"GET /api/jobs/{id}", supervisors},
      {"GET /api/jobs/{id}/rejected", supervisors},
      {"POST /api/system/reload", super_admins},
      {"GET /api/openapi.json", agents},
      {"GET /api/docs", agents},
      {"POST /api/campaigns/next-contact", agents},
      {"POST /api/campaigns/{id}/start", supervisors},
      {"POST /api/campaigns/{id}/pause", supervisors},
      {"POST /api/campaigns/{id}/stop", supervisors},
      {"POST /api/campaigns/{id}/recycle", supervisors},
      {"GET /api/campaigns/{id}/history", supervisors},
      {"GET /api/campaigns/{id}/contacts", supervisors},
      {"GET /api/contacts", agents},
      {"POST /api/contacts", agents},
      {"POST /api/contacts/bulk-delete", administrators},
      {"GET /api/contacts/{id}", agents},
      {"PUT /api/contacts/{id}", agents},
      {"GET /api/contacts/{id}/history", agents},
      {"POST /api/contacts/{id}/lock", agents},
      {"POST /api/contacts/{id}/unlock", agents},
      {"POST /api/contacts/{id}/qualify", agents},
      {"POST /api/contacts/{id}/schedule-callback", agents},
      {"POST /api/contacts/{id}/notes", agents},
      {"PUT /api/planning-events/callbacks/{id}", agents},
      {"GET /api/planning-events", agents},
      {"GET /api/planning-events/{id}", agents},
      {"POST /api/planning-events", supervisors},
      {"PUT /api/planning-events/{id}", supervisors},
      {"DELETE /api/planning-events/{id}", supervisors},
      {"POST /api/planning-events/bulk-delete", supervisors},
      {"DELETE /api/planning-events/all", supervisors},
      {"GET /api/audit", administrators},
      {"PUT /api/system/app-settings", super_admins},
      {"PUT /api/system/smtp-settings", super_admins},
      {"PUT /api/system/module-visibility", super_admins},
      {"PUT /api/system/backup-schedule", super_admins},
      {"POST /api/system-connection", super_admins},
      {"GET /api/system/backups", super_admins},
      {"POST /api/system/backups", super_admins},
      {"POST /api/system/backups/restore", super_admins},
      {"DELETE /api/system/backups/{fileName}", super_admins},
      {"POST /api/system/test-email", super_admins},
      {"POST /api/system/test-db", super_admins},
      {"POST /api/system/test-ami", super_admins},
      {"POST /api/system/ping", super_admins},
      {"GET /api/system/stats", super_admins},
      {"GET /api/system/logs", super_admins},
      {"GET /api/system/db-schema", super_admins},
      {"POST /api/system/db-query", super_admins},
      {"GET /api/media/audio-files/{file}", administrators},
      {"GET /api/media/{fileName}", administrators},
      {"GET /api/media/pictures/{file}", agents},
      {"PUT /api/users/me/picture", agents},
      {"GET /api/recordings", agents},
      {"GET /api/recordings/{file}", agents},
      {"DELETE /api/recordings/{file}", agents},
      {"POST /api/audio-files", administrators},
      {"GET /api/call-history", supervisors},
      {"GET /api/call-history/export", supervisors},
      {"GET /api/reports/calls", supervisors},
      {"GET /api/reports/agents", supervisors},
      {"GET /api/reports/campaigns", supervisors},
      {"GET /api/reports/queues", supervisors},
      {"GET /api/reports/sessions", supervisors},
      {"GET /api/contacts/{id}/personal-data", administrators},
      {"DELETE /api/contacts/{id}/personal-data", administrators},
      {"GET /api/system/retention-settings", administrators},
      {"PUT /api/system/retention-settings", super_admins},
      {"GET /healthz", everyone_may},
      {"GET /readyz", everyone_may},
      {"GET /metrics", operators_only},
  };
  auto crud = [&](const std::string& path, who readers, who writers, bool made_by_upload = false) {
    all["GET " + path] = all["GET " + path + "/{id}"] = readers;
    if (!made_by_upload) all["POST " + path] = writers;
    all["PUT " + path + "/{id}"] = all["DELETE " + path + "/{id}"] = writers;
  };
  for (const char* path : {"/api/users", "/api/user-groups", "/api/agent-profiles", "/api/sites", "/api/trunks", "/api/dids", "/api/queues",
                           "/api/skills"})
    crud(path, supervisors, administrators);
  for (const char* path : {"/api/scripts", "/api/ivr-flows"}) {
    crud(path, agents, administrators);
    all["POST " + std::string{path} + "/{id}/duplicate"] = administrators;
  }
  for (const char* path : {"/api/qualifications", "/api/qualification-groups", "/api/qualification-groups/groups", "/api/activity-types"})
    crud(path, agents, administrators);
  crud("/api/campaigns", agents, administrators);
  crud("/api/audio-files", administrators, administrators, true);
  return all;
}

std::string forged(const std::string& header, const std::string& payload, const std::string& secret) {
  auto text = base64url_encode(header) + "." + base64url_encode(payload);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return text + "." + base64url_encode(mac.substr(0, size));
}

std::string payload(const std::string& audience) {
  return R"({"iss":"evscallpro","aud":")" + audience +
         R"(","sub":"user-9999","login":"9999","role":"SuperAdmin","site":"","fam":"f","jti":"j","iat":1700000000,"nbf":1700000000,"exp":1700000900})";
}

class Matrix : public testing::Test {
protected:
  static server_settings settings() {
    server_settings s;
    s.token_key = key;
    s.http.requests_per_second = 0;
    return s;
  }
  unsigned status(const route& r, const std::string& bearer) {
    auto path = r.pattern;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) path.replace(at, path.find('}') - at + 1, "user-1001");
    request what;
    what.method = r.method;
    what.path = path;
    what.body = "{}";
    what.address = "10.1.2.3";
    if (!bearer.empty()) what.headers = {{"authorization", "Bearer " + bearer}};
    auto made = std::make_shared<std::promise<unsigned>>();
    auto future = made->get_future();
    dispatcher_.handle(std::move(what), [made](response a) { made->set_value(a.status); });
    return future.get();
  }
  std::string token(const std::string& user, role r, const std::string& secret = key, seconds life = seconds{900}) {
    return access_tokens{secret}.sign({{user_id{user}, r, {}}, user, "family-" + user + std::to_string(++tokens_), "id", start, start + life});
  }

  int tokens_ = 0;
  timestamp now_ = start + seconds{1};
  test::memory_backend backend_;
  std::shared_ptr<services> services_ = std::make_shared<services>(settings(), backend_, [this] { return now_; });
  dispatcher dispatcher_{services_, all_routes(services_)};
};

std::string line_of(const route& r) { return std::string{to_string(r.method)} + " " + r.pattern; }

TEST_F(Matrix, EveryRouteIsInTheContractAndEveryLineOfItIsServed) {
  auto expected = contract();
  std::set<std::string> served;
  for (const auto& r : dispatcher_.routes()) {
    const auto line = line_of(r);
    EXPECT_TRUE(served.insert(line).second) << line;
    ASSERT_TRUE(expected.count(line)) << line << " has no rule: decide who may use it, and write it down here";
  }
  for (const auto& [line, may] : expected) EXPECT_TRUE(served.count(line)) << line << " is not served";
}

TEST_F(Matrix, EachCallerGetsWhatHisRoleAllows) {
  const std::map<role, std::string> people{{role::agent, "user-1001"}, {role::supervisor, "user-1000"},
                                           {role::administrator, "user-9000"}, {role::super_admin, "user-9999"}};
  const auto expected = contract();
  for (const auto& r : dispatcher_.routes()) {
    const auto line = line_of(r);
    SCOPED_TRACE(line);
    const auto may = expected.at(line);
    if (may == everyone_may) {
      EXPECT_NE(status(r, ""), 403U);
      continue;
    }
    if (may == operators_only) {
      EXPECT_EQ(status(r, ""), 403U) << "not from this machine";
      EXPECT_EQ(status(r, token("user-9999", role::super_admin)), 403U);
      continue;
    }
    for (const auto& [own, user] : people) {
      const auto got = status(r, token(user, own));
      EXPECT_NE(got, 401U) << user;
      // 403 for an agent can also mean "not your own".
      if (static_cast<int>(own) < static_cast<int>(may) - static_cast<int>(agents)) {
        EXPECT_EQ(got, 403U) << user;
      } else if (own > role::agent) {
        EXPECT_NE(got, 403U) << user;
      }
    }
    EXPECT_EQ(status(r, ""), 401U) << "no token";
    EXPECT_EQ(status(r, "x.y.z"), 401U) << "garbage";
    EXPECT_EQ(status(r, token("user-9999", role::super_admin, std::string(32, 'x'))), 401U) << "another key";
    EXPECT_EQ(status(r, token("user-9999", role::super_admin, key, seconds{1})), 401U) << "expired";
    EXPECT_EQ(status(r, base64url_encode(R"({"alg":"none","typ":"JWT"})") + "." + base64url_encode(payload("evscallpro-api")) + "."), 401U)
        << "no algorithm";
    EXPECT_EQ(status(r, forged(R"({"alg":"HS512","typ":"JWT"})", payload("evscallpro-api"), key)), 401U) << "another algorithm";
    EXPECT_EQ(status(r, forged(R"({"alg":"HS256","typ":"JWT"})", payload("evscallpro-refresh"), key)), 401U) << "another audience";
    EXPECT_EQ(status(r, forged(R"({"alg":"HS256","typ":"refresh"})", payload("evscallpro-api"), key)), 401U) << "another type";
    if (r.pattern != "/api/auth/logout") {
      const auto gone = token("user-gone", role::super_admin);
      services_->revoked.end_user(user_id{"user-gone"}, now_);
      EXPECT_EQ(status(r, gone), 401U) << "deactivated";
    }
  }
}

TEST_F(Matrix, TheDocumentDescribesWhatIsServedAndNothingElse) {
  const auto document = boost::json::parse(openapi_document(dispatcher_.routes()));
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  std::set<std::string> described, served;
  for (const auto& path : document.at("paths").as_object())
    for (const auto& operation : path.value().as_object()) {
      std::string verb{operation.key()};
      for (auto& c : verb) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      described.insert(verb + " " + std::string{path.key()});
      EXPECT_FALSE(operation.value().at("summary").as_string().empty()) << path.key();
      EXPECT_FALSE(operation.value().at("responses").as_object().empty()) << path.key();
    }
  for (const auto& r : dispatcher_.routes()) {
    served.insert(line_of(r));
    EXPECT_FALSE(r.summary.empty()) << line_of(r) << " has no summary";
  }
  EXPECT_EQ(described, served);
  for (const auto& form : operation_forms()) EXPECT_TRUE(served.contains(std::string{form.operation})) << form.operation << " is no route";
  for (const auto& r : dispatcher_.routes()) {
    std::string verb{to_string(r.method)};
    for (auto& c : verb) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto& operation = document.at("paths").as_object().at(r.pattern).as_object().at(verb);
    if (r.who.who == access::kind::member) {
      EXPECT_EQ(operation.at("x-role").as_string(), to_string(r.who.minimum)) << line_of(r);
    }
    // What comes back when all goes well is said by its number, and a body by its members.
    const auto& responses = operation.at("responses").as_object();
    EXPECT_TRUE(std::any_of(responses.begin(), responses.end(), [](const auto& one) { return one.key().starts_with("20"); })) << line_of(r);
    if (const auto* body = operation.as_object().if_contains("requestBody"))
      for (const auto& kind : body->at("content").as_object()) {
        const auto& schema = kind.value().at("schema").as_object();
        EXPECT_TRUE(schema.contains("$ref") || !schema.at("properties").as_object().empty()) << line_of(r);
      }
  }
}

TEST_F(Matrix, TheDocumentSaysWhatAnOperationTakes) {
  const auto document = boost::json::parse(openapi_document(dispatcher_.routes()));
  const auto& paths = document.at("paths").as_object();
  const auto& qualify = paths.at("/api/contacts/{id}/qualify").at("post").at("requestBody").at("content").at("application/json").at("schema");
  EXPECT_EQ(qualify.at("required"), boost::json::parse(R"(["qualificationId"])"));
  EXPECT_EQ(qualify.at("properties").at("relaunchTime").at("format").as_string(), "date-time");
  const auto& import = paths.at("/api/campaigns/{id}/contacts/import").at("post");
  EXPECT_EQ(import.at("requestBody").at("content").at("multipart/form-data").at("schema").at("properties").at("file").at("format").as_string(), "binary");
  EXPECT_TRUE(import.at("responses").as_object().contains("202"));
  std::set<std::string> asked;
  for (const auto& parameter : paths.at("/api/reports/calls").at("get").at("parameters").as_array())
    asked.insert(std::string{parameter.at("name").as_string()});
  EXPECT_TRUE(asked.contains("from") && asked.contains("groupBy") && asked.contains("format"));
}

} // namespace
} // namespace evs::web
