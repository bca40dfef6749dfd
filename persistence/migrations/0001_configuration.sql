-- What people configure. Ids are text, chosen by the client or the server. Deleting a thing never deletes another
-- resource, only memberships; references fall back to "none".

create function iso8601(t timestamptz) returns text language sql stable parallel safe as
  $$ select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

create table sites (
  id text primary key check (id <> ''),
  name text not null,
  timezone text not null default 'Europe/Paris',
  ip_address text,
  physical_extensions jsonb not null default '[]' check (jsonb_typeof(physical_extensions) = 'array'),
  direct_media_enabled boolean not null default false
);

-- The id is also the name of the PJSIP endpoint and AOR.
create table trunks (
  id text primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
  name text not null,
  domain text not null,
  login text,
  sip_secret text,
  auth_type text not null default 'ip' check (auth_type in ('register', 'ip')),
  register_string text,
  dial_pattern text not null default '',
  inbound_context text not null default 'evs-from-trunk',
  force_caller_id text,
  site_id text references sites on delete set null,
  channel_limit integer check (channel_limit >= 0),
  calls_per_second numeric(8, 3) check (calls_per_second >= 0),
  failover_trunk_id text references trunks on delete set null check (failover_trunk_id <> id)
);
create index on trunks (site_id);

create table agent_profiles (
  id text primary key check (id <> ''),
  name text not null,
  call_controls jsonb not null check (jsonb_typeof(call_controls) = 'object')
);

create table users (
  id text primary key check (id <> ''),
  login_id text not null unique check (login_id <> ''),
  first_name text not null default '',
  last_name text not null default '',
  email text,
  role text not null check (role in ('Agent', 'Superviseur', 'Administrateur', 'SuperAdmin')),
  is_active boolean not null default true,
  site_id text references sites on delete set null,
  agent_profile_id text references agent_profiles on delete set null,
  -- The phone on the central Asterisk: PJSIP/<extension>.
  extension text unique check (extension ~ '^[0-9]{1,15}$'),
  sip_secret text,
  mobile_number text,
  use_mobile_as_station boolean not null default false,
  profile_picture_url text,
  planning_enabled boolean not null default false,
  -- argon2id; null: nobody can sign in.
  password_hash text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on users (site_id);

create table user_groups (
  id text primary key check (id <> ''),
  name text not null
);
create table user_group_members (
  group_id text not null references user_groups on delete cascade,
  user_id text not null references users on delete cascade,
  primary key (group_id, user_id)
);
create index on user_group_members (user_id);

create table queues (
  id text primary key check (id <> ''),
  name text not null,
  strategy text not null default 'longest_idle'
    check (strategy in ('longest_idle', 'least_talk', 'fewest_calls', 'round_robin', 'top_down')),
  skills jsonb not null default '[]' check (jsonb_typeof(skills) = 'array'),
  priority integer not null default 0,
  -- 0: no limit.
  max_wait_s integer not null default 0 check (max_wait_s >= 0),
  overflow_to text check (overflow_to in ('queue', 'voicemail', 'ivr', 'hangup')),
  overflow_id text,
  ring_timeout_s integer not null default 20 check (ring_timeout_s > 0),
  wrap_up_s integer not null default 10 check (wrap_up_s >= 0),
  service_level_percent integer not null default 80 check (service_level_percent between 0 and 100),
  service_level_within_s integer not null default 20 check (service_level_within_s > 0),
  announce_position boolean not null default false,
  music_id text,
  callback_offered boolean not null default false,
  recording_enabled boolean not null default false
);
create table queue_members (
  queue_id text not null references queues on delete cascade,
  user_id text not null references users on delete cascade,
  position integer not null default 0,
  primary key (queue_id, user_id)
);
create index on queue_members (user_id);

create table dids (
  id text primary key check (id <> ''),
  number text not null unique,
  description text not null default '',
  trunk_id text references trunks on delete set null,
  -- Flows come with the IVR; until then the id is kept as given.
  ivr_flow_id text,
  queue_id text references queues on delete set null
);

create table qualification_groups (
  id text primary key check (id <> ''),
  name text not null
);
create table qualifications (
  id text primary key check (id <> ''),
  code text not null unique,
  description text not null,
  type text not null default 'neutral' check (type in ('positive', 'neutral', 'negative')),
  group_id text references qualification_groups on delete set null,
  is_standard boolean not null default false,
  parent_id text references qualifications on delete set null,
  is_recyclable boolean not null default true
);

create table activity_types (
  id text primary key check (id <> ''),
  name text not null,
  color text not null default '#64748b'
);

create table campaigns (
  id text primary key check (id <> ''),
  name text not null,
  description text not null default '',
  script_id text,
  caller_id text not null default '',
  is_active boolean not null default false,
  qualification_group_id text references qualification_groups on delete set null,
  dialing_mode text not null default 'MANUAL' check (dialing_mode in ('MANUAL', 'PROGRESSIVE', 'PREDICTIVE')),
  priority integer not null default 0,
  timezone text not null default 'Europe/Paris',
  schedule jsonb not null default '[]' check (jsonb_typeof(schedule) = 'array'),
  max_abandon_rate numeric(5, 2) not null default 3 check (max_abandon_rate between 0 and 100),
  pace_factor numeric(6, 3) not null default 1.2 check (pace_factor > 0),
  min_agents_before_start integer not null default 1 check (min_agents_before_start >= 0),
  retry_attempts integer not null default 3 check (retry_attempts >= 0),
  retry_intervals_min integer[] not null default '{30,60,120}',
  retry_on_status text[] not null default '{}',
  amd_enabled boolean not null default true,
  amd_confidence integer not null default 80 check (amd_confidence between 0 and 100),
  voicemail_action text not null default 'HANGUP' check (voicemail_action in ('HANGUP', 'LEAVE_MESSAGE')),
  recording_enabled boolean not null default true,
  recording_beep boolean not null default true,
  max_ring_s integer not null default 25 check (max_ring_s > 0),
  wrap_up_s integer not null default 10 check (wrap_up_s >= 0),
  max_call_s integer not null default 3600 check (max_call_s >= 0),
  quotas_enabled boolean not null default false,
  quota_rules jsonb not null default '[]' check (jsonb_typeof(quota_rules) = 'array'),
  filter_rules jsonb not null default '[]' check (jsonb_typeof(filter_rules) = 'array'),
  unlock_timeouts_enabled boolean not null default false,
  unlock_timeout_minutes integer not null default 15 check (unlock_timeout_minutes between 5 and 60),
  compliance_profile text not null default 'FR' check (compliance_profile in ('FR', 'US', 'none'))
);
create table campaign_agents (
  campaign_id text not null references campaigns on delete cascade,
  user_id text not null references users on delete cascade,
  primary key (campaign_id, user_id)
);
create index on campaign_agents (user_id);

-- One row.
create table app_settings (
  singleton boolean primary key default true check (singleton),
  company_address text not null default '',
  app_logo_data_url text not null default '',
  app_favicon_data_url text not null default '',
  color_palette text not null default 'default'
    check (color_palette in ('default', 'forest', 'ocean', 'sunset', 'slate', 'rose', 'amber', 'cyan')),
  app_name text not null default 'EVSCallPro',
  default_language text not null default 'fr' check (default_language in ('fr', 'en', 'ar')),
  font_family text not null default 'Inter',
  font_size integer not null default 16 check (font_size between 8 and 32)
);
