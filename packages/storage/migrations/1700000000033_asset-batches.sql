-- Up Migration

-- Media in work at once are written by one statement in one transaction, as documents are since migration 31, with the same
-- rules: a batch names a file once, and whoever writes locks in the same order, here runs, files by URL, the ledger.

create type pokepedia_asset_in_batch as (
  -- The place in the batch, from 1.
  n integer,
  run_id uuid,
  url text,
  bucket text,
  object_key text,
  content_type text,
  bytes bigint,
  sha256 text,
  etag text,
  width integer,
  height integer,
  -- When the request was sent; null for a confirmation that needed none.
  asked_at timestamptz,
  traceparent text
);

-- Holds the runs of a batch in the state they are in until the end of the transaction.
create function pokepedia_join_runs(p_batch pokepedia_asset_in_batch[]) returns void language plpgsql as $$
begin
  perform pokepedia_join_run(r.run_id)
  from (select distinct b.run_id from unnest(p_batch) as b where b.run_id is not null order by 1) as r;
end $$;

-- Notes the outcome of each event in its run's ledger; one that is null is not noted.
create function pokepedia_end_batch(p_batch pokepedia_asset_in_batch[], p_outcomes text[])
returns table (url text, outcome text) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  update pokepedia_run_ledger l set outcome = p_outcomes[b.n], settled_at = now()
  from unnest(p_batch) as b
  where l.run_id = b.run_id and l.queue = 'pokepedia.sprites' and l.key = b.url and l.outcome is null
    and p_outcomes[b.n] is not null;
  return query select b.url, p_outcomes[b.n] from unnest(p_batch) as b;
end $$;

-- pokepedia_save_asset for a batch.
create function pokepedia_save_assets(p_batch jsonb) returns table (url text, outcome text) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_batch pokepedia_asset_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_asset_in_batch, p_batch) as b);
  v_same text[];
  v_newest text[];
begin
  perform pokepedia_join_runs(v_batch);
  -- Two first inserts of one file at once would meet in the index of object keys, which "on conflict" does not cover.
  perform pg_advisory_xact_lock(hashtextextended('pokepedia.asset.' || u.url, 0))
  from (select b.url from unnest(v_batch) as b order by 1) as u;
  v_same := array(
    select a.source_url from unnest(v_batch) as b join pokepedia_assets a on a.source_url = b.url
    where a.sha256 = b.sha256 and a.status = 'stored' and a.checked_at <= b.asked_at order by 1 for update of a);
  with newest as (
    insert into pokepedia_assets as a
      (source_url, bucket, object_key, content_type, bytes, sha256, etag, width, height, fetched_at, checked_at,
      traceparent)
      select b.url, b.bucket, b.object_key, b.content_type, b.bytes, b.sha256, b.etag, b.width, b.height, b.asked_at,
        b.asked_at, b.traceparent
      from unnest(v_batch) as b order by 1
    on conflict (source_url) do update set
      bucket = excluded.bucket, object_key = excluded.object_key, content_type = excluded.content_type,
      bytes = excluded.bytes, sha256 = excluded.sha256, etag = excluded.etag, width = excluded.width,
      height = excluded.height, status = 'stored', fetched_at = excluded.fetched_at, checked_at = excluded.checked_at,
      traceparent = excluded.traceparent
    where a.checked_at <= excluded.checked_at
    returning a.source_url)
  select array_agg(w.source_url) into v_newest from newest w;
  return query select * from pokepedia_end_batch(v_batch, array(
    select case
      when b.url = any (v_same) then 'unchanged'
      when b.url = any (v_newest) then 'stored'
      else 'superseded' end
    from unnest(v_batch) as b order by b.n));
end $$;

-- pokepedia_confirm_asset for a batch; the outcome of an unknown file is null.
create function pokepedia_confirm_assets(p_batch jsonb) returns table (url text, outcome text) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  v_batch pokepedia_asset_in_batch[] :=
    array(select b from jsonb_populate_recordset(null::pokepedia_asset_in_batch, p_batch) as b);
  v_outcomes text[];
begin
  perform pokepedia_join_runs(v_batch);
  perform from unnest(v_batch) as b join pokepedia_assets a on a.source_url = b.url
  where b.asked_at is not null order by a.source_url for update of a;
  v_outcomes := array(
    select case
      when b.asked_at is null or a.checked_at <= b.asked_at then 'unchanged'
      when a.source_url is not null then 'superseded' end
    from unnest(v_batch) as b left join pokepedia_assets a on a.source_url = b.url order by b.n);
  update pokepedia_assets a set checked_at = b.asked_at, status = 'stored'
  from unnest(v_batch) as b where a.source_url = b.url and a.checked_at <= b.asked_at;
  return query select * from pokepedia_end_batch(v_batch, v_outcomes);
end $$;
