-- Up Migration

create function pokepedia_settle(p_run uuid, p_queue text, p_key text, p_outcome text, p_code text default null)
returns void language sql as $$
  update pokepedia_run_ledger set outcome = p_outcome, error_code = p_code, settled_at = now()
  where run_id = p_run and queue = p_queue and key = p_key and outcome is null
$$;

-- True when this fetch is not older than the newest one known; locks the resource for the rest of the transaction.
create function pokepedia_check(p_path text, p_at timestamptz, p_etag text)
returns boolean language plpgsql as $$
begin
  insert into pokepedia_resource_checks as c (path, checked_at, etag) values (p_path, p_at, p_etag)
  on conflict (path) do update set checked_at = excluded.checked_at, etag = excluded.etag
    where c.checked_at <= excluded.checked_at;
  return found;
end $$;

-- The key of the lock between those who enter events into a run (shared) and those who end it (exclusive).
create function pokepedia_ledger_lock(p_run uuid) returns bigint language sql immutable as $$
  select hashtextextended('pokepedia.ledger.' || p_run::text, 0)
$$;

-- The state of the run, which stays what it is until the end of the transaction; null for no run or an unknown one.
-- Taken before any row is locked, so that those who end a run never wait in a circle.
create function pokepedia_join_run(p_run uuid) returns text language plpgsql as $$
begin
  if p_run is null then return null; end if;
  perform pg_advisory_xact_lock_shared(pokepedia_ledger_lock(p_run));
  return (select state from pokepedia_runs where id = p_run);
end $$;

create function pokepedia_enter_requests(p_run uuid, p_queue text, p_keys text[], p_types text[])
returns void language plpgsql as $$
begin
  if pokepedia_join_run(p_run) in ('discovering', 'running') then
    insert into pokepedia_run_ledger (run_id, queue, key, resource_type)
      select p_run, p_queue, e.key, e.type from unnest(p_keys, p_types) as e (key, type)
    on conflict do nothing;
  end if;
end $$;

-- Counts of the ledger; of runs that ended as they were noted then, unless p_recount.
create function pokepedia_count_ledger(p_runs uuid[], p_recount boolean)
returns table (run_id uuid, queue text, resource_type text, outcome text, count bigint) language sql stable as $$
  select l.run_id, l.queue, l.resource_type, coalesce(l.outcome, 'in_flight'), count(*)
  from pokepedia_run_ledger l join pokepedia_runs r on r.id = l.run_id
  where l.run_id = any (p_runs) and (p_recount or r.counts is null)
  group by 1, 2, 3, 4
  union all
  select r.id, c.queue, c.resource_type, c.outcome, c.count
  from pokepedia_runs r
  cross join jsonb_to_recordset(r.counts) as c (queue text, resource_type text, outcome text, count bigint)
  where r.id = any (p_runs) and not p_recount
$$;

-- Ends an open run, and says whether it did. A run that is given up discards what is in flight; a finished one has
-- nothing in flight, and is left alone while it has. After this the run's ledger never changes.
create function pokepedia_end_run(p_run uuid, p_state text, p_failure text) returns boolean language plpgsql as $$
declare
  v_state text := p_state;
begin
  perform pg_advisory_xact_lock(pokepedia_ledger_lock(p_run));
  if not exists (select from pokepedia_runs where id = p_run and state in ('discovering', 'running')) then
    return false;
  end if;
  if p_state in ('cancelled', 'failed') then
    update pokepedia_run_ledger set outcome = 'discarded', settled_at = now() where run_id = p_run and outcome is null;
  elsif exists (select from pokepedia_run_ledger where run_id = p_run and outcome is null) then
    return false;
  elsif exists (select from pokepedia_run_ledger where run_id = p_run and outcome = 'dead') then
    v_state := 'completed_with_dead_letters';
  end if;
  update pokepedia_runs set state = v_state, failure = p_failure, finished_at = now(), counts = (
    select coalesce(jsonb_agg(jsonb_build_object(
      'queue', c.queue, 'resource_type', c.resource_type, 'outcome', c.outcome, 'count', c.count)), '[]')
    from pokepedia_count_ledger(array[p_run], true) c)
  where id = p_run;
  return true;
end $$;

create function pokepedia_close_finished_runs() returns setof pokepedia_runs language plpgsql as $$
declare
  v_run uuid;
begin
  for v_run in
    select r.id from pokepedia_runs r where r.state = 'running'
      and not exists (select from pokepedia_run_ledger l where l.run_id = r.id and l.outcome is null) order by r.id
  loop
    if pokepedia_end_run(v_run, 'completed', null) then
      return query select * from pokepedia_runs where id = v_run;
    end if;
  end loop;
end $$;

-- What a resource asked for in a run and has no outcome; the pointer is empty where its document names it no more.
create function pokepedia_sprites_in_flight(p_run uuid, p_path text)
returns table (url text, pointer text) language sql stable as $$
  select l.key, coalesce(min(r.json_pointer), '')
  from pokepedia_run_ledger l
  left join pokepedia_asset_references r on r.resource_path = p_path and r.source_url = l.key
  where l.run_id = p_run and l.requested_by = p_path and l.queue = 'pokepedia.sprites' and l.outcome is null
  group by 1 order by 1
$$;

