-- Up Migration

-- What all processes know together of a host that they ask (docs/decisions/008-host-budgets.md).
create table pokepedia_host_budgets (
  host text primary key,
  -- Requests a second: as configured, and what the host bears at present.
  budget double precision not null,
  rate double precision not null,
  -- When the rate last crept up or was halved.
  raised_at timestamptz not null,
  slowed_at timestamptz,
  -- When the first turn begins that nobody has.
  next_turn_at timestamptz not null,
  silent_until timestamptz
);

create table pokepedia_host_users (
  host text not null,
  user_id uuid not null,
  seen_at timestamptz not null,
  primary key (host, user_id)
);

-- Locks the host's row until the end of the transaction, so that all that follows happens in one order.
create function pokepedia_lock_host(p_host text, p_budget double precision)
returns pokepedia_host_budgets language plpgsql as $$
declare
  v_host pokepedia_host_budgets;
begin
  insert into pokepedia_host_budgets (host, budget, rate, raised_at, next_turn_at)
  values (p_host, p_budget, p_budget, '-infinity', '-infinity')
  on conflict do nothing;
  select * into v_host from pokepedia_host_budgets where host = p_host for update;
  v_host.budget := p_budget;
  v_host.rate := least(v_host.rate, p_budget);
  return v_host;
end $$;

-- Milliseconds that the host is still silent. A silence of over an hour comes of a clock that was set back.
create function pokepedia_silent_for_ms(p_until timestamptz, p_now timestamptz)
returns double precision language sql immutable as $$
  select case when p_until > p_now and p_until <= p_now + interval '1 hour'
    then extract(epoch from p_until - p_now)::double precision * 1000 else 0 end
$$;

-- Gives a process up to p_wanted turns: moments at which one request may leave, none of which is given twice.
-- Asking for none keeps it among the host's users. p_succeeded: since it asked last, the host has answered it well.
-- p_now is for tests; the clock is read when the lock is held.
create function pokepedia_take_turns(
  p_host text, p_user uuid, p_budget double precision, p_wanted integer, p_succeeded boolean,
  p_now timestamptz default null
) returns table (
  turns integer, first_in_ms double precision, spacing_ms double precision, users integer, rate double precision,
  silent_for_ms double precision
) language plpgsql as $$
declare
  v_host pokepedia_host_budgets := pokepedia_lock_host(p_host, p_budget);
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_first timestamptz;
begin
  -- A process that does not come back within 3 s is dead, and so is one of the future, before the clock was set back.
  insert into pokepedia_host_users as u (host, user_id, seen_at) values (p_host, p_user, v_now)
  on conflict (host, user_id) do update set seen_at = excluded.seen_at;
  delete from pokepedia_host_users u
  where u.host = p_host and u.seen_at not between v_now - interval '3 seconds' and v_now;
  select count(*)::integer into users from pokepedia_host_users u where u.host = p_host;

  -- 5 % of the budget for each second, of time that passes for all and not for each of them.
  if p_succeeded then
    v_host.rate := least(p_budget, v_host.rate + p_budget * 0.05 * case
      when v_host.raised_at between v_now - interval '1 second' and v_now
      then extract(epoch from v_now - v_host.raised_at)::double precision else 1 end);
    v_host.raised_at := v_now;
  end if;

  -- Four fifths: a second that begins with requests which came a quarter of a second late still has room for those
  -- that come in time.
  spacing_ms := 1000 / (0.8 * v_host.rate);
  silent_for_ms := pokepedia_silent_for_ms(v_host.silent_until, v_now);
  turns := 0;
  first_in_ms := 0;
  if silent_for_ms = 0 and p_wanted > 0 then
    -- Together no more than a second's, so that a newcomer has its turn soon.
    turns := least(p_wanted, greatest(1, floor(1000 / (spacing_ms * users))::integer));
    v_first := greatest(v_now, v_host.next_turn_at);
    -- Turns so far away were given before the clock was set back.
    if v_first > v_now + greatest(10000, 100 * spacing_ms) * interval '1 millisecond' then v_first := v_now; end if;
    first_in_ms := extract(epoch from v_first - v_now)::double precision * 1000;
    v_host.next_turn_at := v_first + turns * spacing_ms * interval '1 millisecond';
  end if;
  rate := v_host.rate;
  update pokepedia_host_budgets h set budget = v_host.budget, rate = v_host.rate, raised_at = v_host.raised_at,
    next_turn_at = v_host.next_turn_at where h.host = p_host;
  return next;
end $$;

-- A host has answered 429 or 503: halves its rate, once a second at most, down to a twentieth of its budget, and
-- begins a silence or makes it longer. slowed: whether the rate was halved now.
create function pokepedia_slow_host(
  p_host text, p_budget double precision, p_silence_ms double precision, p_now timestamptz default null
) returns table (slowed boolean, rate double precision, silent_for_ms double precision) language plpgsql as $$
declare
  v_host pokepedia_host_budgets := pokepedia_lock_host(p_host, p_budget);
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  slowed := v_host.slowed_at is null or v_host.slowed_at not between v_now - interval '1 second' and v_now;
  if slowed then
    v_host.rate := greatest(p_budget / 20, v_host.rate / 2);
    v_host.slowed_at := v_now;
    v_host.raised_at := v_now;
  end if;
  if p_silence_ms > pokepedia_silent_for_ms(v_host.silent_until, v_now) then
    v_host.silent_until := v_now + p_silence_ms * interval '1 millisecond';
  end if;
  rate := v_host.rate;
  silent_for_ms := pokepedia_silent_for_ms(v_host.silent_until, v_now);
  update pokepedia_host_budgets h set budget = v_host.budget, rate = v_host.rate, raised_at = v_host.raised_at,
    slowed_at = v_host.slowed_at, silent_until = v_host.silent_until where h.host = p_host;
  return next;
end $$;
