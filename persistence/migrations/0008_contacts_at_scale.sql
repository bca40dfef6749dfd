-- What 10 million contacts in a campaign, an import of a million and 16 agents who ask at once taught: other indexes, a pool in
-- another order, nobody waits for another's place in a quota, and functions that keep their plans. The functions that are replaced here
-- are those of 0004, 0006 and 0007; these stay as they were applied.
--
-- Plans are made once a connection, perhaps while the tables are small or after a change of a million rows, and kept: the functions
-- say themselves that an index is to be used (enable_*), whatever the planner knows at that moment. What can't be had is given an
-- enormous cost by that, which must not make anybody compile the plan (jit).
-- What runs once an ask or a qualification is written in plpgsql, which keeps its plans: a function in SQL that can't be inlined is
-- planned anew at every call, which cost more than its work (measured: half of an ask).

-- ---------------------------------------------------------------- tables

drop index contacts_by_phone;
drop index contacts_by_last_name;
drop index contacts_by_first_name;
-- A column that a view shows can't change its type.
drop view api_contacts;
alter table contacts alter phone_e164 type text collate "C";
create view api_contacts as
  select c.id, c.campaign_id as "campaignId", c.first_name as "firstName", c.last_name as "lastName", c.phone_number as "phoneNumber",
         c.phone_e164 as "phoneE164", c.postal_code as "postalCode", c.status, c.custom_fields as "customFields",
         l.owner_id as "lockedBy", iso8601(l.locked_at) as "lockedAt", iso8601(c.relaunch_at) as "relaunchAt",
         c.qualification_id as "qualificationId", iso8601(c.created_at) as "createdAt", iso8601(c.updated_at) as "updatedAt"
  from contacts c join campaign_pools p on p.campaign_id = c.campaign_id left join contact_locks l on l.contact_id = c.id;
create index contacts_by_phone on contacts (phone_e164) where phone_e164 is not null;
-- Each index of random texts costs an import of a million rows seconds: one for names is enough, that of last names.
create index contacts_by_last_name on contacts (campaign_id, (lower(last_name) collate "C"));

create index personal_callbacks_to_come on personal_callbacks (scheduled_at, id) where status = 'pending';

alter table contact_pool drop constraint contact_pool_pkey;
-- One row a contact. Not by seq itself: an index in that order would tempt the planner to walk through other campaigns' rows.
alter table contact_pool add key bigint generated always as (-seq) stored primary key;

-- When dashboards were told their statistics last. rebuilt_to: the pool follows the rules, and a list that was just imported, up to
-- this seq only.
alter table campaign_pools add told_at timestamptz not null default '-infinity';

-- Long lists that are recycled in the background.
create table contact_recycles (
  campaign_id text not null,
  qualification_id text not null,
  asked_by text not null,
  primary key (campaign_id, qualification_id)
);

-- ---------------------------------------------------------------- announcements

-- Wakes the relay when the transaction commits; the payload stays in the table. A transaction with NOTIFY holds a lock of the whole
-- database while it commits, so those who announce would wait for each other's disk. A desk's connections therefore don't notify: they
-- say evs.outbox = 'told' and hear that rows were written by a message (INFO, which every client gets) that comes with the answer to
-- their COMMIT; their node then wakes its own relay. All others (psql, scripts, jobs) notify.
create or replace function outbox_notify() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('evs.outbox', true), '') = 'told' then
    raise info 'evs_outbox';
  else
    perform pg_notify('evs_outbox', '');
  end if;
  return null;
end $$;

create or replace function announce(what text, about text, content jsonb, facts jsonb) returns void language plpgsql as $$
begin
  insert into outbox (type, entity, payload, audience) values (what, about, content, coalesce(facts, '{}'));
end $$;

-- Who takes part in a queue or a campaign hears that it is deleted, and no other agent does; their pairs are gone by the time that the
-- event is made.
create function remember_members() returns trigger language plpgsql as $$
begin
  perform set_config('evs.members_' || md5(old.id), coalesce(
    (select jsonb_agg(m.user_id) from queue_members m where tg_table_name = 'queues' and m.queue_id = old.id),
    (select jsonb_agg(a.user_id) from campaign_agents a where tg_table_name = 'campaigns' and a.campaign_id = old.id), '[]')::text, true);
  return old;
end $$;

create trigger remember_members before delete on queues for each row execute function remember_members();

create trigger remember_members before delete on campaigns for each row execute function remember_members();

-- Arguments: resource, view, column with the id, event when created (empty: this table only belongs to the resource), changed, deleted.
create or replace function announce_row() returns trigger language plpgsql as $$
declare
  row_was jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  row_is jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  id text := coalesce(row_is, row_was)->>tg_argv[2];
  members jsonb := nullif(current_setting('evs.members_' || md5(coalesce(row_is, row_was)->>tg_argv[2]), true), '')::jsonb;
  thing jsonb;
  what text;
