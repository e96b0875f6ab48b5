-- Up Migration

-- As in migration 30, but the references of the document are looked at once. Before, each medium looked through all of
-- them for its pointer: 2.8 million in a full sync of 15,463 documents. A pointer is the least of those that name the file.
create or replace function pokepedia_sprites_in_flight(p_run uuid, p_path text)
returns table (url text, pointer text) language sql stable as $$
  -- Materialized, or they are gathered anew for each medium.
  with named as materialized (
    select array_agg(r.source_url order by r.json_pointer) as urls,
      array_agg(r.json_pointer order by r.json_pointer) as pointers
    from pokepedia_asset_references r where r.resource_path = p_path)
  select l.key, coalesce(n.pointers[array_position(n.urls, l.key)], '')
  from pokepedia_run_ledger l cross join named n
  where l.run_id = p_run and l.requested_by = p_path and l.outcome is null and l.queue || '' = 'pokepedia.sprites'
  order by 1
$$;
