-- Up Migration

-- Removes up to p_limit ledger rows of the oldest run that ended before p_before, and the run itself once it has none
-- left. Null for none to remove; done tells whether the run is gone. A run whose letters are on their way again stays.
create function pokepedia_remove_run_part(p_before timestamptz, p_limit integer)
returns table (run uuid, done boolean) language plpgsql as $$
declare
  v_run uuid;
begin
  -- Skips what another remover has in work.
  select r.id into v_run from pokepedia_runs r
  where r.state not in ('discovering', 'running') and r.finished_at < p_before
    and not exists (select from pokepedia_dead_letters d where d.run_id = r.id and d.state = 'redriving')
  order by r.id limit 1 for update skip locked;
  if v_run is null then return; end if;
  -- From here on nobody reopens it; who was faster has made it an open run. Tried, not waited for: those who reopen take
  -- this lock first and the row second.
  if not pg_try_advisory_xact_lock(pokepedia_ledger_lock(v_run)) then return; end if;
  if exists (select from pokepedia_runs where id = v_run and state in ('discovering', 'running')) then return; end if;
  delete from pokepedia_run_ledger l where (l.run_id, l.queue, l.key) in (
    select run_id, queue, key from pokepedia_run_ledger where run_id = v_run limit p_limit);
  if exists (select from pokepedia_run_ledger where run_id = v_run) then
    return query select v_run, false;
  else
    delete from pokepedia_runs where id = v_run;
    return query select v_run, true;
  end if;
end $$;
