#include "call_centre.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace evs::persistence::testing {

call_centre::call_centre() {
  db.ask("insert into sites (id, name) values ('site-a', 'A'), ('site-b', 'B')");
  db.ask("insert into users (id, login_id, first_name, last_name, role, site_id) select 'user-' || n, n::text, 'Prénom' || n, 'Nom' || n, 'Agent', 'site-a' "
         "from generate_series(1, 16) n");
  db.ask("insert into users (id, login_id, first_name, last_name, role, site_id) values ('user-99', '99', 'Un', 'Autre', 'Agent', 'site-b'), "
         "('user-1000', '1000', 'Serge', 'Superviseur', 'Superviseur', null), ('user-9000', '9000', 'Anne', 'Admin', 'Administrateur', null)");
  db.ask("insert into qualifications (id, code, description, type, is_standard, is_recyclable) values ('qual-90', '90', 'Occupé', 'neutral', true, true), "
         "('qual-91', '91', 'Faux numéro', 'negative', true, false), ('qual-94', '94', 'Rappel personnel', 'neutral', true, false), "
         "('qual-95', '95', 'Relance', 'neutral', true, false), ('qual-101', '101', 'Appel Non Qualifié (Système)', 'neutral', true, true), "
         "('qual-yes', '1', 'Vente', 'positive', false, true)");
  db.ask("insert into campaigns (id, name, is_active) values ('campaign-1', 'Une', true), ('campaign-2', 'Deux', true)");
  db.ask("insert into campaign_agents (campaign_id, user_id) select 'campaign-1', 'user-' || n from generate_series(1, 16) n");
}

std::unique_ptr<desk> call_centre::open() const {
  desk_settings s;
  s.store = db.settings();
  s.read_number = [](std::string_view typed, std::string_view, std::string_view zone) -> result<std::string> {
    if (typed.starts_with('+'))
      return std::string{typed};
    if (typed.starts_with('0') && zone == "Europe/Paris")
      return "+33" + std::string{typed.substr(1)};
    return errc::invalid_input;
  };
  s.now = [] { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); };
  return make_postgres_desk(s);
}

void call_centre::import(int from, int count, const std::string& campaign) const {
  db.ask("insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164, postal_code, custom_fields) "
         "select 'contact-' || n, '" + campaign + "', 'F' || n, 'L' || n, '06' || lpad(n::text, 8, '0'), '+336' || lpad(n::text, 8, '0'), "
         "case when n % 2 = 0 then '75' else '69' end || lpad((n % 1000)::text, 3, '0'), jsonb_build_object('age', n % 10) "
         "from generate_series(" + std::to_string(from) + ", " + std::to_string(from + count - 1) + ") n order by n");
}

boost::json::value call_centre::must(const requester& who, contact_request what) {
  const auto said = send(who, std::move(what));
  if (!said) {
    ADD_FAILURE() << "refused: " << said.error().text() << (said.error().fields.empty() ? "" : " / " + said.error().fields.begin()->first);
    return {};
  }
  return said->json.empty() ? boost::json::value{} : boost::json::parse(said->json);
}

failure call_centre::refused(const requester& who, contact_request what) {
  const auto said = send(who, std::move(what));
  if (said) {
    ADD_FAILURE() << "not refused: " << said->json;
    return {};
  }
  return said.error();
}

std::string call_centre::next(const std::string& agent, const std::string& campaign) {
  const auto said = must(asker(agent), next_contact{{}, campaign_id{campaign}});
  if (!said.is_object() || said.at("contact").is_null())
    return {};
  EXPECT_EQ(said.at("campaign").at("id").as_string(), campaign.c_str());
  EXPECT_EQ(said.at("contact").at("lockedBy").as_string(), agent.c_str());
  return said.at("contact").at("id").as_string().c_str();
}

std::string call_centre::inconsistencies() const {
  return db.ask(R"(
    select string_agg(what, '; ') from (
      select 'counters of ' || p.campaign_id || ' ' || contact_stats(p.campaign_id)::text as what from campaign_pools p
        where (select row(coalesce(sum(total), 0), coalesce(sum(pending), 0), coalesce(sum(called), 0), coalesce(sum(qualified), 0))
               from contact_counters k where k.campaign_id = p.campaign_id)
           is distinct from (select row(count(*)::numeric, count(*) filter (where status = 'pending')::numeric, count(*) filter (where status = 'called')::numeric,
                                        count(*) filter (where status = 'qualified')::numeric) from contacts c where c.campaign_id = p.campaign_id)
      union all
      select 'pool of ' || c.id || ' is ' || coalesce(p.bucket::text, 'out') || ', should be ' || coalesce(pool_bucket(c)::text, 'out')
        from contacts c left join contact_pool p on p.seq = c.seq where p.bucket is distinct from pool_bucket(c)
      union all
      select 'a pool row of nothing: ' || seq from contact_pool p where not exists (select from contacts c where c.seq = p.seq and c.campaign_id = p.campaign_id)
      union all
      select 'a lock of nothing: ' || contact_id from contact_locks l where not exists (select from contacts c where c.id = l.contact_id)
      union all
      select 'quota ' || q.position || ' counts ' || q.reached || ', there are ' || n.reached from campaign_quotas q, lateral
        (select count(*) as reached from contacts c where c.campaign_id = q.campaign_id and c.positive and (c.quota_mask >> q.position) & 1 = 1) n
        where n.reached <> q.reached
      union all
      select 'quota ' || q.position || ' of ' || q.limit_of || ': ' || q.reached || ' reached, ' || n.kept || ' kept, ' || n.free || ' free, ' || q.debt || ' owed'
        from campaign_quotas q join campaign_pools p on p.campaign_id = q.campaign_id and p.quotas_on, lateral
        (select (select coalesce(sum(free), 0) from quota_places f where f.campaign_id = q.campaign_id and f.position = q.position) as free,
                (select count(*) from contact_locks l where l.campaign_id = q.campaign_id and (l.reserved >> q.position) & 1 = 1) as kept) n
        where n.free <> q.limit_of - q.reached - n.kept + q.debt
    ) all_of_it)");
}

} // namespace evs::persistence::testing
