-- Up Migration

-- The cache: one row a resource, the document as the upstream sent it.
create table pokeapi_resources (
  path text primary key,
  resource_type text not null,
  resource_id integer,
  name text,
  url text not null,
  data jsonb not null,
  content_hash text not null,
  etag text,
  status text not null default 'present' check (status in ('present', 'gone')),
  fetched_at timestamptz not null,
  changed_at timestamptz not null,
  gone_at timestamptz
);
create index pokeapi_resources_type on pokeapi_resources (resource_type, resource_id);
create index pokeapi_resources_name on pokeapi_resources (resource_type, name);

-- When the upstream last confirmed a resource (the start of that request), and its validator. Apart from the big row,
-- so that an unchanged resource never rewrites it; also the guard that lets no older fetch overwrite a newer one.
create table pokepedia_resource_checks (
  path text primary key,
  checked_at timestamptz not null,
  etag text
) with (fillfactor = 80);

-- What a Pokédex page needs, in one row.
create table pokepedia_pokemon (
  id integer primary key,
  resource_path text not null,
  name text not null,
  species text,
  height integer,
  weight integer,
  base_experience integer,
  sort_order integer,
  is_default boolean,
  types text[] not null default '{}',
  abilities jsonb not null default '[]',
  stats jsonb not null default '{}',
  sprite_key text,
  shiny_sprite_key text,
  artwork_key text,
  animated_key text,
  cry_key text,
  updated_at timestamptz not null default now()
);
create unique index pokepedia_pokemon_path on pokepedia_pokemon (resource_path);
create index pokepedia_pokemon_name on pokepedia_pokemon (name);

-- One row a stored media file; the object is always there before its row.
create table pokepedia_assets (
  source_url text primary key,
  bucket text not null,
  object_key text not null,
  content_type text not null,
  bytes bigint not null,
  sha256 text not null,
  etag text,
  width integer,
  height integer,
  status text not null default 'stored' check (status in ('stored', 'gone')),
  fetched_at timestamptz not null,
  checked_at timestamptz not null,
  unique (bucket, object_key)
);

-- Which document names which media file, and where in it (RFC 6901).
create table pokepedia_asset_references (
  resource_path text not null,
  json_pointer text not null,
  source_url text not null,
  kind text not null check (kind in ('sprite', 'cry')),
  primary key (resource_path, json_pointer)
);
create index pokepedia_asset_references_url on pokepedia_asset_references (source_url);

