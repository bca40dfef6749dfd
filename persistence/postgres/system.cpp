#include "persistence/audit.hpp"
#include "persistence/postgres/areas.hpp"
#include "persistence/postgres/connection_words.hpp"
#include "persistence/postgres/cursor.hpp"
#include "persistence/postgres/free_query.hpp"
#include "persistence/reader_role.hpp"
#include "persistence/sealed.hpp"

namespace evs::persistence::postgres {

namespace {

constexpr statement collect{"system_audit_collect", "select audit_collect(1000)"};
/// Newest first.
constexpr statement audit_page{
  "system_audit_page",
  "with page as (select l.position from audit_log l where ($1::bigint is null or l.position < $1::bigint) "
  "and ($2::text is null or l.actor = $2) and ($3::text is null or l.login = $3) and ($4::text is null or starts_with(l.action, $4)) "
  "and ($5::text is null or l.entity = $5 or starts_with(l.entity, $5 || '/')) and ($6::timestamptz is null or l.at >= $6::timestamptz) "
  "and ($7::timestamptz is null or l.at < $7::timestamptz) order by l.position desc limit $8::integer) "
  "select row_to_json(v), v.id from page p join api_audit_log v on v.id = p.position order by v.id desc"};

constexpr statement save_group{
  "system_save", "update system_settings set content = content || $2::jsonb, updated_at = now(), "
                 "secret = case $3 when 'keep' then secret else nullif($4, '') end where name = $1"};
constexpr statement make_group{"system_make", "insert into system_settings (name) values ($1) on conflict do nothing"};
constexpr statement shown_group{"system_shown", "select content from api_system_settings where name = $1"};
constexpr statement tell_connection{
  "system_connection_told", "select announce('settingsUpdate', 'settings:connection', "
                            "jsonb_build_object('systemConnectionSettings', jsonb_build_object('asterisk', $1::jsonb)), '{\"role\": \"Administrateur\"}')"};
constexpr statement make_app{"system_app_make", "insert into app_settings default values on conflict do nothing"};
constexpr statement save_app{
  "system_app_save",
  "update app_settings set company_address = coalesce(s->>'companyAddress', company_address), "
  "app_logo_data_url = coalesce(s->>'appLogoDataUrl', app_logo_data_url), "
  "app_favicon_data_url = coalesce(s->>'appFaviconDataUrl', app_favicon_data_url), "
  "color_palette = coalesce(s->>'colorPalette', color_palette), app_name = coalesce(s->>'appName', app_name), "
  "default_language = coalesce(s->>'defaultLanguage', default_language), font_family = coalesce(s->>'fontFamily', font_family), "
  "font_size = coalesce((s->>'fontSize')::integer, font_size) from (select $1::jsonb as s) given"};
constexpr statement shown_app{"system_app_shown", "select row_to_json(v) from api_app_settings v"};

constexpr statement backup_page{
  "system_backups",
  "with page as (select b.id, b.started_at from backup_logs b where b.status <> 'removed' and ($1::text is null or "
  "(b.started_at, b.id) < (select c.started_at, c.id from backup_logs c where c.id = $1)) "
  "order by b.started_at desc, b.id desc limit $2::integer) "
  "select row_to_json(v), v.id from page p join api_backup_logs v on v.id = p.id order by p.started_at desc, p.id desc"};

/// What the reading role sees: {"api_users": ["id", ...], ...}
constexpr statement readable{
  "system_schema",
  "select coalesce(json_object_agg(t.name, t.columns order by t.name), '{}') from (select c.relname as name, "
  "json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns "
  "from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
  "and not a.attisdropped where n.nspname = 'public' and c.relkind = 'v' and c.relname like 'api\\_%' group by c.relname) t"};
constexpr statement role_there{"system_reader_there", "select exists (select from pg_roles where rolname = $1 and rolcanlogin)"};

struct answers {
  workplace& at;

  result<data_answer> operator()(const read_audit& what) const {
    const auto after = read_cursor(what.query.cursor, {key_part::whole});
    if (!after)
      return after.error();
    for (const auto* name : {"from", "to"})
      if (const auto given = filter_value(what.query, name); given && !from_iso8601(*given))
        return failure{errc::invalid_input, {}, {{name, "Une date ISO 8601 est attendue, par exemple 2026-11-22T00:00:00Z."}}};
    at.db.run(collect);
    auto values = *after;
    for (const auto* name : {"actor", "login", "action", "entity", "from", "to"})
      values.push_back(filter_value(what.query, name));
    values.emplace_back(std::to_string(what.query.limit + 1));
    return page_of(at.db.run(audit_page, std::move(values)), static_cast<std::size_t>(what.query.limit), 1);
  }