begin
  if id is null then return null; end if;
  execute format('select to_jsonb(v) from %I v where v.id = $1', tg_argv[1]) into thing using id;
  if thing is null then
    if tg_argv[3] = '' or tg_op <> 'DELETE' then return null; end if;
    insert into outbox (txid, type, entity, payload, audience)
      values (pg_current_xact_id(), tg_argv[5], tg_argv[0] || ':' || id, jsonb_build_object('id', id),
              announce_facts(tg_argv[0], jsonb_build_object('siteId', row_was->'site_id', 'trunkId', row_was->'trunk_id',
                             'memberIds', members, 'assignedUserIds', members), id))
      on conflict (txid, entity) where txid is not null do update set type = excluded.type, payload = excluded.payload, audience = excluded.audience;
    return null;
  end if;
  what := case when tg_op = 'INSERT' and tg_argv[3] <> '' then tg_argv[3] else tg_argv[4] end;
  insert into outbox (txid, type, entity, payload, audience)
    values (pg_current_xact_id(), what, tg_argv[0] || ':' || id, thing, announce_facts(tg_argv[0], thing, id))
    on conflict (txid, entity) where txid is not null do nothing;
  return null;
end $$;

-- ---------------------------------------------------------------- rules and quotas

-- Quotas that the contact matches, a bit each.
create or replace function quota_mask_of(c contacts) returns bigint language plpgsql stable parallel safe as $$
begin
  return (select coalesce(bit_or(1::bigint << q.position), 0) from campaign_quotas q
          where q.campaign_id = c.campaign_id and field_matches(contact_field(c, q.field), q.operator, q.value));
end $$;

-- One matching filter a field is enough to be included, every included field must match, one match excludes.
create or replace function passes_filters(c contacts) returns boolean language plpgsql stable parallel safe as $$
begin
  return not exists (
    select from campaign_filters f
    where f.campaign_id = c.campaign_id
    group by f.kind, case when f.kind = 'include' then f.field end
    having bool_or(field_matches(contact_field(c, f.field), f.operator, f.value)) = (f.kind = 'exclude'));
end $$;

-- Null: not to be handed out by the campaign's rules.
create or replace function contact_bucket(c contacts) returns bigint language plpgsql stable parallel safe as $$
declare
  p campaign_pools;
begin
  select * into p from campaign_pools where campaign_id = c.campaign_id;
  return case when p.campaign_id is null then null
              when not p.has_rules then 0
              when not passes_filters(c) then null
              when not p.quotas_on then 0
              else nullif(quota_mask_of(c), 0) end;
end $$;

-- Null: not in the pool.
create or replace function pool_bucket(c contacts) returns bigint language plpgsql stable as $$
begin
  if c.status <> 'pending' or c.author_id is not null or exists (select from contact_locks l where l.contact_id = c.id)
     or exists (select from personal_callbacks b where b.contact_id = c.id and b.status = 'pending') then
    return null;
  end if;
  return contact_bucket(c);
end $$;

drop function take_places(text, bigint);
drop function take_next(text, bigint);
drop function claim_contact(text, text);

-- Nobody ever waits for another's place: rows that are in somebody's hands are passed over, so that askers neither queue for commits
-- nor block each other crosswise.

create sequence quota_stripes start 100;

-- Gives places back; what was given away beyond a lowered limit first.
create or replace function give_places(campaign text, mask bigint) returns void language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  bit integer;
  at integer;
begin
  if mask = 0 then return; end if;
  for bit in select position from campaign_quotas where campaign_id = campaign and (mask >> position) & 1 = 1 order by position loop
    update campaign_quotas set debt = debt - 1 where campaign_id = campaign and position = bit and debt > 0;
    continue when found;
    select stripe into at from quota_places where campaign_id = campaign and position = bit limit 1 for no key update skip locked;
    if found then
      update quota_places set free = free + 1 where campaign_id = campaign and position = bit and stripe = at;
    elsif exists (select from quota_places where campaign_id = campaign and position = bit) then
      insert into quota_places (campaign_id, position, stripe, free) values (campaign, bit, nextval('quota_stripes'), 1);
    end if;
  end loop;
end $$;

-- Takes a place in every quota of the mask, or none. 1: taken; 0: one is full; -1: the last places are in others' hands, who may yet
-- give them back: end this transaction and try again.
create function take_places(campaign text, mask bigint) returns integer language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  bit integer;
  at integer;
  taken bigint := 0;
begin
  if mask = 0 then return 1; end if;
  for bit in select position from campaign_quotas where campaign_id = campaign and (mask >> position) & 1 = 1 order by position loop
    select stripe into at from quota_places where campaign_id = campaign and position = bit and free > 0 limit 1 for no key update skip locked;
    if not found then
      perform give_places(campaign, taken);
      return case when exists (select from quota_places where campaign_id = campaign and position = bit and free > 0) then -1 else 0 end;
    end if;
    update quota_places set free = free - 1 where campaign_id = campaign and position = bit and stripe = at;
    taken := taken | (1::bigint << bit);
  end loop;
  return 1;
