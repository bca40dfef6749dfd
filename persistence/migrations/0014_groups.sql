-- Groups of people are a scope: a supervisor who is limited to a site also has the members of his groups in his charge, wherever they
-- sit. REST asks user_group_members (scope.hpp); events say whom they are `about`, and the node knows who has whom in his charge.

-- As in 0006, with `about`.
create or replace function announce_facts(resource text, thing jsonb, id text) returns jsonb language plpgsql stable as $$
declare
  place text; people jsonb; persons jsonb;
begin
  if resource = 'user' then
    place := thing->>'siteId'; people := jsonb_build_array(id); persons := people;
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
  return jsonb_strip_nulls(jsonb_build_object('resource', resource, 'site', place, 'to', people, 'about', persons));
end $$;

-- As in 0007, with `about`.
create or replace function announce_callback(b personal_callbacks, due boolean) returns void language plpgsql as $$
begin
  perform announce('callbackUpdate', 'callback:' || b.id,
    jsonb_build_object('id', b.id, 'agentId', b.agent_id, 'contactId', b.contact_id, 'campaignId', b.campaign_id,
      'contactName', b.contact_name, 'contactNumber', b.contact_number, 'scheduledTime', iso8601(b.scheduled_at), 'notes', b.notes,
      'status', b.status) || case when due then jsonb_build_object('due', true) else '{}' end,
    case when due then jsonb_build_object('to', jsonb_build_array(b.agent_id))
         else jsonb_build_object('role', 'Superviseur', 'site', (select u.site_id from users u where u.id = b.agent_id),
                                 'to', jsonb_build_array(b.agent_id), 'about', jsonb_build_array(b.agent_id)) end);
end $$;

-- As in 0013; and once to each supervisor of another site who has some of the agents in his groups, with these and no others.
create or replace function announce_planning(agents text[]) returns void language plpgsql as $$
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
  for place in
    select u.site_id as site, s.id as supervisor, jsonb_agg(distinct u.id) as ids
    from unnest(agents) as a (id) join users u on u.id = a.id
      join user_group_members theirs on theirs.user_id = u.id
      join user_group_members his on his.group_id = theirs.group_id
      join users s on s.id = his.user_id
    where s.role = 'Superviseur' and s.is_active and s.site_id <> u.site_id
    group by u.site_id, s.id
  loop
    perform announce('planningUpdated', '', jsonb_build_object('siteId', place.site, 'agentIds', place.ids),
                     jsonb_build_object('to', jsonb_build_array(place.supervisor)));
  end loop;
end $$;

-- Whose groups have other members sees other people: he is told to read them again.
create function group_members_changed() returns trigger language plpgsql as $$
declare
  supervisors jsonb;
begin
  select jsonb_agg(distinct u.id) into supervisors from users u
  where u.role = 'Superviseur' and u.is_active and u.site_id is not null
    and (exists (select from changed c where c.user_id = u.id)
         or exists (select from changed c join user_group_members m on m.group_id = c.group_id where m.user_id = u.id));
  if supervisors is not null then
    perform announce('usersBulkUpdate', '', '{}', jsonb_build_object('to', supervisors));
  end if;
  return null;
end $$;
create trigger group_members_added after insert on user_group_members referencing new table as changed
  for each statement execute function group_members_changed();
create trigger group_members_removed after delete on user_group_members referencing old table as changed
  for each statement execute function group_members_changed();
