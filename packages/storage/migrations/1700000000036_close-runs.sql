-- Up Migration

-- Whether a run has something in flight is looked up in the index of what is, by its order: for a mere `exists` the ledgers
-- of all runs were read from their beginning each time.
create or replace function pokepedia_close_finished_runs() returns setof pokepedia_runs language plpgsql as $$
declare
  v_run uuid;
begin
  for v_run in
    select r.id from pokepedia_runs r where r.state = 'running' and (
      select l.run_id from pokepedia_run_ledger l where l.run_id = r.id and l.outcome is null
      order by l.run_id, l.requested_by limit 1) is null
    order by r.id
  loop
    if pokepedia_end_run(v_run, 'completed', null) then
      return query select * from pokepedia_runs where id = v_run;
    end if;
  end loop;
end $$;
