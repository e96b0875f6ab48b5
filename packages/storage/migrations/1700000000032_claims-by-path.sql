-- Up Migration

-- pokepedia_claim_changes for changes of these resources only. The table is usually empty and full of what was just
-- removed from it: who looks for the oldest of all walks past that each time, who knows the resource does not.
create function pokepedia_claim_changes_of(p_paths text[], p_for interval)
returns setof pokepedia_changes language plpgsql set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query
    update pokepedia_changes c set claimed_until = now() + p_for where c.id in (
      select e.id from pokepedia_changes e
      where e.path = any (p_paths) and (e.claimed_until is null or e.claimed_until < now())
        and not exists (select from pokepedia_changes f where f.path = e.path and f.id < e.id)
      order by e.id for update skip locked)
    returning c.*;
end $$;
