#include "persistence/accounts.hpp"

#include "persistence/postgres/scope.hpp"
#include "persistence/postgres/session.hpp"

#include <algorithm>
#include <array>

namespace evs::persistence {

namespace {

using namespace postgres;

#define WHO EVS_WITH_WHO
#define IN_CHARGE_OF EVS_IN_CHARGE_OF

struct part {
  const char* key;
  statement what;
};

/// A list of the catalogue: those of the role that may read the resource, and for the others what is their own.
struct resource_part {
  std::string key, name, sql;
  explicit resource_part(const resource& what) : key(what.collection), name("app_" + std::string{what.name}) {
    sql = std::string{with_who} + "select coalesce(json_agg(v order by lower(v.\"" + std::string{what.sorts.front()} + "\"), v.id), '[]') from " +
          std::string{what.view} + " v, who where " + scope_of(what.name);
    if (what.reach != reach::own_and_site)
      sql += " and rank >= " + std::to_string(static_cast<int>(what.readers));
  }
  statement made() const { return {name.c_str(), sql.c_str()}; }
};

const std::vector<resource_part>& resource_parts() {
  static const auto all = [] {
    std::vector<resource_part> made;
    for (const auto& what : catalogue())
      made.emplace_back(what);
    return made;
  }();
  return all;
}

constexpr std::array parts{
  part{"callHistory", {"app_call_history", WHO
                       "select coalesce(json_agg(v order by h.started_at desc, h.id desc), '[]') from "
                       "(select c.id, c.started_at from call_history c, who where c.agent_id = who.id or " IN_CHARGE_OF("c.agent_id", "c.site_id")
                       " order by c.started_at desc, c.id desc limit 100) h join api_call_history v on v.id = h.id"}},
  part{"agentSessions", {"app_agent_sessions", WHO
                         "select coalesce(json_agg(v order by s.login_at desc, s.id desc), '[]') from "
                         "(select a.id, a.login_at from agent_sessions a left join users u on u.id = a.agent_id, who "
                         "where a.agent_id = who.id or " IN_CHARGE_OF("a.agent_id", "u.site_id")
                         " order by a.login_at desc, a.id desc limit 100) s join api_agent_sessions v on v.id = s.id"}},
  part{"personalCallbacks", {"app_personal_callbacks", WHO
                             "select coalesce(json_agg(v order by b.scheduled_at, b.id), '[]') from "
                             "(select k.id, k.scheduled_at from personal_callbacks k left join users u on u.id = k.agent_id, who "
                             "where k.status = 'pending' and (k.agent_id = who.id or " IN_CHARGE_OF("k.agent_id", "u.site_id") ") "
                             "order by k.scheduled_at, k.id limit 500) b join api_personal_callbacks v on v.id = b.id"}},
  part{"contactNotes", {"app_contact_notes", WHO
                        "select coalesce(json_agg(v order by n.created_at desc, n.id desc), '[]') from "
                        "(select k.id, k.created_at from contact_notes k left join users u on u.id = k.agent_id, who "
                        "where k.agent_id = who.id or " IN_CHARGE_OF("k.agent_id", "u.site_id")
                        " order by k.created_at desc, k.id desc limit 100) n join api_contact_notes v on v.id = n.id"}},
  part{"smtpSettings", {"app_smtp", WHO "select coalesce((select s.content from api_system_settings s where s.name = 'smtp' and rank >= 2), '{}') from who"}},
  part{"moduleVisibility", {"app_modules", WHO "select coalesce((select s.content from api_system_settings s where s.name = 'modules'), '{}') from who"}},
  part{"backupSchedule",
       {"app_backup_schedule", WHO "select coalesce((select s.content from api_system_settings s where s.name = 'backup_schedule' and rank >= 2), '{}') from who"}},
  part{"backupLogs", {"app_backup_logs", WHO
                      "select coalesce(json_agg(v order by b.started_at desc, b.id desc), '[]') from "
                      "(select l.id, l.started_at from backup_logs l, who where rank >= 2 and l.status <> 'removed' order by l.started_at desc, l.id desc limit 50) b "
                      "join api_backup_logs v on v.id = b.id"}},
};

constexpr statement settings_object{"app_settings", "select coalesce((select row_to_json(v) from api_app_settings v), '{}')"};

constexpr statement history_page{
  "call_history_page", WHO
  ", mine as (select c.id, c.started_at from call_history c, who where c.agent_id = who.id or " IN_CHARGE_OF("c.agent_id", "c.site_id") "), "
  "total as (select count(*) as records from mine), "
  "page as (select m.id, m.started_at from mine m order by m.started_at desc, m.id desc limit $5::bigint offset ($4::bigint - 1) * $5::bigint) "
  "select json_build_object('records', coalesce((select json_agg(v order by p.started_at desc, p.id desc) from page p "
  "join api_call_history v on v.id = p.id), '[]'), 'totalRecords', t.records, 'currentPage', $4::bigint, "
  "'hasNextPage', t.records > $4::bigint * $5::bigint) from total t"};

constexpr statement history_one{"call_history_one", WHO
                                "select row_to_json(v) from api_call_history v, who where v.id = $4 and (v.\"agentId\" = who.id or "
                                IN_CHARGE_OF("v.\"agentId\"", "v.\"siteId\"") ")"};

/// A call that still runs has no row: then only the role decides, and the site that its steps don't tell is not guessed.
constexpr statement journal{
  "call_journal", WHO
  "select coalesce(json_agg(json_build_object('seq', e.seq, 'at', e.at, 'kind', e.kind, 'data', e.data) order by e.seq), '[]') "
  "from api_call_events e left join call_history h on h.id = e.\"callId\", who where e.\"callId\" = $4 and "
  "(h.agent_id = who.id or (h.id is not null and " IN_CHARGE_OF("h.agent_id", "h.site_id") ") or (h.id is null and rank >= 1 and site is null))"};

class postgres_reader : public reader {
public:
  explicit postgres_reader(store_settings settings) : session_(std::move(settings)) {}

