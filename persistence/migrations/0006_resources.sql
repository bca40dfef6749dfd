-- The rest of what people configure (skills, scripts, IVR flows, audio files), and the announcement of every committed change.

-- ---------------------------------------------------------------- more resources

create table skills (
  id text primary key check (id <> ''),
  name text not null,
  description text not null default ''
);
create table scripts (
  id text primary key check (id <> ''),
  name text not null,
  pages jsonb not null default '[]' check (jsonb_typeof(pages) = 'array'),
  start_page_id text,
  background_color text
);
create table ivr_flows (
  id text primary key check (id <> ''),
  name text not null,
  nodes jsonb not null default '[]' check (jsonb_typeof(nodes) = 'array'),
  connections jsonb not null default '[]' check (jsonb_typeof(connections) = 'array')
);
-- stored_as: name of the converted file below the data folder; made by us, never by a client.
create table audio_files (
  id text primary key check (id <> ''),
  name text not null,
  file_name text not null default '',
  duration_s numeric(10, 3) not null default 0 check (duration_s >= 0),
  size_bytes bigint not null default 0 check (size_bytes >= 0),
  uploaded_at timestamptz not null default now(),
  stored_as text
);

-- [{skillId, level}] and [{skillId, minLevel, relaxAfter}]; a deleted skill leaves both by a trigger below.
alter table users add column skills jsonb not null default '[]' check (jsonb_typeof(skills) = 'array');
alter table agent_profiles alter column call_controls set default '{}';

-- References of what had no table before. Ids that lead nowhere are dropped.
update dids set ivr_flow_id = null;
alter table dids add foreign key (ivr_flow_id) references ivr_flows on delete set null;
update queues set music_id = null;
alter table queues add foreign key (music_id) references audio_files on delete set null;
update campaigns set script_id = null;
alter table campaigns add foreign key (script_id) references scripts on delete set null;

-- The contract's names of two pairs of columns are objects: kept as generated columns' source here, so that both ways of writing agree.
alter table queues add column overflow jsonb check (jsonb_typeof(overflow) = 'object');
update queues set overflow = jsonb_build_object('to', overflow_to, 'id', overflow_id) where overflow_to is not null;
alter table queues add column service_level jsonb check (jsonb_typeof(service_level) = 'object');
create function queue_objects() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.service_level is distinct from old.service_level then
    if new.service_level is not null then
      new.service_level_percent := (new.service_level->>'percent')::integer;
      new.service_level_within_s := (new.service_level->>'seconds')::integer;
    end if;
  end if;
  new.service_level := jsonb_build_object('percent', new.service_level_percent, 'seconds', new.service_level_within_s);
  if tg_op = 'UPDATE' and new.overflow is distinct from old.overflow or tg_op = 'INSERT' and new.overflow is not null then
    new.overflow_to := new.overflow->>'to';
    new.overflow_id := new.overflow->>'id';
  end if;
  new.overflow := case when new.overflow_to is not null then jsonb_build_object('to', new.overflow_to, 'id', new.overflow_id) end;
  return new;
end $$;
create trigger queue_objects before insert or update on queues for each row execute function queue_objects();
update queues set priority = priority;

create function forget_skill() returns trigger language plpgsql as $$
begin
  update users set skills = (select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements(skills) s where s->>'skillId' <> old.id)
    where skills @> jsonb_build_array(jsonb_build_object('skillId', old.id));
  update queues set skills = (select coalesce(jsonb_agg(s), '[]') from jsonb_array_elements(skills) s where s->>'skillId' <> old.id)
    where skills @> jsonb_build_array(jsonb_build_object('skillId', old.id));
  return null;
end $$;
create trigger forget_skill after delete on skills for each row execute function forget_skill();

create function touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create trigger touch before update on users for each row when (old.* is distinct from new.*) execute function touch();

-- ---------------------------------------------------------------- views

create view api_skills as select id, name, description from skills;
create view api_scripts as
  select id, name, pages, start_page_id as "startPageId", background_color as "backgroundColor" from scripts;
create view api_ivr_flows as select id, name, nodes, connections from ivr_flows;
create view api_audio_files as
  select id, name, file_name as "fileName", duration_s::float8 as duration, size_bytes as size, iso8601(uploaded_at) as "uploadDate"
  from audio_files;
