#include "app/administration.hpp"

#include "app/job_runner.hpp"
#include "app/part_settings.hpp"
#include "app/secret_keys.hpp"
#include "persistence/reader_role.hpp"
#include "persistence/secrets_at_rest.hpp"

namespace evs {

namespace {

persistence::desk_settings desk_of(const config::settings& settings, const node_services& services, audit_trail& trail) {
  persistence::desk_settings desk;
  desk.store = store_settings_of(settings.database);
  desk.now = services.now;
  desk.secret_keys = secret_keys_of(settings.secrets);
  desk.data_dir = settings.storage.data_dir;
  desk.node = settings.node.name;
  desk.read_number = read_phone_number;
  desk.audit_later = [&trail](persistence::audit_line line) { trail.note(std::move(line)); };
  return desk;
}

} // namespace

administration::administration(operators_ear& ear, services_ptr services, const config::settings& settings,
                               std::function<void(const families&)> restored)
    : ear_(ear), trail_(ear, [s = store_settings_of(settings.database)] { return persistence::make_postgres_audit_book(s); }, services->now),
      desk_(desk_of(settings, *services, trail_)), connection_(desk_.store, desk_.secret_keys),
      office_({ear, services, trail_, desk_, settings, std::move(restored)}) {
  if (desk_.secret_keys.empty())
    ear.log(severity::warning, "secrets", "there is no key (secrets.key_file): passwords of trunks, phones and SMTP can't be entered");
}

void administration::prepare_database() {
  seal_and_open_reading();
  connection_.refresh();
}

void administration::seal_and_open_reading() {
  if (desk_.secret_keys.empty())
    return;
  const auto report = persistence::seal_secrets(desk_.store, desk_.secret_keys, persistence::sealing::what_is_clear);
  if (report.sealed > 0)
    ear_.log(severity::info, "secrets", std::to_string(report.sealed) + " passwords stood in clear in the database and are sealed now");
  try {
    persistence::ensure_reader_role(desk_.store, desk_.secret_keys);
  } catch (const std::exception& e) {
    ear_.log(severity::warning, "database", std::string{"no reading role for database queries: "} + e.what());
  }
}

void administration::refused(const web::refused_attempt& what) {
  trail_.refused({what.user, what.login, what.address, "refused " + std::string{web::to_string(what.method)} + ' ' + what.pattern,
                  what.path.substr(0, 200), "{\"status\":" + std::to_string(what.status) + '}'});
}

} // namespace evs
