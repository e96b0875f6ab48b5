-- Up Migration

-- What the metrics service has measured of each queue in the last hour.
create table pokepedia_queue_snapshots (
  queue_name text not null,
  measured_at timestamptz not null,
  ready bigint not null,
  delayed bigint not null,
  oldest_at timestamptz,
  oldest_ready_at timestamptz,
  newest_at timestamptz,
  messages bigint not null,
  primary key (queue_name, measured_at)
);

-- The columns of pgmq.metrics_all(), so that dashboards of the replaced queues go on working. queue_visible_length is
-- what may be taken now, what is in work included: Kafka can't tell that apart. Ages are null when nothing waits.
create function get_pokepedia_queue_stats() returns table (
  queue_name text,
  queue_length bigint,
  newest_msg_age_sec integer,
  oldest_msg_age_sec integer,
  total_messages bigint,
  scrape_time timestamptz,
  queue_visible_length bigint
) language sql stable as $$
  select distinct on (s.queue_name)
    s.queue_name, s.ready + s.delayed,
    extract(epoch from clock_timestamp() - s.newest_at)::integer,
    extract(epoch from clock_timestamp() - s.oldest_at)::integer,
    s.messages, s.measured_at, s.ready
  from pokepedia_queue_snapshots s
  order by s.queue_name, s.measured_at desc
$$;
