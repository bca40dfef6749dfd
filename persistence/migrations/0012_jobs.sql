-- Work that takes longer than a request: so far imports of contacts. A job is a row; its result and the end of its work are one
-- transaction, so that a crash leaves either nothing or all of it.

create table jobs (
  id text primary key check (id <> ''),
  kind text not null check (kind in ('contact-import')),
  campaign_id text references campaigns on delete cascade,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  -- What is being done, for people who watch.
  phase text not null default 'waiting' check (phase in ('waiting', 'reading', 'comparing', 'saving', 'finished')),
  -- How it is to be done: import_plan.
  request jsonb not null default '{}',
  -- The node that has the uploaded file, the file's name below the data folder, and what the person called it.
  node text not null,
  file text,
  file_name text not null default '',
  -- What the file was taken for.
  description text not null default '',
  -- Rows; the total is estimated while the file is being read.
  done bigint not null default 0,
  total bigint,
  result jsonb,
  -- Why it failed, for people.
  reason text,
  attempts integer not null default 0,
  -- Headings of the file as CSV, for the list of rejected rows.
  heading text not null default '',
  created_by text not null,
  -- Site that its author is limited to.
  site_id text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index jobs_waiting on jobs (node, created_at) where state in ('queued', 'running');
create index jobs_newest on jobs (created_at desc, id desc);
create index jobs_by_campaign on jobs (campaign_id);

-- Rows of a list that could not be taken: number of the row, its line in the file, why, and its cells as CSV.
create table job_rejected_rows (
  job_id text not null references jobs on delete cascade,
  n bigint not null,
  line bigint not null,
  reason text not null,
  cells text not null default '',
  primary key (job_id, n)
);

create view api_jobs as
  select j.id, j.kind, j.campaign_id as "campaignId", j.state, j.phase, j.done, j.total, j.file_name as "fileName", j.description,
         j.result, j.reason, j.created_by as "createdBy", iso8601(j.created_at) as "createdAt", iso8601(j.started_at) as "startedAt",
         iso8601(j.finished_at) as "finishedAt"
  from jobs j;

-- Who may see a job: its author, and supervisors of its site (of all sites when it has none).
create function job_facts(j jobs) returns jsonb language sql immutable as $$
  select jsonb_strip_nulls(jsonb_build_object('role', 'Superviseur', 'site', j.site_id, 'to', jsonb_build_array(j.created_by)))
$$;

-- jobUpdate: whenever a job's row changes. Whoever works on it decides how often that is.
create function job_changed() returns trigger language plpgsql as $$
begin
  perform announce('jobUpdate', 'job:' || new.id, (select to_jsonb(v) from api_jobs v where v.id = new.id), job_facts(new));
  return null;
end $$;
-- Wakes the node that has the file.
create function job_put_in() returns trigger language plpgsql as $$ begin perform pg_notify('evs_jobs', new.node); return null; end $$;
create trigger job_put_in after insert on jobs for each row execute function job_put_in();
create trigger job_changed after insert or update on jobs for each row execute function job_changed();