create or replace view api_users as
  select u.id, u.login_id as "loginId", u.first_name as "firstName", u.last_name as "lastName", u.email, u.role,
         u.is_active as "isActive",
         coalesce((select json_agg(c.campaign_id order by c.campaign_id) from campaign_agents c where c.user_id = u.id), '[]')
           as "campaignIds",
         u.site_id as "siteId", u.agent_profile_id as "agentProfileId", u.extension, u.mobile_number as "mobileNumber",
         u.use_mobile_as_station as "useMobileAsStation", u.profile_picture_url as "profilePictureUrl",
         u.planning_enabled as "planningEnabled", iso8601(u.created_at) as "createdAt", iso8601(u.updated_at) as "updatedAt",
         u.skills
  from users u;

-- ---------------------------------------------------------------- announcements

-- What a change is announced as is decided when its transaction commits: one event a resource, with what it then is. `audience`
-- tells what limits it: {"resource"} or {"role"}, {"site"}, {"to": [user ids]}; the node adds the rights of the resource.
alter table outbox add column txid xid8;
create unique index outbox_once on outbox (txid, entity) where txid is not null;

create function announce(what text, about text, content jsonb, facts jsonb) returns void language sql as
  $$ insert into outbox (type, entity, payload, audience) values (what, about, content, coalesce(facts, '{}')) $$;

-- Who else than by role: the people that a thing is about, and the site that it belongs to.
create function announce_facts(resource text, thing jsonb, id text) returns jsonb language plpgsql stable as $$
declare
  place text; people jsonb;
begin
  if resource = 'user' then
    place := thing->>'siteId'; people := jsonb_build_array(id);
  elsif resource = 'site' then
    place := id;
  elsif resource = 'trunk' then
    place := thing->>'siteId';
  elsif resource = 'did' then
    select t.site_id into place from trunks t where t.id = thing->>'trunkId';
  elsif resource = 'campaign' then
    people := thing->'assignedUserIds';
  elsif resource = 'queue' then
    people := thing->'memberIds';
  elsif resource = 'agentProfile' then
    select jsonb_agg(u.id) into people from users u where u.agent_profile_id = announce_facts.id;
  end if;
  return jsonb_strip_nulls(jsonb_build_object('resource', resource, 'site', place, 'to', people));
end $$;

-- Arguments: resource, view, column with the id, event when created (empty: this table only belongs to the resource), changed, deleted.
create function announce_row() returns trigger language plpgsql as $$
declare
  row_was jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  row_is jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  id text := coalesce(row_is, row_was)->>tg_argv[2];
  thing jsonb;
  what text;
begin
  if id is null then return null; end if;
  execute format('select to_jsonb(v) from %I v where v.id = $1', tg_argv[1]) into thing using id;
  if thing is null then
    if tg_argv[3] = '' or tg_op <> 'DELETE' then return null; end if;
    insert into outbox (txid, type, entity, payload, audience)
      values (pg_current_xact_id(), tg_argv[5], tg_argv[0] || ':' || id, jsonb_build_object('id', id),
              announce_facts(tg_argv[0], jsonb_build_object('siteId', row_was->'site_id', 'trunkId', row_was->'trunk_id'), id))
      on conflict (txid, entity) where txid is not null do update set type = excluded.type, payload = excluded.payload;
    return null;
  end if;
  what := case when tg_op = 'INSERT' and tg_argv[3] <> '' then tg_argv[3] else tg_argv[4] end;
  insert into outbox (txid, type, entity, payload, audience)
    values (pg_current_xact_id(), what, tg_argv[0] || ':' || id, thing, announce_facts(tg_argv[0], thing, id))
    on conflict (txid, entity) where txid is not null do nothing;
  return null;
end $$;

-- The argument `row_is`: only changes that change something.
create function announced(resource text, place regclass, view text, id_column text, created text, changed text, deleted text)
  returns void language plpgsql as $$
declare
  arguments text := format('%L, %L, %L, %L, %L, %L', resource, view, id_column, created, changed, deleted);
begin
  execute format('create constraint trigger announce_insert_%s after insert on %s deferrable initially deferred for each row '
                 'execute function announce_row(%s)', resource, place, arguments);
  execute format('create constraint trigger announce_update_%s after update on %s deferrable initially deferred for each row '
                 'when (old.* is distinct from new.*) execute function announce_row(%s)', resource, place, arguments);
  execute format('create constraint trigger announce_delete_%s after delete on %s deferrable initially deferred for each row '
                 'execute function announce_row(%s)', resource, place, arguments);
