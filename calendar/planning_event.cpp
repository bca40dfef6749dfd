#include "calendar/planning_event.hpp"

#include <algorithm>

namespace evs::calendar {

namespace {

constexpr std::size_t longest_id = 64;
constexpr std::size_t most_targets = 1000;

class form {
public:
  explicit form(const value& body) : body_(body) {}

  /// Absent stays absent; null and "" are "none".
  std::optional<std::string> text(std::string_view name, std::size_t longest) {
    const auto* member = body_.find(name);
    if (!member) return std::nullopt;
    if (member->is_null()) return std::string{};
    const auto* t = member->text();
    if (!t || t->size() > longest) {
      refuse(name, "Un texte d'au plus " + std::to_string(longest) + " octets est attendu.");
      return std::nullopt;
    }
    return *t;
  }

  std::optional<timestamp> instant(std::string_view name, bool required) {
    const auto* member = body_.find(name);
    if (!member || member->is_null()) {
      if (required) refuse(name, "Champ obligatoire.");
      return std::nullopt;
    }
    const auto* t = member->text();
    auto read = t ? read_instant(*t) : std::nullopt;
    if (!read) refuse(name, "Une date ISO 8601 est attendue, par exemple 2026-10-25T07:00:00Z.");
    return read;
  }

  void refuse(std::string_view name, std::string why) { problem.fields.emplace(name, std::move(why)); }

  failure problem{errc::invalid_input, {}, {}};

private:
  const value& body_;
};

/// "+02:00" as a distance; nothing when it is none.
std::optional<seconds> offset(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto two = [&](std::size_t i) {
    const bool digits = text[i] >= '0' && text[i] <= '9' && text[i + 1] >= '0' && text[i + 1] <= '9';
    return digits ? (text[i] - '0') * 10 + (text[i + 1] - '0') : 100;
  };
  if (two(1) > 15 || two(4) > 59) return std::nullopt;
  const seconds size = std::chrono::hours{two(1)} + std::chrono::minutes{two(4)};
  return text[0] == '+' ? size : -size;
}

} // namespace

std::optional<timestamp> read_instant(std::string_view text) {
  if (text.size() == 10) return from_iso8601(std::string{text} + "T00:00:00Z");
  if (text.size() > 6)
    if (auto east = offset(text.substr(text.size() - 6)))
      if (auto wall = from_iso8601(std::string{text.substr(0, text.size() - 6)} + "Z")) return *wall - *east;
  return from_iso8601(text);
}

result<planning_draft> read_planning_event(const value& body, bool creation) {
  if (!body.members()) return {errc::invalid_input, "Un événement est un objet."};
  form f{body};
  planning_draft out;
  out.id = f.text("id", longest_id).value_or("");
  out.agent = f.text("agentId", longest_id);
  out.activity = f.text("activityId", longest_id);
  out.site = f.text("siteId", longest_id);
  out.zone = f.text("timezone", longest_id);
  out.start = f.instant("startDate", creation);
  out.end = f.instant("endDate", creation);
  out.rule = f.text("rrule", 500);
  if (out.zone && !out.zone->empty() && !zone::find(*out.zone)) f.refuse("timezone", "Ce fuseau horaire n'existe pas.");
  if (out.rule && !out.rule->empty()) {
    if (auto rule = check_rule(*out.rule)) out.rule = *rule;
    else f.refuse("rrule", rule.error().text());
  }
  if (!f.problem.fields.empty()) return f.problem;
  return out;
}

result<std::optional<timestamp>> check_planning(const span& first, const std::string& rule, const zone& where) {
  failure wrong{errc::invalid_input, {}, {}};
  const auto length = first.end - first.start;
  if (length <= seconds{0}) wrong.fields.emplace("endDate", "La fin doit être après le début.");
  else if (!rule.empty() && length > std::chrono::days{7})
    wrong.fields.emplace("endDate", "Un événement qui se répète dure au plus une semaine.");
  else if (length > std::chrono::days{400}) wrong.fields.emplace("endDate", "Un événement dure au plus 400 jours.");
  if (!wrong.fields.empty()) return wrong;
  if (rule.empty()) return std::optional{first.end};
  const auto extent = extent_of(rule, first, where);
  if (!extent) {
    wrong.fields.emplace("rrule", "Cette règle n'a aucune occurrence à partir du début de l'événement.");
    return wrong;
  }
  return extent->last ? std::optional{extent->last->end} : std::nullopt;
}

result<std::vector<std::string>> read_targets(const value& body) {
  failure wrong{errc::invalid_input, {}, {}};
  std::vector<std::string> out;
  const auto* given = body.find("targetIds");
  if (!given || given->is_null()) return out;
  const auto* list = given->list();
  if (!list || list->size() > most_targets) {
    wrong.fields.emplace("targetIds",
                         "Une liste d'au plus " + std::to_string(most_targets) + " identifiants est attendue.");
    return wrong;
  }
  for (const auto& one : *list) {
    const auto* id = one.text();
    if (!id || id->empty() || id->size() > longest_id) {
      wrong.fields.emplace("targetIds", "Une liste d'identifiants d'utilisateurs ou de groupes est attendue.");
      return wrong;
    }
    if (std::find(out.begin(), out.end(), *id) == out.end()) out.push_back(*id);
  }
  return out;
}

} // namespace evs::calendar
