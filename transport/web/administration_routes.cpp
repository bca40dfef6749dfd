#include "transport/web/data_routes.hpp"

#include <array>
#include <charconv>

namespace evs::web {

namespace {

using shared_services = std::shared_ptr<services>;

/// The body as an object, or the refusal is given.
std::optional<value> body_of(const request& what, const respond& answer) {
  auto body = read_json(what.body);
  if (body && !body->members()) body = failure{errc::invalid_input, "Un objet JSON est attendu.", {}};
  if (body) return std::move(*body);
  answer(refusal(body.error()));
  return std::nullopt;
}

std::string text_of(const value& body, std::string_view name) {
  const auto* found = body.find(name);
  return found && found->text() ? *found->text() : std::string{};
}

/// A port, also as a text; nothing: what is given is none.
std::optional<int> number_of(const value& body, std::string_view name, int otherwise) {
  const auto* found = body.find(name);
  if (!found || found->is_null()) return otherwise;
  std::int64_t number = 0;
  if (const auto* whole = found->integer()) number = *whole;
  else if (const auto* text = found->text()) std::from_chars(text->data(), text->data() + text->size(), number);
  return number >= 1 && number <= 65535 ? std::optional{static_cast<int>(number)} : std::nullopt;
}

/// Settings out of a body, or the refusal is given.
std::optional<checked_settings> settings_of(settings_kind kind, const value& body, const respond& answer) {
  auto read = check_settings(kind, body);
  if (read) return std::move(*read);
  answer(refusal(read.error()));
  return std::nullopt;
}

handler save(const shared_services& s, settings_kind kind) {
  return [s, kind](const request& what, const respond& answer) {
    if (auto body = body_of(what, answer))
      if (auto content = settings_of(kind, *body, answer)) perform(s, what, system_request{save_settings{kind, std::move(*content)}}, answer);
  };
}

void save_connection_settings(const shared_services& s, const request& what, const respond& answer) {
  if (auto body = body_of(what, answer))
    if (auto content = settings_of(settings_kind::connection, *body, answer)) {
      const auto* database = body->find("database");
      perform(s, what, system_request{save_connection{std::move(*content), database ? *database : value{}}}, answer);
    }
}

void audit(const shared_services& s, const request& what, const respond& answer) {
  constexpr std::array<std::string_view, 6> filters{"actor", "login", "action", "entity", "from", "to"};
  if (what.query_value("verify") == "1") return perform(s, what, system_request{verify_audit{}}, answer);
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, filters, problem);
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, system_request{read_audit{std::move(query)}}, answer);
}

void backups(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, {}, problem);
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, system_request{list_backups{std::move(query)}}, answer);
}

void restore(const shared_services& s, const request& what, const respond& answer) {
  auto body = body_of(what, answer);
  if (!body) return;
  auto name = text_of(*body, "fileName");
  if (name.empty()) return answer(refusal({errc::invalid_input, {}, {{"fileName", "Le nom d'une sauvegarde est attendu."}}}));
  perform(s, what, system_request{restore_backup{std::move(name)}}, answer);
}

void remove(const shared_services& s, const request& what, const respond& answer) {
  perform(s, what, system_request{remove_backup{what.parameter("fileName")}}, answer);
}

void try_email(const shared_services& s, const request& what, const respond& answer) {
  auto body = body_of(what, answer);
  if (!body) return;
  // Older clients try what stands in their form: {smtpConfig: {...}, recipient}.
  const auto* form = body->find("smtpConfig");
  if (form && !form->members()) return answer(refusal({errc::invalid_input, {}, {{"smtpConfig", "Un objet JSON est attendu."}}}));
  auto settings = settings_of(settings_kind::smtp, form ? *form : *body, answer);
  if (!settings) return;
  auto to = text_of(*body, "to");
  if (to.empty()) to = text_of(*body, "recipient");
  if (!to.empty() && !valid_mailbox(to))
    return answer(refusal({errc::invalid_input, {}, {{"to", "Une adresse e-mail est attendue."}}}));
  perform(s, what, system_request{test_email{std::move(to), std::move(*settings)}}, answer);
}

/// Nothing: the database in use. The fields alone, or as they are kept: {database: {...}}.
void try_database(const shared_services& s, const request& what, const respond& answer) {
  auto body = what.body.empty() ? std::optional{value{value::object{}}} : body_of(what, answer);
  if (!body) return;
  const auto* inside = body->find("database");
  auto wanted = inside && inside->members() ? *inside : *body;
  failure problem{errc::invalid_input, {}, {}};
  for (const char* name : {"host", "user", "database", "password"})
    if (const auto* one = wanted.find(name); one && !one->is_null() && (!one->text() || one->text()->size() > 253))
      problem.fields.emplace(name, "Un texte de 253 octets au plus est attendu.");
  if (!number_of(wanted, "port", 5432)) problem.fields.emplace("port", "Un nombre de 1 à 65535 est attendu.");
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, system_request{test_database{std::move(wanted)}}, answer);
}