end $$;

-- Quotas without a free place.
create or replace function full_quotas(campaign text) returns bigint language plpgsql stable as $$
begin
  return (select coalesce(bit_or(1::bigint << position), 0) from
            (select position from quota_places where campaign_id = campaign group by position having sum(free) = 0) f);
end $$;

-- ---------------------------------------------------------------- the pool

-- Puts a contact where it belongs. The caller holds its row, and pool_key shared.
create function place_contact(c contacts) returns void language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  b bigint := pool_bucket(c);
begin
  if b is null then
    delete from contact_pool where key = -c.seq;
  else
    insert into contact_pool (seq, campaign_id, bucket, due_at)
    values (c.seq, c.campaign_id, b, case when c.relaunch_at > now() then c.relaunch_at end)
    on conflict (key) do update set bucket = excluded.bucket, due_at = excluded.due_at;
  end if;
end $$;

-- Judges one contact anew. Whoever changed what decides about it calls this afterwards, in the same transaction.
create or replace function refresh_contact(contact text) returns void language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  c contacts;
begin
  select * into c from contacts where id = contact for no key update;
  if not found then return; end if;
  perform pg_advisory_xact_lock_shared(pool_key(c.campaign_id));
  select * into c from contacts where id = contact;
  perform place_contact(c);
end $$;

-- Brings the next `many` contacts under the campaign's rules; true when the pool is complete. Leaves it for later (false) while
-- somebody else writes to the pool of this campaign.
create or replace function rebuild_pool(campaign text, many integer) returns boolean language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  from_seq bigint;
  to_seq bigint;
begin
  select rebuilt_to into from_seq from campaign_pools where campaign_id = campaign;
  if from_seq is null then return true; end if;
  if not pg_try_advisory_xact_lock(pool_key(campaign)) then return false; end if;
  select rebuilt_to into from_seq from campaign_pools where campaign_id = campaign for no key update;
  if from_seq is null then return true; end if;
  select max(seq) into to_seq from
    (select seq from contacts where campaign_id = campaign and status = 'pending' and seq > from_seq order by seq limit many) s;
  if to_seq is null then
    update campaign_pools set rebuilt_to = null where campaign_id = campaign;
    return true;
  end if;
  with judged as materialized (
    select c.seq, case when c.relaunch_at > now() then c.relaunch_at end as due_at,
      case when c.author_id is not null or exists (select from contact_locks l where l.contact_id = c.id)
                or exists (select from personal_callbacks b where b.contact_id = c.id and b.status = 'pending') then null
           else case when not p.has_rules then 0
           when exists (select from campaign_filters f where f.campaign_id = c.campaign_id
                        group by f.kind, case when f.kind = 'include' then f.field end
                        having bool_or(field_matches(contact_field(c, f.field), f.operator, f.value)) = (f.kind = 'exclude')) then null
           when not p.quotas_on then 0
           else nullif((select coalesce(bit_or(1::bigint << q.position), 0) from campaign_quotas q
                        where q.campaign_id = c.campaign_id and field_matches(contact_field(c, q.field), q.operator, q.value)), 0) end end as bucket
    from contacts c join campaign_pools p on p.campaign_id = c.campaign_id where c.campaign_id = campaign and c.status = 'pending' and c.seq > from_seq and c.seq <= to_seq),
  gone as (delete from contact_pool where key = any (array(select -seq from judged where bucket is null)))
  insert into contact_pool (seq, campaign_id, bucket, due_at) select seq, campaign, bucket, due_at from judged where bucket is not null
  on conflict (key) do update set bucket = excluded.bucket where contact_pool.bucket <> excluded.bucket;
  update campaign_pools set rebuilt_to = to_seq where campaign_id = campaign;
  return false;
end $$;

-- Takes places in the quotas of a bucket and the first contact of it; null: none (or full, or `busy`).
create function take_next(campaign text, wanted bigint, out head bigint, out busy boolean) language plpgsql
set jit = off set enable_seqscan = off set enable_sort = off set enable_bitmapscan = off as $$
declare
  taken integer := take_places(campaign, wanted);
begin
  busy := taken < 0;
  if taken <= 0 then return; end if;
  select seq into head from contact_pool where campaign_id = campaign and bucket = wanted and due_at is null
    order by seq limit 1 for update skip locked;
  if not found then
    perform give_places(campaign, wanted);
    return;
  end if;
  delete from contact_pool where key = -head;
end $$;

