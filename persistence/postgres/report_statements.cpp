#include "persistence/postgres/report_statements.hpp"

#include "persistence/postgres/scope.hpp"

#include <array>
#include <string>
#include <string_view>

namespace evs::persistence::postgres {

namespace {

using text = std::string;

// Days of each zone as instants; `nowhere` stands for calls of no site, or of one that is gone.
constexpr const char* zones = R"(
, zones as (
  select s.id, s.zone, $6::date::timestamp at time zone s.zone as low, ($7::date + 1)::timestamp at time zone s.zone as high
  from (select id, coalesce($8::text, timezone) as zone from sites) s),
nowhere as (
  select n.zone, $6::date::timestamp at time zone n.zone as low, ($7::date + 1)::timestamp at time zone n.zone as high
  from (select coalesce($8::text, 'Europe/Paris') as zone) n))";

text measures(const text& of) {
  text out;
  for (const char* name : {"calls",          "answered",  "abandoned", "missed",          "busy",
                           "no_answer",      "cancelled", "failed",    "given_up",        "within_target",
                           "qualified",      "positive",  "negative",  "answered_wait_s", "abandoned_wait_s",
                           "longest_wait_s", "talk_s",    "hold_s",    "wrap_up_s",       "duration_s"})
    out += (out.empty() ? "" : ", ") + of + name;
  return out;
}

/// What a report is about, as `call_hours` and `call_facts` call it.
struct subject {
  const char* kind;
  const char* column;
  const char* condition;
};
constexpr subject of_sites{"site", "''", "true"};
constexpr subject of_queues{"queue", "f.queue_id", "f.queue_id <> ''"};
constexpr subject of_campaigns{"campaign", "f.campaign_id", "f.campaign_id <> ''"};
constexpr subject of_agents{"agent", "f.agent_id", "f.agent_id <> ''"};

/// `figures` from the hours' figures, and of the hours that were noted since from the calls.
text rolled(const subject& s) {
  return text{R"(
, changed as materialized (
  select distinct hour from call_hour_changes
  where hour >= $4::timestamptz and hour < $5::timestamptz and hour >= figures_final_before()),
figures as (
  select r.hour as at, r.subject, r.site_id, r.direction, )"} +
         measures("r.") + R"(
  from call_hours r where r.kind = ')" +
         s.kind + R"(' and r.hour >= $4::timestamptz and r.hour < $5::timestamptz
    and not exists (select from changed c where c.hour = r.hour)
  union all
  select f.hour, )" +
         s.column + ", f.site_id, f.direction, " + measures("f.") + R"(
  from changed c join call_facts f on f.started_at >= c.hour and f.started_at < c.hour + interval '1 hour'
  where )" +
         s.condition + ")";
}

/// `figures` from the calls themselves.
text exact(const subject& s) {
  return text{", figures as (select f.started_at as at, "} + s.column + " as subject, f.site_id, f.direction, " +
         measures("f.") +
         " from call_facts f where f.started_at >= $4::timestamptz and f.started_at < $5::timestamptz and " +
         s.condition + ")";
}

/// The rows of the caller's site (those of none are everybody's); of agents also those of the members of his groups.
constexpr const char* of_his_site = "(who.site is null or x.site_id = '' or x.site_id = who.site)";
constexpr const char* of_his_people = "(who.site is null or x.site_id = '' or x.site_id = who.site or " EVS_IN_HIS_GROUPS("x.subject") ")";

