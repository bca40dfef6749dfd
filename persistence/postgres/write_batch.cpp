#include "persistence/postgres/write_batch.hpp"

#include "domain/labels.hpp"

#include <map>

namespace evs::persistence::postgres {

namespace {

constexpr statement insert_attempts{
  "insert_attempts",
  "insert into call_attempts (id, agent_id, destination, trunk_id, site_id, campaign_id, contact_id, caller_id, intended_at) "
  "select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
  "$9::timestamptz[]) on conflict (id) do nothing"};

constexpr statement insert_refused{
  "insert_refused",
  "insert into call_attempts (id, agent_id, destination, trunk_id, site_id, campaign_id, contact_id, caller_id, intended_at, outcome, end_reason, finished_at) "
  "select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
  "$9::timestamptz[], $10::text[], $11::text[], $12::timestamptz[]) on conflict (id) do nothing"};

constexpr statement insert_steps{"insert_steps",
                                 "insert into call_events (call_id, seq, at, kind, data) "
                                 "select * from unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::json[]) "
                                 "on conflict (call_id, seq) do nothing"};

/// A late step of a call that already has its row doesn't open it again.
constexpr statement open_calls{"open_calls",
                               "insert into open_calls (call_id) select distinct c from unnest($1::text[]) c "
                               "where not exists (select from call_history h where h.id = c) on conflict (call_id) do nothing"};

constexpr statement insert_records{
  "insert_records",
  "insert into call_history (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, "
  "hold_s, wrap_up_s, status, end_reason, source, destination, caller_number, did, agent_id, queue_id, campaign_id, contact_id, "
  "site_id, trunk_id, cause) "
  "select id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, "
  "coalesce(nullif(wrap_up_s, 0), (select w.wrap_up_s from call_wrap_ups w where w.call_id = id and w.agent_id = n.agent_id)), "
  "status, end_reason, source, destination, caller_number, did, agent_id, queue_id, campaign_id, contact_id, site_id, trunk_id, cause "
  "from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::integer[], $7::integer[], "
  "$8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::integer[], $13::text[], $14::text[], $15::text[], "
  "$16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], "
  "$25::integer[]) as n (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, "
  "wrap_up_s, status, end_reason, source, destination, caller_number, did, agent_id, queue_id, campaign_id, contact_id, site_id, "
  "trunk_id, cause) on conflict (id) do nothing"};

constexpr statement close_calls{"close_calls", "delete from open_calls where call_id = any($1::text[])"};

constexpr statement insert_wrap_ups{"insert_wrap_ups",
                                    "insert into call_wrap_ups (call_id, agent_id, wrap_up_s) "
                                    "select * from unnest($1::text[], $2::text[], $3::integer[]) on conflict do nothing"};

constexpr statement complete_records{
  "complete_records",
  "update call_history h set wrap_up_s = n.wrap_up_s from unnest($1::text[], $2::text[], $3::integer[]) as n (call_id, agent_id, wrap_up_s) "
  "where h.id = n.call_id and h.agent_id = n.agent_id and h.wrap_up_s is null"};

constexpr statement resolve_attempts{
  "resolve_attempts",
  "update call_attempts a set outcome = n.outcome, end_reason = n.end_reason, finished_at = n.at "
  "from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as n (id, outcome, end_reason, at) "
  "where a.id = n.id and a.outcome = 'intended'"};

/// Stays that ended: from each state to the next, beginning with the saved one. Written again they are the same rows, and only rows that
/// are new count for the hours. Before save_agents, which replaces the saved state.
constexpr statement log_stays{
  "log_stays",
  "with told as (select a.agent_id, a.state, a.since, a.reason, 0 as place from agent_states a where a.agent_id = any($1::text[]) union all "
  "select n.* from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::integer[]) as n), "
  "line as (select t.*, lag(t.since) over w as was_since, lag(t.state) over w as was_state from told t window w as (partition by t.agent_id order by t.since, t.place)), "
  "stays as (select l.agent_id, l.since, lead(l.since) over (partition by l.agent_id order by l.since, l.place) as until, l.state, l.reason "
  "from line l where l.was_since is null or l.was_since <> l.since or l.was_state <> l.state), "
  "fresh as (insert into agent_state_log (agent_id, since, until, state, reason) "
  "select s.agent_id, s.since, s.until, s.state, s.reason from stays s where s.until > s.since and s.state <> 'offline' "
  "on conflict (agent_id, since, state) do nothing returning agent_id, since, until, state) "
  "insert into agent_hours as a (hour, agent_id, available_ms, ringing_ms, on_call_ms, on_hold_ms, wrap_up_ms, paused_ms, training_ms) "
  "select h.hour, f.agent_id, coalesce(sum(h.ms) filter (where f.state = 'available'), 0), coalesce(sum(h.ms) filter (where f.state = 'ringing'), 0), "
  "coalesce(sum(h.ms) filter (where f.state = 'on_call'), 0), coalesce(sum(h.ms) filter (where f.state = 'on_hold'), 0), "
  "coalesce(sum(h.ms) filter (where f.state = 'wrap_up'), 0), coalesce(sum(h.ms) filter (where f.state = 'paused'), 0), "
  "coalesce(sum(h.ms) filter (where f.state = 'training'), 0) "
  "from fresh f cross join hours_of(f.since, f.until) h group by h.hour, f.agent_id order by f.agent_id, h.hour "
  "on conflict (hour, agent_id) do update set available_ms = a.available_ms + excluded.available_ms, ringing_ms = a.ringing_ms + excluded.ringing_ms, "
  "on_call_ms = a.on_call_ms + excluded.on_call_ms, on_hold_ms = a.on_hold_ms + excluded.on_hold_ms, wrap_up_ms = a.wrap_up_ms + excluded.wrap_up_ms, "
  "paused_ms = a.paused_ms + excluded.paused_ms, training_ms = a.training_ms + excluded.training_ms"};

/// Only what is newer than the saved row wins; an account that is gone has no state.
constexpr statement save_agents{
  "save_agents",
  "insert into agent_states as s (agent_id, state, since, reason, call_id, campaign_id, phone_reachable, pending, wrap_up_until, "
  "calls_handled, calls_missed, pauses, trainings, talk_s, hold_s, wrap_up_s, paused_s, training_s, connected_s, version) "
  "select n.* from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], "
  "$9::timestamptz[], $10::integer[], $11::integer[], $12::integer[], $13::integer[], $14::integer[], $15::integer[], "
  "$16::integer[], $17::integer[], $18::integer[], $19::integer[], $20::bigint[]) as n (agent_id) "
  "where exists (select from users u where u.id = n.agent_id) "
  "on conflict (agent_id) do update set state = excluded.state, since = excluded.since, reason = excluded.reason, "
  "call_id = excluded.call_id, campaign_id = excluded.campaign_id, phone_reachable = excluded.phone_reachable, "
  "pending = excluded.pending, wrap_up_until = excluded.wrap_up_until, calls_handled = excluded.calls_handled, "
  "calls_missed = excluded.calls_missed, pauses = excluded.pauses, trainings = excluded.trainings, talk_s = excluded.talk_s, "
  "hold_s = excluded.hold_s, wrap_up_s = excluded.wrap_up_s, paused_s = excluded.paused_s, training_s = excluded.training_s, "
  "connected_s = excluded.connected_s, version = excluded.version "
  "where excluded.version > s.version or excluded.since > s.since"};

/// A login ends whatever session of his a crash left open.
constexpr statement end_stale_sessions{
  "end_stale_sessions",
  "update agent_sessions set logout_at = $3::timestamptz where agent_id = $2 and id <> $1 and logout_at is null "
  "and login_at <= $3::timestamptz and not exists (select from agent_sessions where id = $1)"};
constexpr statement open_session{"open_session",
                                 "insert into agent_sessions (id, agent_id, login_at) values ($1, $2, $3::timestamptz) "
                                 "on conflict (id) do nothing"};
constexpr statement close_session{"close_session",
                                  "update agent_sessions set logout_at = $2::timestamptz where agent_id = $1 and logout_at is null "
                                  "and login_at <= $2::timestamptz"};

parameter count(std::uint64_t n) { return std::to_string(n); }
template <class Enum>
parameter word(Enum x) { return std::string{token(x)}; }

/// The batch by kind; pointers into it.
struct sorted {
  std::vector<const attempt_intent*> intents;
  std::vector<const call_step*> steps;
  std::vector<const call_record*> records;
  std::vector<const wrap_up_finished*> wrap_ups;
  std::vector<const attempt_result*> results;
  std::vector<const attempt_refused*> refused;
  /// The newest of each agent: one statement may not touch a row twice.
  std::map<agent_id, const agent_snapshot*> agents;
  /// Every one, in order of arrival.
  std::vector<const agent_snapshot*> stays;
  /// In order of arrival.
  std::vector<const store_write*> sessions;
};

struct sorter {
  sorted& out;
  const store_write& item;
  void operator()(const attempt_intent& x) const { out.intents.push_back(&x); }
  void operator()(const call_step& x) const { out.steps.push_back(&x); }
  void operator()(const call_record& x) const { out.records.push_back(&x); }
  void operator()(const wrap_up_finished& x) const { out.wrap_ups.push_back(&x); }
  void operator()(const attempt_result& x) const { out.results.push_back(&x); }
  void operator()(const attempt_refused& x) const { out.refused.push_back(&x); }
  void operator()(const agent_state_saved& x) const {
    out.stays.push_back(&x.now);
    auto& newest = out.agents[x.now.id];
    if (!newest || x.now.version > newest->version || x.now.since > newest->since)
      newest = &x.now;
  }
  void operator()(const agent_session_opened&) const { out.sessions.push_back(&item); }
  void operator()(const agent_session_closed&) const { out.sessions.push_back(&item); }
};

void write_intents(transaction& t, const std::vector<const attempt_intent*>& all) {
  using row = attempt_intent;
  t.run(insert_attempts, {column(all, [](const row& r) { return parameter{r.id.value}; }),
                          column(all, [](const row& r) { return id_or_null(r.agent); }),
                          column(all, [](const row& r) { return parameter{r.destination}; }),
                          column(all, [](const row& r) { return id_or_null(r.trunk); }),
                          column(all, [](const row& r) { return id_or_null(r.site); }),
                          column(all, [](const row& r) { return id_or_null(r.campaign); }),
                          column(all, [](const row& r) { return id_or_null(r.contact); }),
                          column(all, [](const row& r) { return parameter{r.caller_id}; }),
                          column(all, [](const row& r) { return moment(r.at); })});
}

void write_steps(transaction& t, const std::vector<const call_step*>& all) {
  using row = call_step;
  const auto calls = column(all, [](const row& r) { return parameter{r.call.value}; });
  t.run(insert_steps, {calls, column(all, [](const row& r) { return count(r.seq); }),
                       column(all, [](const row& r) { return moment(r.at); }),
                       column(all, [](const row& r) { return parameter{r.kind}; }),
                       column(all, [](const row& r) { return text_or_null(r.data); })});
  t.run(open_calls, {calls});
}

void write_records(transaction& t, const std::vector<const call_record*>& all) {
  using row = call_record;
  const auto ids = column(all, [](const row& r) { return parameter{r.id.value}; });
  t.run(insert_records,
        {ids,
         column(all, [](const row& r) { return word(r.direction); }),
         column(all, [](const row& r) { return moment(r.started); }),
         column(all, [](const row& r) { return moment(r.answered); }),
         column(all, [](const row& r) { return moment(r.ended); }),
         column(all, [](const row& r) { return whole(r.duration); }),
         column(all, [](const row& r) { return whole(r.billable); }),
         column(all, [](const row& r) { return whole(r.wait); }),
         column(all, [](const row& r) { return whole(r.ring); }),
         column(all, [](const row& r) { return whole(r.talk); }),
         column(all, [](const row& r) { return whole(r.hold); }),
         column(all, [](const row& r) { return whole(r.wrap_up); }),
         column(all, [](const row& r) { return parameter{r.status.empty() ? std::string{call_status_text(r)} : r.status}; }),
         column(all, [](const row& r) { return word(r.reason); }),
         column(all, [](const row& r) { return parameter{r.source}; }),
         column(all, [](const row& r) { return parameter{r.destination}; }),
         column(all, [](const row& r) { return parameter{r.caller_number}; }),
         column(all, [](const row& r) { return text_or_null(r.did); }),
         column(all, [](const row& r) { return id_or_null(r.agent); }),
         column(all, [](const row& r) { return id_or_null(r.queue); }),
         column(all, [](const row& r) { return id_or_null(r.campaign); }),
         column(all, [](const row& r) { return id_or_null(r.contact); }),
         column(all, [](const row& r) { return id_or_null(r.site); }),
         column(all, [](const row& r) { return id_or_null(r.trunk); }),
         column(all, [](const row& r) { return parameter{std::to_string(r.cause)}; })});
  t.run(close_calls, {ids});
}

void write_wrap_ups(transaction& t, const std::vector<const wrap_up_finished*>& all) {
  using row = wrap_up_finished;
  const parameters values{column(all, [](const row& r) { return parameter{r.call.value}; }),
                          column(all, [](const row& r) { return parameter{r.agent.value}; }),
                          column(all, [](const row& r) { return whole(r.wrap_up); })};
  t.run(insert_wrap_ups, values);
  t.run(complete_records, values);
}

void write_results(transaction& t, const std::vector<const attempt_result*>& all) {
  using row = attempt_result;
  t.run(resolve_attempts, {column(all, [](const row& r) { return parameter{r.id.value}; }),
                           column(all, [](const row& r) { return word(r.outcome); }),
                           column(all, [](const row& r) { return word(r.reason); }),
                           column(all, [](const row& r) { return moment(r.at); })});
}

void write_refused(transaction& t, const std::vector<const attempt_refused*>& all) {
  using row = attempt_refused;
  t.run(insert_refused, {column(all, [](const row& r) { return parameter{r.intent.id.value}; }),
                         column(all, [](const row& r) { return id_or_null(r.intent.agent); }),
                         column(all, [](const row& r) { return parameter{r.intent.destination}; }),
                         column(all, [](const row& r) { return id_or_null(r.intent.trunk); }),
                         column(all, [](const row& r) { return id_or_null(r.intent.site); }),
                         column(all, [](const row& r) { return id_or_null(r.intent.campaign); }),
                         column(all, [](const row& r) { return id_or_null(r.intent.contact); }),
                         column(all, [](const row& r) { return parameter{r.intent.caller_id}; }),
                         column(all, [](const row& r) { return moment(r.intent.at); }),
                         column(all, [](const row& r) { return word(r.result.outcome); }),
                         column(all, [](const row& r) { return word(r.result.reason); }),
                         column(all, [](const row& r) { return moment(r.result.at); })});
}

void write_stays(transaction& t, const std::vector<const agent_snapshot*>& all) {
  using row = agent_snapshot;
  std::vector<parameter> places;
  for (std::size_t i = 0; i < all.size(); ++i)
    places.push_back(count(i + 1));
  t.run(log_stays, {column(all, [](const row& r) { return parameter{r.id.value}; }),
                    column(all, [](const row& r) { return word(r.state); }),
                    column(all, [](const row& r) { return moment(r.since); }),
                    column(all, [](const row& r) { return parameter{r.reason}; }), array_literal(places)});
}

void write_agents(transaction& t, const std::map<agent_id, const agent_snapshot*>& newest) {
  using row = agent_snapshot;
  std::vector<const row*> all;
  for (const auto& [id, now] : newest)
    all.push_back(now);
  t.run(save_agents,
        {column(all, [](const row& r) { return parameter{r.id.value}; }),
         column(all, [](const row& r) { return word(r.state); }),
         column(all, [](const row& r) { return moment(r.since); }),
         column(all, [](const row& r) { return parameter{r.reason}; }),
         column(all, [](const row& r) { return id_or_null(r.call); }),
         column(all, [](const row& r) { return id_or_null(r.campaign); }),
         column(all, [](const row& r) { return flag(r.phone_reachable); }),
         column(all, [](const row& r) { return r.pending ? word(*r.pending) : parameter{}; }),
         column(all, [](const row& r) { return moment(r.wrap_up_until); }),
         column(all, [](const row& r) { return count(r.today.calls_handled); }),
         column(all, [](const row& r) { return count(r.today.calls_missed); }),
         column(all, [](const row& r) { return count(r.today.pauses); }),
         column(all, [](const row& r) { return count(r.today.trainings); }),
         column(all, [](const row& r) { return whole(r.today.talk); }),
         column(all, [](const row& r) { return whole(r.today.hold); }),
         column(all, [](const row& r) { return whole(r.today.wrap_up); }),
         column(all, [](const row& r) { return whole(r.today.paused); }),
         column(all, [](const row& r) { return whole(r.today.training); }),
         column(all, [](const row& r) { return whole(r.today.connected); }),
         column(all, [](const row& r) { return count(r.version); })});
}

void write_session(transaction& t, const store_write& item) {
  if (const auto* opened = std::get_if<agent_session_opened>(&item)) {
    const parameters values{parameter{opened->id}, parameter{opened->agent.value}, moment(opened->at)};
    t.run(end_stale_sessions, values);
    t.run(open_session, values);
  } else if (const auto* closed = std::get_if<agent_session_closed>(&item)) {
    t.run(close_session, {parameter{closed->agent.value}, moment(closed->at)});
  }
}

} // namespace

void write_batch(transaction& t, const std::vector<store_write>& batch) {
  sorted all;
  for (const auto& item : batch)
    std::visit(sorter{all, item}, item);
  if (!all.intents.empty()) write_intents(t, all.intents);
  if (!all.steps.empty()) write_steps(t, all.steps);
  if (!all.records.empty()) write_records(t, all.records);
  if (!all.wrap_ups.empty()) write_wrap_ups(t, all.wrap_ups);
  if (!all.results.empty()) write_results(t, all.results);
  if (!all.refused.empty()) write_refused(t, all.refused);
  if (!all.stays.empty()) write_stays(t, all.stays);
  if (!all.agents.empty()) write_agents(t, all.agents);
  for (const auto* item : all.sessions)
    write_session(t, *item);
}

} // namespace evs::persistence::postgres
