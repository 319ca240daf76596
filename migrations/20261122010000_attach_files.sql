-- Files attached to what was said and to promises. Their bytes stand apart, so that lists never read them, and once per
-- customer, however often the same file is sent.
create table file_contents (
  customer_id uuid not null references customers on delete cascade,
  sha256 bytea not null,
  bytes bytea not null check (length(bytes) > 0),
  primary key (customer_id, sha256),
  constraint file_contents_digest check (sha256 = sha256(bytes))
);
-- a file is written and read whole, and mostly compressed already
alter table file_contents alter column bytes set storage external;

create table files (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  case_id uuid not null references cases on delete cascade,
  interaction_id uuid references interactions on delete cascade,
  promise_id uuid references promises on delete cascade,
  -- what it was called where it came from: a label, never a path
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]/\\]'),
  -- what its bytes are, found by looking at them
  kind text not null check (kind in ('pdf', 'png', 'jpeg', 'gif', 'webp', 'tiff', 'bmp', 'heif', 'docx', 'xlsx', 'pptx',
    'doc', 'xls', 'ppt', 'odt', 'ods', 'odp', 'eml', 'msg', 'csv', 'text')),
  size integer not null check (size > 0),
  sha256 bytea not null,
  at timestamptz not null,
  by_id uuid references users,
  constraint files_of_one check (num_nonnulls(interaction_id, promise_id) = 1),
  foreign key (customer_id, sha256) references file_contents
);
create index files_contents on files (customer_id, sha256);
create index files_case on files (case_id, at);
create index files_interaction on files (interaction_id);
create index files_promise on files (promise_id);
create index files_by on files (by_id);

-- A file is of the case and the customer of what it is attached to, and has the size of its bytes.
create function file_belongs() returns trigger language plpgsql as $$
begin
  if not exists (select from interactions i
      where i.id = new.interaction_id and i.case_id = new.case_id and i.customer_id = new.customer_id)
    and not exists (select from promises p
      where p.id = new.promise_id and p.case_id = new.case_id and p.customer_id = new.customer_id) then
    raise exception 'a file belongs to the case of what it is attached to' using errcode = '23514',
      constraint = 'files_belong';
  end if;
  if new.size <> (select length(c.bytes) from file_contents c
      where c.customer_id = new.customer_id and c.sha256 = new.sha256) then
    raise exception 'a file has the size of its bytes' using errcode = '23514', constraint = 'files_size';
  end if;
  return new;
end $$;
create trigger files_belong before insert on files for each row execute function file_belongs();

call guard_append_only('file_contents');
call guard_append_only('files');
call guard_audited('file_contents');
call guard_audited('files');
-- not the names: they say whatever their author wrote
grant select (id, customer_id, case_id, interaction_id, promise_id, kind, size, at, by_id) on files to savedesk_read;
