-- A transaction with NOTIFY holds a lock of the whole database while it commits, so those who announce would wait for each other's disk.
-- A node's own connections therefore don't: they say evs.outbox = 'told' and hear by a message on the connection itself, with the answer
-- to their COMMIT, that rows were written; the node wakes its relay. All others (psql, scripts, jobs) notify as before.
create or replace function outbox_notify() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('evs.outbox', true), '') = 'told' then
    raise info 'evs_outbox';
  else
    perform pg_notify('evs_outbox', '');
  end if;
  return null;
end $$;
