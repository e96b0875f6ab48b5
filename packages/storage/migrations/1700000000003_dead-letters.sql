-- Up Migration

-- A redrive: dead letters that were chosen at its creation and are sent to their queue again, at a rate.
create table pokepedia_redrives (
  id uuid primary key,
  -- sending → settling (all are sent, not all have an outcome) → completed; or cancelled.
  state text not null default 'sending' check (state in ('sending', 'settling', 'completed', 'cancelled')),
  filter jsonb not null,
  rate double precision not null check (rate > 0),
  selected integer not null default 0,
  -- Letters that match and were left out, for they had been redriven as often as allowed.
  over_cap integer not null default 0,
  -- The newest batch, and the end of each partition of its queue before the first record of it was sent.
  batch integer not null default 0,
  batch_ends jsonb,
  batch_at timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index pokepedia_redrives_open on pokepedia_redrives (id) where state in ('sending', 'settling');

-- The dead-letter index: one row a letter, with the record as it stands on the dead-letter topic.
create table pokepedia_dead_letters (
  id bigint generated always as identity primary key,
  queue text not null,
  dlq_partition integer not null,
  dlq_offset bigint not null,
  dlq_timestamp bigint not null,
  -- Where the event stood when it first failed; of a record that does not say, its own place.
  origin_topic text not null,
  origin_partition integer not null,
  origin_offset bigint not null,
  origin_timestamp bigint not null,
  redrive_count integer not null,
  key bytea,
  value bytea,
  -- json, not jsonb, which refuses what a person may have written into a header.
  headers json not null,
  key_text text,
  run_id uuid,
  resource_type text,
  code text not null,
  stage text,
  reason text not null,
  fingerprint text,
  message text,
  http_status integer,
  attempt integer not null,
  died_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'redriving', 'redriven', 'discarded')),
  -- Of the redrive that the letter belongs to: which of its batches, whether Kafka has it, and what became of it.
  redrive_id uuid references pokepedia_redrives (id),
  batch integer,
  sent_at timestamptz,
  outcome text check (outcome in ('stored', 'unchanged', 'gone', 'superseded', 'dead', 'discarded')),
  outcome_code text,
  settled_at timestamptz,
  unique (queue, dlq_partition, dlq_offset, dlq_timestamp)
);
-- A letter that was written twice through a crash is one letter. One that died again after it was settled is another.
create unique index pokepedia_dead_letters_once on pokepedia_dead_letters
  (queue, origin_topic, origin_partition, origin_offset, origin_timestamp, redrive_count)
  where state in ('open', 'redriving');
create index pokepedia_dead_letters_origin on pokepedia_dead_letters (origin_topic, origin_partition, origin_offset);
create index pokepedia_dead_letters_open on pokepedia_dead_letters (id) where state = 'open';
create index pokepedia_dead_letters_redrive on pokepedia_dead_letters (redrive_id, id) where redrive_id is not null;
create index pokepedia_dead_letters_unsent on pokepedia_dead_letters (redrive_id, id)
  where redrive_id is not null and sent_at is null;
create index pokepedia_dead_letters_pending on pokepedia_dead_letters (redrive_id)
  where redrive_id is not null and outcome is null;

-- What a run that was cancelled or had failed goes back to, when the letters that were redriven into it are settled.
alter table pokepedia_runs add column reopened_from text;

-- The resource type that a letter is about, as far as its key, its run or the stored references tell.
create function pokepedia_letter_type(p_queue text, p_key text, p_run uuid) returns text language sql stable as $$
  select coalesce(
    (select l.resource_type from pokepedia_run_ledger l
     where l.run_id = p_run and l.queue = p_queue and l.key = p_key),
    substring(p_key from '^([a-z0-9-]+)/-?[0-9]+(?:/encounters)?$'),
    (select split_part(r.resource_path, '/', 1) from pokepedia_asset_references r
     where r.source_url = p_key order by r.resource_path limit 1))
$$;