-- Rules 1 to 5 of the data contract, in one statement: the contact that `agent` gets next, locked for him; null: none. Whether he may ask
-- at all is checked before. `busy` with none: the last places of a quota are in others' hands; end the transaction and ask again.
create function claim_contact(agent text, campaign text, out contact text, out token text, out busy boolean) language plpgsql
set jit = off set enable_seqscan = off set enable_sort = off set enable_bitmapscan = off as $$
declare
  c contacts;
  rules campaign_pools;
  wanted bigint;
  head bigint;
  full_mask bigint;
  crowded boolean;
  tries integer := 0;
begin
  busy := false;
  -- The same agent twice at once (a double click, a repeated request): one after the other, the same contact.
  perform pg_advisory_xact_lock(hashtextextended('asks ' || agent, 0));
  perform pg_advisory_xact_lock_shared(rules_key(campaign));
  update contact_locks l set seen_at = now()
    where l.contact_id = (select h.contact_id from contact_locks h where h.owner_id = agent and h.campaign_id = campaign and h.handed
                          order by h.locked_at limit 1)
    returning l.contact_id, l.token into contact, token;
  if found then return; end if;
  select * into rules from campaign_pools where campaign_id = campaign;
  if not found then return; end if;

  -- His own callbacks that are due.
  for contact in
    select b.contact_id from personal_callbacks b
    where b.agent_id = agent and b.campaign_id = campaign and b.status = 'pending' and b.scheduled_at <= now()
      and not exists (select from contact_locks l where l.contact_id = b.contact_id)
    order by b.scheduled_at limit 5
  loop
    select * into c from contacts where id = contact and campaign_id = campaign;
    continue when not found;
    wanted := case when rules.quotas_on then quota_mask_of(c) else 0 end;
    continue when take_places(campaign, wanted) <= 0;
    insert into contact_locks as l (contact_id, campaign_id, owner_id, handed, reserved) values (contact, campaign, agent, true, wanted)
      on conflict do nothing returning l.token into token;
    if found then return; end if;
    perform give_places(campaign, wanted);
  end loop;
  contact := null;

  -- Whose time has come.
  update contact_pool set due_at = null where key in
    (select key from contact_pool where campaign_id = campaign and due_at <= now() order by due_at limit 100 for update skip locked);

  while tries < 200 loop
    tries := tries + 1;
    head := null;
    if not rules.quotas_on then
      wanted := 0;
      select t.head into head from take_next(campaign, 0) t;
    else
      full_mask := full_quotas(campaign);
      for wanted in
        with recursive present (bucket) as (
          (select p.bucket from contact_pool p where p.campaign_id = campaign and p.due_at is null order by p.bucket limit 1)
          union all
          select (select p.bucket from contact_pool p where p.campaign_id = campaign and p.due_at is null and p.bucket > t.bucket
                  order by p.bucket limit 1)
          from present t where t.bucket is not null)
        select t.bucket from present t where t.bucket > 0 and t.bucket & full_mask = 0
        order by (select min(p.seq) from contact_pool p where p.campaign_id = campaign and p.bucket = t.bucket and p.due_at is null)
      loop
        select t.head, t.busy into head, crowded from take_next(campaign, wanted) t;
        busy := busy or crowded;
        exit when head is not null;
      end loop;
    end if;

    if head is null then
      -- Nothing: perhaps because the pool doesn't follow new rules yet.
      exit when rules.rebuilt_to is null or tries > 20;
      perform rebuild_pool(campaign, 1000);
      continue;
    end if;

    select * into c from contacts where campaign_id = campaign and status = 'pending' and seq = head;
    if not found then
      perform give_places(campaign, wanted);
      continue;
    end if;
    insert into contact_locks as l (contact_id, campaign_id, owner_id, handed, reserved) values (c.id, campaign, agent, true, wanted)
      on conflict do nothing returning l.token into token;
    if not found then
      perform give_places(campaign, wanted);
      continue;
    end if;
    -- A second look, with the lock in hand: the row may be older than what happened to the contact.
    select * into c from contacts where id = c.id;
    if found and c.status = 'pending' and c.author_id is null and (c.relaunch_at is null or c.relaunch_at <= now())
       and not exists (select from personal_callbacks b where b.contact_id = c.id and b.status = 'pending')
       and (not rules.has_rules or contact_bucket(c) is not distinct from wanted) then
      contact := c.id;
      busy := false;
      return;
    end if;
    -- Gives the places back and puts the contact where it belongs.
    delete from contact_locks where contact_id = c.id;
  end loop;
  contact := null;
  token := null;
end $$;

-- A lock by hand takes the contact out of the pool.
create or replace function contact_lock_taken() returns trigger language plpgsql
set jit = off set enable_seqscan = off as $$
begin
  delete from contact_pool where key = (select -c.seq from contacts c where c.id = new.contact_id);
  return null;
end $$;

-- ---------------------------------------------------------------- triggers of contacts: counters, pool, events

