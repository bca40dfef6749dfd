-- Who does what when. Times are instants; `timezone` says on which wall the hours of a rule are meant, so that an event keeps them over
-- every change of the clocks, wherever its agent moves later.

create table planning_events (
  id text primary key check (id <> ''),
  agent_id text not null references users on delete cascade,
  activity_id text references activity_types on delete set null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  -- RFC 5545, without "RRULE:"; checked by calendar/.
  rrule text check (rrule <> ''),
  timezone text not null,
  site_id text references sites on delete set null,
  -- End of the last occurrence, so that a search by time finds rules too; null: endless.
  last_end timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index planning_events_by_agent on planning_events (agent_id, starts_at);
create index planning_events_by_time on planning_events (starts_at, id);
create index on planning_events (activity_id);
create index on planning_events (site_id);

create view api_planning_events as
  select id, agent_id as "agentId", activity_id as "activityId", iso8601(starts_at) as "startDate", iso8601(ends_at) as "endDate", rrule,
         site_id as "siteId", timezone
  from planning_events;

-- `planningUpdated`: once a site and statement to those who supervise it, with the agents whose planning changed, and once to these
-- agents, without saying who the others are.
create function announce_planning(agents text[]) returns void language plpgsql as $$
declare
  place record;
begin
  for place in
    select u.site_id as site, jsonb_agg(distinct a.id) as ids, jsonb_agg(distinct a.id) filter (where u.role = 'Agent') as own
    from unnest(agents) as a (id) left join users u on u.id = a.id group by u.site_id
  loop
    perform announce('planningUpdated', '', jsonb_strip_nulls(jsonb_build_object('siteId', place.site, 'agentIds', place.ids)),
                     jsonb_strip_nulls(jsonb_build_object('role', 'Superviseur', 'site', place.site)));
    if place.own is not null then
      perform announce('planningUpdated', '', '{}', jsonb_build_object('to', place.own));
    end if;
  end loop;
end $$;

create function planning_inserted() returns trigger language plpgsql as $$
begin
  perform announce_planning((select array_agg(distinct agent_id) from fresh));
  return null;
end $$;
create function planning_deleted() returns trigger language plpgsql as $$
begin
  perform announce_planning((select array_agg(distinct agent_id) from gone));
  return null;
end $$;
create function planning_updated() returns trigger language plpgsql as $$
begin
  perform announce_planning((select array_agg(distinct agent_id) from (
    select agent_id from (select * from fresh except select * from gone) f union
    select agent_id from (select * from gone except select * from fresh) g) changed));
  return null;
end $$;
create trigger planning_inserted after insert on planning_events referencing new table as fresh
  for each statement execute function planning_inserted();
create trigger planning_deleted after delete on planning_events referencing old table as gone
  for each statement execute function planning_deleted();
create trigger planning_updated after update on planning_events referencing new table as fresh old table as gone
  for each statement execute function planning_updated();
