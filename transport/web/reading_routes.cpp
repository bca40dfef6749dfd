#include "transport/web/routes.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/json_text.hpp"
#include "transport/web/secrets.hpp"

#include <charconv>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

/// Passes JSON text of the backend on.
callback<std::string> pass_on(respond answer) {
  return [answer = std::move(answer)](result<std::string> text) {
    answer(text ? json_answer(std::move(*text)) : refusal(text.error()));
  };
}

void public_config(const shared_services& s, const request&, const respond& answer) {
  s->backend.app_settings([answer](result<std::string> settings) {
    if (!settings) return answer(refusal(settings.error()));
    json_object body;
    body.raw("appSettings", *settings);
    answer(json_answer(std::move(body).str()));
  });
}

void application_data(const shared_services& s, const request& what, const respond& answer) {
  auto known = std::string{what.header("if-none-match")};
  s->backend.application_data(
      what.who, [answer, known](result<std::vector<std::pair<std::string, std::string>>> parts) {
        if (!parts) return answer(refusal(parts.error()));
        json_object body;
        for (const auto& [name, json] : *parts) body.raw(name, json);
        auto made = json_answer(std::move(body).str());
        auto etag = '"' + sha256_hex(made.body).substr(0, 32) + '"';
        made.headers = {{"ETag", etag}, {"Cache-Control", "private, no-cache"}, {"Vary", "Authorization"}};
        if (known.find(etag) != std::string::npos) {
          made.status = 304;
          made.body.clear();
          made.content_type.clear();
        }
        answer(std::move(made));
      });
}

void live(const shared_services& s, const request& what, const respond& answer) {
  s->backend.live_snapshot(what.who, pass_on(answer));
}

void agents(const shared_services& s, const request& what, const respond& answer) {
  s->backend.agents(what.who, pass_on(answer));
}

void agent(const shared_services& s, const request& what, const respond& answer) {
  agent_id id{what.parameter("id")};
  if (what.who.role == role::agent && id != what.who.user) return answer(refusal({errc::forbidden, {}, {}}));
  s->backend.agent(what.who, std::move(id), pass_on(answer));
}

/// A query parameter that is a whole number within bounds.
int number_between(const request& what, std::string_view name, int fallback, int lowest, int highest,
                   failure& problem) {
  auto text = what.query_value(name);
  if (!text) return fallback;
  int value = 0;
  auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec == std::errc{} && end == text->data() + text->size() && value >= lowest && value <= highest) return value;
  problem.fields.emplace(name,
                         "Un nombre de " + std::to_string(lowest) + " à " + std::to_string(highest) + " est attendu.");
  return fallback;
}

void call_history(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto page = number_between(what, "page", 1, 1, 1'000'000, problem);
  auto limit = number_between(what, "limit", 50, 1, 500, problem);
  if (!problem.fields.empty()) return answer(refusal(problem));
  s->backend.call_history(what.who, page, limit, pass_on(answer));
}

void call_record(const shared_services& s, const request& what, const respond& answer) {
  s->backend.call_record(what.who, call_id{what.parameter("id")}, pass_on(answer));
}

void call_journal(const shared_services& s, const request& what, const respond& answer) {
  s->backend.call_journal(what.who, call_id{what.parameter("id")}, pass_on(answer));
}

} // namespace

std::vector<route> reading_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  return {
      {http_method::get, "/api/public-config", everyone, with(public_config), "Réglages visibles avant la connexion"},
      {http_method::get, "/api/application-data", at_least(role::agent), with(application_data), "Tout ce qu'un navigateur charge au départ, selon le rôle"},
      {http_method::get, "/api/live", at_least(role::supervisor), with(live), "L'état présent : agents, appels, files, trunks, campagnes"},
      {http_method::get, "/api/agents", at_least(role::supervisor), with(agents), "État des agents"},
      {http_method::get, "/api/agents/{id}", at_least(role::agent), with(agent), "État d'un agent"},
      {http_method::get, "/api/supervisor/call-history", at_least(role::supervisor), with(call_history), "Historique par pages numérotées"},
      {http_method::get, "/api/call-history/{id}", at_least(role::supervisor), with(call_record), "Un appel"},
      {http_method::get, "/api/call-history/{id}/journal", at_least(role::supervisor), with(call_journal), "Chaque étape d'un appel"},
  };
}

} // namespace evs::web