/// Older clients send the fields alone, newer ones as they are kept: {asterisk: {...}}.
void try_ami(const shared_services& s, const request& what, const respond& answer) {
  auto body = body_of(what, answer);
  if (!body) return;
  if (!body->find("asterisk")) {
    value whole = value::object{};
    whole.set("asterisk", std::move(*body));
    body = std::move(whole);
  }
  if (auto content = settings_of(settings_kind::connection, *body, answer))
    perform(s, what, system_request{test_ami{std::move(*content)}}, answer);
}

void ping(const shared_services& s, const request& what, const respond& answer) {
  auto body = body_of(what, answer);
  if (!body) return;
  auto target = text_of(*body, "target");
  // Older clients name a service, or a site's address, by {ip, port}.
  if (const auto ip = text_of(*body, "ip"); target.empty() && !ip.empty()) {
    const auto port = number_of(*body, "port", 80);
    if (!port) return answer(refusal({errc::invalid_input, {}, {{"port", "Un nombre de 1 à 65535 est attendu."}}}));
    target = ip + ':' + std::to_string(*port);
  }
  if (target.empty() || target.size() > 300)
    return answer(refusal({errc::invalid_input, {}, {{"target", "Le nom d'un service de la liste est attendu."}}}));
  perform(s, what, system_request{ping_service{std::move(target)}}, answer);
}

void logs(const shared_services& s, const request& what, const respond& answer) {
  failure problem{errc::invalid_input, {}, {}};
  auto query = read_list_query(what, {}, problem);
  auto level = what.query_value("level").value_or("");
  if (!level.empty() && level != "DEBUG" && level != "INFO" && level != "WARNING" && level != "ERROR")
    problem.fields.emplace("level", "Valeurs possibles : DEBUG, INFO, WARNING, ERROR.");
  if (!problem.fields.empty()) return answer(refusal(problem));
  perform(s, what, system_request{read_logs{std::move(level), query.paged ? query.limit : 200}}, answer);
}

void query(const shared_services& s, const request& what, const respond& answer) {
  auto body = body_of(what, answer);
  if (!body) return;
  auto sql = text_of(*body, "query");
  if (sql.empty()) sql = text_of(*body, "sql");
  if (sql.empty() || sql.size() > 100'000)
    return answer(refusal({errc::invalid_input, {}, {{"query", "Une requête SQL de 100 000 octets au plus est attendue."}}}));
  perform(s, what, system_request{query_database{std::move(sql)}}, answer);
}

/// Questions without a body.
template <class Question> handler ask(const shared_services& s) {
  return [s](const request& what, const respond& answer) { perform(s, what, system_request{Question{}}, answer); };
}

} // namespace

std::vector<route> administration_routes(const std::shared_ptr<services>& s) {
  auto with = [&](auto action) {
    return [s, action](const request& what, const respond& answer) { action(s, what, answer); };
  };
  constexpr auto operators_only = at_least(role::super_admin);
  return {
      {http_method::get, "/api/audit", at_least(role::administrator), with(audit), "Journal d'audit"},
      {http_method::put, "/api/system/app-settings", operators_only, save(s, settings_kind::app), "Enregistrer les réglages de l'application"},
      {http_method::put, "/api/system/smtp-settings", operators_only, save(s, settings_kind::smtp), "Enregistrer les réglages SMTP"},
      {http_method::put, "/api/system/module-visibility", operators_only, save(s, settings_kind::modules), "Choisir les modules visibles"},
      {http_method::put, "/api/system/backup-schedule", operators_only, save(s, settings_kind::backup_schedule), "Planifier les sauvegardes"},
      {http_method::post, "/api/system-connection", operators_only, with(save_connection_settings), "Enregistrer les connexions du système"},
      {http_method::get, "/api/system/backups", operators_only, with(backups), "Lister les sauvegardes"},
      {http_method::post, "/api/system/backups", operators_only, ask<make_backup>(s), "Sauvegarder maintenant"},
      {http_method::post, "/api/system/backups/restore", operators_only, with(restore), "Restaurer une sauvegarde"},
      {http_method::del, "/api/system/backups/{fileName}", operators_only, with(remove), "Supprimer une sauvegarde"},
      {http_method::post, "/api/system/test-email", operators_only, with(try_email), "Envoyer un courriel d'essai"},
      {http_method::post, "/api/system/test-db", operators_only, with(try_database), "Essayer une base de données"},
      {http_method::post, "/api/system/test-ami", operators_only, with(try_ami), "Essayer une connexion à Asterisk"},
      {http_method::post, "/api/system/ping", operators_only, with(ping), "Joindre un service"},
      {http_method::get, "/api/system/stats", operators_only, ask<read_stats>(s), "Charge de la machine et du serveur"},
      {http_method::get, "/api/system/logs", operators_only, with(logs), "Dernières lignes du journal"},
      {http_method::get, "/api/system/db-schema", operators_only, ask<read_schema>(s), "Tables qu'une requête peut lire"},
      {http_method::post, "/api/system/db-query", operators_only, with(query), "Requête SQL en lecture seule"},
  };
}

} // namespace evs::web
