-- What a customer allows, by which means and for what. The newest word counts; what was said before stays.
create table consents (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  channel text not null check (channel in ('email', 'phone', 'text')),
  purpose text not null check (purpose in ('service', 'offers')),
  given boolean not null,
  -- where and how they said so
  source text not null check (length(source) between 1 and 200),
  at timestamptz not null,
  by_id uuid references users
);
create index consents_newest on consents (customer_id, channel, purpose, at desc, id desc);
create index consents_by on consents (by_id);
call guard_append_only('consents');
call guard_audited('consents');
grant select on consents to savedesk_read;
