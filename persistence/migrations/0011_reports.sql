-- History, reports, retention.

-- ---------------------------------------------------------------- search in the history

create extension if not exists pg_trgm;

-- The number of the person outside.
create function outside_number(direction text, caller text, destination text) returns text language sql immutable parallel safe as
  $$ select case direction when 'inbound' then caller else destination end $$;
create index call_history_by_number on call_history using gin (outside_number(direction, caller_number, destination) gin_trgm_ops);
create index call_history_by_end_reason on call_history (end_reason, started_at desc);

-- ---------------------------------------------------------------- figures of calls
--
-- Reports add up `call_hours`: the figures of each hour (UTC) for each site, queue, campaign and agent. Whoever changes calls only notes the
-- hour (call_hour_changes, a row a statement, nobody waits for anybody); the node computes such hours anew once they are over. A report
-- reads hours that are noted from the calls themselves, so it is exact at every moment. Computing an hour twice changes nothing.

-- The figures of one call, for the table and for the hours that are not in it yet: one definition.
create view call_facts as
  select h.started_at, date_trunc('hour', h.started_at, 'UTC') as hour, coalesce(h.site_id, '') as site_id, h.direction,
         coalesce(h.queue_id, '') as queue_id, coalesce(h.campaign_id, '') as campaign_id, coalesce(h.agent_id, '') as agent_id,
         1 as calls,
         (h.status = 'answered')::integer as answered, (h.status = 'abandoned')::integer as abandoned,
         (h.status = 'missed')::integer as missed, (h.status = 'busy')::integer as busy, (h.status = 'no_answer')::integer as no_answer,
         (h.status = 'cancelled')::integer as cancelled, (h.status = 'failed')::integer as failed,
         -- Callers whom we let go after the longest wait.
         (h.end_reason = 'queue_timeout')::integer as given_up,
         -- Time to answer is the time in the line and the time that phones rang; the queue's target of today.
         (h.status = 'answered' and h.wait_s + h.ring_s <= q.service_level_within_s)::integer as within_target,
         (h.qualification_id is not null)::integer as qualified,
         (u.type = 'positive')::integer as positive, (u.type = 'negative')::integer as negative,
         case when h.status = 'answered' then h.wait_s + h.ring_s else 0 end as answered_wait_s,
         case when h.status = 'abandoned' then h.wait_s + h.ring_s else 0 end as abandoned_wait_s,
         case when h.direction = 'inbound' then h.wait_s + h.ring_s else 0 end as longest_wait_s,
         h.talk_s, h.hold_s, coalesce(h.wrap_up_s, 0) as wrap_up_s, h.duration_s
  from call_history h left join queues q on q.id = h.queue_id left join qualifications u on u.id = h.qualification_id;

-- integer: an hour's sums fit, and PostgreSQL adds integers several times as fast as what doesn't.
create table call_hours (
  kind text not null check (kind in ('site', 'queue', 'campaign', 'agent')),
  hour timestamptz not null,
  -- Queue, campaign or agent; empty for a site's line, which has every call.
  subject text not null,
  site_id text not null,
  direction text not null,
  calls integer not null,
  answered integer not null,
  abandoned integer not null,
  missed integer not null,
  busy integer not null,
  no_answer integer not null,
  cancelled integer not null,
  failed integer not null,
  given_up integer not null,
  within_target integer not null,
  qualified integer not null,
  positive integer not null,
  negative integer not null,
  answered_wait_s integer not null,
  abandoned_wait_s integer not null,
  longest_wait_s integer not null,
  talk_s integer not null,
  hold_s integer not null,
  wrap_up_s integer not null,
  duration_s integer not null,
  primary key (kind, hour, subject, site_id, direction)
);

create table call_hour_changes (
  id bigint generated always as identity primary key,
  hour timestamptz not null
);
create index on call_hour_changes (hour);

-- Retention removes calls and keeps their figures: `evs.keep_figures`.
create function call_hours_changed() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('evs.keep_figures', true), '') = 'on' then return null; end if;
  insert into call_hour_changes (hour) select distinct date_trunc('hour', started_at, 'UTC') from changed;
  return null;
end $$;
create trigger call_hours_inserted after insert on call_history referencing new table as changed
  for each statement execute function call_hours_changed();
create trigger call_hours_updated after update on call_history referencing new table as changed
  for each statement execute function call_hours_changed();
create trigger call_hours_deleted after delete on call_history referencing old table as changed
  for each statement execute function call_hours_changed();
insert into call_hour_changes (hour) select distinct date_trunc('hour', started_at, 'UTC') from call_history;

-- ---------------------------------------------------------------- time of agents

-- Every stay of an agent in a state, but offline, written when it is over. Written twice it is one.
create table agent_state_log (
  agent_id text not null,
  since timestamptz not null,
  until timestamptz not null check (until > since),
  state text not null check (state in ('available', 'ringing', 'on_call', 'on_hold', 'wrap_up', 'paused', 'training')),
  reason text not null default '',
  primary key (agent_id, since, state)
);
create index agent_state_log_by_time on agent_state_log using brin (since);

-- The same by hours (UTC), milliseconds.
create table agent_hours (
  hour timestamptz not null,
  agent_id text not null,
  available_ms integer not null,
  ringing_ms integer not null,
  on_call_ms integer not null,
  on_hold_ms integer not null,
  wrap_up_ms integer not null,
  paused_ms integer not null,
  training_ms integer not null,
  primary key (hour, agent_id)
);

-- A stay cut at the hours (UTC).
create function hours_of(since timestamptz, until timestamptz) returns table (hour timestamptz, ms integer) language sql immutable parallel safe as $$
  select h, (extract(epoch from least(until, h + interval '1 hour') - greatest(since, h)) * 1000)::integer
  from generate_series(date_trunc('hour', since, 'UTC'), until - interval '1 microsecond', interval '1 hour') h
  where until > since
$$;

-- ---------------------------------------------------------------- retention

-- One row. Months; null: kept for ever. Recordings go after six months unless somebody decides otherwise; the rest only when somebody
-- decides it.
create table retention_settings (
  singleton boolean primary key default true check (singleton),
  recordings_months integer default 6 check (recordings_months between 1 and 120),
  calls_months integer check (calls_months between 1 and 120),
  states_months integer check (states_months between 1 and 120),
  planning_months integer check (planning_months between 1 and 120),
  updated_at timestamptz not null default now()
);
insert into retention_settings default values;
create view api_retention_settings as
  select recordings_months as "recordingsMonths", calls_months as "callsMonths", states_months as "statesMonths",
         planning_months as "planningMonths"
  from retention_settings;

-- What each run removed. calls_before: figures of hours before it are final, since their calls may be gone.
create table retention_runs (
  id bigint generated always as identity primary key,
  started_at timestamptz not null,
  finished_at timestamptz,
  calls_before timestamptz,
  recordings bigint not null default 0,
  calls bigint not null default 0,
  states bigint not null default 0,
  planning bigint not null default 0
);
create index retention_runs_final on retention_runs (calls_before desc nulls last);
create function figures_final_before() returns timestamptz language sql stable as
  $$ select coalesce(max(calls_before), '-infinity') from retention_runs $$;
