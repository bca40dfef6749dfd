-- Data events (updateUser, newCampaign ...), written in the same transaction as the row they tell of. The relay reads what
-- has relayed_at null in order of id, appends it to the event log and marks it; readers de-duplicate by id.

create table outbox (
  id bigserial primary key,
  type text not null,
  entity text not null,
  payload jsonb not null,
  -- {minRole?, site?, alsoTo[]}
  audience jsonb not null default '{}',
  created_at timestamptz not null default now(),
  relayed_at timestamptz
);
create index outbox_waiting on outbox (id) where relayed_at is null;

-- Wakes the relay when the transaction commits; the payload stays in the table.
create function outbox_notify() returns trigger language plpgsql as
  $$ begin perform pg_notify('evs_outbox', ''); return null; end $$;
create trigger outbox_notify after insert on outbox for each statement execute function outbox_notify();