create or replace function count_contacts(campaign text, more bigint, pending_more bigint, called_more bigint, qualified_more bigint) returns void
language plpgsql as $$
begin
  insert into contact_counters as k (campaign_id, stripe, total, pending, called, qualified)
  values (campaign, pg_backend_pid() % 32, more, pending_more, called_more, qualified_more)
  on conflict (campaign_id, stripe) do update set total = k.total + excluded.total, pending = k.pending + excluded.pending,
    called = k.called + excluded.called, qualified = k.qualified + excluded.qualified;
end $$;

create or replace function contacts_added() returns trigger language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  g record;
begin
  for g in select n.campaign_id as campaign, count(*) as total, count(*) filter (where n.status = 'pending') as pending,
                  count(*) filter (where n.status = 'called') as called, count(*) filter (where n.status = 'qualified') as qualified
           from added n group by n.campaign_id order by n.campaign_id loop
    perform count_contacts(g.campaign, g.total, g.pending, g.called, g.qualified);
    -- A long import, which sets rebuilt_to when it ends.
    continue when coalesce(current_setting('evs.pool_later', true), '') = 'on';
    perform pg_advisory_xact_lock_shared(pool_key(g.campaign));
    if exists (select from campaign_pools p where p.campaign_id = g.campaign and p.has_rules) then
      insert into contact_pool (seq, campaign_id, bucket, due_at)
      select n.seq, n.campaign_id, b.bucket, case when n.relaunch_at > now() then n.relaunch_at end
      from added n, lateral (select case when not p.has_rules then 0
                when exists (select from campaign_filters f where f.campaign_id = n.campaign_id
                             group by f.kind, case when f.kind = 'include' then f.field end
                             having bool_or(field_matches(contact_field(n, f.field), f.operator, f.value)) = (f.kind = 'exclude')) then null
                when not p.quotas_on then 0
                else nullif((select coalesce(bit_or(1::bigint << q.position), 0) from campaign_quotas q
                             where q.campaign_id = n.campaign_id and field_matches(contact_field(n, q.field), q.operator, q.value)), 0) end as bucket
                             from campaign_pools p where p.campaign_id = n.campaign_id offset 0) b
      where n.campaign_id = g.campaign and n.status = 'pending' and n.author_id is null and b.bucket is not null
      on conflict (key) do nothing;
    else
      insert into contact_pool (seq, campaign_id, bucket, due_at)
      select n.seq, n.campaign_id, 0, case when n.relaunch_at > now() then n.relaunch_at end
      from added n where n.campaign_id = g.campaign and n.status = 'pending' and n.author_id is null
      on conflict (key) do nothing;
    end if;
  end loop;
  return null;
end $$;

-- To supervisors and to whoever has the contact open; only what changed.
create function tell_contact(was jsonb, is_now jsonb) returns void language plpgsql as $$
declare
  changed jsonb;
begin
  select jsonb_object_agg(x.key, x.value) into changed from jsonb_each(is_now) x where x.value is distinct from was -> x.key;
  if changed is null then return; end if;
  perform announce('contactUpdate', 'contact:' || (is_now ->> 'id'),
    changed || jsonb_build_object('id', is_now -> 'id', 'campaignId', is_now -> 'campaignId'),
    jsonb_build_object('role', 'Superviseur', 'to',
      coalesce((select jsonb_agg(l.owner_id) from contact_locks l where l.contact_id = is_now ->> 'id'), '[]')));
end $$;

