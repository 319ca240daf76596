create table customers (
  id uuid primary key,
  account_number text check (length(account_number) between 1 and 60),
  name text not null check (length(name) between 1 and 200),
  company boolean not null default false,
  -- false: a complainant or guest buyer whose account is not known yet
  identified boolean not null default true,
  status text not null default 'active'
    check (status in ('active', 'at_risk', 'cancel_requested', 'saved', 'cancelled', 'suspended')),
  tier text not null default 'rest' check (tier in ('top', 'next', 'rest')),
  segment text not null default '' check (length(segment) <= 80),
  vip boolean not null default false,
  vulnerable boolean not null default false,
  fraud_suspected boolean not null default false,
  legal_hold boolean not null default false,
  time_zone text not null default 'America/New_York',
  language text not null default 'en' check (length(language) between 2 and 35),
  country text not null default '' check (length(country) <= 60),
  city text not null default '' check (length(city) <= 120),
  postcode text not null default '' check (length(postcode) <= 20),
  street text not null default '' check (length(street) <= 300),
  customer_since date,
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  paid_total_minor bigint not null default 0,
  refunded_total_minor bigint not null default 0,
  -- keys the digests of personal values in the audit log; destroyed when the person is erased (R5)
  audit_key bytea default gen_random_bytes(32),
  created_at timestamptz not null,
  version bigint not null default 1
);
create unique index customers_account_number_key on customers (account_number);
create index customers_name on customers (lower(name), id);
create index customers_status_name on customers (status, lower(name), id);
create index customers_tier_name on customers (tier, lower(name), id);

create table contacts (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  name text not null default '' check (length(name) <= 200),
  job text not null default '' check (length(job) <= 120),
  email text not null default '' check (length(email) <= 254),
  phone text not null default '' check (length(phone) <= 40),
  -- E.164 where the number could be read
  phone_e164 text,
  position smallint not null default 1,
  version bigint not null default 1,
  check (name <> '' or email <> '' or phone <> '')
);
create index contacts_customer on contacts (customer_id, position);

create table subscriptions (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  external_ref text check (length(external_ref) between 1 and 60),
  product text not null check (length(product) between 1 and 120),
  plan text not null default '' check (length(plan) <= 120),
  quantity integer not null default 1 check (quantity > 0),
  -- of the whole subscription, not of one seat; a biller's credit can make it negative
  monthly_price_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  started_on date,
  contract_ends_on date,
  ended_on date,
  status text not null default 'active' check (status in ('active', 'paused', 'ended')),
  version bigint not null default 1,
  check ((status = 'ended') = (ended_on is not null))
);
create index subscriptions_customer on subscriptions (customer_id);
create unique index subscriptions_external_ref_key on subscriptions (external_ref);

create table orders (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  number text not null check (length(number) between 1 and 60),
  ordered_at timestamptz not null,
  total_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null default 'fulfilled' check (status in ('open', 'fulfilled', 'partly_cancelled', 'cancelled')),
  country text not null default '' check (length(country) <= 60),
  version bigint not null default 1
);
create unique index orders_number_key on orders (number);
create index orders_customer on orders (customer_id, ordered_at desc, id desc);

create table order_lines (
  order_id uuid not null references orders on delete cascade,
  position integer not null,
  stock_code text not null check (length(stock_code) <= 60),
  description text not null check (length(description) <= 300),
  quantity integer not null,
  unit_price_minor bigint not null,
  amount_minor bigint not null,
  primary key (order_id, position)
);
create index order_lines_stock_code on order_lines (stock_code, order_id);

create table status_changes (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  was text,
  now text not null,
  why text not null check (length(why) between 1 and 500),
  at timestamptz not null,
  by_id uuid references users
);
create index status_changes_customer on status_changes (customer_id, at desc);
create index status_changes_by on status_changes (by_id);

call guard_version('customers');
call guard_version('contacts');
call guard_version('subscriptions');
call guard_version('orders');
call guard_audited('customers');
call guard_audited('contacts');
call guard_audited('subscriptions');
call guard_audited('orders');
call guard_append_only('status_changes');

-- What search finds: one row per way of naming a customer, an order or a case, folded to plain letters. Terms compare
-- byte by byte, so that the first few of a short prefix come straight off the index, already in order.
create table search_terms (
  subject_id uuid not null,
  subject_kind text not null check (subject_kind in ('customer', 'order', 'case')),
  customer_id uuid not null references customers on delete cascade,
  field text not null check (field in ('name', 'contact', 'email', 'phone', 'account', 'order', 'case')),
  term text collate "C" not null check (length(term) between 1 and 300),
  -- the whole name or address rather than a part or a rearrangement of it
  whole boolean not null,
  primary key (subject_id, field, term)
);
create index search_terms_prefix on search_terms (subject_kind, term);
create index search_terms_fuzzy on search_terms using gin (term gin_trgm_ops)
  where whole and field in ('name', 'contact', 'email');
create index search_terms_customer on search_terms (customer_id);
