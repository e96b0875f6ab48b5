-- Up Migration

-- The traceparent (W3C Trace Context) of the event whose fetch the row speaks of, as fetched_at does: written with the
-- row, and left as it is by an event that finds the row unchanged. Null for an event without one.
alter table pokeapi_resources add column traceparent text;
alter table pokepedia_assets add column traceparent text;

-- An argument more is another function in Postgres; two of one name would be one too many.
drop function pokepedia_save_resource(
  uuid, text, text, integer, text, text, text, text, text, timestamptz, jsonb, jsonb, text[]);
drop function pokepedia_save_asset(
  uuid, text, text, text, text, bigint, text, text, integer, integer, timestamptz);

create function pokepedia_save_resource(
  p_run uuid, p_path text, p_type text, p_id integer, p_name text, p_url text, p_text text, p_hash text, p_etag text,
  p_fetched_at timestamptz, p_references jsonb, p_pokemon jsonb, p_kinds text[], p_traceparent text
) returns table (outcome text, url text, pointer text) language plpgsql as $$
declare
  v_state text := pokepedia_join_run(p_run);
  v_outcome text := 'superseded';
begin
  if pokepedia_check(p_path, p_fetched_at, p_etag) then
    if exists (select from pokeapi_resources r
      where r.path = p_path and r.content_hash = p_hash and r.status = 'present') then
      v_outcome := 'unchanged';
    else
      v_outcome := 'stored';
      insert into pokeapi_resources
        (path, resource_type, resource_id, name, url, data, content_hash, etag, fetched_at, changed_at, traceparent)
      values
        (p_path, p_type, p_id, p_name, p_url, p_text::jsonb, p_hash, p_etag, p_fetched_at, p_fetched_at,
        p_traceparent)
      on conflict (path) do update set
        resource_type = excluded.resource_type, resource_id = excluded.resource_id, name = excluded.name,
        url = excluded.url, data = excluded.data, content_hash = excluded.content_hash, etag = excluded.etag,
        status = 'present', gone_at = null, fetched_at = excluded.fetched_at, changed_at = excluded.changed_at,
        traceparent = excluded.traceparent;
    end if;
    perform pokepedia_project(p_path, p_type, p_id, p_references, p_pokemon, p_fetched_at);
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return query select v_outcome, null::text, null::text;
  return query
    select null::text, s.url, s.pointer from pokepedia_request_sprites(p_run, v_state, p_path, p_type, p_kinds) s;
end $$;

create function pokepedia_save_asset(
  p_run uuid, p_url text, p_bucket text, p_key text, p_type text, p_bytes bigint, p_sha256 text, p_etag text,
  p_width integer, p_height integer, p_fetched_at timestamptz, p_traceparent text
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
    (source_url, bucket, object_key, content_type, bytes, sha256, etag, width, height, fetched_at, checked_at,
    traceparent)
  values (p_url, p_bucket, p_key, p_type, p_bytes, p_sha256, p_etag, p_width, p_height, p_fetched_at, p_fetched_at,
    p_traceparent)
  on conflict (source_url) do update set
    bucket = excluded.bucket, object_key = excluded.object_key, content_type = excluded.content_type,
    bytes = excluded.bytes, sha256 = excluded.sha256, etag = excluded.etag, width = excluded.width,
    height = excluded.height, status = 'stored', fetched_at = excluded.fetched_at, checked_at = excluded.checked_at,
    traceparent = excluded.traceparent
  where a.checked_at <= excluded.checked_at;
  if not found then v_outcome := 'superseded'; end if;
  perform pokepedia_settle(p_run, 'pokepedia.sprites', p_url, v_outcome);
  return v_outcome;
end $$;
