-- Settings of the whole system, backups, and the audit log.

-- One row a group; its form is checked by domain/system_settings. The appearance has its own table (app_settings).
create table system_settings (
  name text primary key check (name in ('smtp', 'modules', 'backup_schedule', 'connection')),
  content jsonb not null default '{}' check (jsonb_typeof(content) = 'object'),
  -- Password of the group, sealed; no view shows it.
  secret text check (secret <> ''),
  updated_at timestamptz not null default now()
);
insert into system_settings (name, content) values
  ('smtp', '{"server": "", "port": 587, "secure": false, "requireTls": true, "auth": false, "user": "", "from": ""}'),
  ('modules', '{"categories": {}, "features": {}}'),
  ('backup_schedule', '{"frequency": "none", "time": "02:00", "dayOfWeek": 0, "keep": 14}'),
  ('connection', '{}');

create view api_system_settings as
  select name, case when name in ('smtp', 'connection') then content || jsonb_build_object('passwordSet', secret is not null)
                    else content end as content
  from system_settings;

-- The open dashboards hear of it: administrators of everything, everybody of what changes his screen.
create function announce_settings() returns trigger language plpgsql as $$
begin
  if new.name = 'modules' then
    perform announce('settingsUpdate', 'settings:modules', jsonb_build_object('moduleVisibility', new.content), '{"role": "Agent"}');
  elsif new.name in ('smtp', 'backup_schedule') then
    perform announce('settingsUpdate', 'settings:' || new.name,
                     (select jsonb_build_object(case when name = 'smtp' then 'smtpSettings' else 'backupSchedule' end, content)
                      from api_system_settings where name = new.name), '{"role": "Administrateur"}');
  end if;
  return null;
end $$;
create trigger announce_settings after update on system_settings for each row
  when (old.content is distinct from new.content or (old.secret is null) <> (new.secret is null)) execute function announce_settings();

-- Backups: the files are in the data folder, this table says which may be named. A restore keeps the rows of both sides.
create table backup_logs (
  id text primary key,
  file_name text not null unique check (file_name ~ '^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,119}$'),
  origin text not null check (origin in ('manual', 'schedule')),
  status text not null default 'running' check (status in ('running', 'success', 'failure', 'removed')),
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  size_bytes bigint not null default 0,
  -- Of the file, hex.
  sha256 text not null default '',
  -- The newest migration that it holds.
  schema_version text not null default '',
  error text not null default '',
  restored_at timestamptz
);
create index backup_logs_by_time on backup_logs (started_at desc, id desc);
create view api_backup_logs as
  select id, iso8601(started_at) as "timestamp", status, file_name as "fileName", origin, size_bytes as size, sha256,
         schema_version as "schemaVersion", nullif(error, '') as error, iso8601(finished_at) as "finishedAt",
         iso8601(restored_at) as "restoredAt"
  from backup_logs;

create function announce_backups() returns trigger language plpgsql as $$
begin
  perform announce('settingsUpdate', 'settings:backups',
                   jsonb_build_object('backupLogs', (select coalesce(jsonb_agg(v order by v."timestamp" desc, v.id desc), '[]')
                                                     from (select * from api_backup_logs where status <> 'removed'
                                                           order by "timestamp" desc, id desc limit 50) v)),
                   '{"role": "Administrateur"}');
  return null;
end $$;
create trigger announce_backups after insert or update on backup_logs for each statement execute function announce_backups();

-- The audit log. Whoever changes something notes it here (audit()) in the same transaction, without waiting for others; audit_collect() moves what was
-- committed into the chain, in which each line holds the hash of the one before: a line that was changed, removed or put in
-- between breaks it (audit_verify()). The head of the chain is written to the node's log, so that a cut end shows as well.
create table audit_pending (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  login text not null,
  address text not null,
  action text not null,
  entity text not null,
  detail jsonb not null
);
create table audit_log (
  position bigint primary key check (position > 0),
  at timestamptz not null,
  -- Id of the account; empty: nobody who was known.
  actor text not null,
  login text not null,
  address text not null,
  -- "PUT /trunks/{id}", "refused", "backup"
  action text not null,
  -- "trunks/trunk-paris"
  entity text not null,
  detail jsonb not null,
  previous bytea not null,
  hash bytea not null unique
);
create index audit_log_by_actor on audit_log (actor, position desc);
create index audit_log_by_entity on audit_log (entity, position desc);
create index audit_log_by_time on audit_log (at);

create function audit_log_refuse() returns trigger language plpgsql as
  $$ begin raise exception 'the audit log can only be added to' using errcode = '42501'; end $$;
