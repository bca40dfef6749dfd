#include "persistence/accounts.hpp"

#include "persistence/postgres/session.hpp"

#include <algorithm>
#include <array>

namespace evs::persistence {

namespace {

using namespace postgres;

// Every statement here begins with who asks: his id, his role's rank (0 Agent ... 3 SuperAdmin) and the site that he is
// limited to (null: all). Below rank 1 a person sees what is his own.
#define WHO "with who (id, rank, site) as (select $1::text, $2::integer, $3::text) "
#define LIST_OF(view, order) WHO "select coalesce(json_agg(v order by " order "), '[]') from " view " v, who "
/// Supervisors and above, of all sites or of the thing's.
#define SUPERVISES(site_column) "(rank >= 1 and (site is null or " site_column " is null or " site_column " = site))"

struct part {
  const char* key;
  statement what;
};

constexpr std::array parts{
  part{"users", {"app_users", LIST_OF("api_users", "v.\"loginId\"") "where v.id = who.id or " SUPERVISES("v.\"siteId\"")}},
  part{"userGroups", {"app_user_groups", LIST_OF("api_user_groups", "v.name, v.id") "where rank >= 1"}},
  part{"agentProfiles", {"app_agent_profiles", LIST_OF("api_agent_profiles", "v.name, v.id")
                         "where rank >= 1 or v.id = (select u.agent_profile_id from users u where u.id = who.id)"}},
  part{"campaigns", {"app_campaigns", LIST_OF("api_campaigns", "v.name, v.id")
                     "where rank >= 1 or exists (select from campaign_agents a where a.campaign_id = v.id and a.user_id = who.id)"}},
  part{"qualifications", {"app_qualifications", LIST_OF("api_qualifications", "v.code, v.id")}},
  part{"qualificationGroups", {"app_qualification_groups", LIST_OF("api_qualification_groups", "v.name, v.id")}},
  part{"sites", {"app_sites", LIST_OF("api_sites", "v.name, v.id") "where " SUPERVISES("v.id")}},
  part{"trunks", {"app_trunks", LIST_OF("api_trunks", "v.name, v.id") "where " SUPERVISES("v.\"siteId\"")}},
  part{"dids", {"app_dids", LIST_OF("api_dids", "v.number, v.id")
                "where " SUPERVISES("(select t.site_id from trunks t where t.id = v.\"trunkId\")")}},
  part{"queues", {"app_queues", LIST_OF("api_queues", "v.name, v.id")
                  "where rank >= 1 or exists (select from queue_members m where m.queue_id = v.id and m.user_id = who.id)"}},
  part{"activityTypes", {"app_activity_types", LIST_OF("api_activity_types", "v.name, v.id")}},
  part{"callHistory", {"app_call_history", WHO
                       "select coalesce(json_agg(v order by h.started_at desc, h.id desc), '[]') from "
                       "(select c.id, c.started_at from call_history c, who where c.agent_id = who.id or " SUPERVISES("c.site_id")
                       " order by c.started_at desc, c.id desc limit 100) h join api_call_history v on v.id = h.id"}},
  part{"agentSessions", {"app_agent_sessions", WHO
                         "select coalesce(json_agg(v order by s.login_at desc, s.id desc), '[]') from "
                         "(select a.id, a.login_at from agent_sessions a left join users u on u.id = a.agent_id, who "
                         "where a.agent_id = who.id or " SUPERVISES("u.site_id")
                         " order by a.login_at desc, a.id desc limit 100) s join api_agent_sessions v on v.id = s.id"}},
};

constexpr statement settings_object{"app_settings", "select coalesce((select row_to_json(v) from api_app_settings v), '{}')"};

constexpr statement history_page{
  "call_history_page", WHO
  ", mine as (select c.id, c.started_at from call_history c, who where c.agent_id = who.id or " SUPERVISES("c.site_id") "), "
  "total as (select count(*) as records from mine), "
  "page as (select m.id, m.started_at from mine m order by m.started_at desc, m.id desc limit $5::bigint offset ($4::bigint - 1) * $5::bigint) "
  "select json_build_object('records', coalesce((select json_agg(v order by p.started_at desc, p.id desc) from page p "
  "join api_call_history v on v.id = p.id), '[]'), 'totalRecords', t.records, 'currentPage', $4::bigint, "
  "'hasNextPage', t.records > $4::bigint * $5::bigint) from total t"};

constexpr statement history_one{"call_history_one", WHO
                                "select row_to_json(v) from api_call_history v, who where v.id = $4 and (v.\"agentId\" = who.id or "
                                SUPERVISES("v.\"siteId\"") ")"};

/// A call that still runs has no row: then only the role decides, and the site that its steps don't tell is not guessed.
constexpr statement journal{
  "call_journal", WHO
  "select coalesce(json_agg(json_build_object('seq', e.seq, 'at', e.at, 'kind', e.kind, 'data', e.data) order by e.seq), '[]') "
  "from api_call_events e left join call_history h on h.id = e.\"callId\", who where e.\"callId\" = $4 and "
  "(h.agent_id = who.id or (h.id is not null and " SUPERVISES("h.site_id") ") or (h.id is null and rank >= 1 and site is null))"};

parameters who_asks(const viewer& who) {
  return {who.user.value, std::to_string(static_cast<int>(who.role)), id_or_null(who.site)};
}

class postgres_reader : public reader {
public:
  explicit postgres_reader(store_settings settings) : session_(std::move(settings)) {}

  std::vector<std::pair<std::string, std::string>> application_data(const viewer& who) override {
    std::vector<std::pair<std::string, std::string>> all;
    session_.run(isolation::snapshot, [&](transaction& t) {
      all.clear();
      for (const auto& p : parts)
        all.emplace_back(p.key, t.run(p.what, who_asks(who)).at(0).text(0));
      all.emplace_back("appSettings", t.run(settings_object).at(0).text(0));
    });
    return all;
  }

  std::string app_settings() override { return session_.run(settings_object).at(0).text(0); }

  std::string call_history_page(const viewer& who, int page, int limit) override {
    auto values = who_asks(who);
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
    auto values = who_asks(who);
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
