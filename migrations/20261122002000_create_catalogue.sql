-- Moments that bind (when an offer was presented, answered, approved) are taken from the database, whatever the caller
-- says. Only a desk whose clock is stopped, for tests and for making up a past, takes what it is told.
create table desk_clock (
  id boolean primary key default true check (id),
  stopped boolean not null default false
);
insert into desk_clock default values;
revoke insert, update, delete, truncate on desk_clock from savedesk_app;

create function desk_now(told timestamptz) returns timestamptz language sql stable as $$
  select case when stopped then told else transaction_timestamp() end from desk_clock
$$;

-- Accounts that belong together: what is conceded to one counts for all (R8). One level deep.
alter table customers add column linked_to_id uuid references customers;
create index customers_linked_to on customers (linked_to_id);

create function accounts_link_one_level() returns trigger language plpgsql as $$
begin
  if new.linked_to_id = new.id
    or exists (select from customers where id = new.linked_to_id and linked_to_id is not null)
    or (new.linked_to_id is not null and exists (select from customers where linked_to_id = new.id)) then
    raise exception 'accounts are linked to one main account, one level deep' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger customers_link before insert or update of linked_to_id on customers
  for each row when (new.linked_to_id is not null) execute function accounts_link_one_level();

-- What it costs us to serve: a month of a subscription, or an order as a whole.
create table service_costs (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  subscription_id uuid references subscriptions on delete cascade,
  order_id uuid references orders on delete cascade,
  what text not null check (length(what) between 1 and 80),
  amount_minor bigint not null check (amount_minor between 0 and 100000000000),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- where the figure comes from
  source text not null check (length(source) between 1 and 80),
  as_of date not null,
  version bigint not null default 1,
  constraint service_costs_one_subject check (num_nonnulls(subscription_id, order_id) = 1)
);
create index service_costs_customer on service_costs (customer_id);
create index service_costs_subscription on service_costs (subscription_id);
create index service_costs_order on service_costs (order_id);
create unique index service_costs_key on service_costs (coalesce(subscription_id, order_id), lower(what));
call guard_version('service_costs');
call guard_audited('service_costs');

-- The catalogue: what may be offered at all. A change is a new version; accepted offers keep theirs.
create table offer_types (
  code text primary key check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
  kind text not null check (kind in ('percent_discount', 'amount_discount', 'credit', 'free_period', 'plan_change',
    'pause', 'fee_waiver', 'equipment', 'swap', 'expedite', 'refund', 'extension', 'upgrade')),
  position smallint not null
);

create table offer_type_versions (
  id uuid primary key,
  offer_type text not null references offer_types,
  number integer not null check (number > 0),
  name text not null check (length(name) between 1 and 80),
  guidance text not null default '' check (length(guidance) <= 4000),
  -- where it stands in the order of cost
  lever text not null references levers,
  valid_from timestamptz not null,
  valid_until timestamptz,
  -- the part of the formula's amount that is our cost: goods at cost, a pause that costs nothing
  cost_share_bp integer not null default 10000 check (cost_share_bp between 0 and 10000),
  -- how long it stands once presented
  open_days smallint not null default 14 check (open_days between 1 and 90),
  -- eligibility; an empty list asks nothing
  tiers text[] not null default '{}' check (tiers <@ array['top', 'next', 'rest']),
  segments text[] not null default '{}',
  products text[] not null default '{}',
  case_kinds text[] not null default '{}' check (case_kinds <@ array['cancellation', 'order_cancellation',
    'downgrade', 'renewal_at_risk', 'complaint', 'non_payment', 'win_back']),
  min_tenure_months smallint not null default 0 check (min_tenure_months between 0 and 600),
  -- once per so many months; 0: as often as limits allow
  once_per_months smallint not null default 0 check (once_per_months between 0 and 120),
  -- not while an offer of one of these types stands or was accepted in the last twelve months
  not_with text[] not null default '{}',
  -- how many have to approve, when approval is needed
  approvers smallint not null default 1 check (approvers between 1 and 3),
  published_at timestamptz not null,
  published_by_id uuid references users,
  why text not null check (length(why) between 1 and 500),
  constraint offer_type_versions_number_key unique (offer_type, number),
  constraint offer_type_versions_of_type unique (id, offer_type),
  constraint offer_type_versions_validity check (valid_until is null or valid_until > valid_from)
);
create index offer_type_versions_lever on offer_type_versions (lever);
create index offer_type_versions_published_by on offer_type_versions (published_by_id);

-- Whose answer it needs before it can be delivered.
create table offer_type_departments (
  version_id uuid not null references offer_type_versions,
  department_id uuid not null references departments,
  primary key (version_id, department_id)
);
create index offer_type_departments_department on offer_type_departments (department_id);

-- What accepting it makes us owe (R13).
create table offer_type_promises (
  version_id uuid not null references offer_type_versions,
  position smallint not null,
  what text not null check (length(what) between 1 and 200),
  department_id uuid references departments,
  working_hours smallint not null check (working_hours between 1 and 400),
  primary key (version_id, position)
);
create index offer_type_promises_department on offer_type_promises (department_id);

-- The version of a type that counts at a moment.
create function offer_type_version_at(type text, at timestamptz) returns uuid language sql stable as $$
  select id from offer_type_versions where offer_type = type and valid_from <= at order by number desc limit 1
$$;

-- The content that is shipped: managers publish their own versions of it.
create temporary table shipped (code text, kind text, position smallint, name text, lever text, cost_share_bp int,
  open_days smallint, case_kinds text[], min_tenure smallint, once smallint, not_with text[], approvers smallint,
  guidance text, departments text[], promise text, promise_department text, hours smallint) on commit drop;