  std::vector<std::pair<std::string, std::string>> application_data(const viewer& who) override {
    std::vector<std::pair<std::string, std::string>> all;
    session_.run(isolation::snapshot, [&](transaction& t) {
      all.clear();
      for (const auto& p : resource_parts())
        all.emplace_back(p.key, t.run(p.made(), asks(who)).at(0).text(0));
      for (const auto& p : parts)
        all.emplace_back(p.key, t.run(p.what, asks(who)).at(0).text(0));
      all.emplace_back("appSettings", t.run(settings_object).at(0).text(0));
    });
    return all;
  }

  std::string app_settings() override { return session_.run(settings_object).at(0).text(0); }

  std::string call_history_page(const viewer& who, int page, int limit) override {
    auto values = asks(who);
    values.emplace_back(std::to_string(std::max(page, 1)));
    values.emplace_back(std::to_string(std::clamp(limit, 1, 500)));
    return session_.run(history_page, std::move(values)).at(0).text(0);
  }

  std::optional<std::string> call_record(const viewer& who, const call_id& id) override {
    const auto found = session_.run(history_one, about(who, id));
    return found.empty() ? std::nullopt : std::optional{found.front().text(0)};
  }

  std::string call_journal(const viewer& who, const call_id& id) override {
    return session_.run(journal, about(who, id)).at(0).text(0);
  }

private:
  static parameters about(const viewer& who, const call_id& id) {
    auto values = asks(who);
    values.emplace_back(id.value);
    return values;
  }

  session session_;
};

} // namespace

std::unique_ptr<reader> make_postgres_reader(store_settings settings) {
  return std::make_unique<postgres_reader>(std::move(settings));
}

} // namespace evs::persistence
