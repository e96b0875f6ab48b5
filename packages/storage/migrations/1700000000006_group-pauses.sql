-- Up Migration

-- Consumer groups that an operator has told to stand still; every member of the group looks here.
create table pokepedia_group_pauses (
  group_name text primary key,
  reason text not null,
  paused_at timestamptz not null default now()
);