/// A row's place in the grouping; x has at, site_id and subject. What was not asked for is null, so that it is one group.
text grouped(const text& from, const text& figures, const text& condition, const text& scope = of_his_site) {
  return R"(
, grouped as (
  select case when $9::boolean then (x.at at time zone coalesce(z.zone, n.zone))::date end as day,
         case when $10::boolean then extract(hour from x.at at time zone coalesce(z.zone, n.zone))::integer end as hour,
         case when $11::boolean then x.site_id end as site, case when $12::boolean then x.subject end as subject, )" +
         figures + " from " + from + R"( x left join zones z on z.id = x.site_id, nowhere n, who
  where x.at >= coalesce(z.low, n.low) and x.at < coalesce(z.high, n.high)
    and )" +
         scope + R"( and ($13::text is null or x.site_id = $13::text)
    and ($15::text is null or x.subject = $15::text) and $17::timestamptz is not null)" +
         condition + " group by 1, 2, 3, 4)";
}

text in_order(const text& name) {
  return R"(
select to_char(g.day, 'YYYY-MM-DD'), lpad(g.hour::text, 2, '0'), nullif(g.site, ''), g.subject, )" +
         name + R"(, g.*
from grouped g order by g.day nulls last, g.hour nulls last, g.site nulls last, g.subject nulls last limit $16::bigint)";
}

constexpr const char* one_direction = " and ($14::text is null or x.direction = $14::text)";
constexpr const char* agent_name =
    "(select trim(u.first_name || ' ' || u.last_name) from users u where u.id = g.subject)";
constexpr const char* campaign_name = "(select c.name from campaigns c where c.id = g.subject)";
constexpr const char* queue_name = "(select q.name from queues q where q.id = g.subject)";

// ---------------------------------------------------------------- figures, in the order of domain/report_table

text sum(const text& what) { return "coalesce(sum(x." + what + "), 0)"; }
text sum_of(const text& what, const char* direction) {
  return "coalesce(sum(x." + what + ") filter (where x.direction = '" + direction + "'), 0)";
}
text rate(const text& part, const text& whole) { return "round(100.0 * (" + part + ") / nullif(" + whole + ", 0), 1)"; }
text mean(const text& total, const text& count) {
  return "round((" + total + ")::numeric / nullif(" + count + ", 0), 1)";
}

