-- What happened. These tables hold no foreign keys to configuration: a call's row must be written, and must stay, even when
-- its agent, queue or trunk was deleted meanwhile.

-- One row a finished call; the id is Asterisk's Linkedid (our ChannelId for calls that we originate).
create table call_history (
  id text primary key check (id <> ''),
  direction text not null check (direction in ('inbound', 'outbound')),
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz not null,
  duration_s integer not null,
  billable_s integer not null,
  wait_s integer not null,
  ring_s integer not null,
  talk_s integer not null,
  hold_s integer not null,
  -- Null until the agent's wrap-up ended.
  wrap_up_s integer,
  status text not null check (status in ('answered', 'abandoned', 'missed', 'busy', 'no_answer', 'cancelled', 'failed')),
  end_reason text not null check (end_reason in ('none', 'caller_hangup', 'agent_hangup', 'api_hangup', 'abandoned_waiting',
    'abandoned_ringing', 'queue_timeout', 'did_unknown', 'busy', 'no_answer', 'invalid_number', 'rejected', 'congestion',
    'trunk_down', 'trunk_full', 'agent_no_answer', 'agent_unreachable', 'agent_cancelled', 'telephony_failure', 'lost_track')),
  source text not null default '',
  destination text not null default '',
  caller_number text not null default '',
  did text,
  agent_id text,
  queue_id text,
  campaign_id text,
  contact_id text,
  qualification_id text,
  site_id text,
  trunk_id text,
  recording_id text,
  transferred_from text,
  -- Q.850 of the deciding leg, 0 = unknown.
  cause integer not null default 0,
  written_at timestamptz not null default now()
);
create index call_history_by_time on call_history (started_at desc, id desc);
create index call_history_by_agent on call_history (agent_id, started_at desc) where agent_id is not null;
create index call_history_by_queue on call_history (queue_id, started_at desc) where queue_id is not null;
create index call_history_by_campaign on call_history (campaign_id, started_at desc) where campaign_id is not null;
create index call_history_by_site on call_history (site_id, started_at desc);

-- Wrap-up times, kept apart because they may arrive before or after the call's row.
create table call_wrap_ups (
  call_id text not null,
  agent_id text not null,
  wrap_up_s integer not null,
  primary key (call_id, agent_id)
);

-- The journal: every step of every call. `json`, not `jsonb`: kept to the byte.
create table call_events (
  call_id text not null check (call_id <> ''),
  seq bigint not null check (seq > 0),
  at timestamptz not null,
  kind text not null,
  data json,
  primary key (call_id, seq)
);
create index call_events_by_time on call_events using brin (at);

-- Calls with a journal and no row in call_history yet, so that a restart finds them without reading the history.
create table open_calls (
  call_id text primary key,
  since timestamptz not null default now()
);

-- Intent of each outbound attempt, written before the originate; the id is our ChannelId.
create table call_attempts (
  id text primary key check (id <> ''),
  agent_id text,
  destination text not null,
  trunk_id text,
  site_id text,
  campaign_id text,
  contact_id text,
  caller_id text not null default '',
  intended_at timestamptz not null,
  outcome text not null default 'intended' check (outcome in ('intended', 'answered', 'busy', 'no_answer', 'invalid',
    'congestion', 'blocked', 'failed', 'abandoned')),
  end_reason text not null default 'none' check (end_reason in ('none', 'caller_hangup', 'agent_hangup', 'api_hangup',
    'abandoned_waiting', 'abandoned_ringing', 'queue_timeout', 'did_unknown', 'busy', 'no_answer', 'invalid_number', 'rejected',
    'congestion', 'trunk_down', 'trunk_full', 'agent_no_answer', 'agent_unreachable', 'agent_cancelled', 'telephony_failure',
    'lost_track')),
  finished_at timestamptz
);
create index call_attempts_open on call_attempts (intended_at) where outcome = 'intended';
create index call_attempts_by_contact on call_attempts (contact_id, intended_at desc) where contact_id is not null;

create table agent_sessions (
  id text primary key check (id <> ''),
  agent_id text not null,
  login_at timestamptz not null,
  logout_at timestamptz
);
create index agent_sessions_by_time on agent_sessions (login_at desc, id desc);
create index agent_sessions_by_agent on agent_sessions (agent_id, login_at desc);
create index agent_sessions_open on agent_sessions (agent_id) where logout_at is null;

-- The last known state of each agent, for a restart. This one is about a person who must exist.
create table agent_states (
  agent_id text primary key references users on delete cascade,
  state text not null check (state in ('offline', 'available', 'ringing', 'on_call', 'on_hold', 'wrap_up', 'paused', 'training')),
  since timestamptz not null,
  reason text not null default '',
  call_id text,
  campaign_id text,
  phone_reachable boolean not null default false,
  pending text check (pending in ('offline', 'available', 'ringing', 'on_call', 'on_hold', 'wrap_up', 'paused', 'training')),
  wrap_up_until timestamptz,
  calls_handled integer not null default 0,
  calls_missed integer not null default 0,
  pauses integer not null default 0,
  trainings integer not null default 0,
  talk_s integer not null default 0,
  hold_s integer not null default 0,
  wrap_up_s integer not null default 0,
  paused_s integer not null default 0,
  training_s integer not null default 0,
  connected_s integer not null default 0,
  version bigint not null default 0
);
