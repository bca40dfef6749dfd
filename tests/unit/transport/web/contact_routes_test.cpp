// Bodies and queries about contacts as requests of the data, and what is wrong with them; no database.

#include "memory_backend.hpp"
#include "transport/web/dispatcher.hpp"

#include <gtest/gtest.h>

#include <future>

namespace evs::web {
namespace {

const timestamp now{seconds{1'800'000'000}}; // 2027-01-15T08:00:00Z

class asked_backend : public test::memory_backend {
public:
  void perform(requester, data_request what, callback<data_answer> done) override {
    asked = std::get<contact_request>(std::move(what));
    done(data_answer{200, "{}", {}, {}, {}});
  }
  std::optional<contact_request> asked;
};

struct ContactRoutes : ::testing::Test {
  static server_settings settings() {
    server_settings s;
    s.token_key = std::string(32, 'k');
    s.http.requests_per_second = 0;
    return s;
  }

  response send(http_method method, const std::string& path, std::string body = {}, role as = role::administrator, header_list more = {}) {
    request r;
    r.method = method;
    const auto question = path.find('?');
    if (question != std::string::npos)
      r.query = path.substr(question + 1);
    r.path = path.substr(0, question);
    r.body = std::move(body);
    r.headers = std::move(more);
    r.headers.emplace_back("authorization", "Bearer " + services_->tokens.sign({{user_id{"user-1001"}, as, {}}, "1001", "fam", "id", now, now + seconds{900}}));
    auto made = std::make_shared<std::promise<response>>();
    auto future = made->get_future();
    backend_.asked.reset();
    dispatcher_.handle(std::move(r), [made](response answer) { made->set_value(std::move(answer)); });
    return future.get();
  }
  response post(const std::string& path, std::string body, role as = role::agent) { return send(http_method::post, path, std::move(body), as); }

  template <class Request>
  Request asked() {
    if (!backend_.asked || !std::holds_alternative<Request>(*backend_.asked)) {
      ADD_FAILURE() << "not asked";
      return {};
    }
    return std::get<Request>(*backend_.asked);
  }

  asked_backend backend_;
  std::shared_ptr<services> services_ = std::make_shared<services>(settings(), backend_, [] { return now; });
  dispatcher dispatcher_{services_, all_routes(services_)};
};

TEST_F(ContactRoutes, BodiesBecomeRequests) {
  EXPECT_EQ(post("/api/campaigns/next-contact", R"({"agentId":"user-1001","activeCampaignId":"campaign-1","older":"field"})").status, 200u);
  EXPECT_EQ(asked<next_contact>().agent.value, "user-1001");
  EXPECT_EQ(asked<next_contact>().campaign.value, "campaign-1");
  EXPECT_EQ(post("/api/contacts/c-1/lock", "").status, 200u);
  EXPECT_EQ(asked<lock_contact>().contact.value, "c-1");
  EXPECT_EQ(post("/api/contacts/c-1/qualify", R"({"qualificationId":"qual-95","campaignId":"k","agentId":"a","relaunchTime":"2027-01-16T08:00:00.000Z","lockToken":"t"})").status, 200u);
  const auto qualified = asked<qualify_contact>();
  EXPECT_EQ(qualified.relaunch, now + std::chrono::hours{24});
  EXPECT_EQ(qualified.qualification + qualified.campaign.value + qualified.agent.value + qualified.token, "qual-95kat");
  EXPECT_EQ(send(http_method::put, "/api/contacts/c-1", R"({"id":"c-1","status":"qualified","firstName":" Zoé ","postalCode":75011,"customFields":{"a":[1,"b"],"c":null}})",
                 role::agent, {{"if-match", "\"7\""}}).status, 200u);
  const auto saved = asked<update_contact>();
  EXPECT_EQ(saved.fields.first_name, "Zoé");
  EXPECT_EQ(saved.fields.postal_code, "75011");
  EXPECT_EQ(saved.fields.last_name, std::nullopt);
  EXPECT_EQ(to_json(*saved.fields.custom_fields), R"({"a":[1,"b"],"c":null})");
  EXPECT_EQ(saved.seen, "7");
  EXPECT_EQ(post("/api/contacts/bulk-delete", R"({"contactIds":["a","b"]})", role::administrator).status, 200u);
  EXPECT_EQ(asked<delete_contacts>().contacts.size(), 2u);
  EXPECT_EQ(post("/api/campaigns/k/stop", "", role::supervisor).status, 200u);
  EXPECT_EQ(asked<run_campaign>().order, campaign_order::stop);
  EXPECT_EQ(send(http_method::get, "/api/contacts?q=%20dupont%20&limit=5").status, 200u);
  EXPECT_EQ(asked<search_contacts>().query.q, "dupont");
  EXPECT_EQ(send(http_method::get, "/api/campaigns/k/contacts?status=called&sort=-lastName&cursor=12.dupont").status, 200u);
  const auto listed = asked<list_contacts>();
  EXPECT_EQ(listed.query.sort + listed.query.cursor + listed.query.filters.at(0).second, "-lastName12.dupontcalled");
  EXPECT_EQ(send(http_method::put, "/api/planning-events/callbacks/cb-1", R"({"status":"completed"})", role::agent).status, 200u);
  EXPECT_EQ(asked<change_callback>().status, "completed");
}

TEST_F(ContactRoutes, WhatIsWrongIsToldFieldByField) {
  struct wrong {
    const char* path;
    std::string body;
    const char* field;
  };
  const std::string long_text(6000, 'x');
  const wrong all[] = {
    {"/api/campaigns/next-contact", "{}", "activeCampaignId"},
    {"/api/campaigns/next-contact", R"({"activeCampaignId":"a b"})", "activeCampaignId"},
    {"/api/campaigns/next-contact", R"({"activeCampaignId":["a"]})", "activeCampaignId"},
    {"/api/contacts/c-1/qualify", "{}", "qualificationId"},
    {"/api/contacts/c-1/qualify", R"({"qualificationId":"q","relaunchTime":"demain"})", "relaunchTime"},
    {"/api/contacts/c-1/qualify", R"({"qualificationId":"q","relaunchTime":"2099-01-01T00:00:00Z"})", "relaunchTime"},
    {"/api/contacts/c-1/notes", R"({"note":"  "})", "note"},
    {"/api/contacts/c-1/notes", R"({"note":")" + long_text + "\"}", "note"},
    {"/api/contacts/c-1/schedule-callback", "{}", "scheduledTime"},
    {"/api/contacts/c-1/schedule-callback", R"({"scheduledTime":"2027-01-15T07:00:00Z"})", "scheduledTime"},
    {"/api/contacts", R"({"firstName":"x"})", "campaignId"},
    {"/api/contacts", R"({"campaignId":"k","phoneNumber":"abc"})", "phoneNumber"},
    {"/api/contacts", R"({"campaignId":"k","customFields":[]})", "customFields"},
    {"/api/contacts", R"({"campaignId":"k","customFields":{"a":{"b":1}}})", "customFields.a"},
    {"/api/contacts", R"({"campaignId":"k","customFields":{"":1}})", "customFields."},
    {"/api/contacts", R"({"campaignId":"k","id":"../x"})", "id"},
  };
  for (const auto& w : all) {
    SCOPED_TRACE(std::string{w.path} + " " + w.body.substr(0, 80));
    const auto answer = post(w.path, w.body);
    EXPECT_EQ(answer.status, 400u);
    EXPECT_NE(answer.body.find("\"" + std::string{w.field} + "\":"), std::string::npos) << answer.body;
    EXPECT_FALSE(backend_.asked);
  }
  for (const char* body : {"", "[]", "{", "\"x\"", R"({"contactIds":[]})", R"({"contactIds":"a"})", R"({"contactIds":[1]})", R"({"contactIds":["' or 1=1"]})"})
    EXPECT_EQ(post("/api/contacts/bulk-delete", body, role::administrator).status, 400u) << body;
  EXPECT_EQ(send(http_method::get, "/api/contacts?q=x").status, 400u);
  EXPECT_EQ(send(http_method::get, "/api/campaigns/k/contacts?limit=100000").status, 400u);
  EXPECT_EQ(send(http_method::put, "/api/planning-events/callbacks/cb-1", R"({"status":"done"})").status, 400u);
}

TEST_F(ContactRoutes, IdsThatCantBeAreNotLookedFor) {
  for (const char* path : {"/api/contacts/a%20b/lock", "/api/contacts/'%20or%20true/qualify", "/api/campaigns/..%2f..%2fetc/recycle"}) {
    EXPECT_EQ(post(path, R"({"qualificationId":"q"})", role::administrator).status, 404u) << path;
    EXPECT_FALSE(backend_.asked);
  }
}

} // namespace
} // namespace evs::web
