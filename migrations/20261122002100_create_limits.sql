-- What a role may concede without asking: versions, of which the newest in force counts. Published, never edited.
create table limit_versions (
  id uuid primary key,
  number integer not null check (number > 0),
  in_force_from timestamptz not null,
  published_at timestamptz not null,
  published_by_id uuid references users,
  why text not null check (length(why) between 1 and 500)
);
create unique index limit_versions_number_key on limit_versions (number);
create index limit_versions_in_force on limit_versions (in_force_from desc, number desc);
create index limit_versions_published_by on limit_versions (published_by_id);

-- One cell: what this role may put into one offer of this type for a customer of this tier. No cell: not at all. An
-- empty cap: any. The amount is what the offer costs us over its whole term (its exposure).
create table limit_cells (
  version_id uuid not null references limit_versions,
  role text not null check (role in ('rep', 'agent', 'supervisor', 'manager')),
  tier text not null check (tier in ('top', 'next', 'rest')),
  offer_type text not null references offer_types,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  max_percent_bp integer check (max_percent_bp between 0 and 10000),
  max_months smallint check (max_months between 0 and 120),
  max_amount_minor bigint check (max_amount_minor between 0 and 100000000000),
  primary key (version_id, role, tier, offer_type, currency)
);
create index limit_cells_offer_type on limit_cells (offer_type);