create table pokepedia_runs (
  id uuid primary key,
  state text not null default 'discovering'
    check (state in ('discovering', 'running', 'completed', 'completed_with_dead_letters', 'cancelled', 'failed')),
  trigger text not null check (trigger in ('http', 'schedule', 'cli')),
  request jsonb not null default '{}',
  force boolean not null default false,
  idempotency_key text unique,
  request_hash text not null,
  failure text,
  traceparent text,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create index pokepedia_runs_open on pokepedia_runs (state) where state in ('discovering', 'running');

-- One row a requested event; outcome null means in flight. The first outcome wins, so a redelivery changes nothing:
-- requested = stored + unchanged + gone + superseded + dead + discarded + in flight, for each run and queue.
create table pokepedia_run_ledger (
  run_id uuid not null,
  queue text not null,
  key text not null,
  resource_type text not null,
  requested_by text,
  outcome text check (outcome in ('stored', 'unchanged', 'gone', 'superseded', 'dead', 'discarded')),
  error_code text,
  requested_at timestamptz not null default now(),
  settled_at timestamptz,
  primary key (run_id, queue, key)
) with (fillfactor = 70);
create index pokepedia_run_ledger_in_flight on pokepedia_run_ledger (run_id) where outcome is null;

create function pokepedia_settle(p_run uuid, p_queue text, p_key text, p_outcome text, p_code text default null)
returns void language sql as $$
  update pokepedia_run_ledger set outcome = p_outcome, error_code = p_code, settled_at = now()
  where run_id = p_run and queue = p_queue and key = p_key and outcome is null
$$;

-- Enters the media of a resource into the run and returns those that this resource asked for and that are in flight:
-- a file that two resources share is asked for once, and again when its owner's event is delivered again.
-- Without a run it returns them all. Rows are entered in the order of their keys, so that two resources can't deadlock.
create function pokepedia_request_sprites(p_run uuid, p_path text, p_type text, p_kinds text[])
returns table (url text, pointer text) language plpgsql as $$
begin
  if p_run is null or not exists (select from pokepedia_runs where id = p_run) then
    return query
      select source_url, min(json_pointer) from pokepedia_asset_references
      where resource_path = p_path and kind = any (p_kinds) group by source_url order by source_url;
    return;
  end if;
  insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
    select p_run, 'pokepedia.sprites', source_url, p_type, p_path from pokepedia_asset_references
    where resource_path = p_path and kind = any (p_kinds) group by source_url order by source_url
  on conflict do nothing;
  return query
    select r.source_url, min(r.json_pointer)
    from pokepedia_asset_references r
    join pokepedia_run_ledger l on l.run_id = p_run and l.queue = 'pokepedia.sprites' and l.key = r.source_url
    where r.resource_path = p_path and r.kind = any (p_kinds) and l.requested_by = p_path and l.outcome is null
    group by r.source_url order by r.source_url;
end $$;

-- True when this fetch is not older than the newest one known; locks the resource for the rest of the transaction.
create function pokepedia_check(p_path text, p_at timestamptz, p_etag text)
returns boolean language plpgsql as $$
begin
  insert into pokepedia_resource_checks as c (path, checked_at, etag) values (p_path, p_at, p_etag)
  on conflict (path) do update set checked_at = excluded.checked_at, etag = excluded.etag
    where c.checked_at <= excluded.checked_at;
  return found;
end $$;

create function pokepedia_save_resource(
  p_run uuid, p_path text, p_type text, p_id integer, p_name text, p_url text, p_data jsonb, p_hash text, p_etag text,
  p_fetched_at timestamptz, p_references jsonb, p_pokemon jsonb, p_kinds text[]
) returns table (outcome text, url text, pointer text) language plpgsql as $$
declare
  v_outcome text;
begin
  if not pokepedia_check(p_path, p_fetched_at, p_etag) then
    v_outcome := 'superseded';
  else
    insert into pokeapi_resources as r
      (path, resource_type, resource_id, name, url, data, content_hash, etag, fetched_at, changed_at)
    values (p_path, p_type, p_id, p_name, p_url, p_data, p_hash, p_etag, p_fetched_at, p_fetched_at)
    on conflict (path) do update set
      resource_type = excluded.resource_type, resource_id = excluded.resource_id, name = excluded.name,
      url = excluded.url, data = excluded.data, content_hash = excluded.content_hash, etag = excluded.etag,
      status = 'present', gone_at = null, fetched_at = excluded.fetched_at, changed_at = excluded.changed_at
    where r.content_hash <> excluded.content_hash or r.status <> 'present';
    if found then
      v_outcome := 'stored';
      delete from pokepedia_asset_references where resource_path = p_path;
      insert into pokepedia_asset_references (resource_path, json_pointer, source_url, kind)
        select p_path, m.pointer, m.url, m.kind
        from jsonb_to_recordset(p_references) as m (pointer text, url text, kind text);
      delete from pokepedia_pokemon where resource_path = p_path;
      if p_pokemon is not null then
        insert into pokepedia_pokemon
          select * from jsonb_populate_record(null::pokepedia_pokemon,
            p_pokemon || jsonb_build_object('resource_path', p_path, 'updated_at', p_fetched_at));
      end if;
    else
      v_outcome := 'unchanged';
    end if;
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return query select v_outcome, null::text, null::text;
  return query select null::text, s.url, s.pointer from pokepedia_request_sprites(p_run, p_path, p_type, p_kinds) s;
end $$;

create function pokepedia_confirm_resource(
  p_run uuid, p_path text, p_type text, p_checked_at timestamptz, p_etag text, p_kinds text[]
) returns table (outcome text, url text, pointer text) language plpgsql as $$
declare
  v_outcome text;
begin
  v_outcome := case when pokepedia_check(p_path, p_checked_at, p_etag) then 'unchanged' else 'superseded' end;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return query select v_outcome, null::text, null::text;
  return query select null::text, s.url, s.pointer from pokepedia_request_sprites(p_run, p_path, p_type, p_kinds) s;
end $$;

create function pokepedia_mark_gone(p_run uuid, p_path text, p_at timestamptz)
returns text language plpgsql as $$
declare
  v_outcome text := 'gone';
begin
  if pokepedia_check(p_path, p_at, null) then
    update pokeapi_resources set status = 'gone', gone_at = p_at where path = p_path and status = 'present';
  else
    v_outcome := 'superseded';
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return v_outcome;
end $$;

create function pokepedia_save_asset(
  p_run uuid, p_url text, p_bucket text, p_key text, p_type text, p_bytes bigint, p_sha256 text, p_etag text,
  p_width integer, p_height integer, p_fetched_at timestamptz
) returns text language plpgsql as $$
declare
  v_outcome text;
  v_known record;
begin
  select sha256, status, checked_at into v_known from pokepedia_assets where source_url = p_url for update;
  v_outcome := case
    when not found then 'stored'
    when v_known.checked_at > p_fetched_at then 'superseded'
    when v_known.sha256 = p_sha256 and v_known.status = 'stored' then 'unchanged'
    else 'stored'
  end;
  if v_outcome <> 'superseded' then
    insert into pokepedia_assets as a
      (source_url, bucket, object_key, content_type, bytes, sha256, etag, width, height, fetched_at, checked_at)
    values (p_url, p_bucket, p_key, p_type, p_bytes, p_sha256, p_etag, p_width, p_height, p_fetched_at, p_fetched_at)
    on conflict (source_url) do update set
      bucket = excluded.bucket, object_key = excluded.object_key, content_type = excluded.content_type,
      bytes = excluded.bytes, sha256 = excluded.sha256, etag = excluded.etag, width = excluded.width,
      height = excluded.height, status = 'stored', fetched_at = excluded.fetched_at, checked_at = excluded.checked_at
    where a.checked_at <= excluded.checked_at;
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.sprites', p_url, v_outcome);
  return v_outcome;
end $$;
