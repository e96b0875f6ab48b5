-- Up Migration

-- The schedule that asked for the run, and how many resources were fresh enough to be left out of it.
alter table pokepedia_runs add column schedule text;
alter table pokepedia_runs add column fresh integer not null default 0;
create index pokepedia_runs_schedule on pokepedia_runs (schedule, state) where schedule is not null;

create table pokepedia_schedules (
  name text primary key,
  cron text not null,
  time_zone text not null,
  request jsonb not null,
  request_hash text not null,
  enabled boolean not null,
  note text not null,
  -- What becomes of a tick that no seeder was there for.
  catch_up text not null check (catch_up in ('once', 'skip')),
  -- 'file' goes away with its entry in a later version of the file.
  origin text not null check (origin in ('file', 'api')),
  -- Raised by every edit and every decision, so that who has read an older one decides nothing.
  revision bigint not null default 0,
  -- Every tick up to here is decided on.
  decided_until timestamptz not null,
  -- The first tick after that; null while the schedule is disabled.
  next_at timestamptz,
  last_run_id uuid,
  last_run_at timestamptz,
  last_success_at timestamptz,
  missed bigint not null default 0,
  skipped bigint not null default 0,
  updated_at timestamptz not null default now()
);

-- What was decided on each tick: at most one row for a schedule and a due time. `missed` stands for `ticks` of them,
-- the last of which was due at due_at.
create table pokepedia_schedule_ticks (
  schedule text not null,
  due_at timestamptz not null,
  outcome text not null check (outcome in ('fired', 'skipped', 'missed')),
  ticks integer not null default 1,
  cause text,
  run_id uuid,
  decided_at timestamptz not null default now(),
  primary key (schedule, due_at)
);

-- The version of SCHEDULES_FILE that was applied last: one row at most.
create table pokepedia_schedule_file (
  single boolean primary key default true check (single),
  version integer not null,
  content_hash text not null,
  applied_at timestamptz not null default now()
);

-- Creates and updates schedules, and removes those of the given origins that are not named. What changes nothing
-- writes nothing. A new time begins at p_at; one that stays keeps its due ticks.
create function pokepedia_put_schedules(p_schedules jsonb, p_at timestamptz, p_origin text, p_replaces text[])
returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('pokepedia.schedules', 0));
  delete from pokepedia_schedules s where s.origin = any (p_replaces) and not exists (
    select from jsonb_to_recordset(p_schedules) as n (name text) where n.name = s.name);
  insert into pokepedia_schedules as s
    (name, cron, time_zone, request, request_hash, enabled, note, catch_up, origin, decided_until, next_at)
    select n.name, n.cron, n."timeZone", n.request, n."requestHash", n.enabled, n.note, n."catchUp", p_origin, p_at,
      n."nextAt"
    from jsonb_to_recordset(p_schedules) as n (name text, cron text, "timeZone" text, request jsonb,
      "requestHash" text, enabled boolean, note text, "catchUp" text, "nextAt" timestamptz)
    order by n.name
  on conflict (name) do update set
    cron = excluded.cron, time_zone = excluded.time_zone, request = excluded.request,
    request_hash = excluded.request_hash, enabled = excluded.enabled, note = excluded.note,
    catch_up = excluded.catch_up, updated_at = now(), revision = s.revision + 1,
    origin = case when p_origin = 'file' then 'file' else s.origin end,
    decided_until = case when (s.cron, s.time_zone, s.enabled) = (excluded.cron, excluded.time_zone, excluded.enabled)
      then s.decided_until else greatest(s.decided_until, excluded.decided_until) end,
    next_at = case when (s.cron, s.time_zone, s.enabled) = (excluded.cron, excluded.time_zone, excluded.enabled)
      then s.next_at else excluded.next_at end
  where (s.cron, s.time_zone, s.request, s.enabled, s.note, s.catch_up)
      is distinct from (excluded.cron, excluded.time_zone, excluded.request, excluded.enabled, excluded.note,
        excluded.catch_up)
    or (p_origin = 'file' and s.origin <> 'file');
end $$;

-- Applies a file of a higher version than the last one. 'known': this one was applied before; 'changed': its content
-- is another and its version is not; 'older': a later version was applied.
create function pokepedia_apply_schedule_file(
  p_version integer, p_hash text, p_schedules jsonb, p_at timestamptz
) returns text language plpgsql as $$
declare
  v_applied pokepedia_schedule_file;
begin
  perform pg_advisory_xact_lock(hashtextextended('pokepedia.schedules', 0));
  select * into v_applied from pokepedia_schedule_file;
  if v_applied.version > p_version then return 'older'; end if;
  if v_applied.version = p_version then
    return case when v_applied.content_hash = p_hash then 'known' else 'changed' end;
  end if;
  insert into pokepedia_schedule_file (version, content_hash) values (p_version, p_hash)
  on conflict (single) do update set
    version = excluded.version, content_hash = excluded.content_hash, applied_at = now();
  perform pokepedia_put_schedules(p_schedules, p_at, 'file', '{file}');
  return 'applied';