-- All concessions to one customer and the accounts linked to it, in twelve months that roll.
create table limit_totals (
  version_id uuid not null references limit_versions,
  role text not null check (role in ('rep', 'agent', 'supervisor', 'manager')),
  tier text not null check (tier in ('top', 'next', 'rest')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  customer_minor bigint not null check (customer_minor between 0 and 100000000000),
  primary key (version_id, role, tier, currency)
);

-- What one person may concede in seven days that roll, without asking.
create table limit_weeks (
  version_id uuid not null references limit_versions,
  role text not null check (role in ('rep', 'agent', 'supervisor', 'manager')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  week_minor bigint not null check (week_minor between 0 and 100000000000),
  primary key (version_id, role, currency)
);

-- Below this margin an offer of the type is not possible, whoever approves.
create table limit_margins (
  version_id uuid not null references limit_versions,
  offer_type text not null references offer_types,
  min_margin_bp integer not null check (min_margin_bp between -10000 and 10000),
  primary key (version_id, offer_type)
);
create index limit_margins_offer_type on limit_margins (offer_type);

-- The version of the limits that counts at a moment.
create function limits_at(at timestamptz) returns uuid language sql stable as $$
  select id from limit_versions where in_force_from <= at order by in_force_from desc, number desc limit 1
$$;

-- Whether one role's limits cover an offer. The totals include it; an empty week is not asked about.
create function limits_cover(version uuid, as_role text, of_tier text, type text, of_currency text,
  percent_bp integer, months integer, exposure bigint, customer_total bigint, week_total bigint)
returns boolean language sql stable as $$
  select exists (
    select
    from limit_cells c
    join limit_totals t on t.version_id = c.version_id and t.role = c.role and t.tier = c.tier and t.currency = c.currency
    left join limit_weeks w on w.version_id = c.version_id and w.role = c.role and w.currency = c.currency
    where c.version_id = version and c.role = as_role and c.tier = of_tier and c.offer_type = type
      and c.currency = of_currency
      and (c.max_percent_bp is null or coalesce(percent_bp, 0) <= c.max_percent_bp)
      and (c.max_months is null or coalesce(months, 0) <= c.max_months)
      and (c.max_amount_minor is null or exposure <= c.max_amount_minor)
      and customer_total <= t.customer_minor
      and (week_total is null or week_total <= coalesce(w.week_minor, 0)))
$$;

-- The content that is shipped, alike for three currencies; managers publish their own.
insert into limit_versions (id, number, in_force_from, published_at, why)
values (gen_random_uuid(), 1, '2000-01-01', '2000-01-01', 'Shipped with Savedesk.');

create temporary table shipped (type text, role text, percent int, months int, amount bigint) on commit drop;
insert into shipped values
  ('percent_discount', 'rep', 800, 6, 50000), ('percent_discount', 'agent', 1500, 12, 500000),
  ('percent_discount', 'supervisor', 2500, 24, 1500000), ('percent_discount', 'manager', 3500, 36, null),
  ('amount_discount', 'rep', null, 6, 30000), ('amount_discount', 'agent', null, 12, 200000),
  ('amount_discount', 'supervisor', null, 24, 800000), ('amount_discount', 'manager', null, 36, null),
  ('one_off_credit', 'rep', null, null, 5000), ('one_off_credit', 'agent', null, null, 20000),
  ('one_off_credit', 'supervisor', null, null, 75000), ('one_off_credit', 'manager', null, null, 250000),
  ('free_months', 'agent', null, 1, 100000), ('free_months', 'supervisor', null, 2, 400000),
  ('free_months', 'manager', null, 3, 1500000),
  ('right_size', 'rep', null, null, null), ('right_size', 'agent', null, null, null),
  ('right_size', 'supervisor', null, null, null), ('right_size', 'manager', null, null, null),
  ('pause', 'rep', null, 2, null), ('pause', 'agent', null, 3, null), ('pause', 'supervisor', null, 6, null),
  ('pause', 'manager', null, 12, null),
  ('equipment', 'agent', null, null, 30000), ('equipment', 'supervisor', null, null, 150000),
  ('equipment', 'manager', null, null, 500000),
  ('fee_waiver', 'rep', null, null, 2500), ('fee_waiver', 'agent', null, null, 10000),
  ('fee_waiver', 'supervisor', null, null, 50000), ('fee_waiver', 'manager', null, null, 250000),
  ('refund', 'rep', null, null, 2500), ('refund', 'agent', null, null, 20000),
  ('refund', 'supervisor', null, null, 150000), ('refund', 'manager', null, null, 1000000),
  ('setting_swap', 'rep', null, null, 10000), ('setting_swap', 'agent', null, null, 30000),
  ('setting_swap', 'supervisor', null, null, 100000), ('setting_swap', 'manager', null, null, 400000),
  ('expedite', 'rep', null, null, 5000), ('expedite', 'agent', null, null, 20000),
  ('expedite', 'supervisor', null, null, 80000), ('expedite', 'manager', null, null, 300000),
  ('extension', 'rep', null, null, 2500), ('extension', 'agent', null, null, 10000),
  ('extension', 'supervisor', null, null, 50000), ('extension', 'manager', null, null, 200000),
  ('upgrade', 'rep', null, 6, 20000), ('upgrade', 'agent', null, 12, 100000),
  ('upgrade', 'supervisor', null, 24, 400000), ('upgrade', 'manager', null, 36, 1500000),
  ('plan_price', 'supervisor', null, 24, 500000), ('plan_price', 'manager', null, null, 2000000);

insert into limit_cells (version_id, role, tier, offer_type, currency, max_percent_bp, max_months, max_amount_minor)
select v.id, s.role, t.tier, s.type, c.code, s.percent, s.months, s.amount * t.share / 100
from shipped s
cross join limit_versions v
cross join (values ('top', 150), ('next', 100), ('rest', 75)) as t (tier, share)
cross join unnest(array['USD', 'GBP', 'EUR']) as c (code);
drop table shipped;

insert into limit_totals (version_id, role, tier, currency, customer_minor)
select v.id, r.role, t.tier, c.code, r.amount * t.share / 100
from limit_versions v
cross join (values ('rep', 60000), ('agent', 500000), ('supervisor', 2000000), ('manager', 10000000)) as r (role, amount)
cross join (values ('top', 150), ('next', 100), ('rest', 75)) as t (tier, share)
cross join unnest(array['USD', 'GBP', 'EUR']) as c (code);

insert into limit_weeks (version_id, role, currency, week_minor)
select v.id, r.role, c.code, r.amount
from limit_versions v
cross join (values ('rep', 200000), ('agent', 1500000), ('supervisor', 5000000), ('manager', 20000000)) as r (role, amount)
cross join unnest(array['USD', 'GBP', 'EUR']) as c (code);

insert into limit_margins (version_id, offer_type, min_margin_bp)
select v.id, m.type, m.floor
from limit_versions v
cross join (values ('percent_discount', 3500), ('amount_discount', 3500), ('one_off_credit', 2000), ('free_months', 3000),
  ('right_size', 2500), ('equipment', 2500), ('upgrade', 3000), ('plan_price', 2500)) as m (type, floor);

call guard_append_only('limit_versions');
call guard_append_only('limit_cells');
call guard_append_only('limit_totals');
call guard_append_only('limit_weeks');
call guard_append_only('limit_margins');
call guard_audited('limit_versions');

grant select on limit_versions, limit_cells, limit_totals, limit_weeks, limit_margins to savedesk_read;
