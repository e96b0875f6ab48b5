-- Up Migration

-- As in migration 38, but for its limit. An index that finds one row and one that reads a thousand differ enough for the
-- planner; runs of a few thousand resources had their statements planned anew for each batch.
create or replace function pokepedia_plan_anew_if_small(p_tables regclass[]) returns void language plpgsql as $$
begin
  if exists (select from pg_class c where c.oid = any (p_tables) and c.reltuples >= 0 and c.reltuples < 1000) then
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
  end if;
end $$;
