-- Up Migration

-- Processes that read queues, each by its own word: once a second, while it lives and Postgres answers.
create table pokepedia_instances (
  id uuid primary key,
  service text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null default now(),
  in_flight integer not null,
  in_flight_limit integer not null,
  -- [{"dependency", "open", "since", "code", "detail"}]
  breakers jsonb not null,
  -- {topic: [partition]}
  partitions jsonb not null
);

-- Ready, but on a partition whose reader waits for a dependency that is away.
alter table pokepedia_queue_snapshots add column blocked bigint not null default 0;

create or replace function get_pokepedia_queue_stats() returns table (
  queue_name text,
  queue_length bigint,
  newest_msg_age_sec integer,
  oldest_msg_age_sec integer,
  total_messages bigint,
  scrape_time timestamptz,
  queue_visible_length bigint
) language sql stable as $$
  select distinct on (s.queue_name)
    s.queue_name, s.ready + s.delayed + s.blocked,
    extract(epoch from clock_timestamp() - s.newest_at)::integer,
    extract(epoch from clock_timestamp() - s.oldest_at)::integer,
    s.messages, s.measured_at, s.ready
  from pokepedia_queue_snapshots s
  order by s.queue_name, s.measured_at desc
$$;