insert into shipped values
  ('right_size', 'plan_change', 1, 'Right-size plan', 'right_size', 0, 14,
    '{cancellation,downgrade,renewal_at_risk,non_payment,complaint}', 0, 0, '{}', 1,
    'Look at what is really used before you touch the price. The bill drops, the margin stays.',
    '{Billing}', 'Change the plan', 'Operations', 16),
  ('pause', 'pause', 2, 'Pause', 'pause', 0, 14, '{cancellation,downgrade,renewal_at_risk,non_payment,complaint}',
    0, 12, '{}', 1, 'For a customer whose need comes back: a season, a move, a pause in business.',
    '{Billing}', 'Pause the subscription and its billing', 'Billing', 8),
  ('setting_swap', 'swap', 3, 'Swap product or setting', 'swap_or_expedite', 10000, 7,
    '{order_cancellation,complaint}', 0, 0, '{}', 1, 'Ask what the piece is for, then what may change about it.',
    '{Manufacturing}', 'Make the swap', 'Manufacturing', 40),
  ('expedite', 'expedite', 4, 'Expedite', 'swap_or_expedite', 10000, 3, '{order_cancellation,complaint}', 0, 0,
    '{}', 1, 'Only with a date that Manufacturing and Logistics have confirmed.',
    '{Manufacturing,Logistics}', 'Move the order forward', 'Operations', 8),
  ('extension', 'extension', 5, 'Longer term or return window', 'explain_value', 10000, 14, '{}', 0, 12, '{}', 1,
    'Costs little and takes the hurry out of the decision.', '{}', 'Confirm the new date in writing', null, 8),
  ('upgrade', 'upgrade', 6, 'Upgrade at the old price', 'explain_value', 6000, 14,
    '{cancellation,downgrade,renewal_at_risk,complaint}', 3, 12, '{percent_discount,amount_discount}', 1,
    'More for the same money keeps the price where it is.', '{Operations}', 'Switch the upgrade on', 'Operations', 16),
  ('equipment', 'equipment', 7, 'Equipment at no charge', 'fix_fault', 6000, 14,
    '{cancellation,downgrade,renewal_at_risk,complaint}', 6, 24, '{}', 1,
    'Where old equipment is the reason, new equipment is the remedy.', '{Logistics}', 'Ship the equipment', 'Logistics', 24),
  ('fee_waiver', 'fee_waiver', 8, 'Fee waiver', 'one_off_credit', 10000, 14, '{}', 0, 12, '{}', 1,
    'Say which fee and why it goes.', '{}', 'Take the fee off', 'Billing', 16),
  ('one_off_credit', 'credit', 9, 'One-off credit', 'one_off_credit', 10000, 14, '{}', 0, 3, '{}', 1,
    'For a fault of ours: name the fault and its days.', '{}', 'Put the credit on the next invoice', 'Billing', 16),
  ('refund', 'refund', 10, 'Refund', 'one_off_credit', 10000, 14, '{order_cancellation,complaint,cancellation}',
    0, 0, '{}', 1, 'A refund is a real outcome. Do it gladly when it is due.', '{}', 'Refund the amount', 'Finance', 24),
  ('free_months', 'free_period', 11, 'Free months', 'time_limited_discount', 10000, 14,
    '{cancellation,downgrade,renewal_at_risk,complaint,win_back}', 3, 12, '{}', 1,
    'Bridges a hard time. The price after is the price before: say so.', '{}', 'Enter the free months', 'Billing', 16),
  ('amount_discount', 'amount_discount', 12, 'Amount off each month', 'time_limited_discount', 10000, 14,
    '{cancellation,downgrade,renewal_at_risk,complaint,win_back}', 3, 12, '{percent_discount,upgrade}', 1,
    'Meet a rival’s number without moving the list price.', '{}', 'Enter the discount', 'Billing', 16),
  ('percent_discount', 'percent_discount', 13, 'Percent discount', 'time_limited_discount', 10000, 14, '{}', 3, 12,
    '{amount_discount,upgrade}', 1,
    'After the alternatives, never before them. Say what it is now, until when, and what comes after.',
    '{}', 'Enter the discount', 'Billing', 16),
  ('plan_price', 'plan_change', 14, 'Same plan at another price', 'exception', 10000, 7,
    '{cancellation,renewal_at_risk}', 12, 24, '{percent_discount,amount_discount}', 2,
    'An exception that lasts. Two people decide it.', '{Billing,Finance}', 'Enter the new price', 'Billing', 16);

insert into offer_types (code, kind, position) select code, kind, position from shipped;
insert into offer_type_versions (id, offer_type, number, name, guidance, lever, valid_from, cost_share_bp, open_days,
  case_kinds, min_tenure_months, once_per_months, not_with, approvers, published_at, why)
select gen_random_uuid(), code, 1, name, guidance, lever, '2000-01-01', cost_share_bp, open_days, case_kinds,
  min_tenure, once, not_with, approvers, '2000-01-01', 'Shipped with Savedesk.'
from shipped;
insert into offer_type_departments (version_id, department_id)
select v.id, d.id
from shipped s
join offer_type_versions v on v.offer_type = s.code
cross join unnest(s.departments) as needed
join departments d on d.name = needed;
insert into offer_type_promises (version_id, position, what, department_id, working_hours)
select v.id, 1, s.promise, d.id, s.hours
from shipped s
join offer_type_versions v on v.offer_type = s.code
left join departments d on d.name = s.promise_department;
drop table shipped;

call guard_append_only('offer_type_versions');
call guard_append_only('offer_type_departments');
call guard_append_only('offer_type_promises');
call guard_audited('offer_types');
call guard_audited('offer_type_versions');

grant select on offer_types, offer_type_versions, offer_type_departments, offer_type_promises, service_costs
  to savedesk_read;
