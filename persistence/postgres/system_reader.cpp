#include "persistence/system_reader.hpp"

#include "persistence/postgres/session.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr statement mail_group{
  "kept_mail", "select content->>'server', content->>'port', content->>'secure', content->>'requireTls', content->>'auth', content->>'user', "
               "content->>'from', secret from system_settings where name = 'smtp'"};
constexpr statement link_group{"kept_link", "select content->>'amiHost', content->>'amiPort', content->>'amiUser', secret from system_settings "
                                            "where name = 'connection'"};
constexpr statement address{"kept_address", "select email from users where id = $1"};
constexpr statement lines{
  "lines_fingerprint",
  "select md5(coalesce((select string_agg(row(id, extension, sip_secret)::text, ',' order by id) from users where is_active and extension is not null), '') "
  "|| '|' || coalesce((select string_agg(row(id, domain, login, sip_secret, auth_type, register_string, inbound_context)::text, ',' order by id) "
  "from trunks), ''))"};
constexpr statement site_address{"kept_site_address", "select from sites where ip_address = $1 limit 1"};
constexpr statement version{"kept_version", "select current_setting('server_version')"};

std::string opened(const secret_keys& keys, const row& r, std::size_t column) {
  const auto text = r.text(column);
  return is_sealed(text) ? open(keys, text).value_or(std::string{}) : text;
}

void put_text(value& into, std::string_view name, const row& r, std::size_t column) {
  if (!r.is_null(column))
    into.set(name, r.text(column));
}
void put_number(value& into, std::string_view name, const row& r, std::size_t column) {
  if (!r.is_null(column))
    into.set(name, r.number(column));
}
void put_flag(value& into, std::string_view name, const row& r, std::size_t column) {
  if (!r.is_null(column))
    into.set(name, r.text(column) == "true");
}

} // namespace

kept_settings read_kept_settings(const store_settings& settings, const secret_keys& keys, settings_kind what) {
  session db{settings};
  kept_settings kept{value::object{}, {}};
  if (what == settings_kind::smtp) {
    const auto r = db.run(mail_group).at(0);
    put_text(kept.content, "server", r, 0);
    put_number(kept.content, "port", r, 1);
    put_flag(kept.content, "secure", r, 2);
    put_flag(kept.content, "requireTls", r, 3);
    put_flag(kept.content, "auth", r, 4);
    put_text(kept.content, "user", r, 5);
    put_text(kept.content, "from", r, 6);
    kept.password = opened(keys, r, 7);
  } else if (what == settings_kind::connection) {
    const auto r = db.run(link_group).at(0);
    put_text(kept.content, "amiHost", r, 0);
    put_number(kept.content, "amiPort", r, 1);
    put_text(kept.content, "amiUser", r, 2);
    kept.password = opened(keys, r, 3);
  }
  return kept;
}

std::string address_of_account(const store_settings& settings, const user_id& id) {
  session db{settings};
  const auto found = db.run(address, {id.value});
  return found.empty() ? std::string{} : found.front().text(0);
}

bool is_address_of_site(const store_settings& settings, const std::string& address) {
  session db{settings};
  return !db.run(site_address, {address}).empty();
}

std::string lines_fingerprint(const store_settings& settings) {
  session db{settings};
  return db.run(lines).at(0).text(0);
}

std::string database_version(const store_settings& settings) {
  session db{settings};
  const auto text = db.run(version).at(0).text(0);
  return text.substr(0, text.find(' '));
}

} // namespace evs::persistence