  result<data_answer> operator()(const verify_audit&) const {
    auto book = make_postgres_audit_book(at.settings.store);
    book->collect();
    const auto state = book->verify();
    return data_answer{200, "{\"ok\":" + std::string{state.broken ? "false" : "true"} + ",\"lines\":" + std::to_string(state.lines) +
                              ",\"brokenAt\":" + (state.broken ? std::to_string(*state.broken) : "null") + ",\"head\":\"" + state.head + "\"}", {}, {}};
  }

  result<data_answer> operator()(const save_settings& what) const { return save(what.what, what.content); }

  result<data_answer> operator()(const save_connection& what) const {
    if (elsewhere(what.database))
      return {errc::conflict, "L'adresse de PostgreSQL se règle dans evscallpro.yaml (database.url), pas ici : rien n'a été enregistré."};
    auto saved = save(settings_kind::connection, what.content);
    if (saved)
      saved.value().json = "{\"asterisk\":" + saved.value().json + ",\"needsRestart\":false,\"message\":\"" + std::string{in_force(what)} + "\"}";
    return saved;
  }

  result<data_answer> operator()(const list_backups& what) const {
    const auto after = read_cursor(what.query.cursor, {key_part::text});
    if (!after)
      return after.error();
    return page_of(at.db.run(backup_page, {after->front(), std::to_string(what.query.limit + 1)}), static_cast<std::size_t>(what.query.limit), 1);
  }

  result<data_answer> operator()(const read_schema&) const { return data_answer{200, at.db.run(readable).at(0).text(0), {}, {}}; }

  result<data_answer> operator()(const query_database& what) const {
    if (at.settings.secret_keys.empty())
      return no_reader("aucune clé n'est configurée (secrets.key_file)");
    const auto name = reader_role_name(at.settings.store);
    if (!at.db.run(role_there, {name}).at(0).flag(0))
      return no_reader("le rôle « " + name + " » n'existe pas et le serveur n'a pas le droit de le créer (CREATEROLE)");
    auto said = run_free_query(as_reader(at.settings.store, at.settings.secret_keys), what.sql);
    if (!said)
      return said.error();
    return data_answer{200, std::move(*said), {}, {}};
  }

  /// The rest needs more than the database; whoever offers it answers before it comes here.
  template <class T> result<data_answer> operator()(const T&) const { return {errc::internal, "Ce serveur n'offre pas cette opération."}; }

private:
  static std::string_view in_force(const save_connection& what) {
    const auto* host = what.content.content.find("amiHost");
    return host && host->text()->empty() ? "Enregistré : le premier serveur d'evscallpro.yaml vaut de nouveau tel quel, dès maintenant."
                                         : "Enregistré et en vigueur dès maintenant : l'emporte sur le premier serveur d'evscallpro.yaml, "
                                           "aussi après un redémarrage ou une relecture du fichier. Un amiHost vide rend la main au fichier.";
  }

  /// Whether a client wants another database than the one that this is: it can't be had from inside.
  bool elsewhere(const value& wanted) const {
    const auto here = place_of(at.settings.store.url);
    const auto differs = [&](std::string_view name, const std::string& present) {
      const auto* given = wanted.find(name);
      const auto text = !given ? std::string{} : given->text() ? *given->text() : given->integer() ? std::to_string(*given->integer()) : std::string{};
      return !text.empty() && text != present;
    };
    return differs("host", here.host) || differs("port", here.port) || differs("user", here.user) || differs("database", here.database) ||
           differs("password", "***");
  }

  static failure no_reader(const std::string& why) {
    return {errc::conflict, "Les requêtes libres ne sont pas disponibles : " + why + '.', {}};
  }

  result<data_answer> save(settings_kind what, const checked_settings& given) const {
    std::string sealed;
    if (given.password && !given.password->empty()) {
      if (at.settings.secret_keys.empty())
        return {errc::database_unavailable, "Aucune clé n'est configurée (secrets.key_file) : le mot de passe ne peut pas être enregistré."};
      sealed = seal(at.settings.secret_keys, *given.password);
    }
    return in_transaction(at, [&](transaction& t) {
      data_answer out;
      if (what == settings_kind::app) {
        t.run(make_app);
        t.run(save_app, {to_json(given.content)});
        out.json = t.run(shown_app).at(0).text(0);
        return out;
      }
      const std::string name{token(what)};
      t.run(make_group, {name});
      t.run(save_group, {name, to_json(given.content), given.password ? "set" : "keep", sealed});
      out.json = t.run(shown_group, {name}).at(0).text(0);
      // Always told, also where nothing but the password changed: the nodes connect with it.
      if (what == settings_kind::connection)
        t.run(tell_connection, {out.json});
      return out;
    });
  }
};

} // namespace

result<data_answer> answer(workplace& at, const requester&, const system_request& what) { return std::visit(answers{at}, what); }

} // namespace evs::persistence::postgres