text list(std::initializer_list<text> all) {
  text out;
  for (const auto& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

text call_figures() {
  return list({sum("calls"),
               sum_of("calls", "inbound"),
               sum_of("calls", "outbound"),
               sum("answered"),
               sum("abandoned"),
               sum("missed"),
               sum("busy"),
               sum("no_answer"),
               sum("cancelled"),
               sum("failed"),
               rate(sum("answered"), sum("calls")),
               rate(sum("abandoned"), sum("answered") + " + " + sum("abandoned")),
               mean(sum("answered_wait_s"), sum("answered")),
               mean(sum("abandoned_wait_s"), sum("abandoned")),
               "max(x.longest_wait_s)",
               mean(sum("talk_s"), sum("answered")),
               sum("talk_s"),
               sum("hold_s"),
               sum("wrap_up_s"),
               sum("duration_s")});
}

text campaign_figures() {
  return list({sum("calls"), sum("answered"), sum("abandoned"), sum("busy"), sum("no_answer"), sum("failed"),
               sum("qualified"), sum("positive"), sum("negative"), rate(sum("answered"), sum("calls")),
               rate(sum("positive"), sum("answered")),
               rate(sum("abandoned"), sum("answered") + " + " + sum("abandoned")), mean(sum("talk_s"), sum("answered")),
               sum("talk_s")});
}

text queue_figures() {
  // As domain/service_level has it.
  const auto all = sum("answered") + " + " + sum("abandoned") + " + " + sum("given_up");
  return list({sum("calls"), sum("answered"), sum("abandoned"), sum("given_up"), sum("within_target"),
               rate(sum("within_target"), all), rate(sum("abandoned"), all),
               mean(sum("answered_wait_s"), sum("answered")), mean(sum("abandoned_wait_s"), sum("abandoned")),
               "max(x.longest_wait_s)", mean(sum("talk_s"), sum("answered")), sum("talk_s")});
}

text in_seconds(const text& ms) { return "round(sum(" + ms + ") / 1000.0)"; }

text agent_figures() {
  const text busy = "sum(x.on_call + x.on_hold + x.wrap_up)";
  return list({sum("calls"), sum("answered"), sum_of("calls", "inbound"), sum_of("calls", "outbound"), sum("positive"),
               sum("talk_s"), sum("hold_s"), mean(sum("talk_s"), sum("answered")),
               mean("sum(x.talk_s + x.hold_s + x.wrap_up_s)", sum("answered")), in_seconds("x.available"),
               in_seconds("x.ringing"), in_seconds("x.on_call + x.on_hold"), in_seconds("x.wrap_up"),
               in_seconds("x.paused"), in_seconds("x.training"),
               in_seconds("x.available + x.ringing + x.on_call + x.on_hold + x.wrap_up + x.paused + x.training"),
               rate(busy, busy + " + sum(x.available + x.ringing)")});
}

// ---------------------------------------------------------------- agents and sessions

// `rows`: calls, and times of states: those that are over by hours, and the one that each is in.
constexpr const char* agent_rows = R"(
, stays as (
  select a.hour as at, a.agent_id, a.available_ms, a.ringing_ms, a.on_call_ms, a.on_hold_ms, a.wrap_up_ms, a.paused_ms, a.training_ms
  from agent_hours a where a.hour >= $4::timestamptz and a.hour < $5::timestamptz
  union all
  select h.hour, s.agent_id, (s.state = 'available')::integer * h.ms, (s.state = 'ringing')::integer * h.ms,
         (s.state = 'on_call')::integer * h.ms, (s.state = 'on_hold')::integer * h.ms, (s.state = 'wrap_up')::integer * h.ms,
         (s.state = 'paused')::integer * h.ms, (s.state = 'training')::integer * h.ms
  from agent_states s
    cross join hours_of(greatest(s.since, $4::timestamptz), least($17::timestamptz, $5::timestamptz)) h
  where s.state <> 'offline'),
rows as (
  select f.at, f.subject, coalesce(u.site_id, '') as site_id, f.direction, f.calls, f.answered, f.positive, f.talk_s, f.hold_s,
         f.wrap_up_s, 0 as available, 0 as ringing, 0 as on_call, 0 as on_hold, 0 as wrap_up, 0 as paused, 0 as training
  from figures f left join users u on u.id = f.subject where $14::text is null or f.direction = $14::text
  union all
  select s.at, s.agent_id, coalesce(u.site_id, ''), '', 0, 0, 0, 0, 0, 0, s.available_ms, s.ringing_ms, s.on_call_ms, s.on_hold_ms,
         s.wrap_up_ms, s.paused_ms, s.training_ms
  from stays s left join users u on u.id = s.agent_id))";

// A session's time falls into the days (hours) that it lasted; it is counted where it began.
constexpr const char* session_groups = R"(
, lasted as (
  select s.agent_id as subject, coalesce(u.site_id, '') as site_id, s.login_at, s.logout_at, coalesce(s.logout_at, $17::timestamptz) as out_at
  from agent_sessions s left join users u on u.id = s.agent_id
  where s.login_at < $5::timestamptz and coalesce(s.logout_at, $17::timestamptz) > $4::timestamptz),
pieces as (
  select l.subject, l.site_id, l.login_at, l.logout_at, p.place as local, greatest(l.login_at, e.low, p.place at time zone e.zone) as begun,
         least(l.out_at, e.high, (p.place + p.step) at time zone e.zone) as over
  from lasted l left join zones z on z.id = l.site_id cross join nowhere n
    cross join lateral (select coalesce(z.zone, n.zone) as zone, coalesce(z.low, n.low) as low, coalesce(z.high, n.high) as high) e
    cross join lateral (
      select g as place, s.step
      from (select case when $10::boolean then interval '1 hour' when $9::boolean then interval '1 day' else interval '100 years' end as step,
                   case when $10::boolean then 'hour' when $9::boolean then 'day' else 'century' end as unit) s
        cross join lateral generate_series(date_trunc(s.unit, greatest(l.login_at, e.low) at time zone e.zone),
                                           least(l.out_at, e.high) at time zone e.zone, s.step) g) p
  where l.login_at < e.high and l.out_at > e.low),
grouped as (
  select case when $9::boolean then x.local::date end as day, case when $10::boolean then extract(hour from x.local)::integer end as hour,
         case when $11::boolean then x.site_id end as site, case when $12::boolean then x.subject end as subject,
         count(*) filter (where x.login_at >= x.begun and x.login_at < x.over),
         round(sum(extract(epoch from x.over - x.begun))),
         round(sum(extract(epoch from x.over - x.begun)) / nullif(count(*) filter (where x.login_at >= x.begun and x.login_at < x.over), 0), 1),
         iso8601(min(x.login_at) filter (where x.login_at >= x.begun and x.login_at < x.over)),
         iso8601(max(x.logout_at) filter (where x.logout_at > x.begun and x.logout_at <= x.over))
  from pieces x, who
  where x.over > x.begun and )";
constexpr const char* session_groups_of = R"(
    and ($13::text is null or x.site_id = $13::text) and ($14::text is null or true) and ($15::text is null or x.subject = $15::text)
  group by 1, 2, 3, 4))";

