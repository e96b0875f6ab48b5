-- Up Migration

-- As in migration 31, but what a resource asks for is told in one look at its references. Before, each of its media looked
-- through all references of the document: 2.8 million of them in a full sync of 15,463 documents. A pointer is the least
-- of those that name the file, empty where the document names it no more.
create or replace function pokepedia_end_batch(p_batch pokepedia_resource_in_batch[], p_outcomes text[])
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
    select b.path, p_outcomes[b.n], coalesce(case
      when r.state in ('discovering', 'running') then (
        -- `queue || ''` keeps the planner from the primary key; see pokepedia_sprites_in_flight.
        select jsonb_agg(jsonb_build_object(
          'url', l.key, 'pointer', coalesce(n.pointers[array_position(n.urls, l.key)], '')) order by l.key)
        from pokepedia_run_ledger l
        where l.run_id = b.run_id and l.requested_by = b.path and l.outcome is null
          and l.queue || '' = 'pokepedia.sprites')
      when coalesce(r.state in ('completed', 'completed_with_dead_letters'), true) then (
        select jsonb_agg(jsonb_build_object('url', s.url, 'pointer', s.pointer) order by s.url)
        from (
          select m.source_url as url, min(m.json_pointer) as pointer from pokepedia_asset_references m
          where m.resource_path = b.path and m.kind = any (b.kinds)
            and (r.id is null or not exists (select from pokepedia_run_ledger l
              where l.run_id = b.run_id and l.queue = 'pokepedia.sprites' and l.key = m.source_url))
          group by 1) as s)
      end, '[]')
    from unnest(p_batch) as b
    left join pokepedia_runs r on r.id = b.run_id
    cross join lateral (
      select array_agg(m.source_url order by m.json_pointer) as urls,
        array_agg(m.json_pointer order by m.json_pointer) as pointers
      from pokepedia_asset_references m where m.resource_path = b.path) as n
    where p_outcomes[b.n] is not null;
end $$;