-- p_filter: any of queue, code, fingerprint, type, since and until (died in [since, until)). Without a subquery, so that
-- the planner takes it apart and nothing is left of what is absent; ids are asked for beside it.
create function pokepedia_letter_matches(l pokepedia_dead_letters, p_filter jsonb)
returns boolean language sql stable as $$
  select (p_filter->>'queue' is null or l.queue = p_filter->>'queue')
    and (p_filter->>'code' is null or l.code = p_filter->>'code')
    and (p_filter->>'fingerprint' is null or l.fingerprint = p_filter->>'fingerprint')
    and (p_filter->>'type' is null or l.resource_type = p_filter->>'type')
    and (p_filter->>'since' is null or l.died_at >= (p_filter->>'since')::timestamptz)
    and (p_filter->>'until' is null or l.died_at < (p_filter->>'until')::timestamptz)
$$;

-- The ids of a filter, which may be none; null when ids do not matter.
create function pokepedia_filter_ids(p_filter jsonb) returns bigint[] language sql immutable as $$
  select case when p_filter ? 'ids' then array(select jsonb_array_elements_text(p_filter->'ids')::bigint) end
$$;

create function pokepedia_create_redrive(p_id uuid, p_filter jsonb, p_rate double precision, p_cap integer)
returns void language plpgsql as $$
declare
  v_ids bigint[] := pokepedia_filter_ids(p_filter);
  v_selected integer;
begin
  insert into pokepedia_redrives (id, filter, rate, over_cap) values (p_id, p_filter, p_rate, (
    select count(*) from pokepedia_dead_letters l
    where l.state = 'open' and l.redrive_count >= p_cap
      and (v_ids is null or l.id = any (v_ids)) and pokepedia_letter_matches(l, p_filter)));
  update pokepedia_dead_letters l set state = 'redriving', redrive_id = p_id
  where l.state = 'open' and l.redrive_count < p_cap
    and (v_ids is null or l.id = any (v_ids)) and pokepedia_letter_matches(l, p_filter);
  get diagnostics v_selected = row_count;
  update pokepedia_redrives set selected = v_selected,
    state = case when v_selected = 0 then 'completed' else 'sending' end,
    finished_at = case when v_selected = 0 then now() end
  where id = p_id;
end $$;

-- Puts the ledger entries of letters that are about to be sent back into flight. A run that had ended is open again
-- until they are settled: it takes in what they ask for, and ends by itself.
create function pokepedia_reopen_entries(p_letters bigint[]) returns void language plpgsql as $$
declare
  v_run uuid;
begin
  -- In order, so that two who reopen or end runs never wait in a circle.
  for v_run in select distinct d.run_id from pokepedia_dead_letters d
    where d.id = any (p_letters) and d.run_id is not null order by 1
  loop
    perform pg_advisory_xact_lock(pokepedia_ledger_lock(v_run));
    update pokepedia_run_ledger l set outcome = null, error_code = null, settled_at = null
    from pokepedia_dead_letters d
    where d.id = any (p_letters) and d.run_id = v_run
      and l.run_id = v_run and l.queue = d.queue and l.key = d.key_text and l.outcome = 'dead';
    if found then
      update pokepedia_runs set state = 'running', counts = null, finished_at = null,
        reopened_from = case when state in ('cancelled', 'failed') then state end
      where id = v_run and state not in ('discovering', 'running');
    end if;
  end loop;
end $$;

create function pokepedia_keep_how_it_ended() returns trigger language plpgsql as $$
begin
  new.state := old.reopened_from;
  return new;
end $$;
create trigger pokepedia_keep_how_it_ended before update of state on pokepedia_runs for each row
  when (old.state = 'running' and old.reopened_from is not null
    and new.state in ('completed', 'completed_with_dead_letters'))
  execute function pokepedia_keep_how_it_ended();

-- The next letters of a redrive, from now on to be sent whatever happens; p_ends tells where to look for them if the
-- sender dies. No row when the redrive is cancelled or has sent all.
create function pokepedia_prepare_batch(p_redrive uuid, p_queue text, p_limit integer, p_ends jsonb)
returns setof pokepedia_dead_letters language plpgsql as $$
declare
  v_batch integer;
  v_letters bigint[];
begin
  update pokepedia_redrives set batch = batch + 1, batch_ends = p_ends, batch_at = now()
  where id = p_redrive and state = 'sending' returning batch into v_batch;
  if v_batch is null then return; end if;
  with chosen as (
    update pokepedia_dead_letters set batch = v_batch where id in (
      select d.id from pokepedia_dead_letters d
      where d.redrive_id = p_redrive and d.queue = p_queue and d.state = 'redriving' and d.batch is null
      order by d.id limit p_limit)
    returning id)
  select array_agg(id) into v_letters from chosen;
  perform pokepedia_reopen_entries(v_letters);
  return query select * from pokepedia_dead_letters d where d.id = any (v_letters) order by d.id;