// ---------------------------------------------------------------- the statements

text sql_of(report_kind kind, bool from_calls) {
  const auto figures = [&](const subject& s) { return from_calls ? exact(s) : rolled(s); };
  const auto begin = text{with_who} + zones;
  switch (kind) {
  case report_kind::calls:
    return begin + figures(of_sites) + grouped("figures", call_figures(), one_direction) + in_order("null");
  case report_kind::campaigns:
    return begin + figures(of_campaigns) + grouped("figures", campaign_figures(), one_direction) +
           in_order(campaign_name);
  case report_kind::queues:
    return begin + figures(of_queues) + grouped("figures", queue_figures(), one_direction) + in_order(queue_name);
  case report_kind::agents:
    return begin + figures(of_agents) + agent_rows + grouped("rows", agent_figures(), "", of_his_people) + in_order(agent_name);
  case report_kind::sessions: break;
  }
  return begin + session_groups + of_his_people + session_groups_of + in_order(agent_name);
}

/// Texts that the statements point to; made once.
struct made {
  text name;
  text sql;
  statement ready{};

  made(report_kind kind, bool from_calls)
      : name("report_" + std::to_string(static_cast<int>(kind)) + (from_calls ? "_exact" : "")),
        sql(sql_of(kind, from_calls)) {
    ready = {name.c_str(), sql.c_str()};
  }
  made(const made&) = delete;
  made& operator=(const made&) = delete;
};

constexpr statement frame{"report_frame", R"(
with zones as (select coalesce($3::text, timezone) as zone from sites union select coalesce($3::text, 'Europe/Paris')),
edges as (select min($1::date::timestamp at time zone zone) as low, max(($2::date + 1)::timestamp at time zone zone) as high from zones)
select iso8601(low), iso8601(high), exists (
  select from zones, generate_series(low, high, interval '1 month') t
  where extract(minute from t at time zone zone) <> extract(minute from t at time zone 'UTC'))
from edges)"};

} // namespace

const statement& report_frame() noexcept { return frame; }

const statement& report_statement(report_kind kind, bool exact) {
  using k = report_kind;
  static const std::array<made, 10> all{{{k::calls, false},
                                         {k::calls, true},
                                         {k::agents, false},
                                         {k::agents, true},
                                         {k::campaigns, false},
                                         {k::campaigns, true},
                                         {k::queues, false},
                                         {k::queues, true},
                                         {k::sessions, false},
                                         {k::sessions, true}}};
  return all[static_cast<std::size_t>(kind) * 2 + (exact ? 1 : 0)].ready;
}

} // namespace evs::persistence::postgres