end $$;

-- Makes a run of the schedule, unless one of its runs is still open: then that one's id comes back. The schedule's row
-- is locked by the caller, so that two can't both find none.
create function pokepedia_begin_scheduled_run(
  p_schedule pokepedia_schedules, p_run uuid, p_trigger text, p_traceparent text
) returns uuid language plpgsql as $$
declare
  v_open uuid;
begin
  select id into v_open from pokepedia_runs
  where schedule = p_schedule.name and state in ('discovering', 'running') order by id limit 1;
  if v_open is not null then return v_open; end if;
  insert into pokepedia_runs (id, trigger, request, force, request_hash, traceparent, schedule)
  values (p_run, p_trigger, p_schedule.request, coalesce((p_schedule.request->>'force')::boolean, false),
    p_schedule.request_hash, p_traceparent, p_schedule.name);
  update pokepedia_schedules set last_run_id = p_run, last_run_at = now() where name = p_schedule.name;
  return null;
end $$;

-- Decides on every tick up to p_until: p_missed of them, the last due at p_missed_at, are missed, and the one due at
-- p_due, if any, is fired or skipped. Null when another has decided, or edited the schedule, since p_revision was read.
create function pokepedia_decide_ticks(
  p_name text, p_revision bigint, p_until timestamptz, p_next timestamptz, p_missed integer, p_missed_at timestamptz,
  p_cause text, p_due timestamptz, p_run uuid, p_traceparent text
) returns text language plpgsql as $$
declare
  v_schedule pokepedia_schedules;
  v_open uuid;
  v_outcome text := 'missed';
begin
  select * into v_schedule from pokepedia_schedules
  where name = p_name and revision = p_revision and enabled for update;
  if not found then return null; end if;
  if p_missed > 0 then
    insert into pokepedia_schedule_ticks (schedule, due_at, outcome, ticks, cause)
    values (p_name, p_missed_at, 'missed', p_missed, p_cause) on conflict do nothing;
  end if;
  -- A tick that is there already belongs to a schedule of this name before it was removed and made anew.
  if p_due is not null and not exists (
    select from pokepedia_schedule_ticks t where t.schedule = p_name and t.due_at = p_due) then
    v_open := pokepedia_begin_scheduled_run(v_schedule, p_run, 'schedule', p_traceparent);
    v_outcome := case when v_open is null then 'fired' else 'skipped' end;
    insert into pokepedia_schedule_ticks (schedule, due_at, outcome, cause, run_id)
    values (p_name, p_due, v_outcome, 'run ' || v_open || ' is still going', coalesce(v_open, p_run));
  end if;
  update pokepedia_schedules set
    revision = revision + 1, decided_until = p_until, next_at = p_next, missed = missed + p_missed,
    skipped = skipped + (v_outcome = 'skipped')::integer
  where name = p_name;
  return v_outcome;
end $$;

-- A run at an operator's word. Null for an unknown schedule; `open` is the run that is in the way.
create function pokepedia_run_schedule(p_name text, p_run uuid, p_traceparent text)
returns table (open_run uuid) language plpgsql as $$
declare
  v_schedule pokepedia_schedules;
begin
  select * into v_schedule from pokepedia_schedules where name = p_name for update;
  if found then return query select pokepedia_begin_scheduled_run(v_schedule, p_run, 'http', p_traceparent); end if;
end $$;

-- Dead letters are counted and alerted on by themselves; the copy is as fresh as after a run without any.
create function pokepedia_note_scheduled_success() returns trigger language plpgsql as $$
begin
  update pokepedia_schedules set last_success_at = new.finished_at
  where name = new.schedule and (last_success_at is null or last_success_at < new.finished_at);
  return null;
end $$;
create trigger pokepedia_runs_scheduled_success after update of state on pokepedia_runs for each row
  when (new.schedule is not null and new.state in ('completed', 'completed_with_dead_letters')
    and old.state is distinct from new.state)
  execute function pokepedia_note_scheduled_success();

-- Which of the paths were checked within their number of seconds and are present; those the run has already are none.
create function pokepedia_fresh_paths(p_run uuid, p_queue text, p_paths text[], p_seconds double precision[])
returns table (path text) language sql stable as $$
  select e.path from unnest(p_paths, p_seconds) as e (path, seconds)
  join pokepedia_resource_checks c on c.path = e.path and c.checked_at > now() - make_interval(secs => e.seconds)
  join pokeapi_resources r on r.path = e.path and r.status = 'present'
  where not exists (select from pokepedia_run_ledger l where l.run_id = p_run and l.queue = p_queue and l.key = e.path)
$$;