end $$;

-- Redrives that have sent all, and those whose letters all have an outcome.
create function pokepedia_advance_redrives() returns void language sql as $$
  update pokepedia_redrives r set state = 'settling' where r.state = 'sending' and not exists (
    select from pokepedia_dead_letters d where d.redrive_id = r.id and d.sent_at is null);
  update pokepedia_redrives r set state = 'completed', finished_at = now() where r.state = 'settling' and not exists (
    select from pokepedia_dead_letters d where d.redrive_id = r.id and d.outcome is null);
$$;

-- What is not sent yet goes back to the open letters; a batch on its way is finished.
create function pokepedia_cancel_redrive(p_redrive uuid) returns boolean language plpgsql as $$
begin
  update pokepedia_redrives set state = 'cancelled', finished_at = now() where id = p_redrive and state = 'sending';
  if not found then return false; end if;
  update pokepedia_dead_letters set state = 'open', redrive_id = null
  where redrive_id = p_redrive and state = 'redriving' and batch is null;
  return true;
end $$;

-- Notes what became of a redriven event; the first time counts. Where the run ledger knows, its word is taken: after a
-- crash between the two notes the event comes again, and finds unchanged what it stored before.
create function pokepedia_settle_redriven(
  p_redrive uuid, p_topic text, p_partition integer, p_offset bigint, p_count integer, p_outcome text, p_code text
) returns void language sql as $$
  -- Found by the origin, whatever the planner thinks: while a redrive is young it takes all redrives for empty.
  with found as materialized (
    select id, redrive_id, redrive_count, batch from pokepedia_dead_letters
    where origin_topic = p_topic and origin_partition = p_partition and origin_offset = p_offset)
  update pokepedia_dead_letters d set state = 'redriven', settled_at = now(), outcome_code = p_code, outcome = coalesce(
    (select l.outcome from pokepedia_run_ledger l where l.run_id = d.run_id and l.queue = d.queue and l.key = d.key_text),
    p_outcome)
  from found f where d.id = f.id and d.state = 'redriving'
    and f.redrive_id = p_redrive and f.redrive_count = p_count - 1 and f.batch is not null
$$;

-- Gives open letters up, and moves their ledger entries from dead to discarded; a run that has ended notes its counts anew.
create function pokepedia_discard_letters(p_filter jsonb) returns integer language plpgsql as $$
declare
  v_ids bigint[] := pokepedia_filter_ids(p_filter);
  v_run uuid;
  v_letters bigint[];
begin
  with gone as (
    update pokepedia_dead_letters l set state = 'discarded', settled_at = now()
    where l.state = 'open' and (v_ids is null or l.id = any (v_ids)) and pokepedia_letter_matches(l, p_filter)
    returning l.id)
  select array_agg(id) into v_letters from gone;
  for v_run in select distinct d.run_id from pokepedia_dead_letters d
    where d.id = any (v_letters) and d.run_id is not null order by 1
  loop
    perform pg_advisory_xact_lock(pokepedia_ledger_lock(v_run));
    update pokepedia_run_ledger l set outcome = 'discarded', settled_at = now()
    from pokepedia_dead_letters d
    where d.id = any (v_letters) and d.run_id = v_run
      and l.run_id = v_run and l.queue = d.queue and l.key = d.key_text and l.outcome = 'dead';
    if found then
      update pokepedia_runs r set
        state = case when r.state = 'completed_with_dead_letters' and not exists (
          select from pokepedia_run_ledger l where l.run_id = v_run and l.outcome = 'dead') then 'completed'
          else r.state end,
        counts = (
          select coalesce(jsonb_agg(jsonb_build_object(
            'queue', c.queue, 'resource_type', c.resource_type, 'outcome', c.outcome, 'count', c.count)), '[]')
          from pokepedia_count_ledger(array[v_run], true) c)
      where r.id = v_run and r.counts is not null;
    end if;
  end loop;
  return coalesce(array_length(v_letters, 1), 0);
end $$;
