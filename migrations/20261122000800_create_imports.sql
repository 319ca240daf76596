create table imports (
  id uuid primary key,
  kind text not null check (kind in ('customers', 'orders', 'cases')),
  file_name text not null check (length(file_name) between 1 and 255),
  file bytea not null,
  file_digest bytea not null,
  stage text not null default 'uploaded'
    check (stage in ('uploaded', 'checking', 'checked', 'running', 'finished', 'failed')),
  -- what the file turned out to hold: columns, samples, what can be guessed
  look jsonb not null,
  -- which column feeds which field, and the answers to what the file cannot decide (date order, currency, zone)
  choices jsonb not null default '{}',
  header_digest bytea not null,
  rows_total integer not null default 0,
  -- rows by what came of them, at the last check or run
  created integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  refused integer not null default 0,
  -- what the run made
  customers integer not null default 0,
  orders integer not null default 0,
  cases integer not null default 0,
  failure text check (length(failure) between 1 and 500),
  created_by_id uuid references users,
  created_at timestamptz not null,
  -- the moment rows are read at: the start of the last check or run
  started_at timestamptz,
  finished_at timestamptz,
  version bigint not null default 1,
  constraint imports_failed_says_why check ((stage = 'failed') = (failure is not null)),
  constraint imports_started check ((stage = 'uploaded') = (started_at is null)),
  constraint imports_finished check ((stage = 'finished') = (finished_at is not null))
);
-- a file is written and read whole, once or twice: compressing it would only take time
alter table imports alter column file set storage external;
create index imports_created_by on imports (created_by_id);
create index imports_newest on imports (created_at desc, id desc);

-- A check or a run under way. It is resumed by another instance when its lease runs out. How far it is concerns only
-- the progress bar, so it is no part of the audited row.
create table import_runs (
  import_id uuid primary key references imports on delete cascade,
  dry boolean not null,
  holder uuid,
  lease_until timestamptz not null,
  rows_done integer not null default 0
);
create index import_runs_lease on import_runs (lease_until);

-- What came of each group of rows, written in the transaction that brought them in: a run that was killed goes on
-- where it was, and nothing is done or counted twice.
create table import_rows (
  import_id uuid not null references imports on delete cascade,
  -- of the group's first row
  row_number integer not null,
  rows integer not null check (rows > 0),
  result text not null check (result in ('created', 'updated', 'unchanged', 'refused')),
  customers smallint not null default 0,
  orders smallint not null default 0,
  cases smallint not null default 0,
  primary key (import_id, row_number)
);

create table import_refusals (
  import_id uuid not null references imports on delete cascade,
  row_number integer not null,
  line_number integer not null,
  column_name text,
  reason text not null,
  primary key (import_id, row_number)
);

-- The choices made last for files with the same columns.
create table import_mappings (
  kind text not null check (kind in ('customers', 'orders', 'cases')),
  header_digest bytea not null,
  choices jsonb not null,
  used_at timestamptz not null,
  primary key (kind, header_digest)
);

-- The row a case came from, as it stands in its file: what has no field of its own is not lost.
create table case_sources (
  case_id uuid primary key references cases on delete cascade,
  import_id uuid references imports on delete set null,
  row_number integer not null,
  cells jsonb not null
);
create index case_sources_import on case_sources (import_id);

call guard_version('imports');
call guard_audited('imports');

-- cases whose customer is named by an e-mail address alone
create index contacts_email on contacts (lower(email));
