#include "persistence/housekeeping.hpp"

#include "persistence/postgres/session.hpp"

namespace evs::persistence {

namespace {

using namespace postgres;

constexpr std::int64_t rows_at_once = 5'000;

// ---------------------------------------------------------------- figures

/// One node at a time; the key is ours alone.
constexpr statement alone{"housekeeping_alone", "select pg_try_advisory_xact_lock(7239471)"};

/// The notes go first, then the hours are read: what is committed in between is counted and stays noted. $1 now, $2 most.
constexpr statement take_hours{
    "figures_take",
    "with mine as (select distinct hour from call_hour_changes where hour < date_trunc('hour', $1::timestamptz, 'UTC') order by hour limit $2::bigint), "
    "gone as (delete from call_hour_changes c using mine m where c.hour = m.hour) "
    "select iso8601(hour) from mine where hour >= figures_final_before()"};
constexpr statement drop_hours{"figures_drop", "delete from call_hours where hour = any($1::timestamptz[])"};
constexpr statement compute_hours{
    "figures_compute",
    "insert into call_hours "
    "select k.kind, f.hour, k.subject, f.site_id, f.direction, sum(f.calls), sum(f.answered), sum(f.abandoned), sum(f.missed), sum(f.busy), sum(f.no_answer), "
    "sum(f.cancelled), sum(f.failed), sum(f.given_up), coalesce(sum(f.within_target), 0), sum(f.qualified), coalesce(sum(f.positive), 0), "
    "coalesce(sum(f.negative), 0), sum(f.answered_wait_s), sum(f.abandoned_wait_s), max(f.longest_wait_s), sum(f.talk_s), sum(f.hold_s), sum(f.wrap_up_s), "
    "sum(f.duration_s) "
    "from unnest($1::timestamptz[]) as w (hour) join call_facts f on f.started_at >= w.hour and f.started_at < w.hour + interval '1 hour' "
    "cross join lateral (values ('site', ''), ('queue', f.queue_id), ('campaign', f.campaign_id), ('agent', f.agent_id)) as k (kind, subject) "
    "where k.kind = 'site' or k.subject <> '' group by 1, 2, 3, 4, 5"};

// ---------------------------------------------------------------- retention

/// $1 now. Times before which each kind goes, at whole hours; null: never. The figures must be complete up to there.
constexpr statement begin_run{
    "retention_begin",
    "with rules as (select date_trunc('hour', $1::timestamptz - make_interval(months => recordings_months), 'UTC') as recordings, "
    "date_trunc('hour', $1::timestamptz - make_interval(months => calls_months), 'UTC') as calls, "
    "date_trunc('hour', $1::timestamptz - make_interval(months => states_months), 'UTC') as states, "
    "date_trunc('hour', $1::timestamptz - make_interval(months => planning_months), 'UTC') as planning from retention_settings) "
    "insert into retention_runs (started_at, calls_before) select $1::timestamptz, calls from rules "
    "where not exists (select from retention_runs where started_at > $1::timestamptz - interval '20 hours') "
    "and not exists (select from call_hour_changes where hour < rules.calls and hour >= figures_final_before()) "
    "returning id, (select iso8601(recordings) from rules), (select iso8601(calls) from rules), (select iso8601(states) from rules), "
    "(select iso8601(planning) from rules)"};
constexpr statement end_run{
    "retention_end",
    "update retention_runs set finished_at = clock_timestamp(), recordings = $2::bigint, calls = $3::bigint, states = $4::bigint, "
    "planning = $5::bigint where id = $1::bigint"};
/// Figures of calls that go are final.
constexpr statement keep_figures{"retention_keep_figures", "select set_config('evs.keep_figures', 'on', true)"};

// $1 before, $2 most rows; each says how many went. The files of recordings follow their row (discarded_files).
constexpr statement old_recordings{
    "retention_recordings",
    "with old as (select id from call_history where recording_id is not null and started_at < $1::timestamptz order by started_at limit $2::bigint for update skip locked), "
    "gone as (update call_history h set recording_id = null from old where h.id = old.id returning 1) select count(*) from gone"};
constexpr statement old_calls{
    "retention_calls",
    "with old as (select id from call_history where started_at < $1::timestamptz order by started_at limit $2::bigint for update skip locked), "
    "gone as (delete from call_history h using old where h.id = old.id returning h.id), "
    "steps as (delete from call_events e using gone where e.call_id = gone.id), "
    "wraps as (delete from call_wrap_ups w using gone where w.call_id = gone.id), "
    "attempts as (delete from call_attempts a using gone where a.id = gone.id) select count(*) from gone"};
constexpr statement old_attempts{
    "retention_attempts",
    "with old as (select id from call_attempts where intended_at < $1::timestamptz and outcome <> 'intended' limit $2::bigint), "
    "gone as (delete from call_attempts a using old where a.id = old.id returning 1) select count(*) from gone"};
constexpr statement old_states{
    "retention_states",
    "with old as (select agent_id, since, state from agent_state_log where since < $1::timestamptz limit $2::bigint), "
    "gone as (delete from agent_state_log l using old o where l.agent_id = o.agent_id and l.since = o.since and l.state = o.state returning 1) "
    "select count(*) from gone"};
constexpr statement old_planning{
    "retention_planning",
    "with old as (select id from planning_events where last_end < $1::timestamptz limit $2::bigint), "
    "gone as (delete from planning_events p using old where p.id = old.id returning 1) select count(*) from gone"};

class postgres_housekeeping : public housekeeping {
public:
  postgres_housekeeping(store_settings settings, std::function<timestamp()> now)
      : session_(patient(std::move(settings))), now_(std::move(now)) {}

