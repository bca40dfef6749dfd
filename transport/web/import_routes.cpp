#include "domain/contact_mapping.hpp"
#include "transport/web/data_routes.hpp"

#include <algorithm>
#include <utility>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

/// A list of a million contacts has about 60 MB, one with 300 columns a few times that.
constexpr std::size_t largest_list = std::size_t{1} << 30;
/// Contacts as objects are held in memory: some 50,000.
constexpr std::size_t largest_body = 16 << 20;
/// A CSV file of a long list is written first and sent then.
constexpr std::chrono::minutes longest_table{10};
constexpr std::size_t longest_name = 200;
constexpr std::size_t most_fields = 20;
constexpr std::size_t most_columns = 1000;

bool known_members(const value& object, std::initializer_list<std::string_view> known, const std::string& path, failure& problem) {
  for (const auto& [name, what] : *object.members())
    if (std::find(known.begin(), known.end(), name) == known.end())
      problem.fields.emplace(path + "." + name, "Champ inconnu.");
  return problem.fields.empty();
}

/// {"enabled": bool, "fieldIds": [...]}
deduplication read_deduplication(const value& from, bool strict, failure& problem) {
  deduplication out;
  const std::string path = "deduplicationConfig";
  if (!from.members()) {
    problem.fields.emplace(path, "Un objet est attendu.");
    return out;
  }
  if (strict)
    known_members(from, {"enabled", "fieldIds"}, path, problem);
  if (const auto* enabled = from.find("enabled")) {
    if (const auto* flag = enabled->flag())
      out.enabled = *flag;
    else
      problem.fields.emplace(path + ".enabled", "true ou false est attendu.");
  }
  const auto* fields = from.find("fieldIds");
  const auto* list = fields ? fields->list() : nullptr;
  if (fields && !list)
    problem.fields.emplace(path + ".fieldIds", "Une liste de champs est attendue.");
  if (list && list->size() > most_fields)
    problem.fields.emplace(path + ".fieldIds", std::to_string(most_fields) + " champs au plus.");
  if (list && problem.fields.empty())
    for (const auto& name : *list) {
      const auto* text = name.text();
      if (!text || text->empty() || text->size() > longest_name)
        problem.fields.emplace(path + ".fieldIds", "Des noms de champs sont attendus.");
      else
        out.fields.push_back(*text);
    }
  if (out.enabled && out.fields.empty() && problem.fields.empty())
    problem.fields.emplace(path + ".fieldIds", "Choisissez au moins un champ à comparer.");
  return out;
}

/// {"phoneNumber": "Téléphone", "firstName": 2}
mapping_wish read_mapping(const value& from, failure& problem) {
  mapping_wish out;
  if (!from.members() || from.members()->size() > most_columns) {
    problem.fields.emplace("mapping", "Un objet { champ : colonne } est attendu.");
    return out;
  }
  for (const auto& [field, column] : *from.members()) {
    const auto* text = column.text();
    const auto* number = column.integer();
    if (field.empty() || field.size() > longest_name || (!text && !number) || (text && text->size() > 1000))
      problem.fields.emplace("mapping." + field, "L'en-tête ou le numéro d'une colonne est attendu.");
    else if (!text || !text->empty())
      out.emplace_back(field, text ? *text : std::to_string(*number));
  }
  return out;
}

/// {"heading": bool, "country": "FR"}
void read_options(const value& from, import_plan& plan, failure& problem) {
  if (!from.members()) {
    problem.fields.emplace("options", "Un objet est attendu.");
    return;
  }
  known_members(from, {"heading", "country"}, "options", problem);
  if (const auto* heading = from.find("heading")) {
    if (const auto* flag = heading->flag())
      plan.heading = *flag;
    else
      problem.fields.emplace("options.heading", "true ou false est attendu.");
  }
  if (const auto* country = from.find("country"); country && !country->is_null()) {
    const auto* text = country->text();
    const bool form = text && text->size() == 2 && text->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
    if (form)
      plan.country = *text;
    else
      problem.fields.emplace("options.country", "Le code d'un pays est attendu, par exemple FR.");
  }
}

/// A field of the form that holds JSON; null when it isn't there.
std::optional<value> json_field(const std::vector<form_part>& parts, std::string_view name, failure& problem) {
  const auto* part = find_part(parts, name);
  if (!part || part->value.empty())
    return std::nullopt;
  auto read = read_json(part->value);
  if (!read) {
    problem.fields.emplace(name, "Ce n'est pas du JSON.");
    return std::nullopt;
  }
  return std::move(read.value());
}

