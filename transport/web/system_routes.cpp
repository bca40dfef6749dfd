#include "transport/web/routes.hpp"

#include "transport/web/answers.hpp"
#include "transport/web/json_text.hpp"

#include <algorithm>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

std::string text_array(const std::vector<std::string>& items) {
  std::string out{"["};
  for (const auto& item : items) {
    if (out.size() > 1) out.push_back(',');
    append_json_string(out, item);
  }
  return out + ']';
}

void reload(const shared_services& s, const request& what, const respond& answer) {
  s->backend.reload(what.who, [answer](result<reload_outcome> outcome) {
    if (!outcome) return answer(refusal(outcome.error()));
    json_object body;
    if (!outcome->problems.empty()) {
      body.text("error", "Configuration refusée : rien n'a été changé.")
          .text("code", token(errc::invalid_input))
          .raw("problems", text_array(outcome->problems));
      return answer(json_answer(std::move(body).str(), 422));
    }
    body.raw("changed", text_array(outcome->changed)).raw("needsRestart", text_array(outcome->needs_restart));
    if (!outcome->overridden.empty()) body.raw("overridden", text_array(outcome->overridden));
    answer(json_answer(std::move(body).str()));
  });
}

void healthz(const shared_services&, const request&, const respond& answer) {
  answer(json_answer(R"({"status":"ok"})"));
}

void readyz(const shared_services& s, const request& what, const respond& answer) {
  auto components = s->backend.readiness();
  bool details = what.local || s->settings()->open_operations;
  bool ready = std::none_of(components.begin(), components.end(), [](const auto& c) { return c.required && !c.ok; });
  std::string list{"["};
  for (const auto& c : components) {
    json_object line;
    line.text("name", c.name).flag("ok", c.ok).flag("required", c.required);
    if (details) line.text_if("detail", c.detail);
    list += (list.size() > 1 ? "," : "") + std::move(line).str();
  }
  json_object body;
  body.flag("ready", ready).raw("components", list + ']');
  auto made = json_answer(std::move(body).str(), ready ? 200 : 503);
  if (!ready) made.headers.emplace_back("Retry-After", "2");
  answer(std::move(made));
}

void metrics(const shared_services& s, const request&, const respond& answer) {
  auto made = json_answer(s->backend.metrics());
  made.content_type = "text/plain; version=0.0.4; charset=utf-8";
  answer(std::move(made));
}

} // namespace

std::vector<route> system_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  return {
      {http_method::post, "/api/system/reload", at_least(role::super_admin), with(reload), "Relire la configuration"},
      {http_method::get, "/healthz", everyone, with(healthz), "Le processus vit"},
      {http_method::get, "/readyz", everyone, with(readyz), "Prêt à servir, composant par composant"},
      {http_method::get, "/metrics", operators, with(metrics), "Mesures (Prometheus)"},
  };
}

} // namespace evs::web
