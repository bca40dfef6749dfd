// History, reports, personal data, retention.

#include "transport/web/data_routes.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

constexpr std::array<std::string_view, 6> history_filters{"agentId", "queueId",   "campaignId",
                                                          "siteId",  "direction", "endReason"};
constexpr std::array<std::string_view, 5> report_filters{"agentId", "queueId", "campaignId", "siteId", "direction"};
/// The longest range of a report: three years.
constexpr std::chrono::days longest_range{1098};

/// These paths are new: a parameter that nobody reads is a mistake of the caller, not to be passed over in silence.
void refuse_unknown(const request& what, std::initializer_list<std::string_view> more,
                    std::span<const std::string_view> filters, failure& problem) {
  std::string_view rest = what.query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto name = rest.substr(0, std::min(end, rest.find('=')));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name.empty() || std::find(more.begin(), more.end(), name) != more.end() ||
        std::find(filters.begin(), filters.end(), name) != filters.end())
      continue;
    const bool plain = name.size() <= 40 &&
                       std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
    problem.fields.emplace(plain ? std::string{name} : "query", "Paramètre inconnu.");
  }
}

/// A day ("2026-10-25", its first instant in UTC) or an instant.
std::optional<timestamp> moment_of(const request& what, std::string_view name, failure& problem) {
  auto text = what.query_value(name);
  if (!text || text->empty()) return std::nullopt;
  auto read = from_iso8601(text->size() == 10 ? *text + "T00:00:00Z" : *text);
  if (!read) problem.fields.emplace(name, "Une date ISO 8601 en UTC est attendue, par exemple 2026-10-25T07:00:00Z.");
  return read;
}

void check_direction(const list_query& query, failure& problem) {
  for (const auto& [name, value] : query.filters)
    if (name == "direction" && !value.empty() && value != "inbound" && value != "outbound")
      problem.fields.emplace("direction", "inbound ou outbound est attendu.");
}

void history(const shared_services& s, const request& what, const respond& answer, bool csv) {
  failure problem{errc::invalid_input, {}, {}};
  refuse_unknown(what, {"from", "to", "limit", "cursor", "sort", "q"}, history_filters, problem);
  list_calls question;
  question.csv = csv;
  question.from = moment_of(what, "from", problem);
  question.to = moment_of(what, "to", problem);
  question.query = read_list_query(what, history_filters, problem);
  check_direction(question.query, problem);
  if (question.from && question.to && *question.from >= *question.to)
    problem.fields.emplace("to", "La fin doit être après le début.");
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, report_request{std::move(question)}, answer);
}

/// A calendar day as it was given; empty, and a problem noted, when it is none.
std::string day_of(const request& what, std::string_view name, failure& problem) {
  auto text = what.query_value(name).value_or("");
  if (text.size() == 10 && from_iso8601(text + "T00:00:00Z")) return text;
  problem.fields.emplace(name, "Une date est attendue, par exemple 2026-10-25.");
  return {};
}

void report(const shared_services& s, const request& what, const respond& answer, report_kind kind) {
  failure problem{errc::invalid_input, {}, {}};
  refuse_unknown(what, {"from", "to", "groupBy", "timezone", "format"}, report_filters, problem);
  make_report question;
  question.kind = kind;
  question.from = day_of(what, "from", problem);
  question.to = day_of(what, "to", problem);
  if (!question.from.empty() && !question.to.empty()) {
    const auto length = *from_iso8601(question.to + "T00:00:00Z") - *from_iso8601(question.from + "T00:00:00Z");
    if (length < milliseconds{0}) problem.fields.emplace("to", "La fin doit être le jour du début ou après.");
    else if (length > longest_range) problem.fields.emplace("to", "Au plus trois ans à la fois.");
  }
  const auto groups = what.query_value("groupBy").value_or("");
  for (std::string_view rest = groups; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto group = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (group == "day") question.by_day = true;
    else if (group == "hour") question.by_hour = true;
    else if (group == "site") question.by_site = true;
    else problem.fields.emplace("groupBy", "Regroupements possibles : day, hour, site.");
  }
  question.timezone = what.query_value("timezone").value_or("");
  const auto format = what.query_value("format").value_or("json");
  if (format != "json" && format != "csv") problem.fields.emplace("format", "json ou csv est attendu.");
  question.csv = format == "csv";
  question.query = read_list_query(what, report_filters, problem);
  check_direction(question.query, problem);
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, report_request{std::move(question)}, answer);
}

void set_rules(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body) return answer(refusal(body.error()));
  perform(s, what, report_request{set_retention{std::move(*body)}}, answer);
}

} // namespace

std::vector<route> report_routes(const shared_services& s) {
  std::vector<route> all;
  auto add = [&](http_method method, std::string pattern, role least, const char* summary, auto action) {
    all.push_back({method, std::move(pattern), at_least(least),
                   [s, action](const request& what, const respond& answer) { action(s, what, answer); }, summary});
  };
  add(http_method::get, "/api/call-history", role::supervisor, "Chercher dans l'historique",
      [](auto& to, auto& what, auto& answer) { history(to, what, answer, false); });
  add(http_method::get, "/api/call-history/export", role::supervisor, "Exporter l'historique en CSV",
      [](auto& to, auto& what, auto& answer) { history(to, what, answer, true); });
  constexpr std::array<std::pair<std::string_view, report_kind>, 5> reports{{{"calls", report_kind::calls},
                                                                             {"agents", report_kind::agents},
                                                                             {"campaigns", report_kind::campaigns},
                                                                             {"queues", report_kind::queues},
                                                                             {"sessions", report_kind::sessions}}};
  for (const auto& [name, kind] : reports)
    add(http_method::get, "/api/reports/" + std::string{name}, role::supervisor, "Rapport : JSON ou CSV",
        [kind = kind](auto& to, auto& what, auto& answer) { report(to, what, answer, kind); });
  add(http_method::get, "/api/contacts/{id}/personal-data", role::administrator, "Tout ce qui concerne une personne",
      [](auto& to, auto& what, auto& answer) {
        perform(to, what, report_request{export_personal_data{what.parameter("id")}}, answer);
      });
  add(http_method::del, "/api/contacts/{id}/personal-data", role::administrator, "Effacer une personne",
      [](auto& to, auto& what, auto& answer) {
        perform(to, what, report_request{erase_personal_data{what.parameter("id")}}, answer);
      });
  add(http_method::get, "/api/system/retention-settings", role::administrator, "Durées de conservation",
      [](auto& to, auto& what, auto& answer) { perform(to, what, report_request{read_retention{}}, answer); });
  add(http_method::put, "/api/system/retention-settings", role::super_admin, "Fixer les durées de conservation", set_rules);
  return all;
}

} // namespace evs::web
