// The periodic look after contacts. Every step may be done by several nodes at once: each takes rows that nobody else has in hand,
// and each is a transaction of its own, so that nothing waits for a long one.

#include "persistence/postgres/contacts/opened.hpp"

#include <chrono>

namespace evs::persistence::postgres {

namespace {

using clock = std::chrono::steady_clock;

/// Longest time a sweep spends on what can wait.
constexpr std::chrono::milliseconds patience{1500};

constexpr statement present{"sweep_present",
                            "update contact_locks set seen_at = now() where owner_id = any($1::text[]) and seen_at < now() - interval '20 seconds'"};
/// Rule 7, and owners whose account is gone.
constexpr statement orphans{
  "sweep_orphans",
  "select l.contact_id, l.token, case when u.is_active then 'lease ended' else 'account closed' end "
  "from contact_locks l join campaigns c on c.id = l.campaign_id left join users u on u.id = l.owner_id "
  "where u.is_active is not true or (c.unlock_timeouts_enabled and l.seen_at < now() - make_interval(mins => c.unlock_timeout_minutes)) limit 200"};
constexpr statement resolve{"sweep_resolve", "select resolve_lock($1, $2, $3)"};

constexpr statement tell_locks{
  "sweep_tell_locks",
  "with told as (update contact_locks set announced = true where contact_id in "
  "(select contact_id from contact_locks where not announced order by locked_at limit 500 for update skip locked) returning *) "
  "select announce('contactUpdate', 'contact:' || contact_id, jsonb_build_object('id', contact_id, 'campaignId', campaign_id, 'lockedBy', owner_id, "
  "'lockedAt', iso8601(locked_at)), jsonb_build_object('role', 'Superviseur', 'to', jsonb_build_array(owner_id))) from told"};

constexpr statement remind{
  "sweep_remind",
  "with due as (update personal_callbacks set reminded_at = now() where id in "
  "(select id from personal_callbacks where status = 'pending' and reminded_at is null and scheduled_at <= now() order by scheduled_at limit 200 "
  "for update skip locked) returning *) select announce_callback(due::personal_callbacks, true) from due"};

constexpr statement wake{
  "sweep_wake",
  "update contact_pool set due_at = null where key in (select s.key from campaign_pools p, lateral "
  "(select key from contact_pool where campaign_id = p.campaign_id and due_at <= now() order by due_at limit 2000 for update skip locked) s)"};

constexpr statement to_rebuild{"sweep_to_rebuild", "select campaign_id from campaign_pools where rebuilt_to is not null"};
constexpr statement rebuild{"sweep_rebuild", "select rebuild_pool($1, 2000)"};

constexpr statement to_recycle{"sweep_to_recycle", "select campaign_id, qualification_id, asked_by from contact_recycles"};
constexpr statement recycle{"sweep_recycle", "select recycle_contacts($1, $2, $3, 2000)"};

constexpr statement to_purge{"sweep_to_purge", "select campaign_id from contact_purges"};
constexpr statement purge{"sweep_purge",
                          "with gone as (delete from contacts where id in (select id from contacts where campaign_id = $1 limit 2000 for update skip locked) "
                          "returning 1) select count(*) from gone"};
constexpr statement purged{"sweep_purged",
                           "delete from contact_purges where campaign_id = $1 and not exists (select from contacts where campaign_id = $1)"};

/// Figures that dashboards show: told when they changed, every two seconds at most.
constexpr statement tell_figures{
  "sweep_tell_figures",
  "with now_is as materialized (select p.campaign_id, contact_stats(p.campaign_id)::jsonb || jsonb_build_object('quotas', "
  "(select jsonb_agg(q.reached order by q.position) from campaign_quotas q where q.campaign_id = p.campaign_id)) as figures from campaign_pools p where p.told_at < now() - interval '2 seconds'), "
  "locked as (select p.campaign_id, p.told is null and (n.figures ->> 'total') = '0' as fresh, n.figures from campaign_pools p "
  "join now_is n on n.campaign_id = p.campaign_id where p.told is distinct from n.figures for update of p skip locked), "
  "told as (update campaign_pools p set told = l.figures, told_at = now() from locked l where p.campaign_id = l.campaign_id returning p.campaign_id, l.fresh) "
  "select announce('campaignUpdate', 'campaign:' || v.id, to_jsonb(v), jsonb_build_object('resource', 'campaign', 'to', v.\"assignedUserIds\")) "
  "from told t join api_campaigns v on v.id = t.campaign_id where not t.fresh"};

/// Calls `step` for each row until it has nothing more to do, as long as there is time.
template <class Step>
void while_time(const rows& all, clock::time_point until, Step step) {
  for (const auto& row : all)
    while (clock::now() < until && step(row)) {
    }
}

} // namespace

result<data_answer> perform(workplace& at, const requester&, const sweep_contacts& what) {
  const auto until = clock::now() + patience;
  std::vector<parameter> ids;
  for (const auto& user : what.present)
    ids.emplace_back(user.value);
  if (!ids.empty())
    at.db.run(present, {array_literal(ids)});
  int ended = 0;
  for (const auto& lock : at.db.run(orphans))
    ended += at.db.run(resolve, {lock.text(0), lock.text(1), lock.text(2)}).at(0).flag(0) ? 1 : 0;
  at.db.run(tell_locks);
  const auto reminded = at.db.run(remind).size();
  at.db.run(wake);
  while_time(at.db.run(to_rebuild), until, [&](const row& r) { return !at.db.run(rebuild, {r.text(0)}).at(0).flag(0); });
  while_time(at.db.run(to_recycle), until, [&](const row& r) {
    if (at.db.run(recycle, {r.text(0), r.text(1), r.text(2)}).at(0).number(0) > 0)
      return true;
    at.db.run(end_recycling, {r.text(0), r.text(1)});
    return false;
  });
  while_time(at.db.run(to_purge), until, [&](const row& r) {
    if (at.db.run(purge, {r.text(0)}).at(0).number(0) > 0)
      return true;
    at.db.run(purged, {r.text(0)});
    return false;
  });
  at.db.run(tell_figures);
  data_answer out;
  out.json = "{\"resolved\":" + std::to_string(ended) + ",\"reminded\":" + std::to_string(reminded) + '}';
  return out;
}

} // namespace evs::persistence::postgres