void import_list(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  const form_part* file = what.spooled ? find_part(what.spooled->parts, "file") : nullptr;
  if (!file || !file->file_name) {
    problem.fields.emplace("file", "Un fichier CSV ou XLSX est attendu (multipart/form-data).");
    return answer(refusal(problem));
  }
  const auto& parts = what.spooled->parts;
  for (const auto& part : parts)
    if (part.name != "file" && part.name != "mapping" && part.name != "deduplicationConfig" && part.name != "options")
      problem.fields.emplace(part.name, "Champ inconnu.");
  start_import asked{what.parameter("id"), what.spooled->path, file->offset, file->size, *file->file_name, {}};
  if (file->size == 0)
    problem.fields.emplace("file", "Le fichier est vide.");
  if (const auto mapping = json_field(parts, "mapping", problem))
    asked.plan.mapping = read_mapping(*mapping, problem);
  if (const auto same = json_field(parts, "deduplicationConfig", problem))
    asked.plan.same = read_deduplication(*same, true, problem);
  if (const auto options = json_field(parts, "options", problem))
    read_options(*options, asked.plan, problem);
  if (!asked.plan.heading && asked.plan.mapping.empty())
    problem.fields.emplace("mapping", "Sans ligne d'en-tête, indiquez le numéro de chaque colonne.");
  if (!problem.fields.empty())
    return answer(refusal(problem));
  // The spooled file lives as long as somebody holds it.
  perform(s, what, data_request{import_request{std::move(asked)}}, [held = what.spooled, answer](response made) { answer(std::move(made)); });
}

void add_list(const shared_services& s, const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (!body)
    return answer(refusal(body.error()));
  failure problem{errc::invalid_input, {}, {}};
  add_contacts asked;
  asked.campaign = what.parameter("id");
  const auto* contacts = body->find("contacts");
  if (!contacts || !contacts->list())
    problem.fields.emplace("contacts", "Une liste de contacts est attendue.");
  if (const auto* same = body->find("deduplicationConfig"); same && !same->is_null())
    asked.same = read_deduplication(*same, false, problem);
  if (!problem.fields.empty())
    return answer(refusal(problem));
  asked.contacts = *contacts->list();
  perform(s, what, data_request{import_request{std::move(asked)}}, answer);
}

void list_all_jobs(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, {}, problem);
  if (!problem.fields.empty())
    return answer(refusal(problem));
  perform(s, what, data_request{import_request{list_jobs{std::move(query)}}}, answer);
}

template <class Question>
auto about(const shared_services& s) {
  return [s](const request& what, const respond& answer) {
    perform(s, what, data_request{import_request{Question{what.parameter("id")}}}, answer);
  };
}

} // namespace

std::vector<route> import_routes(const shared_services& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  std::vector<route> all;
  auto add = [&](http_method method, const char* path, handler does, const char* summary) -> route& {
    route& made = all.emplace_back();
    made.method = method;
    made.pattern = path;
    made.who = at_least(role::supervisor);
    made.answer = std::move(does);
    made.summary = summary;
    return made;
  };
  auto& bulk = add(http_method::post, "/api/campaigns/{id}/contacts", with(add_list), "Ajouter des contacts, avec un rapport par ligne");
  bulk.max_body = largest_body;
  bulk.patience = std::chrono::minutes{2};
  auto& import = add(http_method::post, "/api/campaigns/{id}/contacts/import", with(import_list),
                     "Importer un fichier CSV ou XLSX (multipart : file, mapping, deduplicationConfig, options) ; répond 202 {jobId}");
  import.max_body = largest_list;
  import.spool = true;
  import.patience = std::chrono::minutes{2};
  add(http_method::get, "/api/campaigns/{id}/contacts/export", about<export_contacts>(s), "Exporter les contacts en CSV").patience = longest_table;
  add(http_method::get, "/api/jobs", with(list_all_jobs), "Lister les tâches");
  add(http_method::get, "/api/jobs/{id}", about<read_job>(s), "Suivre une tâche");
  add(http_method::get, "/api/jobs/{id}/rejected", about<read_rejected>(s), "Télécharger les lignes rejetées en CSV").patience = longest_table;
  return all;
}

} // namespace evs::web
