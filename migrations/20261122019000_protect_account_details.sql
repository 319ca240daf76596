-- Account details of customers under CPNI rules (47 CFR 64.2010) stay masked until the customer has authenticated for this
-- contact, or whoever looks has said why (R19). Both are kept for good.
alter table customers add column cpni boolean not null default false;
grant select (cpni) on customers to savedesk_read;

create table authentications (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  -- the contact it holds for: a call until it is logged, an exchange in writing for some hours
  contact text not null check (contact in ('call', 'writing')),
  method text not null check (method in ('password', 'call_back', 'code', 'photo_id')),
  at timestamptz not null,
  until timestamptz not null check (until > at and until <= at + interval '8 hours'),
  by_id uuid not null references users
);
create index authentications_customer on authentications (customer_id, until desc);
create index authentications_by on authentications (by_id);
call guard_append_only('authentications');
call guard_audited('authentications');

create table revelations (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  user_id uuid not null references users,
  why text not null check (length(why) between 3 and 500),
  at timestamptz not null,
  until timestamptz not null check (until > at and until <= at + interval '1 hour')
);
create index revelations_customer on revelations (customer_id, user_id, until desc);
create index revelations_user on revelations (user_id);
call guard_append_only('revelations');
call guard_audited('revelations');
grant select on authentications to savedesk_read;
grant select (id, customer_id, user_id, at, until) on revelations to savedesk_read;

-- An account number as lists show it: under CPNI rules its last four characters, whoever looks.
create function listed_account(account_number text, cpni boolean) returns text immutable parallel safe language sql
return case when not cpni then account_number when length(account_number) > 4 then '•••• ' || right(account_number, 4)
  else '••••' || left(account_number, 0) end;
grant execute on function listed_account(text, boolean) to savedesk_app, savedesk_read;
