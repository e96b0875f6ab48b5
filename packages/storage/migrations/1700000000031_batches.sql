-- Up Migration

-- What a process has in hand at once is written by one statement in one transaction: each statement of these functions
-- works on all resources of a batch. A batch names a resource once. Whoever writes locks in the same order, so that two
-- batches never wait in a circle: runs, checks by path, what hangs on a resource, media of the ledger by run and key.
--
-- A batch is small and every table may be large, so each of its rows is to be found by an index. The planner takes young
-- tables for empty and would read them whole, and would plan anew for each batch: therefore the settings of each function.

create type pokepedia_resource_in_batch as (
  -- The place in the batch, from 1.
  n integer,
  run_id uuid,
  path text,
  resource_type text,
  resource_id integer,
  name text,
  url text,
  content_hash text,
  etag text,
  -- When the request was sent.
  asked_at timestamptz,
  media jsonb,
  pokemon jsonb,
  -- The kinds of media that are requested.
  kinds text[],
  traceparent text
);

-- Holds the runs of a batch in the state they are in until the end of the transaction.
create function pokepedia_join_runs(p_batch pokepedia_resource_in_batch[]) returns void language plpgsql as $$
begin
  perform pokepedia_join_run(r.run_id)
  from (select distinct b.run_id from unnest(p_batch) as b where b.run_id is not null order by 1) as r;
end $$;

-- Notes the outcome of each event in its run's ledger, and asks for the media of the resources as
-- pokepedia_request_sprites says it.
create function pokepedia_end_batch(p_batch pokepedia_resource_in_batch[], p_outcomes text[])
returns table (path text, outcome text, sprites jsonb) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  update pokepedia_run_ledger l set outcome = p_outcomes[b.n], settled_at = now()
  from unnest(p_batch) as b
  where l.run_id = b.run_id and l.queue = 'pokepedia.ingest' and l.key = b.path and l.outcome is null
    and p_outcomes[b.n] is not null;
  insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
    select distinct on (b.run_id, m.source_url) b.run_id, 'pokepedia.sprites', m.source_url, b.resource_type, b.path
    from unnest(p_batch) as b
    join pokepedia_runs r on r.id = b.run_id and r.state in ('discovering', 'running')
    join pokepedia_asset_references m on m.resource_path = b.path and m.kind = any (b.kinds)
    where p_outcomes[b.n] is not null
    order by b.run_id, m.source_url, b.path
  on conflict do nothing;
  return query
    select b.path, p_outcomes[b.n], (
      select coalesce(jsonb_agg(jsonb_build_object('url', s.url, 'pointer', s.pointer)), '[]')
      from (
        select * from pokepedia_sprites_in_flight(b.run_id, b.path) where r.state in ('discovering', 'running')
        union all
        select m.source_url, min(m.json_pointer) from pokepedia_asset_references m
        where coalesce(r.state in ('completed', 'completed_with_dead_letters'), true)
          and m.resource_path = b.path and m.kind = any (b.kinds)
          and (r.id is null or not exists (select from pokepedia_run_ledger l
            where l.run_id = b.run_id and l.queue = 'pokepedia.sprites' and l.key = m.source_url))
        group by 1 order by 1
      ) as s (url, pointer))
    from unnest(p_batch) as b left join pokepedia_runs r on r.id = b.run_id
    where p_outcomes[b.n] is not null;
end $$;

-- Brings the projection of a resource to what its document says; what is right already is not written.
create function pokepedia_project_pokemon(p_path text, p_type text, p_id integer, p_pokemon jsonb, p_at timestamptz)
returns void language plpgsql as $$
declare
  v_known pokepedia_pokemon;
  v_new pokepedia_pokemon;
begin
  if p_pokemon is null then
    if p_type = 'pokemon' then delete from pokepedia_pokemon where id = p_id and resource_path = p_path; end if;
    return;
  end if;
  v_new := jsonb_populate_record(
    null::pokepedia_pokemon, p_pokemon || jsonb_build_object('resource_path', p_path, 'updated_at', p_at));
  select * into v_known from pokepedia_pokemon where id = v_new.id;
  v_known.updated_at := v_new.updated_at;
  if v_known is distinct from v_new then
    delete from pokepedia_pokemon where id = v_new.id;
    insert into pokepedia_pokemon values (v_new.*);
  end if;
end $$;

-- pokepedia_project for a batch: brings the references and projections of resources to what their documents say.
create function pokepedia_project_batch(p_batch pokepedia_resource_in_batch[]) returns void language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  delete from pokepedia_asset_references r using unnest(p_batch) as b
  where r.resource_path = b.path and not exists (
    select from jsonb_to_recordset(b.media) as m (pointer text) where m.pointer = r.json_pointer);
  insert into pokepedia_asset_references as known (resource_path, json_pointer, source_url, kind)
    select distinct on (b.path, m.pointer) b.path, m.pointer, m.url, m.kind
    from unnest(p_batch) as b, jsonb_to_recordset(b.media) as m (pointer text, url text, kind text)
    where not exists (select from pokepedia_asset_references r where r.resource_path = b.path
      and r.json_pointer = m.pointer and r.source_url = m.url and r.kind = m.kind)
  on conflict (resource_path, json_pointer) do update set source_url = excluded.source_url, kind = excluded.kind;
  perform pokepedia_project_pokemon(b.path, b.resource_type, b.resource_id, b.pokemon, b.asked_at)
  from unnest(p_batch) as b where b.resource_type = 'pokemon';
end $$;

-- pokepedia_save_resource for a batch, whose documents are p_texts in its order.
create function pokepedia_save_resources(p_batch jsonb, p_texts text[])
returns table (path text, outcome text, sprites jsonb) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_batch pokepedia_resource_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_resource_in_batch, p_batch) as b);
  v_newest text[];
  v_stored text[];
begin
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

  perform pokepedia_note_change(b.path, r.content_hash, b.content_hash, r.data,
    case when r.path is not null then p_texts[b.n]::jsonb end, b.run_id, b.traceparent, b.asked_at)
  from unnest(v_batch) as b left join pokeapi_resources r on r.path = b.path and r.status = 'present'
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

-- pokepedia_confirm_resource for a batch; content_hash is what the asker knew, null for any document. No row for a
-- resource of which another document is stored by now.
create function pokepedia_confirm_resources(p_batch jsonb)
returns table (path text, outcome text, sprites jsonb) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_batch pokepedia_resource_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_resource_in_batch, p_batch) as b);
  v_outcomes text[];
begin
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
