-- Up Migration

-- Of these resources, those that nobody has stored or asked for until now. They are noted as known at the given times
-- and stay locked until the end of the transaction, so that whoever fetches one of them meanwhile waits for its row.
create function pokepedia_claim_new(p_paths text[], p_known_at timestamptz[]) returns setof text language sql as $$
  insert into pokepedia_resource_checks (path, checked_at)
    select n.path, n.known_at from unnest(p_paths, p_known_at) as n (path, known_at)
    where not exists (select from pokeapi_resources r where r.path = n.path)
    order by n.path
  on conflict (path) do nothing returning path
$$;