-- The media that this delivery of a resource has to ask for. In an open run: those entered for this resource that have
-- no outcome yet, whatever its document names by now, so that what a killed delivery entered still gets its event; a
-- file that two resources share is entered for one of them. In a completed run: what its ledger does not know.
-- In one given up: nothing. Without a run: everything. Entered in the order of keys, so that two resources can't deadlock.
create function pokepedia_request_sprites(p_run uuid, p_state text, p_path text, p_type text, p_kinds text[])
returns table (url text, pointer text) language plpgsql as $$
begin
  if p_state is null then
    return query
      select r.source_url, min(r.json_pointer) from pokepedia_asset_references r
      where r.resource_path = p_path and r.kind = any (p_kinds) group by 1 order by 1;
  elsif p_state in ('discovering', 'running') then
    insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
      select p_run, 'pokepedia.sprites', r.source_url, p_type, p_path from pokepedia_asset_references r
      where r.resource_path = p_path and r.kind = any (p_kinds) group by 3 order by 3
    on conflict do nothing;
    return query select s.url, s.pointer from pokepedia_sprites_in_flight(p_run, p_path) s;
  elsif p_state in ('completed', 'completed_with_dead_letters') then
    return query
      select r.source_url, min(r.json_pointer) from pokepedia_asset_references r
      where r.resource_path = p_path and r.kind = any (p_kinds) and not exists (
        select from pokepedia_run_ledger l
        where l.run_id = p_run and l.queue = 'pokepedia.sprites' and l.key = r.source_url)
      group by 1 order by 1;
  end if;
end $$;

-- Brings a resource's references and projection to what its document says; what is right already is not written.
create function pokepedia_project(
  p_path text, p_type text, p_id integer, p_references jsonb, p_pokemon jsonb, p_at timestamptz
) returns void language plpgsql as $$
declare
  v_known pokepedia_pokemon;
  v_new pokepedia_pokemon;
begin
  delete from pokepedia_asset_references r where r.resource_path = p_path and not exists (
    select from jsonb_to_recordset(p_references) as m (pointer text) where m.pointer = r.json_pointer);
  insert into pokepedia_asset_references as known (resource_path, json_pointer, source_url, kind)
    select distinct on (m.pointer) p_path, m.pointer, m.url, m.kind
    from jsonb_to_recordset(p_references) as m (pointer text, url text, kind text)
    where not exists (select from pokepedia_asset_references r where r.resource_path = p_path
      and r.json_pointer = m.pointer and r.source_url = m.url and r.kind = m.kind)
  on conflict (resource_path, json_pointer) do update set source_url = excluded.source_url, kind = excluded.kind;
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

create function pokepedia_save_resource(
  p_run uuid, p_path text, p_type text, p_id integer, p_name text, p_url text, p_text text, p_hash text, p_etag text,
  p_fetched_at timestamptz, p_references jsonb, p_pokemon jsonb, p_kinds text[]
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
        (path, resource_type, resource_id, name, url, data, content_hash, etag, fetched_at, changed_at)
      values
        (p_path, p_type, p_id, p_name, p_url, p_text::jsonb, p_hash, p_etag, p_fetched_at, p_fetched_at)
      on conflict (path) do update set
        resource_type = excluded.resource_type, resource_id = excluded.resource_id, name = excluded.name,
        url = excluded.url, data = excluded.data, content_hash = excluded.content_hash, etag = excluded.etag,
        status = 'present', gone_at = null, fetched_at = excluded.fetched_at, changed_at = excluded.changed_at;
    end if;
    perform pokepedia_project(p_path, p_type, p_id, p_references, p_pokemon, p_fetched_at);
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return query select v_outcome, null::text, null::text;
  return query
    select null::text, s.url, s.pointer from pokepedia_request_sprites(p_run, v_state, p_path, p_type, p_kinds) s;
end $$;

-- An answer (a 304, or equal content) confirms the document whose hash the asker knew, takes over its validator, and
-- brings it back if it was marked gone. Returns no row when another document is stored by now: then the answer says
-- nothing about it. Without p_hash any document is confirmed.
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

-- p_at is the start of the request that confirmed the file; null when none was needed. Null comes back for an unknown file.
create function pokepedia_confirm_asset(p_run uuid, p_url text, p_at timestamptz) returns text language plpgsql as $$
declare
  v_outcome text := 'unchanged';
begin
  if p_at is not null then
    update pokepedia_assets set checked_at = p_at, status = 'stored' where source_url = p_url and checked_at <= p_at;
    if not found then
      if not exists (select from pokepedia_assets where source_url = p_url) then return null; end if;
      v_outcome := 'superseded';
    end if;
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.sprites', p_url, v_outcome);
  return v_outcome;
end $$;

create function pokepedia_mark_asset_gone(p_run uuid, p_url text, p_at timestamptz) returns text language plpgsql as $$
declare
  v_outcome text := 'gone';
begin
  update pokepedia_assets set status = 'gone', checked_at = p_at where source_url = p_url and checked_at <= p_at;
  if not found and exists (select from pokepedia_assets where source_url = p_url) then v_outcome := 'superseded'; end if;
  perform pokepedia_settle(p_run, 'pokepedia.sprites', p_url, v_outcome);
  return v_outcome;
end $$;
