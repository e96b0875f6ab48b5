-- Up Migration

-- An answer (a 304, or equal content) confirms the document whose hash the asker knew, takes over its validator, and
-- brings it back if it was marked gone. Returns no row when another document is stored by now: then the answer says
-- nothing about it. Without p_hash any document is confirmed.
drop function pokepedia_confirm_resource(uuid, text, text, timestamptz, text, text[]);
create function pokepedia_confirm_resource(
  p_run uuid, p_path text, p_type text, p_checked_at timestamptz, p_etag text, p_kinds text[], p_hash text default null
) returns table (outcome text, url text, pointer text) language plpgsql as $$
declare
  v_state text := pokepedia_join_run(p_run);
  v_outcome text := 'unchanged';
  v_known record;
begin
  select c.checked_at, c.etag, r.content_hash, r.status into v_known
  from pokepedia_resource_checks c join pokeapi_resources r using (path) where c.path = p_path for update of c;
  if not found then return; end if;
  if v_known.checked_at > p_checked_at then
    v_outcome := 'superseded';
  elsif v_known.content_hash <> p_hash then
    return;
  else
    update pokepedia_resource_checks set checked_at = p_checked_at, etag = coalesce(p_etag, v_known.etag)
    where path = p_path;
    if v_known.status = 'gone' then
      update pokeapi_resources set status = 'present', gone_at = null where path = p_path;
      v_outcome := 'stored';
    end if;
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return query select v_outcome, null::text, null::text;
  return query
    select null::text, s.url, s.pointer from pokepedia_request_sprites(p_run, v_state, p_path, p_type, p_kinds) s;
end $$;

create or replace function pokepedia_save_asset(
  p_run uuid, p_url text, p_bucket text, p_key text, p_type text, p_bytes bigint, p_sha256 text, p_etag text,
  p_width integer, p_height integer, p_fetched_at timestamptz
) returns text language plpgsql as $$
declare
  v_outcome text := 'stored';
begin
  -- Two first inserts of one file at once would meet in the index of object keys, which "on conflict" does not cover.
  perform pg_advisory_xact_lock(hashtextextended('pokepedia.asset.' || p_url, 0));
  if exists (select from pokepedia_assets
    where source_url = p_url and sha256 = p_sha256 and status = 'stored' and checked_at <= p_fetched_at for update) then
    v_outcome := 'unchanged';
  end if;
  insert into pokepedia_assets as a
    (source_url, bucket, object_key, content_type, bytes, sha256, etag, width, height, fetched_at, checked_at)
  values (p_url, p_bucket, p_key, p_type, p_bytes, p_sha256, p_etag, p_width, p_height, p_fetched_at, p_fetched_at)
  on conflict (source_url) do update set
    bucket = excluded.bucket, object_key = excluded.object_key, content_type = excluded.content_type,
    bytes = excluded.bytes, sha256 = excluded.sha256, etag = excluded.etag, width = excluded.width,
    height = excluded.height, status = 'stored', fetched_at = excluded.fetched_at, checked_at = excluded.checked_at
  where a.checked_at <= excluded.checked_at;
  if not found then v_outcome := 'superseded'; end if;
  perform pokepedia_settle(p_run, 'pokepedia.sprites', p_url, v_outcome);
  return v_outcome;
end $$;
