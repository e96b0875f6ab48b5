-- Up Migration

-- To plan the statements for a batch anew each time (migration 37) took a sixth of Postgres' time in a sync that finds
-- everything unchanged. A plan is harmful to keep only where it was made for a table that was known to be empty, or nearly:
-- then every index is as good as the right one. What is known of a table is in pg_class; -1 is nothing, which the planner
-- takes for ten pages. Whenever that changes, Postgres forgets the plans made by it. So the functions below keep their
-- plans (force_generic_plan), unless one of their tables is known to be small. Without "materialize" a table is not read
-- whole for each row of a batch, and with pages that cost the same in any order not for all of them either.

-- Has the calling function, which sets plan_cache_mode, plan anew this time if one of these tables is known to be small.
create function pokepedia_plan_anew_if_small(p_tables regclass[]) returns void language plpgsql as $$
begin
  if exists (select from pg_class c where c.oid = any (p_tables) and c.reltuples >= 0 and c.reltuples < 10000) then
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
  end if;
end $$;

-- Media that earlier deliveries of these resources entered into their runs and that have no outcome yet, by place in the
-- batch: {n: [{url, pointer}]}; null for none, as is usual. Planned anew each time: the index of what is in flight and the
-- primary key both begin with the run, and only by what the ledger holds is one told from the other.
create function pokepedia_unsent_media(p_batch pokepedia_resource_in_batch[]) returns jsonb language plpgsql
set plan_cache_mode = force_custom_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off as $$
begin
  return (
    select jsonb_object_agg(u.n, u.sprites)
    from (
      select b.n, jsonb_agg(jsonb_build_object('url', l.key, 'pointer', coalesce((
        select min(m.json_pointer) from pokepedia_asset_references m
        where m.resource_path = b.path and m.source_url = l.key), '')) order by l.key) as sprites
      from unnest(p_batch) as b
      -- "offset 0" keeps this from becoming a join, which may read all that is in flight and compare it with the batch.
      cross join lateral (
        select l.key from pokepedia_run_ledger l
        where l.run_id = b.run_id and l.requested_by = b.path and l.outcome is null
          and l.queue || '' = 'pokepedia.sprites' offset 0) as l
      group by 1) as u);
end $$;

-- As in migration 31, but what a resource has to ask for is told by what was entered, instead of being looked up again.
create or replace function pokepedia_end_batch(p_batch pokepedia_resource_in_batch[], p_outcomes text[])
returns table (path text, outcome text, sprites jsonb) language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off as $$
declare
  v_unsent jsonb := pokepedia_unsent_media(p_batch);
begin
  update pokepedia_run_ledger l set outcome = p_outcomes[b.n], settled_at = now()
  from unnest(p_batch) as b
  -- Not "is null": the index of what is in flight would do then, and be taken where nothing was when this was planned.
  where l.run_id = b.run_id and l.queue = 'pokepedia.ingest' and l.key = b.path and coalesce(l.outcome, '') = ''
    and p_outcomes[b.n] is not null;
  return query
    with noted as materialized (
      select b.n, b.run_id, b.path, b.resource_type, b.kinds, r.state, r.state in ('discovering', 'running') as is_open
      from unnest(p_batch) as b left join pokepedia_runs r on r.id = b.run_id
      where p_outcomes[b.n] is not null),
    named as materialized (
      select distinct on (b.run_id, m.source_url) b.n, b.run_id, b.path, b.resource_type, m.source_url, m.json_pointer
      from noted b join pokepedia_asset_references m on m.resource_path = b.path and m.kind = any (b.kinds)
      where b.is_open
      order by b.run_id, m.source_url, b.path, m.json_pointer),
    entered as (
      insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
        select m.run_id, 'pokepedia.sprites', m.source_url, m.resource_type, m.path from named m
      on conflict do nothing
      returning run_id, key),
    asked as materialized (
      select m.n, jsonb_agg(jsonb_build_object('url', m.source_url, 'pointer', m.json_pointer) order by m.source_url)
        -- In a filter this is looked up by hash; in a condition it would be a join.
        filter (where (m.run_id, m.source_url) in (select e.run_id, e.key from entered e)) as sprites
      from named m group by 1)
    select b.path, p_outcomes[b.n], case
      when b.is_open then
        coalesce(a.sprites, '[]') || coalesce(v_unsent -> b.n::text, '[]')
      else (
        select coalesce(jsonb_agg(jsonb_build_object('url', s.url, 'pointer', s.pointer)), '[]')
        from (
          select m.source_url, min(m.json_pointer) from pokepedia_asset_references m
          where coalesce(b.state in ('completed', 'completed_with_dead_letters'), true)
            and m.resource_path = b.path and m.kind = any (b.kinds)
            and (b.state is null or not exists (select from pokepedia_run_ledger l
              where l.run_id = b.run_id and l.queue = 'pokepedia.sprites' and l.key = m.source_url))
          group by 1 order by 1) as s (url, pointer))
      end
    from noted b left join asked a on a.n = b.n;
