-- Contacts, and how they are handed out.
--
-- `contacts` is wide and grows to tens of millions of rows; handing out must not write to it. So who may be handed out next stands
-- in a narrow table of its own, `contact_pool`, and who holds a contact in `contact_locks`. Triggers keep both, the counters and
-- the quotas right whoever writes: an import only inserts rows into `contacts`.
--
--   in the pool  =  pending, nobody's blank record, without a lock, without a personal callback that is pending,
--                   passing the campaign's filters, and, where quotas are on, matching at least one
--   bucket       =  which quotas the contact matches, a bit each (0: quotas are off). Buckets with a full quota are skipped
--                   as a whole, so that neither filters nor quotas are ever looked for row by row when somebody asks.
--
-- Pool rows are a proposal: claim_contact() takes the lock (one a contact, by its primary key) and looks at the contact again
-- before it hands it out. A row too many costs a second look; a row too few would lose a contact, so whatever may put a contact
-- back judges it while it holds the contact's row (refresh_contact), and never beside a rebuild (pool_key, shared and exclusive).

-- ---------------------------------------------------------------- contacts

create table contacts (
  id text primary key check (id <> ''),
  -- No foreign keys here: they would cost an import of a million rows more than everything else. Contacts of a campaign that is
  -- deleted are removed in the background (contact_purges).
  campaign_id text not null,
  -- First imported, first served.
  seq bigserial not null,
  first_name text not null default '',
  last_name text not null default '',
  -- As given, and as E.164 where it is a number.
  phone_number text not null default '',
  phone_e164 text,
  postal_code text not null default '',
  status text not null default 'pending' check (status in ('pending', 'called', 'qualified')),
  custom_fields jsonb not null default '{}' check (jsonb_typeof(custom_fields) = 'object'),
  -- Author of a blank record, until it is first saved.
  author_id text,
  -- Not handed out before.
  relaunch_at timestamptz,
  qualification_id text,
  qualified_by text,
  qualified_at timestamptz,
  -- The qualification was a positive one; quota_mask: the quotas that count it.
  positive boolean not null default false,
  quota_mask bigint not null default 0,
  -- Times that it was dialled.
  attempts integer not null default 0,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- Lists (three short scans merged by seq), and a pool row's contact.
create index contacts_in_order on contacts (campaign_id, status, seq);
-- Doubles of an import, callers.
create index contacts_by_phone on contacts (phone_e164 text_pattern_ops) where phone_e164 is not null;
create index contacts_by_last_name on contacts (campaign_id, lower(last_name) text_pattern_ops);
create index contacts_by_first_name on contacts (campaign_id, lower(first_name) text_pattern_ops);
create index contacts_by_qualification on contacts (campaign_id, qualification_id, seq) where qualification_id is not null;
create index contacts_positive on contacts (campaign_id) where positive;

create table contact_notes (
  id text primary key check (id <> ''),
  contact_id text not null,
  campaign_id text not null,
  agent_id text not null,
  note text not null,
  created_at timestamptz not null default now()
);
create index contact_notes_by_contact on contact_notes (contact_id, created_at desc);
create index contact_notes_by_time on contact_notes (created_at desc, id desc);
create index contact_notes_by_agent on contact_notes (agent_id, created_at desc);

create table personal_callbacks (
  id text primary key check (id <> ''),
  agent_id text not null references users on delete cascade,
  contact_id text not null,
  campaign_id text not null,
  contact_name text not null default '',
  contact_number text not null default '',
  scheduled_at timestamptz not null,
  notes text not null default '',
  status text not null default 'pending' check (status in ('pending', 'completed', 'cancelled')),
  -- The agent's session was told that it is due.
  reminded_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index personal_callbacks_of_contact on personal_callbacks (contact_id) where status = 'pending';
create index personal_callbacks_of_agent on personal_callbacks (agent_id, scheduled_at);
create index personal_callbacks_by_campaign on personal_callbacks (campaign_id);
create index personal_callbacks_to_remind on personal_callbacks (scheduled_at) where status = 'pending' and reminded_at is null;

-- What happened to a contact beside its calls.
create table contact_history (
  id bigserial primary key,
  contact_id text not null,
  campaign_id text not null,
  -- Who did it; null: the system.
  agent_id text,
  at timestamptz not null default now(),
  kind text not null check (kind in ('created', 'dialled', 'dial_failed', 'qualified', 'set_aside', 'freed', 'recycled', 'callback')),
  qualification_id text,
  relaunch_at timestamptz,
  call_id text,
  -- Why a dial failed, why a lock ended.
  reason text not null default ''
);
create index contact_history_by_contact on contact_history (contact_id, at desc);
create index contact_history_by_call on contact_history (call_id) where call_id is not null;

-- ---------------------------------------------------------------- handing out

-- A lease: an owner, a token, a time. One a contact.
create table contact_locks (
  contact_id text primary key,
  campaign_id text not null,
  owner_id text not null,
  token text not null default gen_random_uuid()::text,
  locked_at timestamptz not null default now(),
  -- Last sign of life of the owner; the lease ends the campaign's 5-60 minutes after it.
  seen_at timestamptz not null default now(),
  -- Handed out by next-contact (and given again to who asks twice), or opened by hand.
  handed boolean not null default false,
  dialled_at timestamptz,
  call_id text,
  -- Quotas that keep a place for it.
  reserved bigint not null default 0,
  -- Supervisors were told.
  announced boolean not null default false
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 1000);
create index contact_locks_of_owner on contact_locks (owner_id);
create index contact_locks_of_campaign on contact_locks (campaign_id);
create index contact_locks_untold on contact_locks (locked_at) where not announced;

create table contact_pool (
  seq bigint primary key,
  campaign_id text not null,
  bucket bigint not null,
  -- Sleeps until then.
  due_at timestamptz
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);
create index contact_pool_next on contact_pool (campaign_id, bucket, seq) where due_at is null;
create index contact_pool_asleep on contact_pool (campaign_id, due_at) where due_at is not null;

-- The campaign's rules, made out of campaigns.filter_rules and quota_rules by a trigger.
create table campaign_filters (
  campaign_id text not null,
  kind text not null check (kind in ('include', 'exclude')),
  field text not null,
  operator text not null,
  value text not null
);
create index on campaign_filters (campaign_id);

create table campaign_quotas (
  campaign_id text not null,
  -- The bit.
  position integer not null check (position between 0 and 61),
  rule_id text not null,
  field text not null,
  operator text not null,
  value text not null,
  limit_of integer not null,
  -- Positive qualifications.
  reached integer not null default 0,
  -- Places given away beyond the limit, because it was lowered: paid back before a place is free again.
  debt integer not null default 0,
  primary key (campaign_id, position)
);

-- Free places of each quota that is in force, spread so that askers don't wait for each other's commits.
create table quota_places (
  campaign_id text not null,
  position integer not null,
  stripe integer not null,
  free integer not null check (free >= 0),
  primary key (campaign_id, position, stripe)
) with (fillfactor = 50);

create table campaign_pools (
  campaign_id text primary key,
  quotas_on boolean not null default false,
  has_rules boolean not null default false,
  -- Not null: the pool follows new rules up to this seq only.
  rebuilt_to bigint,
  -- Statistics that dashboards were told last.
  told jsonb
);

-- contactStats without counting: what each backend added, to be summed.
create table contact_counters (
  campaign_id text not null,
  stripe integer not null,
  total bigint not null default 0,
  pending bigint not null default 0,
  called bigint not null default 0,
  qualified bigint not null default 0,
  primary key (campaign_id, stripe)
) with (fillfactor = 50);

-- Campaigns that are gone and whose contacts still have to go.
create table contact_purges (
  campaign_id text primary key,
  since timestamptz not null default now()
);

-- ---------------------------------------------------------------- rules

create function contact_field(c contacts, field text) returns text language sql immutable parallel safe as $$
  select case field
    when 'firstName' then c.first_name when 'lastName' then c.last_name when 'phoneNumber' then c.phone_number
    when 'phoneE164' then c.phone_e164 when 'postalCode' then c.postal_code else c.custom_fields ->> field end
$$;

-- domain/contact_rules.hpp says the same in C++; a test compares both.
create function field_matches(present text, operator text, wanted text) returns boolean language sql immutable parallel safe as $$
  select case operator
    when 'equals' then coalesce(present, '') = wanted
    when 'starts_with' then starts_with(coalesce(present, ''), wanted)
    when 'contains' then position(wanted in coalesce(present, '')) > 0
    when 'is_not_empty' then coalesce(present, '') <> ''
    else false end
$$;

-- Quotas that the contact matches, a bit each.
create function quota_mask_of(c contacts) returns bigint language sql stable parallel safe as $$
  select coalesce(bit_or(1::bigint << q.position), 0)
  from campaign_quotas q
  where q.campaign_id = c.campaign_id and field_matches(contact_field(c, q.field), q.operator, q.value)
$$;

-- One matching filter a field is enough to be included, every included field must match, one match excludes.
create function passes_filters(c contacts) returns boolean language sql stable parallel safe as $$
  select not exists (
    select from campaign_filters f
    where f.campaign_id = c.campaign_id
    group by f.kind, case when f.kind = 'include' then f.field end
    having bool_or(field_matches(contact_field(c, f.field), f.operator, f.value)) = (f.kind = 'exclude'))
$$;

-- Null: not to be handed out by the campaign's rules.
create function contact_bucket(c contacts) returns bigint language sql stable parallel safe as $$
  select case when not p.has_rules then 0
              when not passes_filters(c) then null
              when not p.quotas_on then 0
              else nullif(quota_mask_of(c), 0) end
  from campaign_pools p where p.campaign_id = c.campaign_id
$$;

-- Null: not in the pool.
create function pool_bucket(c contacts) returns bigint language sql stable as $$
  select case when c.status <> 'pending' or c.author_id is not null
                or exists (select from contact_locks l where l.contact_id = c.id)
                or exists (select from personal_callbacks b where b.contact_id = c.id and b.status = 'pending') then null
              else contact_bucket(c) end
$$;

-- ---------------------------------------------------------------- quotas

create function rules_key(campaign text) returns bigint language sql immutable as $$ select hashtextextended('rules ' || campaign, 0) $$;
create function pool_key(campaign text) returns bigint language sql immutable as $$ select hashtextextended('pool ' || campaign, 0) $$;

-- Gives places back; what was given away beyond a lowered limit first.
create function give_places(campaign text, mask bigint) returns void language plpgsql as $$
declare
  bit integer;
  at integer;
begin
  if mask = 0 then return; end if;
  for bit in select position from campaign_quotas where campaign_id = campaign and (mask >> position) & 1 = 1 order by position loop
    update campaign_quotas set debt = debt - 1 where campaign_id = campaign and position = bit and debt > 0;
    continue when found;
    select stripe into at from quota_places where campaign_id = campaign and position = bit limit 1 for no key update skip locked;
    if not found then
      select stripe into at from quota_places where campaign_id = campaign and position = bit limit 1;
      continue when not found;
    end if;
    update quota_places set free = free + 1 where campaign_id = campaign and position = bit and stripe = at;
  end loop;
end $$;

-- Takes a place in every quota of the mask, or none; false: one is full.
create function take_places(campaign text, mask bigint) returns boolean language plpgsql as $$
declare
  bit integer;
  at integer;
  taken bigint := 0;
begin
  if mask = 0 then return true; end if;
  for bit in select position from campaign_quotas where campaign_id = campaign and (mask >> position) & 1 = 1 order by position loop
    select stripe into at from quota_places where campaign_id = campaign and position = bit and free > 0 limit 1 for no key update skip locked;
    if not found then
      -- The last places are in somebody's hands: wait for what becomes of them.
      select stripe into at from quota_places where campaign_id = campaign and position = bit and free > 0 limit 1 for no key update;
    end if;
    if not found then
      perform give_places(campaign, taken);
      return false;
    end if;
    update quota_places set free = free - 1 where campaign_id = campaign and position = bit and stripe = at;
    taken := taken | (1::bigint << bit);
  end loop;
  return true;
end $$;

-- Quotas without a free place.
create function full_quotas(campaign text) returns bigint language sql stable as $$
  select coalesce(bit_or(1::bigint << position), 0) from
    (select position from quota_places where campaign_id = campaign group by position having sum(free) = 0) f
$$;

-- ---------------------------------------------------------------- the pool

-- Judges one contact anew. Whoever changed what decides about it calls this afterwards, in the same transaction.
create function refresh_contact(contact text) returns void language plpgsql as $$
declare
  c contacts;
  b bigint;
begin
  select * into c from contacts where id = contact for no key update;
  if not found then return; end if;
  perform pg_advisory_xact_lock_shared(pool_key(c.campaign_id));
  select * into c from contacts where id = contact;
  b := pool_bucket(c);
  if b is null then
    delete from contact_pool where seq = c.seq;
  else
    insert into contact_pool (seq, campaign_id, bucket, due_at)
    values (c.seq, c.campaign_id, b, case when c.relaunch_at > now() then c.relaunch_at end)
    on conflict (seq) do update set bucket = excluded.bucket, due_at = excluded.due_at;
  end if;
end $$;

-- Brings the next `many` contacts under the campaign's rules; true when the pool is complete. Leaves it for later (false) while
-- somebody else writes to the pool of this campaign.
create function rebuild_pool(campaign text, many integer) returns boolean language plpgsql as $$
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
    select c.seq, pool_bucket(c) as bucket, case when c.relaunch_at > now() then c.relaunch_at end as due_at
    from contacts c where c.campaign_id = campaign and c.status = 'pending' and c.seq > from_seq and c.seq <= to_seq),
  gone as (delete from contact_pool p using judged j where p.seq = j.seq and j.bucket is null)
  insert into contact_pool (seq, campaign_id, bucket, due_at) select seq, campaign, bucket, due_at from judged where bucket is not null
  on conflict (seq) do update set bucket = excluded.bucket where contact_pool.bucket <> excluded.bucket;
  update campaign_pools set rebuilt_to = to_seq where campaign_id = campaign;
  return false;
end $$;

-- Takes places in the quotas of a bucket and the first contact of it; null: none, or full.
create function take_next(campaign text, wanted bigint) returns bigint language plpgsql as $$
declare
  head bigint;
begin
  if not take_places(campaign, wanted) then return null; end if;
  select seq into head from contact_pool where campaign_id = campaign and bucket = wanted and due_at is null
    order by seq limit 1 for update skip locked;
  if not found then
    perform give_places(campaign, wanted);
    return null;
  end if;
  delete from contact_pool where seq = head;
  return head;
end $$;

-- Rules 1 to 5 of the data contract, in one statement: the contact that `agent` gets next, locked for him; null: none. Whether he may ask
-- at all is checked before. `fresh` is false for one that he holds already.
create function claim_contact(agent text, campaign text, out contact text, out token text, out fresh boolean) language plpgsql as $$
declare
  c contacts;
  rules campaign_pools;
  wanted bigint;
  head bigint;
  full_mask bigint;
  tries integer := 0;
begin
  fresh := false;
  -- The same agent twice at once (a double click, a repeated request): one after the other, the same contact.
  perform pg_advisory_xact_lock(hashtextextended('asks ' || agent, 0));
  perform pg_advisory_xact_lock_shared(rules_key(campaign));
  update contact_locks l set seen_at = now()
    where l.contact_id = (select h.contact_id from contact_locks h where h.owner_id = agent and h.campaign_id = campaign and h.handed
                          order by h.locked_at limit 1)
    returning l.contact_id, l.token into contact, token;
  if found then return; end if;
  fresh := true;
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
    continue when not take_places(campaign, wanted);
    insert into contact_locks as l (contact_id, campaign_id, owner_id, handed, reserved) values (contact, campaign, agent, true, wanted)
      on conflict do nothing returning l.token into token;
    if found then return; end if;
    perform give_places(campaign, wanted);
  end loop;
  contact := null;

  -- Whose time has come.
  update contact_pool set due_at = null where seq in
    (select seq from contact_pool where campaign_id = campaign and due_at <= now() order by due_at limit 100 for update skip locked);

  while tries < 200 loop
    tries := tries + 1;
    head := null;
    if not rules.quotas_on then
      wanted := 0;
      head := take_next(campaign, 0);
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
        head := take_next(campaign, wanted);
        exit when head is not null;
      end loop;
    end if;

    if head is null then
      -- Nothing: perhaps because the pool doesn't follow new rules yet.
      exit when rules.rebuilt_to is null or tries > 20;
      perform rebuild_pool(campaign, 2000);
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
      return;
    end if;
    -- Gives the places back and puts the contact where it belongs.
    delete from contact_locks where contact_id = c.id;
  end loop;
  contact := null;
  token := null;
end $$;

-- A lock that ends gives its places back, and the contact to whom it belongs now.
create function contact_lock_ended() returns trigger language plpgsql as $$
begin
  perform give_places(old.campaign_id, old.reserved);
  perform refresh_contact(old.contact_id);
  if old.announced then
    perform announce('contactUpdate', 'contact:' || old.contact_id,
      jsonb_build_object('id', old.contact_id, 'campaignId', old.campaign_id, 'lockedBy', null, 'lockedAt', null),
      jsonb_build_object('role', 'Superviseur', 'to', jsonb_build_array(old.owner_id)));
  end if;
  return null;
end $$;
create trigger contact_lock_ended after delete on contact_locks for each row execute function contact_lock_ended();

-- A lock by hand takes the contact out of the pool.
create function contact_lock_taken() returns trigger language plpgsql as $$
begin
  delete from contact_pool p using contacts c where c.id = new.contact_id and p.seq = c.seq;
  return null;
end $$;
create trigger contact_lock_taken after insert on contact_locks for each row when (not new.handed) execute function contact_lock_taken();

create function personal_callback_changed() returns trigger language plpgsql as $$
begin
  perform refresh_contact(coalesce(new.contact_id, old.contact_id));
  return null;
end $$;
create trigger personal_callback_changed after insert or update of status or delete on personal_callbacks
  for each row execute function personal_callback_changed();

-- Live: to the agent whose callback it is, and to supervisors of his site.
create function announce_callback(b personal_callbacks, due boolean) returns void language plpgsql as $$
begin
  perform announce('callbackUpdate', 'callback:' || b.id,
    jsonb_build_object('id', b.id, 'agentId', b.agent_id, 'contactId', b.contact_id, 'campaignId', b.campaign_id,
      'contactName', b.contact_name, 'contactNumber', b.contact_number, 'scheduledTime', iso8601(b.scheduled_at), 'notes', b.notes,
      'status', b.status) || case when due then jsonb_build_object('due', true) else '{}' end,
    case when due then jsonb_build_object('to', jsonb_build_array(b.agent_id))
         else jsonb_build_object('role', 'Superviseur', 'site', (select u.site_id from users u where u.id = b.agent_id),
                                 'to', jsonb_build_array(b.agent_id)) end);
end $$;
create function personal_callback_told() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    -- An event of a row that is gone: cancelled, as far as anybody who shows it is concerned.
    old.status := 'cancelled';
    perform announce_callback(old, false);
  else
    perform announce_callback(new, false);
  end if;
  return null;
end $$;
create trigger personal_callback_told after insert or update of status, scheduled_at, notes, contact_name, contact_number or delete
  on personal_callbacks for each row execute function personal_callback_told();

-- ---------------------------------------------------------------- triggers of contacts: counters, pool, events

create function count_contacts(campaign text, more bigint, pending_more bigint, called_more bigint, qualified_more bigint) returns void
language sql as $$
  insert into contact_counters as k (campaign_id, stripe, total, pending, called, qualified)
  values (campaign, pg_backend_pid() % 32, more, pending_more, called_more, qualified_more)
  on conflict (campaign_id, stripe) do update set total = k.total + excluded.total, pending = k.pending + excluded.pending,
    called = k.called + excluded.called, qualified = k.qualified + excluded.qualified
$$;

create function contacts_added() returns trigger language plpgsql as $$
declare
  g record;
begin
  for g in select n.campaign_id as campaign, count(*) as total, count(*) filter (where n.status = 'pending') as pending,
                  count(*) filter (where n.status = 'called') as called, count(*) filter (where n.status = 'qualified') as qualified
           from added n group by n.campaign_id order by n.campaign_id loop
    perform count_contacts(g.campaign, g.total, g.pending, g.called, g.qualified);
    perform pg_advisory_xact_lock_shared(pool_key(g.campaign));
    if exists (select from campaign_pools p where p.campaign_id = g.campaign and p.has_rules) then
      insert into contact_pool (seq, campaign_id, bucket, due_at)
      select n.seq, n.campaign_id, b.bucket, case when n.relaunch_at > now() then n.relaunch_at end
      from added n, lateral (select contact_bucket(c) as bucket from contacts c where c.id = n.id) b
      where n.campaign_id = g.campaign and n.status = 'pending' and n.author_id is null and b.bucket is not null
      on conflict (seq) do nothing;
    else
      insert into contact_pool (seq, campaign_id, bucket, due_at)
      select n.seq, n.campaign_id, 0, case when n.relaunch_at > now() then n.relaunch_at end
      from added n where n.campaign_id = g.campaign and n.status = 'pending' and n.author_id is null
      on conflict (seq) do nothing;
    end if;
  end loop;
  return null;
end $$;
create trigger contacts_added after insert on contacts referencing new table as added for each statement execute function contacts_added();

-- What others see of a contact, without its lock.
create function contact_json(c contacts) returns jsonb language sql stable as $$
  select jsonb_build_object('id', c.id, 'campaignId', c.campaign_id, 'firstName', c.first_name, 'lastName', c.last_name,
    'phoneNumber', c.phone_number, 'phoneE164', c.phone_e164, 'postalCode', c.postal_code, 'status', c.status,
    'customFields', c.custom_fields, 'relaunchAt', iso8601(c.relaunch_at), 'qualificationId', c.qualification_id)
$$;

create function contacts_changed() returns trigger language plpgsql as $$
declare
  g record;
begin
  for g in select n.campaign_id as campaign,
                  count(*) filter (where n.status = 'pending') - count(*) filter (where o.status = 'pending') as pending,
                  count(*) filter (where n.status = 'called') - count(*) filter (where o.status = 'called') as called,
                  count(*) filter (where n.status = 'qualified') - count(*) filter (where o.status = 'qualified') as qualified
           from after_change n join before_change o on o.id = n.id where n.status <> o.status group by n.campaign_id order by n.campaign_id loop
    perform count_contacts(g.campaign, 0, g.pending, g.called, g.qualified);
  end loop;

  -- Positive qualifications that came or went. Their places: qualify keeps the one it has, here they are given back.
  for g in select o.campaign_id as campaign, o.quota_mask as was, n.quota_mask as is_now
           from after_change n join before_change o on o.id = n.id
           where o.quota_mask <> n.quota_mask and coalesce(current_setting('evs.recount', true), '') <> 'on' loop
    perform give_places(g.campaign, g.was & ~g.is_now);
    update campaign_quotas set reached = reached + ((g.is_now >> position) & 1)::integer - ((g.was >> position) & 1)::integer
      where campaign_id = g.campaign and ((g.was # g.is_now) >> position) & 1 = 1;
  end loop;

  for g in select distinct n.campaign_id as campaign from after_change n order by 1 loop
    perform pg_advisory_xact_lock_shared(pool_key(g.campaign));
  end loop;
  with judged as materialized (
    select c.seq, c.campaign_id, pool_bucket(c) as bucket, case when c.relaunch_at > now() then c.relaunch_at end as due_at
    from after_change n join before_change o on o.id = n.id join contacts c on c.id = n.id
    where (n.status, n.relaunch_at, n.author_id, n.first_name, n.last_name, n.phone_number, n.phone_e164, n.postal_code, n.custom_fields)
      is distinct from (o.status, o.relaunch_at, o.author_id, o.first_name, o.last_name, o.phone_number, o.phone_e164, o.postal_code,
                        o.custom_fields)),
  gone as (delete from contact_pool p using judged j where p.seq = j.seq and j.bucket is null)
  insert into contact_pool (seq, campaign_id, bucket, due_at) select seq, campaign_id, bucket, due_at from judged where bucket is not null
  on conflict (seq) do update set bucket = excluded.bucket, due_at = excluded.due_at;

  -- One by one for people's changes; of a recycled list only the campaign's figures are told.
  if (select count(*) from (select from after_change limit 21) few) <= 20 then
    perform announce('contactUpdate', 'contact:' || d.id, d.changed || jsonb_build_object('id', d.id, 'campaignId', d.campaign_id),
      jsonb_build_object('role', 'Superviseur', 'to', coalesce((select jsonb_agg(l.owner_id) from contact_locks l where l.contact_id = d.id), '[]')))
    from (select n.id, n.campaign_id,
            (select jsonb_object_agg(x.key, x.value) from jsonb_each(contact_json(n)) x
             where x.value is distinct from contact_json(o) -> x.key) as changed
          from after_change n join before_change o on o.id = n.id) d
    where d.changed is not null;
  end if;
  return null;
end $$;
create trigger contacts_changed after update on contacts referencing old table as before_change new table as after_change
  for each statement execute function contacts_changed();

create function contacts_removed() returns trigger language plpgsql as $$
declare
  g record;
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
  delete from contact_locks l using removed o where l.contact_id = o.id;
  delete from personal_callbacks b using removed o where b.contact_id = o.id;
  delete from contact_notes n using removed o where n.contact_id = o.id;
  delete from contact_history h using removed o where h.contact_id = o.id;
  delete from contact_pool p using removed o where p.seq = o.seq;
  return null;
end $$;
create trigger contacts_removed after delete on contacts referencing old table as removed for each statement execute function contacts_removed();

-- ---------------------------------------------------------------- triggers of campaigns: rules

create function whole_or(x jsonb, otherwise integer) returns integer language sql immutable as $$
  select case when x is null then otherwise
              when jsonb_typeof(x) = 'number' then greatest(least(floor((x #>> '{}')::numeric), 1000000000), 0)::integer
              when jsonb_typeof(x) = 'string' and x #>> '{}' ~ '^[0-9]{1,9}$' then (x #>> '{}')::integer
              else otherwise end
$$;

create function follow_filters(c campaigns) returns void language plpgsql as $$
begin
  delete from campaign_filters where campaign_id = c.id;
  insert into campaign_filters (campaign_id, kind, field, operator, value)
  select c.id, coalesce(r ->> 'type', 'include'), coalesce(r ->> 'contactField', ''), coalesce(r ->> 'operator', ''), coalesce(r ->> 'value', '')
  from jsonb_array_elements(c.filter_rules) r where coalesce(r ->> 'type', 'include') in ('include', 'exclude');
end $$;

-- Counts anew what each quota has and what is in progress, and deals its free places.
create function follow_quotas(c campaigns) returns void language plpgsql as $$
begin
  delete from quota_places where campaign_id = c.id;
  delete from campaign_quotas where campaign_id = c.id;
  insert into campaign_quotas (campaign_id, position, rule_id, field, operator, value, limit_of)
  select c.id, r.n - 1, coalesce(r.rule ->> 'id', r.n::text), coalesce(r.rule ->> 'contactField', ''), coalesce(r.rule ->> 'operator', ''),
         coalesce(r.rule ->> 'value', ''), whole_or(r.rule -> 'limit', 0)
  from jsonb_array_elements(c.quota_rules) with ordinality r (rule, n) where r.n <= 62;
  perform set_config('evs.recount', 'on', true);
  update contacts k set quota_mask = quota_mask_of(k) where k.campaign_id = c.id and k.positive and k.quota_mask <> quota_mask_of(k);
  perform set_config('evs.recount', 'off', true);
  -- Triggers of this update must not count again: it is all counted here.
  update campaign_quotas q set reached =
    (select count(*) from contacts k where k.campaign_id = c.id and k.positive and (k.quota_mask >> q.position) & 1 = 1)
    where q.campaign_id = c.id;
  update contact_locks l set reserved = case when c.quotas_enabled and l.handed
      then (select quota_mask_of(k) & ~k.quota_mask from contacts k where k.id = l.contact_id) else 0 end
    where l.campaign_id = c.id;
  if c.quotas_enabled then
    update campaign_quotas q set debt = greatest(0, q.reached + p.taken - q.limit_of)
      from (select s.position, (select count(*) from contact_locks l where l.campaign_id = c.id and (l.reserved >> s.position) & 1 = 1) as taken
            from campaign_quotas s where s.campaign_id = c.id) p
      where q.campaign_id = c.id and q.position = p.position;
    insert into quota_places (campaign_id, position, stripe, free)
    select q.campaign_id, q.position, s.n, f.free / 16 + case when s.n < f.free % 16 then 1 else 0 end
    from campaign_quotas q, generate_series(0, 15) s (n),
      lateral (select greatest(0, q.limit_of - q.reached -
        (select count(*) from contact_locks l where l.campaign_id = c.id and (l.reserved >> q.position) & 1 = 1))::integer as free) f
    where q.campaign_id = c.id;
  end if;
end $$;

-- A quota's rule without what counts.
create function quota_terms(rules jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(r - 'currentCount' order by n), '[]') from jsonb_array_elements(rules) with ordinality e (r, n)
$$;

create function campaign_rules_changed() returns trigger language plpgsql as $$
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
      exit when rebuild_pool(new.id, 5000);
    end loop;
  end if;
  return null;
end $$;
create trigger campaign_rules_changed after insert or update on campaigns for each row execute function campaign_rules_changed();

create function campaign_gone() returns trigger language plpgsql as $$
begin
  delete from campaign_pools where campaign_id = old.id;
  delete from campaign_filters where campaign_id = old.id;
  delete from quota_places where campaign_id = old.id;
  delete from campaign_quotas where campaign_id = old.id;
  delete from contact_counters where campaign_id = old.id;
  delete from contact_locks where campaign_id = old.id;
  delete from personal_callbacks where campaign_id = old.id;
  if exists (select from contacts where campaign_id = old.id) then
    insert into contact_purges (campaign_id) values (old.id) on conflict do nothing;
  end if;
  return null;
end $$;
create trigger campaign_gone after delete on campaigns for each row execute function campaign_gone();

create function campaign_not_yet_gone() returns trigger language plpgsql as $$
begin
  if exists (select from contact_purges where campaign_id = new.id) then
    raise exception 'the contacts of the former campaign % are still being removed', new.id;
  end if;
  return new;
end $$;
create trigger campaign_not_yet_gone before insert on campaigns for each row execute function campaign_not_yet_gone();

insert into campaign_pools (campaign_id) select id from campaigns;
do $$
declare
  c campaigns;
begin
  for c in select * from campaigns loop
    perform follow_filters(c);
    perform follow_quotas(c);
    update campaign_pools p set quotas_on = c.quotas_enabled,
      has_rules = c.quotas_enabled or exists (select from campaign_filters f where f.campaign_id = c.id) where p.campaign_id = c.id;
  end loop;
end $$;

-- ---------------------------------------------------------------- calls

-- Rule 8, for what shows only after the server took the order: nobody rang at the contact, so it was not called.
create function contact_dial_failed() returns trigger language plpgsql as $$
declare
  held contact_locks;
begin
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
create trigger contact_dial_failed after update of outcome on call_attempts for each row
  when (new.contact_id is not null and old.outcome = 'intended' and new.outcome in ('failed', 'blocked')
        and new.end_reason in ('trunk_down', 'trunk_full', 'agent_no_answer', 'agent_unreachable', 'agent_cancelled', 'telephony_failure'))
  execute function contact_dial_failed();

-- The qualification of a call may come before the call's row.
create function call_was_qualified() returns trigger language plpgsql as $$
begin
  select h.qualification_id into new.qualification_id from contact_history h
    where h.call_id = new.id and h.kind in ('qualified', 'set_aside') order by h.id desc limit 1;
  return new;
end $$;
create trigger call_was_qualified before insert on call_history for each row
  when (new.contact_id is not null and new.qualification_id is null) execute function call_was_qualified();
create index call_history_by_contact on call_history (contact_id, started_at desc) where contact_id is not null;

-- ---------------------------------------------------------------- the contract's names

create view api_contacts as
  select c.id, c.campaign_id as "campaignId", c.first_name as "firstName", c.last_name as "lastName", c.phone_number as "phoneNumber",
         c.phone_e164 as "phoneE164", c.postal_code as "postalCode", c.status, c.custom_fields as "customFields",
         l.owner_id as "lockedBy", iso8601(l.locked_at) as "lockedAt", iso8601(c.relaunch_at) as "relaunchAt",
         c.qualification_id as "qualificationId", iso8601(c.created_at) as "createdAt", iso8601(c.updated_at) as "updatedAt"
  from contacts c join campaign_pools p on p.campaign_id = c.campaign_id left join contact_locks l on l.contact_id = c.id;

create view api_contact_notes as
  select id, contact_id as "contactId", agent_id as "agentId", campaign_id as "campaignId", note, iso8601(created_at) as "createdAt"
  from contact_notes;

create view api_personal_callbacks as
  select id, agent_id as "agentId", contact_id as "contactId", campaign_id as "campaignId", contact_name as "contactName",
         contact_number as "contactNumber", iso8601(scheduled_at) as "scheduledTime", notes, status
  from personal_callbacks;

create view api_contact_history as
  select id, contact_id as "contactId", campaign_id as "campaignId", agent_id as "agentId", iso8601(at) as at, kind,
         qualification_id as "qualificationId", iso8601(relaunch_at) as "relaunchAt", call_id as "callId", nullif(reason, '') as reason
  from contact_history;

create function contact_stats(campaign text) returns json language sql stable as $$
  select json_build_object('total', coalesce(sum(k.total), 0), 'pending', coalesce(sum(k.pending), 0), 'called', coalesce(sum(k.called), 0),
                           'qualified', coalesce(sum(k.qualified), 0),
                           'locked', (select count(*) from contact_locks l where l.campaign_id = campaign))
  from contact_counters k where k.campaign_id = campaign
$$;

-- The rules as saved, each with what it has reached.
create function quotas_with_counts(campaign text, rules jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(case when jsonb_typeof(e.rule) = 'object'
      then e.rule || jsonb_build_object('currentCount', coalesce(q.reached, 0)) else e.rule end order by e.n), '[]')
  from jsonb_array_elements(rules) with ordinality e (rule, n)
  left join campaign_quotas q on q.campaign_id = campaign and q.position = e.n - 1
$$;

create or replace view api_campaigns as
  select c.id, c.name, c.description, c.script_id as "scriptId", c.caller_id as "callerId", c.is_active as "isActive",
         coalesce((select json_agg(a.user_id order by a.user_id) from campaign_agents a where a.campaign_id = c.id), '[]')
           as "assignedUserIds",
         c.qualification_group_id as "qualificationGroupId", '[]'::json as contacts,
         contact_stats(c.id) as "contactStats",
         c.dialing_mode as "dialingMode", c.priority, c.timezone, c.schedule, c.max_abandon_rate as "maxAbandonRate",
         c.pace_factor as "paceFactor", c.min_agents_before_start as "minAgentsBeforeStart",
         c.retry_attempts as "retryAttempts", c.retry_intervals_min as "retryIntervals", c.retry_on_status as "retryOnStatus",
         c.amd_enabled as "amdEnabled", c.amd_confidence as "amdConfidence", c.voicemail_action as "voicemailAction",
         c.recording_enabled as "recordingEnabled", c.recording_beep as "recordingBeep", c.max_ring_s as "maxRingDuration",
         c.wrap_up_s as "wrapUpTime", c.max_call_s as "maxCallDuration", c.quotas_enabled as "quotasEnabled",
         quotas_with_counts(c.id, c.quota_rules) as "quotaRules", c.filter_rules as "filterRules",
         c.unlock_timeouts_enabled as "unlockTimeoutsEnabled", c.unlock_timeout_minutes as "unlockTimeoutMinutes",
         c.compliance_profile as "complianceProfile"
  from campaigns c;
