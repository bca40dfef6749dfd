// The planning of agents. These paths are older than this server: unknown fields are ignored.

#include "transport/web/data_routes.hpp"

#include <array>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::array<std::string_view, 3> filters{"agentId", "siteId", "activityId"};

/// A day ("2026-10-25", its first instant in UTC) or an instant.
std::optional<timestamp> moment_of(const request& what, std::string_view name, failure& problem) {
  auto text = what.query_value(name);
  if (!text || text->empty()) return std::nullopt;
  auto read = from_iso8601(text->size() == 10 ? *text + "T00:00:00Z" : *text);
  if (!read) problem.fields.emplace(name, "Une date ISO 8601 en UTC est attendue, par exemple 2026-10-25T07:00:00Z.");
  return read;
}

void list(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  list_planning question;
  question.from = moment_of(what, "start", problem);
  question.to = moment_of(what, "end", problem);
  question.query = read_list_query(what, filters, problem);
  if (question.from.has_value() != question.to.has_value())
    problem.fields.emplace(question.from ? "end" : "start", "start et end vont ensemble.");
  if (question.from && question.to && *question.from >= *question.to)
    problem.fields.emplace("end", "La fin doit être après le début.");
  if (question.from && question.to && *question.to - *question.from > std::chrono::days{400})
    problem.fields.emplace("end", "Au plus 400 jours à la fois.");
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, planning_request{std::move(question)}, answer);
}

void read_one(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, planning_request{read_planning{what.parameter("id")}}, answer);
}

void create(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (body && !body->members()) body = failure{errc::invalid_input, "Un objet JSON est attendu.", {}};
  if (!body) return answer(refusal(body.error()));
  perform(s, what, planning_request{create_planning{std::move(*body)}}, answer);
}

void change(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (body && !body->members()) body = failure{errc::invalid_input, "Un objet JSON est attendu.", {}};
  if (!body) return answer(refusal(body.error()));
  perform(s, what, planning_request{update_planning{what.parameter("id"), std::move(*body)}}, answer);
}

void remove(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, planning_request{remove_planning{{what.parameter("id")}, true}}, answer);
}

void remove_many(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body) return answer(refusal(body.error()));
  const auto* given = body->find("eventIds");
  if (!given) given = body->find("ids");
  remove_planning question;
  bool right = given && given->list() && !given->list()->empty() && given->list()->size() <= 10'000;
  for (std::size_t i = 0; right && i < given->list()->size(); ++i) {
    const auto* id = (*given->list())[i].text();
    right = id && !id->empty() && id->size() <= 64;
    if (right) question.ids.push_back(*id);
  }
  if (!right)
    return answer(
        refusal({errc::invalid_input, {}, {{"eventIds", "Une liste de 1 à 10000 identifiants est attendue."}}}));
  perform(s, what, planning_request{std::move(question)}, answer);
}

void remove_all(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, planning_request{clear_planning{}}, answer);
}

} // namespace

std::vector<route> planning_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  return {
      {http_method::get, "/api/planning-events", at_least(role::agent), with(list), "Lister le planning"},
      {http_method::get, "/api/planning-events/{id}", at_least(role::agent), with(read_one), "Lire un événement du planning"},
      {http_method::post, "/api/planning-events", at_least(role::supervisor), with(create), "Créer des événements de planning"},
      {http_method::put, "/api/planning-events/{id}", at_least(role::supervisor), with(change), "Modifier un événement de planning"},
      {http_method::del, "/api/planning-events/{id}", at_least(role::supervisor), with(remove), "Supprimer un événement de planning"},
      {http_method::post, "/api/planning-events/bulk-delete", at_least(role::supervisor), with(remove_many), "Supprimer des événements de planning"},
      {http_method::del, "/api/planning-events/all", at_least(role::supervisor), with(remove_all), "Vider le planning"},
  };
}

} // namespace evs::web
