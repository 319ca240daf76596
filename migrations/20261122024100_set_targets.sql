-- What a team or a person is to reach, from a month on until another is set. Nothing: no target from then on.
create table targets (
  id uuid primary key,
  figure text not null check (figure in ('save_rate', 'net_saved', 'promises_kept', 'first_action', 'stick')),
  team_id uuid references teams,
  user_id uuid references users,
  from_month date not null check (extract(day from from_month) = 1),
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- a share in basis points, or an amount a month in minor units
  value bigint check (value between 0 and 100000000000),
  set_at timestamptz not null,
  set_by_id uuid references users,
  version bigint not null default 1,
  constraint targets_of_one check (num_nonnulls(team_id, user_id) = 1),
  constraint targets_amount check ((figure = 'net_saved') = (currency is not null)),
  constraint targets_share check (currency is not null or value <= 10000)
);
create unique index targets_once on targets (coalesce(team_id, user_id), figure, coalesce(currency, ''), from_month);
create index targets_team on targets (team_id);
create index targets_user on targets (user_id);
create index targets_set_by on targets (set_by_id);

call guard_version('targets');
call guard_audited('targets');

revoke delete, truncate on targets from savedesk_app;
grant select on targets to savedesk_read;