-- Positive qualifications that came or went. Their places: qualify keeps the one it has, here they are given back.
create function recount_quotas(campaign text, was bigint, is_now bigint) returns void language plpgsql as $$
begin
  if coalesce(current_setting('evs.recount', true), '') = 'on' then return; end if;
  perform give_places(campaign, was & ~is_now);
  update campaign_quotas set reached = reached + ((is_now >> position) & 1)::integer - ((was >> position) & 1)::integer
    where campaign_id = campaign and ((was # is_now) >> position) & 1 = 1;
end $$;

-- One contact, as people change them: without the joins that whole lists need.
create function contact_changed(o contacts, n contacts) returns void language plpgsql as $$
begin
  if n.status <> o.status then
    perform count_contacts(n.campaign_id, 0, (n.status = 'pending')::integer - (o.status = 'pending')::integer,
      (n.status = 'called')::integer - (o.status = 'called')::integer, (n.status = 'qualified')::integer - (o.status = 'qualified')::integer);
  end if;
  if n.quota_mask <> o.quota_mask then
    perform recount_quotas(n.campaign_id, o.quota_mask, n.quota_mask);
  end if;
  if (n.status, n.relaunch_at, n.author_id, n.first_name, n.last_name, n.phone_number, n.phone_e164, n.postal_code, n.custom_fields)
     is distinct from (o.status, o.relaunch_at, o.author_id, o.first_name, o.last_name, o.phone_number, o.phone_e164, o.postal_code, o.custom_fields) then
    perform pg_advisory_xact_lock_shared(pool_key(n.campaign_id));
    perform place_contact(n);
  end if;
  perform tell_contact(contact_json(o), contact_json(n));
end $$;

create or replace function contacts_changed() returns trigger language plpgsql
set jit = off set enable_seqscan = off set enable_nestloop = off as $$
declare
  g record;
  n contacts;
  o contacts;
  few integer := (select count(*) from (select from after_change limit 21) f);
begin
  if few = 0 then return null; end if;
  if few = 1 then
    select * into n from after_change;
    select * into o from before_change;
    perform contact_changed(o, n);
    return null;
  end if;

  for g in select a.campaign_id as campaign,
                  count(*) filter (where a.status = 'pending') - count(*) filter (where b.status = 'pending') as pending,
                  count(*) filter (where a.status = 'called') - count(*) filter (where b.status = 'called') as called,
                  count(*) filter (where a.status = 'qualified') - count(*) filter (where b.status = 'qualified') as qualified
           from after_change a join before_change b on b.id = a.id where a.status <> b.status group by a.campaign_id order by a.campaign_id loop
    perform count_contacts(g.campaign, 0, g.pending, g.called, g.qualified);
  end loop;

  for g in select b.campaign_id as campaign, b.quota_mask as was, a.quota_mask as is_now
           from after_change a join before_change b on b.id = a.id where b.quota_mask <> a.quota_mask loop
    perform recount_quotas(g.campaign, g.was, g.is_now);
  end loop;

  for g in select distinct a.campaign_id as campaign from after_change a order by 1 loop
    perform pg_advisory_xact_lock_shared(pool_key(g.campaign));
  end loop;
  with judged as materialized (
    select a.seq, a.campaign_id, pool_bucket(a) as bucket, case when a.relaunch_at > now() then a.relaunch_at end as due_at
    from after_change a join before_change b on b.id = a.id
    where (a.status, a.relaunch_at, a.author_id, a.first_name, a.last_name, a.phone_number, a.phone_e164, a.postal_code, a.custom_fields)
      is distinct from (b.status, b.relaunch_at, b.author_id, b.first_name, b.last_name, b.phone_number, b.phone_e164, b.postal_code,
                        b.custom_fields)),
  gone as (delete from contact_pool where key = any (array(select -seq from judged where bucket is null)))
  insert into contact_pool (seq, campaign_id, bucket, due_at) select seq, campaign_id, bucket, due_at from judged where bucket is not null
  on conflict (key) do update set bucket = excluded.bucket, due_at = excluded.due_at;

  -- One by one for people's changes; of a recycled list only the campaign's figures are told.
  if few <= 20 then
    perform tell_contact(contact_json(b), contact_json(a)) from after_change a join before_change b on b.id = a.id;
  end if;
  return null;
end $$;

create or replace function contacts_removed() returns trigger language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  g record;
  ids text[];
  keys bigint[];
begin
  for g in select o.campaign_id as campaign, count(*) as total, count(*) filter (where o.status = 'pending') as pending,
                  count(*) filter (where o.status = 'called') as called, count(*) filter (where o.status = 'qualified') as qualified
           from removed o group by o.campaign_id order by o.campaign_id loop
    -- Not for a campaign that is gone.
    if exists (select from campaign_pools p where p.campaign_id = g.campaign) then
      perform count_contacts(g.campaign, -g.total, -g.pending, -g.called, -g.qualified);
    end if;
  end loop;
  for g in select o.campaign_id as campaign, o.quota_mask as was from removed o where o.quota_mask <> 0 loop
    perform give_places(g.campaign, g.was);
    update campaign_quotas set reached = reached - 1 where campaign_id = g.campaign and (g.was >> position) & 1 = 1;
  end loop;
  select array_agg(id), array_agg(-seq) into ids, keys from removed;
  delete from contact_locks where contact_id = any (ids);
  delete from personal_callbacks where contact_id = any (ids);
  delete from contact_notes where contact_id = any (ids);
  delete from contact_history where contact_id = any (ids);
  delete from contact_pool where key = any (keys);
  return null;
end $$;

create or replace function campaign_rules_changed() returns trigger language plpgsql as $$
declare
  filters_changed boolean := tg_op = 'INSERT' or old.filter_rules is distinct from new.filter_rules;
  quotas_changed boolean := tg_op = 'INSERT' or old.quotas_enabled is distinct from new.quotas_enabled
    or quota_terms(old.quota_rules) is distinct from quota_terms(new.quota_rules);
  was campaign_pools;
begin
  if not filters_changed and not quotas_changed then return null; end if;
  -- Nobody is handed a contact meanwhile.
  perform pg_advisory_xact_lock(rules_key(new.id));
  insert into campaign_pools (campaign_id) values (new.id) on conflict do nothing;
  if filters_changed then perform follow_filters(new); end if;
  if quotas_changed then perform follow_quotas(new); end if;
  update campaign_pools set quotas_on = new.quotas_enabled,
      has_rules = new.quotas_enabled or exists (select from campaign_filters f where f.campaign_id = new.id),
      rebuilt_to = case when tg_op = 'INSERT' then null else 0 end
    where campaign_id = new.id;
  -- A small list follows at once, a long one in the background.
  if tg_op = 'UPDATE' then
    for round in 1..4 loop
      exit when rebuild_pool(new.id, 2500);
    end loop;
  end if;
  return null;
end $$;

create or replace function campaign_gone() returns trigger language plpgsql as $$
begin
  delete from campaign_pools where campaign_id = old.id;
  delete from campaign_filters where campaign_id = old.id;
  delete from quota_places where campaign_id = old.id;
  delete from campaign_quotas where campaign_id = old.id;
  delete from contact_counters where campaign_id = old.id;
  delete from contact_locks where campaign_id = old.id;
  delete from personal_callbacks where campaign_id = old.id;
  delete from contact_recycles where campaign_id = old.id;
  if exists (select from contacts where campaign_id = old.id) then
    insert into contact_purges (campaign_id) values (old.id) on conflict do nothing;
  end if;
  return null;
end $$;

-- ---------------------------------------------------------------- what becomes of a contact

-- Locks the contact for a change: first against new rules, then its row, the order in which everybody takes them. Null: no such contact.
create function open_contact(contact text) returns contacts language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  c contacts;
begin
  perform pg_advisory_xact_lock_shared(rules_key(k.campaign_id)) from contacts k where k.id = contact;
  select * into c from contacts where id = contact for no key update;
  return c;
end $$;

-- A qualification: the contact is worked, or waits for `relaunch`. It ends the lock and stands in the row of its call. As
-- take_places(): 1 done; 0 it is positive and a quota is full, -1 or may be: nothing was changed.
create function qualify_contact(contact text, agent text, qualification text, is_positive boolean, new_status text, relaunch timestamptz)
returns integer language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  c contacts := open_contact(contact);
  held contact_locks;
  counted bigint := 0;
  taken integer := 1;
begin
  select * into held from contact_locks where contact_id = contact for update;
  if is_positive then
    counted := quota_mask_of(c);
    if exists (select from campaign_pools p where p.campaign_id = c.campaign_id and p.quotas_on) then
      taken := take_places(c.campaign_id, counted & ~c.quota_mask & ~coalesce(held.reserved, 0));
    end if;
    if taken <= 0 then return taken; end if;
    -- The places that the lock kept are used.
    update contact_locks set reserved = reserved & ~counted where contact_id = contact;
  end if;
  update contacts set status = new_status, relaunch_at = relaunch, qualification_id = qualification, qualified_by = agent, qualified_at = now(),
      positive = is_positive, quota_mask = counted, author_id = null, version = version + 1, updated_at = now()
    where id = contact;
  insert into contact_history (contact_id, campaign_id, agent_id, kind, qualification_id, relaunch_at, call_id)
  values (contact, c.campaign_id, agent, 'qualified', qualification, relaunch, held.call_id);
  update call_history set qualification_id = qualification
    where id = coalesce(held.call_id, (select h.id from call_history h where h.contact_id = contact and h.agent_id = agent
                                       and h.started_at > now() - interval '12 hours' order by h.started_at desc limit 1));
  delete from contact_locks where contact_id = contact;
  return 1;
end $$;

-- Rules 6 and 7: a lock whose owner is gone. Called but not qualified: code 101, set aside; not called: free again.
-- `lease`: the token that was seen; a lock that somebody took meanwhile is left alone.
create function resolve_lock(contact text, lease text, why text) returns boolean language plpgsql
set jit = off set enable_seqscan = off as $$
declare
  c contacts := open_contact(contact);
  held contact_locks;
  aside text;
begin
  select * into held from contact_locks where contact_id = contact and token = lease for update;
  if not found then return false; end if;
  if held.dialled_at is not null and c.status = 'called' then
    select id into aside from qualifications where code = '101';
    update contacts set qualification_id = aside, qualified_by = held.owner_id, qualified_at = now(), version = version + 1, updated_at = now()
      where id = contact;
    insert into contact_history (contact_id, campaign_id, agent_id, kind, qualification_id, call_id, reason)
    values (contact, held.campaign_id, held.owner_id, 'set_aside', aside, held.call_id, why);
    update call_history set qualification_id = aside where id = held.call_id and qualification_id is null;
  else
    insert into contact_history (contact_id, campaign_id, agent_id, kind, reason)
    values (contact, held.campaign_id, held.owner_id, 'freed', why);
  end if;
  delete from contact_locks where contact_id = contact;
  return true;
end $$;

-- Contacts with that qualification are pending again, as if they had never been called; those that somebody holds are left. How many.
create function recycle_contacts(campaign text, qualification text, by_whom text, many integer) returns integer language plpgsql
set jit = off set enable_seqscan = off set enable_sort = off as $$
declare
  done integer;
begin
  perform pg_advisory_xact_lock_shared(rules_key(campaign));
  with chosen as materialized (
    select c.id from contacts c
    where c.campaign_id = campaign and c.qualification_id = qualification
      and not exists (select from contact_locks l where l.contact_id = c.id)
    order by c.seq limit many for no key update skip locked),
  changed as (
    update contacts c set status = 'pending', relaunch_at = null, qualification_id = null, positive = false, quota_mask = 0,
        version = version + 1, updated_at = now()
    from chosen where c.id = chosen.id returning c.id),
  noted as (
    insert into contact_history (contact_id, campaign_id, agent_id, kind, qualification_id)
    select id, campaign, by_whom, 'recycled', qualification from changed)
  select count(*) into done from changed;
  return done;
end $$;

-- ---------------------------------------------------------------- calls

-- Rule 8, for what shows only after the server took the order: nobody rang at the contact, so it was not called.
create or replace function contact_dial_failed() returns trigger language plpgsql as $$
declare
  held contact_locks;
begin
  perform pg_advisory_xact_lock_shared(rules_key(l.campaign_id)) from contact_locks l where l.contact_id = new.contact_id;
  perform from contacts where id = new.contact_id for no key update;
  select * into held from contact_locks where contact_id = new.contact_id for update;
  if not found or held.owner_id is distinct from new.agent_id or held.dialled_at is null or held.dialled_at > new.intended_at + interval '1 minute'
     or (held.call_id is not null and held.call_id <> new.id) then
    return null;
  end if;
  insert into contact_history (contact_id, campaign_id, agent_id, kind, call_id, reason)
  values (held.contact_id, held.campaign_id, held.owner_id, 'dial_failed', new.id, new.end_reason);
  update contacts set status = 'pending', attempts = greatest(attempts - 1, 0), updated_at = now()
    where id = held.contact_id and status = 'called';
  delete from contact_locks where contact_id = held.contact_id;
  return null;
end $$;

drop trigger contact_dial_failed on call_attempts;
create trigger contact_dial_failed after update of outcome on call_attempts for each row
  when (new.contact_id is not null and old.outcome = 'intended' and new.outcome in ('failed', 'blocked')
        and new.end_reason in ('trunk_down', 'trunk_full', 'agent_no_answer', 'agent_unreachable', 'telephony_failure'))
  execute function contact_dial_failed();

-- These two run with their owner's rights: who may read api_campaigns may read its figures, and no table behind them.
create or replace function contact_stats(campaign text) returns json language plpgsql stable security definer set search_path = public as $$
begin
  return (select json_build_object('total', coalesce(sum(k.total), 0), 'pending', coalesce(sum(k.pending), 0), 'called', coalesce(sum(k.called), 0),
                           'qualified', coalesce(sum(k.qualified), 0),
                           'locked', (select count(*) from contact_locks l where l.campaign_id = campaign))
          from contact_counters k where k.campaign_id = campaign);
end $$;

-- The rules as saved, each with what it has reached.
create or replace function quotas_with_counts(campaign text, rules jsonb) returns jsonb language plpgsql stable security definer set search_path = public as $$
begin
  if rules = '[]' then return rules; end if;
  return (select coalesce(jsonb_agg(case when jsonb_typeof(e.rule) = 'object'
            then e.rule || jsonb_build_object('currentCount', coalesce(q.reached, 0)) else e.rule end order by e.n), '[]')
          from jsonb_array_elements(rules) with ordinality e (rule, n)
          left join campaign_quotas q on q.campaign_id = campaign and q.position = e.n - 1);
end $$;

-- ---------------------------------------------------------------- an agent asks

-- POST /campaigns/next-contact in one statement: may he, what does he get, and how it is shown. `verdict`: given (`answer` may hold no
-- contact), unknown (campaign), foreign (not assigned to it), stopped, busy (as claim_contact: ask again).
create function ask_contact(agent text, campaign text, out verdict text, out answer json) language plpgsql as $$
declare
  running boolean;
  assigned boolean;
  got record;
begin
  select c.is_active, coalesce(u.is_active, false) and exists (select from campaign_agents a where a.campaign_id = c.id and a.user_id = agent)
    into running, assigned from campaigns c left join users u on u.id = agent where c.id = campaign;
  if not found then verdict := 'unknown'; return; end if;
  if not assigned then verdict := 'foreign'; return; end if;
  if not running then verdict := 'stopped'; return; end if;
  select * into got from claim_contact(agent, campaign);
  if got.contact is null then
    verdict := case when got.busy then 'busy' else 'given' end;
    answer := '{"contact":null,"campaign":null}';
    return;
  end if;
  verdict := 'given';
  select json_build_object('contact', to_jsonb(v) || jsonb_build_object('lockToken', got.token),
                           'campaign', (select row_to_json(k) from api_campaigns k where k.id = campaign))
    into answer from api_contacts v where v.id = got.contact;
end $$;