end $$;

select announced('site', 'sites', 'api_sites', 'id', 'newSite', 'updateSite', 'deleteSite');
select announced('agentProfile', 'agent_profiles', 'api_agent_profiles', 'id', 'newAgentProfile', 'updateAgentProfile', 'deleteAgentProfile');
select announced('activityType', 'activity_types', 'api_activity_types', 'id', 'newActivityType', 'updateActivityType', 'deleteActivityType');
select announced('skill', 'skills', 'api_skills', 'id', 'newSkill', 'updateSkill', 'deleteSkill');
select announced('qualificationGroup', 'qualification_groups', 'api_qualification_groups', 'id', 'newQualificationGroup',
                 'updateQualificationGroup', 'deleteQualificationGroup');
select announced('trunk', 'trunks', 'api_trunks', 'id', 'newTrunk', 'updateTrunk', 'deleteTrunk');
select announced('user', 'users', 'api_users', 'id', 'newUser', 'updateUser', 'deleteUser');
select announced('userGroup', 'user_groups', 'api_user_groups', 'id', 'newGroup', 'updateGroup', 'deleteGroup');
select announced('script', 'scripts', 'api_scripts', 'id', 'newScript', 'updateScript', 'deleteScript');
select announced('ivrFlow', 'ivr_flows', 'api_ivr_flows', 'id', 'newIvrFlow', 'updateIvrFlow', 'deleteIvrFlow');
select announced('audioFile', 'audio_files', 'api_audio_files', 'id', 'newAudioFile', 'updateAudioFile', 'deleteAudioFile');
select announced('queue', 'queues', 'api_queues', 'id', 'newQueue', 'updateQueue', 'deleteQueue');
select announced('did', 'dids', 'api_dids', 'id', 'newDid', 'updateDid', 'deleteDid');
select announced('qualification', 'qualifications', 'api_qualifications', 'id', 'newQualification', 'updateQualification',
                 'deleteQualification');
select announced('campaign', 'campaigns', 'api_campaigns', 'id', 'campaignUpdate', 'campaignUpdate', 'deleteCampaign');
-- Pairs belong to both of their ends.
select announced('userGroup', 'user_group_members', 'api_user_groups', 'group_id', '', 'updateGroup', '');
select announced('queue', 'queue_members', 'api_queues', 'queue_id', '', 'updateQueue', '');
select announced('campaign', 'campaign_agents', 'api_campaigns', 'campaign_id', '', 'campaignUpdate', '');
select announced('user', 'campaign_agents', 'api_users', 'user_id', '', 'updateUser', '');

create function announce_app_settings() returns trigger language plpgsql as $$
begin
  perform announce('settingsUpdate', 'settings:app', (select jsonb_build_object('appSettings', to_jsonb(v)) from api_app_settings v),
                   '{"role": "Agent"}');
  return null;
end $$;
create constraint trigger announce_app_settings after insert or update on app_settings deferrable initially deferred for each row
  execute function announce_app_settings();

-- ---------------------------------------------------------------- sign-ins that end

-- Who is deactivated, gets another role or site, or another password is signed out everywhere at once: the refresh tokens here, the
-- access tokens and WebSockets by every node that reads `sessionsRevoked` (sent to nobody). Who changes his own password stays
-- signed in where he does it: `evs.keep_family`.
create function end_sign_ins() returns trigger language plpgsql as $$
declare
  kept text := coalesce(current_setting('evs.keep_family', true), '');
  ended jsonb;
begin
  with revoked as (
    update token_families set revoked_at = now() where user_id = new.id and revoked_at is null and family <> kept returning family)
  select coalesce(jsonb_agg(family), '[]') into ended from revoked;
  perform announce('sessionsRevoked', '', jsonb_build_object('userId', new.id, 'families', ended, 'all', kept = ''), '{"to": []}');
  return null;
end $$;
create trigger end_sign_ins after update on users for each row
  when ((old.is_active and not new.is_active) or old.role <> new.role or old.site_id is distinct from new.site_id
        or (old.password_hash is not null and old.password_hash is distinct from new.password_hash))
  execute function end_sign_ins();