create trigger audit_log_rows before update or delete on audit_log for each row execute function audit_log_refuse();
create trigger audit_log_table before truncate on audit_log for each statement execute function audit_log_refuse();

create view api_audit_log as
  select position as id, iso8601(at) as "timestamp", actor as "userId", login as "loginId", address, action, entity, detail,
         encode(hash, 'hex') as hash
  from audit_log;

create function audit(actor text, login text, address text, action text, entity text, detail jsonb) returns void language plpgsql as $$
begin
  insert into audit_pending (actor, login, address, action, entity, detail)
  values (coalesce(audit.actor, ''), coalesce(audit.login, ''), coalesce(audit.address, ''), audit.action, coalesce(audit.entity, ''),
          coalesce(audit.detail, '{}'));
end $$;

create function audit_hash(previous bytea, "position" bigint, at timestamptz, actor text, login text, address text, action text,
                           entity text, detail jsonb) returns bytea language sql stable as $$
  select sha256(previous || convert_to(jsonb_build_array("position", to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
                                                         actor, login, address, action, entity, detail)::text, 'UTF8'))
$$;

-- Moves up to `most` lines into the chain, one collector at a time; gives how many.
create function audit_collect(most integer) returns bigint language plpgsql as $$
declare
  line record;
  last bigint;
  head bytea;
  moved bigint := 0;
begin
  perform pg_advisory_xact_lock(7239462);
  select l.position, l.hash into last, head from audit_log l order by l.position desc limit 1;
  last := coalesce(last, 0);
  head := coalesce(head, decode(repeat('00', 32), 'hex'));
  for line in
    with gone as (delete from audit_pending where id in (select p.id from audit_pending p order by p.id limit most) returning *)
    select * from gone order by id
  loop
    insert into audit_log (position, at, actor, login, address, action, entity, detail, previous, hash)
    values (last + 1, line.at, line.actor, line.login, line.address, line.action, line.entity, line.detail, head,
            audit_hash(head, last + 1, line.at, line.actor, line.login, line.address, line.action, line.entity, line.detail))
    returning position, hash into last, head;
    moved := moved + 1;
  end loop;
  return moved;
end $$;

-- lines: how many; broken: the first position that does not fit, null when all do; head: hash of the last line, hex.
create function audit_verify(out lines bigint, out broken bigint, out head text) language sql stable as $$
  select count(*), min(position) filter (where not fits), encode((select l.hash from audit_log l order by l.position desc limit 1), 'hex')
  from (
    select l.position,
           l.position = coalesce(lag(l.position) over chain, 0) + 1
             and l.previous = coalesce(lag(l.hash) over chain, decode(repeat('00', 32), 'hex'))
             and l.hash = audit_hash(l.previous, l.position, l.at, l.actor, l.login, l.address, l.action, l.entity, l.detail) as fits
    from audit_log l window chain as (order by l.position)
  ) checked
$$;

-- What POST /system/db-query may read: the views that carry the contract, which show no secret. A role of its own, which connects
-- with a password (a role that is only switched to could be switched back); the node makes it anew at each start where it may.
create function make_reader_role(name text, password text) returns void language plpgsql as $$
declare
  one record;
begin
  perform pg_advisory_xact_lock(7239464);
  if not exists (select from pg_roles r where r.rolname = name) then
    execute format('create role %I', name);
  end if;
  execute format('alter role %I login nosuperuser nocreatedb nocreaterole noinherit noreplication connection limit 4 password %L', name, password);
  execute format('alter role %I set default_transaction_read_only = on', name);
  execute format('alter role %I set statement_timeout = %L', name, '10s');
  execute format('alter role %I set work_mem = %L', name, '8MB');
  begin
    execute format('alter role %I set temp_file_limit = %L', name, '256MB');
  exception when insufficient_privilege then
    null; -- only superusers limit temporary files
  end;
  execute format('grant usage on schema public to %I', name);
  for one in select viewname from pg_views where schemaname = 'public' and viewname like 'api\_%' loop
    execute format('grant select on public.%I to %I', one.viewname, name);
  end loop;
end $$;

-- As before, but a registration string that is sealed because it holds a password shows nothing of it.
create or replace view api_trunks as
  select id, name, domain, login, auth_type as "authType",
         case when register_string like 'v1:%' then '***' else regexp_replace(register_string, '^([^:@]*):.*@', '\1:***@') end
           as "registerString",
         dial_pattern as "dialPattern", inbound_context as "inboundContext", force_caller_id as "forceCallerId",
         site_id as "siteId", channel_limit as "channelLimit", calls_per_second as "callsPerSecond",
         failover_trunk_id as "failoverTrunkId"
  from trunks;
