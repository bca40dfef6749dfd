#include "transport/web/dispatcher.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/data_routes.hpp"
#include "transport/web/openapi.hpp"
#include "transport/web/origin.hpp"
#include "transport/web/routes.hpp"

namespace evs::web {

namespace {

std::string allow_list(const std::vector<http_method>& methods) {
  std::string out;
  for (auto m : methods) {
    out += (out.empty() ? "" : ", ") + std::string{to_string(m)};
    if (m == http_method::get) out += ", HEAD";
  }
  return out;
}

response method_refused(const std::vector<http_method>& allowed) {
  auto answer = refusal({errc::invalid_input, "Cette méthode n'est pas permise ici.", {}});
  answer.status = 405;
  answer.headers.emplace_back("Allow", allow_list(allowed));
  return answer;
}

/// For pages of a listed origin: the browser lets them read the answer.
void add_cross_origin(response& answer, const std::string& origin) {
  answer.headers.emplace_back("Access-Control-Allow-Origin", origin);
  answer.headers.emplace_back("Access-Control-Allow-Credentials", "true");
  answer.headers.emplace_back("Vary", "Origin");
}

response preflight(const std::vector<http_method>& allowed) {
  response answer;
  answer.status = 204;
  answer.content_type.clear();
  answer.headers = {{"Access-Control-Allow-Methods", allow_list(allowed)},
                    {"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"},
                    {"Access-Control-Max-Age", "600"}};
  return answer;
}

/// The document of all routes, these two included: made once.
void add_description(std::vector<route>& all) {
  auto document = std::make_shared<std::string>(), page = std::make_shared<std::string>();
  auto answering = [](std::shared_ptr<const std::string> text, const char* type) {
    return [text, type](const request&, const respond& answer) {
      auto made = json_answer({});
      made.shared_body = text;
      made.content_type = type;
      answer(std::move(made));
    };
  };
  all.push_back({http_method::get, "/api/openapi.json", at_least(role::agent), answering(document, "application/json; charset=utf-8"),
                 "Ce document (OpenAPI 3.1)"});
  all.push_back({http_method::get, "/api/docs", at_least(role::agent), answering(page, "text/html; charset=utf-8"), "Ce document, pour être lu"});
  *document = openapi_document(all);
  *page = openapi_page(all);
}

} // namespace

std::vector<route> all_routes(const std::shared_ptr<services>& shared) {
  std::vector<route> all;
  for (auto make : {sign_in_routes, reading_routes, call_routes, system_routes, resource_routes, contact_routes, import_routes, media_routes,
                    planning_routes, report_routes, administration_routes})
    for (auto& r : make(shared)) all.push_back(std::move(r));
  add_description(all);
  return all;
}

dispatcher::dispatcher(std::shared_ptr<services> shared, std::vector<route> routes)
    : services_(std::move(shared)), router_(std::move(routes)) {}

void dispatcher::handle(request what, respond answer) {
  auto settings = services_->settings();
  bool api = what.path == "/api" || what.path.starts_with("/api/");
  if (!api && router_.find(what.method, what.path).allowed.empty()) {
    if (what.method != http_method::get) return answer(method_refused({http_method::get}));
    return answer(files_.find(what, settings->static_dir));
  }
  if (judge_origin(what, *settings) == origin_verdict::listed)
    answer = [next = std::move(answer), origin = std::string{what.header("origin")}](response made) {
      add_cross_origin(made, origin);
      next(std::move(made));
    };
  handle_api(what, answer, *settings);
}

void dispatcher::handle_api(request& what, respond& answer, const server_settings& settings) {
  auto match = router_.find(what.method, what.path);
  if (match.allowed.empty()) return answer(refusal({errc::not_found, "Cette adresse n'existe pas.", {}}));
  if (what.method == http_method::options && judge_origin(what, settings) == origin_verdict::listed)
    return answer(preflight(match.allowed));
  if (!match.found) return answer(method_refused(match.allowed));
  if (auto no = refused(what, match.found->who, settings)) return answer(std::move(*no));
  what.parameters = std::move(match.parameters);
  if (auto no = once_only(what, answer)) return answer(std::move(*no));
  match.found->answer(what, std::move(answer));
}

std::optional<response> dispatcher::once_only(const request& what, respond& answer) {
  auto key = what.header("idempotency-key");
  if (key.empty() || what.method == http_method::get || what.who.user.empty()) return std::nullopt;
  if (key.size() > 200) return refusal({errc::invalid_input, {}, {{"Idempotency-Key", "200 caractères au plus."}}});
  auto name = idempotency::name(what.who.user, what.method, what.path, key);
  if (auto known = once_->begin(name, what.body, services_->now())) return known;
  answer = [once = once_, name, next = std::move(answer)](response made) {
    once->finish(name, made);
    next(std::move(made));
  };
  return std::nullopt;
}

std::optional<response> dispatcher::refused(request& what, const access& who, const server_settings& settings) {
  std::optional<failure> why;
  switch (who.who) {
  case access::kind::nobody: why = failure{errc::forbidden, {}, {}}; break;
  case access::kind::everyone: break;
  case access::kind::operators:
    if (!what.local && !settings.open_operations) why = failure{errc::forbidden, {}, {}};
    break;
  case access::kind::own_pages:
    // The cookie is SameSite=Strict; this also stops pages of a sister host.
    if (judge_origin(what, settings) == origin_verdict::foreign || what.header("sec-fetch-site") == "cross-site")
      why = failure{errc::forbidden, "Cette page n'a pas le droit d'utiliser la session.", {}};
    break;
  case access::kind::member: {
    constexpr std::string_view scheme = "Bearer ";
    auto given = what.header("authorization");
    if (!given.starts_with(scheme)) {
      why = failure{errc::unauthenticated, {}, {}};
      break;
    }
    auto claims = services_->identify(given.substr(scheme.size()));
    if (!claims) {
      why = claims.error();
      break;
    }
    what.who = claims->who;
    what.login = claims->login;
    what.family = claims->family;
    if (claims->who.role < who.minimum) why = failure{errc::forbidden, {}, {}};
    break;
  }
  }
  if (why) return refusal(*why);
  if (who.who == access::kind::operators) return std::nullopt;
  auto payer = what.who.user.empty() ? "a:" + address_group(what.address) : "u:" + what.who.user.value;
  if (auto wait = services_->requests.admit(payer, services_->now(), settings.http.requests_per_second,
                                            settings.http.request_burst))
    return refusal({errc::rate_limited, {}, {}}, wait);
  return std::nullopt;
}

} // namespace evs::web
