#include "transport/web/openapi.hpp"

#include "domain/catalogue.hpp"
#include "domain/value.hpp"
#include "transport/web/operation_forms.hpp"

#include <algorithm>
#include <map>

namespace evs::web {

namespace {

value object(value::object members) { return value{std::move(members)}; }

value text_schema() { return object({{"type", "string"}}); }
value reference(const std::string& name) { return object({{"$ref", "#/components/schemas/" + name}}); }

/// null beside the type, as OpenAPI 3.1 says it.
value nullable(value schema) {
  if (auto* type = schema.find("type"); type && type->text()) schema.set("type", value::array{*type, "null"});
  return schema;
}

value schema_of(const field& f) {
  value out{value::object{}};
  switch (f.kind) {
  case field_kind::text:
  case field_kind::reference: out = text_schema(); break;
  case field_kind::secret:
  case field_kind::password:
    out = text_schema();
    out.set("writeOnly", true);
    break;
  case field_kind::flag: out.set("type", "boolean"); break;
  case field_kind::whole: out.set("type", "integer"); break;
  case field_kind::decimal: out.set("type", "number"); break;
  case field_kind::choice: {
    out = text_schema();
    value::array all;
    for (auto c : f.choices) all.emplace_back(c);
    out.set("enum", std::move(all));
    break;
  }
  case field_kind::texts:
  case field_kind::references: out = object({{"type", "array"}, {"items", text_schema()}}); break;
  case field_kind::wholes: out = object({{"type", "array"}, {"items", object({{"type", "integer"}})}}); break;
  case field_kind::structure: out.set("type", value::array{"array", "object"}); break;
  case field_kind::computed: out.set("readOnly", true); break;
  }
  if (f.kind == field_kind::text || f.kind == field_kind::secret) out.set("maxLength", static_cast<std::int64_t>(f.highest));
  if (f.kind == field_kind::password) {
    out.set("minLength", static_cast<std::int64_t>(f.lowest));
    out.set("maxLength", static_cast<std::int64_t>(f.highest));
  }
  if (f.kind == field_kind::whole || f.kind == field_kind::decimal) {
    out.set("minimum", f.lowest);
    out.set("maximum", f.highest);
  }
  std::string note{f.note};
  if (!f.target.empty()) note += (note.empty() ? "" : " ") + std::string{"Id de : "} + std::string{f.target} + ".";
  if (!note.empty()) out.set("description", note);
  return f.nullable ? nullable(std::move(out)) : out;
}

value schema_of(const resource& what) {
  value properties = object({{"id", text_schema()}});
  value::array required;
  for (const auto& f : what.fields) {
    properties.set(f.name, schema_of(f));
    if (f.required) required.emplace_back(f.name);
  }
  value out = object({{"type", "object"}, {"properties", std::move(properties)}});
  if (!required.empty()) out.set("required", std::move(required));
  return out;
}

value content(value schema) { return object({{"application/json", object({{"schema", std::move(schema)}})}}); }
value answer(const char* what) { return object({{"description", what}}); }
value answer(const char* what, value schema) { return object({{"description", what}, {"content", content(std::move(schema))}}); }

value parameter(const std::string& name, const char* in, bool required) {
  return object({{"name", name}, {"in", in}, {"required", required}, {"schema", text_schema()}});
}

/// The resource that a route is generated from, or null.
const resource* resource_of(const route& r) {
  for (const auto& what : catalogue())
    for (auto path : {what.path, what.other_path})
      if (!path.empty()) {
        const auto base = "/api" + std::string{path};
        if (r.pattern == base || r.pattern == base + "/{id}" || r.pattern == base + "/{id}/duplicate") return &what;
      }
  return nullptr;
}

void describe_resource(value& operation, const route& r, const resource& what, value::array& parameters, value& answers) {
  const auto schema = reference(std::string{what.name});
  const bool one = r.pattern.ends_with("/{id}");
  if (r.method == http_method::get && !one) {
    for (const char* name : {"limit", "cursor", "sort", "q"}) parameters.push_back(parameter(name, "query", false));
    for (auto f : what.filters) parameters.push_back(parameter(std::string{f}, "query", false));
    value page = object({{"type", "object"},
                         {"properties", object({{"items", object({{"type", "array"}, {"items", schema}})}, {"nextCursor", nullable(text_schema())}})}});
    answers.set("200", answer("Avec limit ou cursor une page, sinon la liste entière.",
                              object({{"oneOf", value::array{page, object({{"type", "array"}, {"items", schema}})}}})));
    return;
  }
  if (r.method == http_method::post || r.method == http_method::put)
    if (!r.pattern.ends_with("/duplicate")) operation.set("requestBody", object({{"required", true}, {"content", content(schema)}}));
  if (r.method == http_method::put || r.method == http_method::del) {
    parameters.push_back(parameter("If-Match", "header", false));
    answers.set("412", answer("Modifié entre-temps par quelqu'un d'autre.", reference("Error")));
  }
  if (r.method == http_method::del)
    answers.set("204", answer("Supprimé ; X-Detached compte ce qui y renvoyait."));
  else
    answers.set(r.method == http_method::post ? "201" : "200", answer("L'objet.", schema));
}

/// One word of an operation_form: name and schema; `required` gets its name where it must be there.
std::pair<std::string, value> member_of(std::string_view word, value::array& required) {
  const auto colon = word.find(':');
  auto name = word.substr(0, colon);
  if (name.ends_with('!')) {
    name.remove_suffix(1);
    required.emplace_back(name);
  }
  const auto kind = colon == std::string_view::npos ? std::string_view{"string"} : word.substr(colon + 1);
  value schema{value::object{}};
  if (kind == "objects" || kind == "strings")
    schema = object({{"type", "array"}, {"items", object({{"type", kind == "objects" ? "object" : "string"}})}});
  else if (kind == "date-time" || kind == "binary")
    schema = object({{"type", "string"}, {"format", kind}});
  else
    schema.set("type", kind);
  return {std::string{name}, std::move(schema)};
}

template <class Take> void each_word(std::string_view words, Take take) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (end > 0) take(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

/// `answered`: values may be null, and nothing is said about what must be there.
value members_schema(std::string_view words, bool answered) {
  value properties{value::object{}};
  value::array required;
  each_word(words, [&](std::string_view word) {
    auto [name, schema] = member_of(word, required);
    properties.set(name, answered ? nullable(std::move(schema)) : std::move(schema));
  });
  value out = object({{"type", "object"}, {"properties", std::move(properties)}});
  if (!required.empty()) out.set("required", std::move(required));
  return out;
}

value form_body(std::string_view words) {
  constexpr std::string_view multipart{"multipart "};
  const bool is_form = words.starts_with(multipart);
  auto schema = members_schema(is_form ? words.substr(multipart.size()) : words, false);
  const bool required = schema.find("required") != nullptr;
  return object({{"required", required}, {"content", object({{is_form ? "multipart/form-data" : "application/json", object({{"schema", std::move(schema)}})}})}});
}

value form_answer(const operation_form& form) {
  if (form.answer.empty()) return answer("Fait.");
  constexpr std::string_view list{"[] "};
  if (form.answer.starts_with(list))
    return answer("Fait.", object({{"type", "array"}, {"items", members_schema(form.answer.substr(list.size()), true)}}));
  if (form.answer.find('/') != std::string_view::npos)
    return object({{"description", "Fait."}, {"content", object({{std::string{form.answer}, object({{"schema", text_schema()}})}})}});
  return answer("Fait.", members_schema(form.answer, true));
}

void describe_form(value& operation, const operation_form& form, value::array& parameters, value& answers) {
  each_word(form.query, [&](std::string_view word) {
    const bool required = word.ends_with('!');
    parameters.push_back(parameter(std::string{required ? word.substr(0, word.size() - 1) : word}, "query", required));
  });
  if (!form.body.empty()) operation.set("requestBody", form_body(form.body));
  answers.set(std::to_string(form.status), form_answer(form));
}

value describe(const route& r) {
  value::array parameters;
  for (std::size_t at = 0; (at = r.pattern.find('{', at)) != std::string::npos;) {
    const auto end = r.pattern.find('}', at);
    parameters.push_back(parameter(r.pattern.substr(at + 1, end - at - 1), "path", true));
    at = end;
  }
  value operation = object({{"summary", r.summary}});
  value answers{value::object{}};
  const auto* form = form_of(std::string{to_string(r.method)} + ' ' + r.pattern);
  if (const auto* what = form ? nullptr : resource_of(r)) {
    operation.set("tags", value::array{std::string{what->path.substr(1)}});
    describe_resource(operation, r, *what, parameters, answers);
  } else {
    auto tag = r.pattern.substr(r.pattern.starts_with("/api/") ? 5 : 1);
    operation.set("tags", value::array{tag.substr(0, tag.find('/'))});
    if (form) describe_form(operation, *form, parameters, answers);
  }
  if (r.method != http_method::get) parameters.push_back(parameter("Idempotency-Key", "header", false));
  if (r.who.who == access::kind::member) {
    operation.set("security", value::array{object({{"bearer", value::array{}}})});
    operation.set("x-role", std::string{to_string(r.who.minimum)});
    answers.set("401", answer("Identification requise.", reference("Error")));
    answers.set("403", answer("Rôle insuffisant.", reference("Error")));
  } else {
    operation.set("security", value::array{});
    operation.set("x-role", r.who.who == access::kind::operators ? "local" : "public");
  }
  answers.set("4XX", answer("Refusé, avec la raison.", reference("Error")));
  answers.set("503", answer("Un service nécessaire est absent ; Retry-After.", reference("Error")));
  if (!parameters.empty()) operation.set("parameters", std::move(parameters));
  operation.set("responses", std::move(answers));
  return operation;
}

std::string verb_of(http_method method) {
  switch (method) {
  case http_method::get: return "get";
  case http_method::post: return "post";
  case http_method::put: return "put";
  case http_method::patch: return "patch";
  case http_method::del: return "delete";
  case http_method::options: break;
  }
  return "options";
}

} // namespace

std::string openapi_document(const std::vector<route>& routes) {
  std::map<std::string, value> paths;
  for (const auto& r : routes)
    if (!r.summary.empty()) paths[r.pattern].set(verb_of(r.method), describe(r));
  value all_paths{value::object{}};
  for (auto& [path, item] : paths) all_paths.set(path, std::move(item));

  value schemas{value::object{}};
  for (const auto& what : catalogue()) schemas.set(what.name, schema_of(what));
  schemas.set("Error", object({{"type", "object"},
                               {"required", value::array{"error", "code"}},
                               {"properties", object({{"error", text_schema()},
                                                      {"code", text_schema()},
                                                      {"fields", object({{"type", "object"}, {"additionalProperties", text_schema()}})}})}}));
  return to_json(object({
      {"openapi", "3.1.0"},
      {"info", object({{"title", "EVSCallPro"}, {"version", "1"},
                       {"description", "x-role : le rôle le plus bas qui a le droit. Les droits sont ceux du routeur lui-même."}})},
      {"servers", value::array{object({{"url", "/"}})}},
      {"paths", std::move(all_paths)},
      {"components",
       object({{"schemas", std::move(schemas)},
               {"securitySchemes", object({{"bearer", object({{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}})}})}})},
  }));
}

std::string openapi_page(const std::vector<route>& routes) {
  auto escaped = [](std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
    return out;
  };
  std::map<std::string, std::vector<const route*>> by_path;
  for (const auto& r : routes)
    if (!r.summary.empty()) by_path[r.pattern].push_back(&r);
  std::string page = R"(<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>EVSCallPro : API</title></head><body><h1>EVSCallPro : API</h1><p>Champs, paramètres et réponses : <code>GET /api/openapi.json</code> (OpenAPI 3.1).</p>
<table><thead><tr><th>Méthode</th><th>Chemin</th><th>Rôle</th><th></th></tr></thead><tbody>)";
  for (const auto& [path, all] : by_path)
    for (const auto* r : all) {
      const auto who = r->who.who == access::kind::member ? std::string{to_string(r->who.minimum)} : std::string{"public"};
      page += "<tr><td><code>" + std::string{to_string(r->method)} + "</code></td><td><code>" + escaped(path) + "</code></td><td>" + who +
              "</td><td>" + escaped(r->summary) + "</td></tr>\n";
    }
  return page + "</tbody></table></body></html>";
}

} // namespace evs::web