end $$;

alter function pokepedia_project_batch(pokepedia_resource_in_batch[]) reset plan_cache_mode;
alter function pokepedia_project_batch(pokepedia_resource_in_batch[]) set enable_material = off;

-- As in migration 31, but for the plans, and new documents note their changes together.
create or replace function pokepedia_save_resources(p_batch jsonb, p_texts text[])
returns table (path text, outcome text, sprites jsonb) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set random_page_cost = 1 as $$
declare
  v_batch pokepedia_resource_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_resource_in_batch, p_batch) as b);
  v_newest text[];
  v_stored text[];
begin
  perform pokepedia_plan_anew_if_small('{pokeapi_resources, pokepedia_resource_checks, pokepedia_asset_references,
    pokepedia_run_ledger}');
  perform pokepedia_join_runs(v_batch);
  with newest as (
    insert into pokepedia_resource_checks as c (path, checked_at, etag)
      select b.path, b.asked_at, b.etag from unnest(v_batch) as b order by 1
    on conflict on constraint pokepedia_resource_checks_pkey
      do update set checked_at = excluded.checked_at, etag = excluded.etag where c.checked_at <= excluded.checked_at
    returning c.path)
  select array_agg(w.path) into v_newest from newest w;
  select array_agg(b.path) into v_stored from unnest(v_batch) as b
  where b.path = any (v_newest) and not exists (select from pokeapi_resources r
    where r.path = b.path and r.content_hash = b.content_hash and r.status = 'present');

  insert into pokepedia_changes (path, new_hash, pointers, more_pointers, run_id, traceparent, changed_at)
    select b.path, b.content_hash, '{}', false, b.run_id, b.traceparent, b.asked_at
    from unnest(v_batch) as b
    where b.path = any (v_stored)
      and not exists (select from pokeapi_resources r where r.path = b.path and r.status = 'present');
  perform pokepedia_note_change(
    b.path, r.content_hash, b.content_hash, r.data, p_texts[b.n]::jsonb, b.run_id, b.traceparent, b.asked_at)
  from unnest(v_batch) as b join pokeapi_resources r on r.path = b.path and r.status = 'present'
  where b.path = any (v_stored);
  insert into pokeapi_resources
    (path, resource_type, resource_id, name, url, data, content_hash, etag, fetched_at, changed_at, traceparent)
    select b.path, b.resource_type, b.resource_id, b.name, b.url, p_texts[b.n]::jsonb, b.content_hash, b.etag,
      b.asked_at, b.asked_at, b.traceparent
    from unnest(v_batch) as b where b.path = any (v_stored)
  on conflict on constraint pokeapi_resources_pkey do update set
    resource_type = excluded.resource_type, resource_id = excluded.resource_id, name = excluded.name,
    url = excluded.url, data = excluded.data, content_hash = excluded.content_hash, etag = excluded.etag,
    status = 'present', gone_at = null, fetched_at = excluded.fetched_at, changed_at = excluded.changed_at,
    traceparent = excluded.traceparent;
  perform pokepedia_project_batch(array(select b from unnest(v_batch) as b where b.path = any (v_newest)));

  return query select * from pokepedia_end_batch(v_batch, array(
    select case when b.path = any (v_stored) then 'stored' when b.path = any (v_newest) then 'unchanged'
      else 'superseded' end
    from unnest(v_batch) as b order by b.n));
end $$;

-- As in migration 31, but for the plans.
create or replace function pokepedia_confirm_resources(p_batch jsonb)
returns table (path text, outcome text, sprites jsonb) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set random_page_cost = 1 as $$
declare
  v_batch pokepedia_resource_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_resource_in_batch, p_batch) as b);
  v_outcomes text[];
begin
  perform pokepedia_plan_anew_if_small('{pokeapi_resources, pokepedia_resource_checks, pokepedia_asset_references,
    pokepedia_run_ledger}');
  perform pokepedia_join_runs(v_batch);
  perform from unnest(v_batch) as b join pokepedia_resource_checks c on c.path = b.path order by c.path for update of c;
  v_outcomes := array(
    select case
      when r.path is null then null
      when c.checked_at > b.asked_at then 'superseded'
      when r.content_hash <> b.content_hash then null
      when r.status = 'gone' then 'stored'
      else 'unchanged' end
    from unnest(v_batch) as b
    left join pokepedia_resource_checks c on c.path = b.path
    left join pokeapi_resources r on r.path = c.path
    order by b.n);
  update pokepedia_resource_checks c set checked_at = b.asked_at, etag = coalesce(b.etag, c.etag)
  from unnest(v_batch) as b
  where c.path = b.path and v_outcomes[b.n] in ('stored', 'unchanged');
  if 'stored' = any (v_outcomes) then
    perform pokepedia_note_change(r.path, null, r.content_hash, null, null, b.run_id, null, b.asked_at)
    from unnest(v_batch) as b join pokeapi_resources r on r.path = b.path where v_outcomes[b.n] = 'stored';
    update pokeapi_resources r set status = 'present', gone_at = null
    from unnest(v_batch) as b where r.path = b.path and v_outcomes[b.n] = 'stored';
  end if;
  return query select * from pokepedia_end_batch(v_batch, v_outcomes);
