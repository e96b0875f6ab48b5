-- Up Migration

-- What a resource asked for in a run and has no outcome; the pointer is empty where its document names it no more.
-- `queue || ''` keeps the planner from the primary key: the ledger is analysed before the first media are entered, so it
-- takes (run_id, queue) for one row as well, and every save then read all media of the run. The index of what is in
-- flight by run and resource has a handful.
create or replace function pokepedia_sprites_in_flight(p_run uuid, p_path text)
returns table (url text, pointer text) language sql stable as $$
  select l.key, coalesce(min(r.json_pointer), '')
  from pokepedia_run_ledger l
  left join pokepedia_asset_references r on r.resource_path = p_path and r.source_url = l.key
  where l.run_id = p_run and l.requested_by = p_path and l.outcome is null and l.queue || '' = 'pokepedia.sprites'
  group by 1 order by 1
$$;
