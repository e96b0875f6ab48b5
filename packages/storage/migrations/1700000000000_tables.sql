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
-- A B-tree refuses names over 2,704 bytes, and the whole document with them; a hash index takes any length.
create index pokeapi_resources_name on pokeapi_resources using hash (name);

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
create index pokepedia_pokemon_name on pokepedia_pokemon using hash (name);

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
  -- The ledger's counts when the run ended: [{queue, resource_type, outcome, count}]. Null while it goes on.
  counts jsonb,
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
-- Also finds what one resource asked for and what has no outcome yet.
create index pokepedia_run_ledger_in_flight on pokepedia_run_ledger (run_id, requested_by) where outcome is null;
