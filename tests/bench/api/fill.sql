-- A centre of usual size beside the demo seed: 500 users, 50 campaigns with :contacts contacts, and what belongs to them.
-- Agents are b1, b2 ...; the password of all is that of 1001. b1 to b10 are assigned to campaign-b1, b11 to b20 are not.
\set ON_ERROR_STOP on
set synchronous_commit = off;

insert into sites (id, name) select 'site-b' || n, 'Site ' || n from generate_series(1, 10) n;
insert into trunks (id, name, domain, site_id, channel_limit, calls_per_second)
  select 'trunk-b' || n, 'Trunk ' || n, '127.0.1.' || n || ':5060', 'site-b' || 1 + n % 10, 30, 10 from generate_series(1, 18) n;
insert into skills (id, name) select 'skill-b' || n, 'Compétence ' || n from generate_series(1, 20) n;
insert into users (id, login_id, first_name, last_name, email, role, site_id, agent_profile_id, password_hash, skills)
  select 'user-b' || n, 'b' || n, 'Prénom' || n, 'Nom' || n, 'b' || n || '@exemple.fr', case when n > 460 then 'Superviseur' else 'Agent' end,
         'site-b' || 1 + n % 10, 'profile-standard', (select password_hash from users where login_id = '1001'),
         jsonb_build_array(jsonb_build_object('skillId', 'skill-b' || 1 + n % 20, 'level', 1 + n % 5))
  from generate_series(1, 500 - (select count(*) from users)::integer) n;
insert into user_groups (id, name) select 'group-b' || n, 'Groupe ' || n from generate_series(1, 20) n;
insert into user_group_members (group_id, user_id) select 'group-b' || 1 + substr(login_id, 2)::integer % 20, id from users where login_id ~ '^b[0-9]';
insert into queues (id, name) select 'queue-b' || n, 'File ' || n from generate_series(1, 18) n;
insert into queue_members (queue_id, user_id) select 'queue-b' || 1 + substr(login_id, 2)::integer % 18, id from users where login_id ~ '^b[0-9]';
insert into qualifications (id, code, description, group_id)
  select 'qual-b' || n, 'B' || n, 'Qualification ' || n, 'qualgroup-standard' from generate_series(1, 90) n;
insert into scripts (id, name, start_page_id, pages)
  select 'script-b' || n, 'Script ' || n, 'p1', (select jsonb_agg(jsonb_build_object('id', 'p' || p, 'name', 'Page ' || p, 'blocks',
      (select jsonb_agg(jsonb_build_object('id', 'b' || b, 'name', 'Champ ' || b, 'fieldName', 'champ' || b, 'type', 'input', 'x', 10, 'y', b * 40,
        'width', 300, 'height', 30, 'content', jsonb_build_object('label', 'Question ' || b, 'placeholder', ''), 'readOnly', false)) from generate_series(1, 10) b)))
    from generate_series(1, 2) p)
  from generate_series(1, 20) n;
insert into ivr_flows (id, name, nodes, connections)
  select 'ivr-b' || n, 'Scénario ' || n, (select jsonb_agg(jsonb_build_object('id', 'n' || m, 'type', case m when 1 then 'start' else 'media' end,
      'name', 'Étape ' || m, 'x', m * 100, 'y', 50, 'content', '{}'::jsonb)) from generate_series(1, 10) m),
    (select jsonb_agg(jsonb_build_object('id', 'c' || m, 'fromNodeId', 'n' || m, 'fromPortId', 'out', 'toNodeId', 'n' || m + 1, 'toPortId', 'in'))
     from generate_series(1, 9) m)
  from generate_series(1, 10) n;
insert into dids (id, number, description, trunk_id, queue_id)
  select 'did-b' || n, '+3314100' || lpad(n::text, 4, '0'), 'Numéro ' || n, 'trunk-b' || 1 + n % 18, 'queue-b' || 1 + n % 18 from generate_series(1, 97) n;
insert into campaigns (id, name, description, caller_id, is_active, script_id, qualification_group_id, schedule, quota_rules)
  select 'campaign-b' || n, 'Campagne ' || n, 'Relance des clients de la zone ' || n, '+33140000009', true, 'script-b' || 1 + n % 20, 'qualgroup-standard',
    (select jsonb_agg(jsonb_build_object('dayOfWeek', d, 'active', d < 6, 'startTime', '10:00', 'endTime', '20:00')) from generate_series(1, 7) d),
    (select jsonb_agg(jsonb_build_object('id', 'q' || q, 'contactField', 'postalCode', 'operator', 'starts_with', 'value', q::text, 'limit', 500)) from generate_series(1, 3) q)
  from generate_series(1, 50 - (select count(*) from campaigns)::integer) n;
insert into campaign_agents (campaign_id, user_id)
  select 'campaign-b' || 1 + (b.block + shift) % 49, b.id
  from (select id, (substr(login_id, 2)::integer - 1) / 10 as block from users where login_id ~ '^b[0-9]' and role = 'Agent') b, (values (0), (7)) s (shift)
  on conflict do nothing;
insert into call_history (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason,
                          source, destination, caller_number, agent_id, campaign_id, site_id, trunk_id)
  select 'call-b' || n, 'outbound', at, at + interval '8 s', at + interval '100 s', 100, 92, 0, 8, 92, 0, 'answered', 'agent_hangup',
         '0140000009', '06' || lpad(n::text, 8, '0'), '+336' || lpad(n::text, 8, '0'), 'user-b' || 1 + n % 460, 'campaign-b' || 1 + n % 49,
         'site-b' || 1 + n % 10, 'trunk-b' || 1 + n % 18
  from (select n, now() - n * interval '1 minute' as at from generate_series(1, 5000) n) c;
insert into agent_sessions (id, agent_id, login_at, logout_at)
  select 'session-b' || n, 'user-b' || 1 + n % 460, now() - n * interval '10 minutes', now() - n * interval '9 minutes' from generate_series(1, 2000) n;

select format($$insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164, postal_code, custom_fields)
  select 'contact-' || lpad(n::text, 9, '0'), 'campaign-b' || 1 + n %% 49, 'Prénom' || n %% 5000, 'Nom' || n * 7919 %% 60000, '06' || lpad(n::text, 8, '0'),
         '+336' || lpad(n::text, 8, '0'), lpad((n * 31 %% 95999)::text, 5, '0'), jsonb_build_object('ville', 'Ville' || n %% 3000, 'age', n %% 90, 'source', 'bench')
  from generate_series(%s::bigint, %s::bigint) n$$, first, least(first + 199999, :contacts))
  from generate_series(1, :contacts, 200000) first \gexec

-- Nobody is there yet to be told of all this.
update outbox set relayed_at = now() where relayed_at is null;
vacuum (analyze);
checkpoint;
