#include "transport/web/dispatcher.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/data_routes.hpp"
#include "transport/web/openapi.hpp"
#include "transport/web/origin.hpp"
#include "transport/web/routes.hpp"

#include <algorithm>

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

bool has_body(const request& what) {
  const auto length = what.header("content-length");
  return !what.header("transfer-encoding").empty() || (!length.empty() && length != "0");
}

/// Nothing said is taken for JSON, too: older programs say nothing.
bool says_json(const request& what) {
  auto type = what.header("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  constexpr std::string_view json = "application/json";
  return type.empty() || std::equal(type.begin(), type.end(), json.begin(), json.end(),
                                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
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

refused_attempt attempt_of(const request& what) {
  return {what.method, what.pattern, what.path, what.address, what.who.user.value, what.login, 0};
}

void note_refusal(const services& shared, refused_attempt attempt, const response& made) {
  if (!shared.on_refused || (made.status != 401 && made.status != 403)) return;
  attempt.status = made.status;
  if (attempt.login.empty()) attempt.login = made.refused_login;
  shared.on_refused(attempt);
}

/// Whose share of the requests this is. A known device has one of its own: what others do at its address does not keep it out.
std::string payer_of(const request& what, const services& s) {
  if (!what.who.user.empty()) return "u:" + what.who.user.value;
  if (auto shown = what.cookie(device_marks::cookie_name))
    if (auto mark = s.marks.any(*shown, s.now())) return "d:" + *mark;
  return "a:" + address_group(what.address);
}

} // namespace

std::vector<route> all_routes(const std::shared_ptr<services>& shared) {
  std::vector<route> all;
  for (auto make : {sign_in_routes, reading_routes, call_routes, supervision_routes, system_routes, resource_routes, contact_routes, import_routes, media_routes,
                    planning_routes, report_routes, administration_routes})
    for (auto& r : make(shared)) all.push_back(std::move(r));
  add_description(all);
  return all;
}

dispatcher::dispatcher(std::shared_ptr<services> shared, std::vector<route> routes)
    : services_(std::move(shared)), router_(std::move(routes)) {}

dispatcher::ruling dispatcher::rule(request& what) {
  const auto settings = services_->settings();
  ruling out;
  out.max_body = settings->http.max_body;
  out.patience = settings->http.answer_timeout;
  out.no = ruled_out(what, out, *settings);
  if (out.no && judge_origin(what, *settings) == origin_verdict::listed) add_cross_origin(*out.no, std::string{what.header("origin")});
  if (!out.found) return out;
  if (out.found->max_body > 0) out.max_body = out.found->max_body;
  if (out.found->patience.count() > 0) out.patience = out.found->patience;
  out.spool = out.found->spool;
  return out;
}

std::optional<response> dispatcher::ruled_out(request& what, ruling& out, const server_settings& settings) {
  const bool api = what.path == "/api" || what.path.starts_with("/api/");
  auto match = router_.find(what.method, what.path);
  if (match.allowed.empty() && !api)
    return what.method == http_method::get ? std::nullopt : std::optional{method_refused({http_method::get})};
  if (match.allowed.empty()) return refusal({errc::not_found, "Cette adresse n'existe pas.", {}});
  if (what.method == http_method::options && judge_origin(what, settings) == origin_verdict::listed)
    return preflight(match.allowed);
  if (!match.found) return method_refused(match.allowed);
  what.pattern = match.found->pattern;
  if (auto no = refused(what, match.found->who, settings)) {
    note_refusal(*services_, attempt_of(what), *no);
    return no;
  }
  // Passing over what can't be read would answer another question than the one that was asked.
  if (api)
    if (auto name = broken_parameter(what.query))
      return refusal({errc::invalid_input, {}, {{*name, "Ce paramètre n'est pas du texte UTF-8 codé en %XX, sans caractère de commande."}}});
  if (!match.found->spool && !match.found->any_body && has_body(what) && !says_json(what)) {
    auto no = refusal({errc::invalid_input, "Le corps de la requête doit être du JSON (Content-Type: application/json).", {}});
    no.status = 415;
    return no;
  }
  what.parameters = std::move(match.parameters);
  out.found = match.found;
  return std::nullopt;
}

void dispatcher::serve(const request& what, const ruling& let_through, respond answer) {
  const auto settings = services_->settings();
  if (!let_through.found) return answer(files_.find(what, settings->static_dir));
  if (judge_origin(what, *settings) == origin_verdict::listed)
    answer = [next = std::move(answer), origin = std::string{what.header("origin")}](response made) {
      add_cross_origin(made, origin);
      next(std::move(made));
    };
  answer = noting_refusals(what, std::move(answer));
  if (auto no = once_only(what, answer)) return answer(std::move(*no));
  let_through.found->answer(what, std::move(answer));
}

void dispatcher::handle(request what, respond answer) {
  auto decided = rule(what);
  if (decided.no) return answer(std::move(*decided.no));
  serve(what, decided, std::move(answer));
}

respond dispatcher::noting_refusals(const request& what, respond answer) const {
  if (!services_->on_refused) return answer;
  return [s = services_, next = std::move(answer), attempt = attempt_of(what)](response made) mutable {
    note_refusal(*s, std::move(attempt), made);
    next(std::move(made));
  };
}

std::optional<response> dispatcher::once_only(const request& what, respond& answer) {
  auto key = what.header("idempotency-key");
  if (key.empty() || what.method == http_method::get || what.who.user.empty()) return std::nullopt;
  if (key.size() > 200) return refusal({errc::invalid_input, {}, {{"Idempotency-Key", "200 caractères au plus."}}});
  auto name = idempotency::name(what.who.user, what.method, what.path, key);
  if (auto known = once_->begin(name, what.spooled ? what.spooled->sha256 : what.body, services_->now())) return known;
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
  if (auto wait = services_->requests.admit(payer_of(what, *services_), services_->now(), settings.http.requests_per_second,
                                            settings.http.request_burst))
    return refusal({errc::rate_limited, {}, {}}, wait);
  return std::nullopt;
}

} // namespace evs::web