end $$;

-- As in migration 33, but for the plans.
create or replace function pokepedia_save_assets(p_batch jsonb) returns table (url text, outcome text) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set random_page_cost = 1 as $$
declare
  v_batch pokepedia_asset_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_asset_in_batch, p_batch) as b);
  v_same text[];
  v_newest text[];
begin
  perform pokepedia_plan_anew_if_small('{pokepedia_assets, pokepedia_run_ledger}');
  perform pokepedia_join_runs(v_batch);
  -- Two first inserts of one file at once would meet in the index of object keys, which "on conflict" does not cover.
  perform pg_advisory_xact_lock(hashtextextended('pokepedia.asset.' || u.url, 0))
  from (select b.url from unnest(v_batch) as b order by 1) as u;
  v_same := array(
    select a.source_url from unnest(v_batch) as b join pokepedia_assets a on a.source_url = b.url
    where a.sha256 = b.sha256 and a.status = 'stored' and a.checked_at <= b.asked_at order by 1 for update of a);
  with newest as (
    insert into pokepedia_assets as a
      (source_url, bucket, object_key, content_type, bytes, sha256, etag, width, height, fetched_at, checked_at,
      traceparent)
      select b.url, b.bucket, b.object_key, b.content_type, b.bytes, b.sha256, b.etag, b.width, b.height, b.asked_at,
        b.asked_at, b.traceparent
      from unnest(v_batch) as b order by 1
    on conflict (source_url) do update set
      bucket = excluded.bucket, object_key = excluded.object_key, content_type = excluded.content_type,
      bytes = excluded.bytes, sha256 = excluded.sha256, etag = excluded.etag, width = excluded.width,
      height = excluded.height, status = 'stored', fetched_at = excluded.fetched_at, checked_at = excluded.checked_at,
      traceparent = excluded.traceparent
    where a.checked_at <= excluded.checked_at
    returning a.source_url)
  select array_agg(w.source_url) into v_newest from newest w;
  return query select * from pokepedia_end_batch(v_batch, array(
    select case
      when b.url = any (v_same) then 'unchanged'
      when b.url = any (v_newest) then 'stored'
      else 'superseded' end
    from unnest(v_batch) as b order by b.n));
end $$;

create or replace function pokepedia_confirm_assets(p_batch jsonb) returns table (url text, outcome text) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off set random_page_cost = 1 as $$
declare
  v_batch pokepedia_asset_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_asset_in_batch, p_batch) as b);
  v_outcomes text[];
begin
  perform pokepedia_plan_anew_if_small('{pokepedia_assets, pokepedia_run_ledger}');
  perform pokepedia_join_runs(v_batch);
  perform from unnest(v_batch) as b join pokepedia_assets a on a.source_url = b.url
  where b.asked_at is not null order by a.source_url for update of a;
  v_outcomes := array(
    select case
      when b.asked_at is null or a.checked_at <= b.asked_at then 'unchanged'
      when a.source_url is not null then 'superseded' end
    from unnest(v_batch) as b left join pokepedia_assets a on a.source_url = b.url order by b.n);
  update pokepedia_assets a set checked_at = b.asked_at, status = 'stored'
  from unnest(v_batch) as b where a.source_url = b.url and a.checked_at <= b.asked_at;
  return query select * from pokepedia_end_batch(v_batch, v_outcomes);
end $$;

-- As in migration 33, but that it never takes the index of what is in flight.
create or replace function pokepedia_end_batch(p_batch pokepedia_asset_in_batch[], p_outcomes text[])
returns table (url text, outcome text) language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off as $$
begin
  update pokepedia_run_ledger l set outcome = p_outcomes[b.n], settled_at = now()
  from unnest(p_batch) as b
  where l.run_id = b.run_id and l.queue = 'pokepedia.sprites' and l.key = b.url and coalesce(l.outcome, '') = ''
    and p_outcomes[b.n] is not null;
  return query select b.url, p_outcomes[b.n] from unnest(p_batch) as b;
end $$;