  std::size_t refresh_figures(std::size_t most) override {
    std::size_t done = 0;
    session_.run(isolation::read_committed, [&](transaction& t) {
      done = 0;
      if (!t.run(alone).at(0).flag(0)) return;
      std::vector<parameter> hours;
      for (const auto& r : t.run(take_hours, {moment(now_()), std::to_string(most)})) hours.emplace_back(r.text(0));
      done = hours.size();
      if (hours.empty()) return;
      const auto list = array_literal(hours);
      t.run(drop_hours, {list});
      t.run(compute_hours, {list});
    });
    return done;
  }

  removed apply_retention(const std::function<bool()>& stop) override {
    removed out;
    rows begun;
    session_.run(isolation::read_committed, [&](transaction& t) {
      begun.clear();
      if (t.run(alone).at(0).flag(0)) begun = t.run(begin_run, {moment(now_())});
    });
    if (begun.empty()) return out;
    out.ran = true;
    const auto& run = begun.front();
    const auto before = [&](std::size_t i) { return run.is_null(i) ? parameter{} : parameter{run.text(i)}; };
    out.recordings = drain(old_recordings, before(1), stop);
    out.calls = drain(old_calls, before(2), stop);
    drain(old_attempts, before(2), stop);
    out.states = drain(old_states, before(3), stop);
    out.planning = drain(old_planning, before(4), stop);
    session_.run(end_run, {run.text(0), std::to_string(out.recordings), std::to_string(out.calls),
                           std::to_string(out.states), std::to_string(out.planning)});
    return out;
  }

private:
  /// An hour's figures and 5,000 rows take a second on a bad day; nobody waits for them.
  static store_settings patient(store_settings settings) {
    settings.statement_timeout = std::max(settings.statement_timeout, milliseconds{60'000});
    return settings;
  }

  std::int64_t drain(const statement& what, const parameter& before, const std::function<bool()>& stop) {
    std::int64_t all = 0;
    if (!before) return all;
    for (std::int64_t gone = rows_at_once; gone == rows_at_once && !stop();) {
      session_.run(isolation::read_committed, [&](transaction& t) {
        t.run(keep_figures);
        gone = t.run(what, {before, std::to_string(rows_at_once)}).at(0).number(0);
      });
      all += gone;
    }
    return all;
  }

  session session_;
  std::function<timestamp()> now_;
};

} // namespace

std::unique_ptr<housekeeping> make_postgres_housekeeping(store_settings settings, std::function<timestamp()> now) {
  return std::make_unique<postgres_housekeeping>(std::move(settings), std::move(now));
}

} // namespace evs::persistence
