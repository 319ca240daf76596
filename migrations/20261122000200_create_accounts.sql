create table teams (
  id uuid primary key,
  name text not null check (length(name) between 1 and 80),
  time_zone text not null default 'America/New_York',
  -- working hours per weekday by the clock on the wall, Monday first
  working_week jsonb not null
    default '[["09:00–17:30"],["09:00–17:30"],["09:00–17:30"],["09:00–17:30"],["09:00–17:30"],[],[]]',
  version bigint not null default 1
);
create unique index teams_name_key on teams (lower(name));

create table holidays (
  team_id uuid not null references teams on delete cascade,
  day date not null,
  name text not null check (length(name) between 1 and 80),
  primary key (team_id, day)
);

create table departments (
  id uuid primary key,
  name text not null check (length(name) between 1 and 80),
  version bigint not null default 1
);
create unique index departments_name_key on departments (lower(name));
insert into departments (id, name)
select gen_random_uuid(), name
from unnest(array['Billing', 'Technical support', 'Sales', 'Operations', 'Manufacturing', 'Logistics',
  'Finance', 'Legal', 'Marketing', 'Collections', 'Fraud', 'Customer relations']) as name;

create table users (
  id uuid primary key,
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 120),
  team_id uuid references teams,
  department_id uuid references departments,
  password_hash text,
  active boolean not null default true,
  -- single-key shortcuts can be turned off (WCAG 2.1.4)
  single_keys boolean not null default true,
  queue_columns text[] not null default '{reason,value,next_action,owner}',
  created_at timestamptz not null,
  signed_in_at timestamptz,
  -- keys the digests by which the audit log tells that a name or address changed
  audit_key bytea not null default gen_random_bytes(32),
  version bigint not null default 1
);
create unique index users_email_key on users (email);
create index users_name on users (lower(name), id);
create index users_team on users (team_id);
create index users_department on users (department_id);

create table user_roles (
  user_id uuid not null references users on delete cascade,
  role text not null check (role in ('rep', 'agent', 'supervisor', 'manager', 'department', 'privacy', 'admin')),
  primary key (user_id, role)
);

create table sessions (
  id uuid primary key,
  token_hash bytea not null unique,
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  address text not null,
  browser text not null
);
create index sessions_user on sessions (user_id, seen_at desc);
create index sessions_expires on sessions (expires_at);

-- Failed sign-ins, to throttle per account and per address. Accounts are digests: whether they exist is not told.
create table sign_in_failures (
  account_digest bytea not null,
  address text not null,
  at timestamptz not null
);
create index sign_in_failures_account on sign_in_failures (account_digest, at);
create index sign_in_failures_address on sign_in_failures (address, at);
create index sign_in_failures_at on sign_in_failures (at);

create table one_time_links (
  token_hash bytea primary key,
  purpose text not null check (purpose in ('first_admin', 'set_password')),
  user_id uuid references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  check ((purpose = 'first_admin') = (user_id is null))
);
create index one_time_links_user on one_time_links (user_id);

call guard_version('teams');
call guard_version('departments');
call guard_version('users');
call guard_audited('teams');
call guard_audited('users');
call guard_audited('user_roles');
