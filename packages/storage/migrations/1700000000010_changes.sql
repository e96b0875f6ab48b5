-- Up Migration

-- Changes of resources that Kafka has not acknowledged yet: written in the transaction that makes the change, removed
-- after the acknowledgement. Usually empty.
create table pokepedia_changes (
  id bigint generated always as identity primary key,
  path text not null,
  -- Null where there was nothing, or what there was was marked gone.
  old_hash text,
  -- Null where the resource is gone.
  new_hash text,
  pointers text[] not null,
  more_pointers boolean not null,
  run_id uuid,
  traceparent text,
  changed_at timestamptz not null,
  -- Until then one ingestor is sending it.
  claimed_until timestamptz
);
create index pokepedia_changes_path on pokepedia_changes (path, id);

-- Where two documents differ, as JSON pointers (RFC 6901): the deepest places, those near the root first, p_limit of
-- them at most. A member that only one of them has is one place. Only what differs is looked into, and nothing below a
-- pointer of over 500 characters.
create function pokepedia_changed_pointers(p_old jsonb, p_new jsonb, p_limit integer)
returns setof text language sql immutable as $$
  with recursive differing (pointer, old, new, kind) as (
    select '', p_old, p_new, case when jsonb_typeof(p_old) = jsonb_typeof(p_new) then jsonb_typeof(p_new) end
    where p_old is distinct from p_new
    union all
    select d.pointer || '/' || member.name, member.old, member.new,
      case when jsonb_typeof(member.old) = jsonb_typeof(member.new) then jsonb_typeof(member.new) end
    from differing d
    -- Not both objects, or not both arrays: an empty one of each stands in for them, which has no members.
    cross join lateral (select
      case when d.kind = 'object' then d.old else '{}' end as old_object,
      case when d.kind = 'object' then d.new else '{}' end as new_object,
      case when d.kind = 'array' then d.old else '[]' end as old_array,
      case when d.kind = 'array' then d.new else '[]' end as new_array) as o
    cross join lateral (
      select replace(replace(keys.key, '~', '~0'), '/', '~1') as name, old_object->keys.key as old,
        new_object->keys.key as new
      from (select jsonb_object_keys(old_object) union select jsonb_object_keys(new_object)) as keys (key)
      union all
      select i::text, old_array->i, new_array->i
      from generate_series(0, greatest(jsonb_array_length(old_array), jsonb_array_length(new_array)) - 1) as i
    ) as member
    where length(d.pointer) <= 500 and member.old is distinct from member.new
  )
  select pointer from differing
  where length(pointer) > 500 or kind is null or kind not in ('object', 'array')
  limit p_limit
$$;

-- Notes a change for Kafka. p_old is the document there was; null for none.
create function pokepedia_note_change(
  p_path text, p_old_hash text, p_new_hash text, p_old jsonb, p_new jsonb, p_run uuid, p_traceparent text,
  p_at timestamptz
) returns void language plpgsql as $$
declare
  v_found text[] := '{}';
  v_short text[];
begin
  if p_old is not null and p_new is not null then
    v_found := array(select pokepedia_changed_pointers(p_old, p_new, 101));
  end if;
  v_short := array(select p from unnest(v_found[1:100]) as p where length(p) <= 500);
  insert into pokepedia_changes (path, old_hash, new_hash, pointers, more_pointers, run_id, traceparent, changed_at)
  values (p_path, p_old_hash, p_new_hash, v_short, cardinality(v_found) > cardinality(v_short), p_run, p_traceparent,
    p_at);
end $$;

create or replace function pokepedia_save_resource(
  p_run uuid, p_path text, p_type text, p_id integer, p_name text, p_url text, p_text text, p_hash text, p_etag text,
  p_fetched_at timestamptz, p_references jsonb, p_pokemon jsonb, p_kinds text[], p_traceparent text
) returns table (outcome text, url text, pointer text) language plpgsql as $$
declare
  v_state text := pokepedia_join_run(p_run);
  v_outcome text := 'superseded';
  v_new jsonb;
  v_old record;
begin
  if pokepedia_check(p_path, p_fetched_at, p_etag) then
    if exists (select from pokeapi_resources r
      where r.path = p_path and r.content_hash = p_hash and r.status = 'present') then
      v_outcome := 'unchanged';
    else
      v_outcome := 'stored';
      v_new := p_text::jsonb;
      select r.content_hash, r.data into v_old from pokeapi_resources r where r.path = p_path and r.status = 'present';
      perform pokepedia_note_change(
        p_path, v_old.content_hash, p_hash, v_old.data, v_new, p_run, p_traceparent, p_fetched_at);
      insert into pokeapi_resources
        (path, resource_type, resource_id, name, url, data, content_hash, etag, fetched_at, changed_at, traceparent)
      values
        (p_path, p_type, p_id, p_name, p_url, v_new, p_hash, p_etag, p_fetched_at, p_fetched_at, p_traceparent)
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

create or replace function pokepedia_confirm_resource(
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
      perform pokepedia_note_change(p_path, null, v_known.content_hash, null, null, p_run, null, p_checked_at);
      v_outcome := 'stored';
    end if;
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return query select v_outcome, null::text, null::text;
  return query
    select null::text, s.url, s.pointer from pokepedia_request_sprites(p_run, v_state, p_path, p_type, p_kinds) s;
end $$;

create or replace function pokepedia_mark_gone(p_run uuid, p_path text, p_at timestamptz)
returns text language plpgsql as $$
declare
  v_outcome text := 'gone';
  v_hash text;
begin
  if pokepedia_check(p_path, p_at, null) then
    update pokeapi_resources set status = 'gone', gone_at = p_at where path = p_path and status = 'present'
    returning content_hash into v_hash;
    if v_hash is not null then
      perform pokepedia_note_change(p_path, v_hash, null, null, null, p_run, null, p_at);
    end if;
  else
    v_outcome := 'superseded';
  end if;
  perform pokepedia_settle(p_run, 'pokepedia.ingest', p_path, v_outcome);
  return v_outcome;
end $$;

-- Takes up to p_limit changes that nobody is sending, the oldest of each resource only, so that a resource's changes
-- leave one after the other.
create function pokepedia_claim_changes(p_limit integer, p_for interval)
returns setof pokepedia_changes language sql as $$
  update pokepedia_changes c set claimed_until = now() + p_for where c.id in (
    select e.id from pokepedia_changes e
    where (e.claimed_until is null or e.claimed_until < now())
      and not exists (select from pokepedia_changes f where f.path = e.path and f.id < e.id)
    order by e.id limit p_limit for update skip locked)
  returning c.*
$$;
