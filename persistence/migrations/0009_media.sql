-- Files whose row is gone or speaks of another one. The node removes them after the commit, at the latest at its next start, so that
-- a file never goes before its row and none stays behind.
create table discarded_files (
  id bigserial primary key,
  kind text not null check (kind in ('audio', 'picture', 'recording')),
  name text not null,
  discarded_at timestamptz not null default now()
);

create function discard_file() returns trigger language plpgsql as $$
begin
  insert into discarded_files (kind, name) select tg_argv[0], regexp_replace(gone, '^/api/media/pictures/', '')
    from (select to_jsonb(old)->>tg_argv[1] as gone) o
    where tg_argv[0] <> 'picture' or gone like '/api/media/pictures/%';
  return null;
end $$;

create trigger discard_audio_deleted after delete on audio_files for each row when (old.stored_as is not null)
  execute function discard_file('audio', 'stored_as');
create trigger discard_audio_replaced after update of stored_as on audio_files for each row
  when (old.stored_as is not null and old.stored_as is distinct from new.stored_as) execute function discard_file('audio', 'stored_as');
create trigger discard_picture_deleted after delete on users for each row when (old.profile_picture_url is not null)
  execute function discard_file('picture', 'profile_picture_url');
create trigger discard_picture_replaced after update of profile_picture_url on users for each row
  when (old.profile_picture_url is not null and old.profile_picture_url is distinct from new.profile_picture_url)
  execute function discard_file('picture', 'profile_picture_url');
create trigger discard_recording_deleted after delete on call_history for each row when (old.recording_id is not null)
  execute function discard_file('recording', 'recording_id');
create trigger discard_recording_replaced after update of recording_id on call_history for each row
  when (old.recording_id is not null and old.recording_id is distinct from new.recording_id)
  execute function discard_file('recording', 'recording_id');

create index call_history_recorded on call_history (started_at desc, id desc) where recording_id is not null;
