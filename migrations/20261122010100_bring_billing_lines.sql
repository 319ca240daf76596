-- Lines of the billing system's extracts, as they were brought in: what a customer was charged and credited.
create table billing_lines (
  id uuid primary key,
  customer_id uuid not null references customers on delete cascade,
  subscription_id uuid references subscriptions,
  invoice_number text not null check (length(invoice_number) between 1 and 60),
  billed_on date not null,
  description text not null check (length(description) <= 300),
  amount_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- of several lines that say the same on one invoice, the how manieth this is
  copy integer not null default 1 check (copy > 0),
  brought_at timestamptz not null,
  unique (customer_id, id)
);
-- the same line never stands here twice, however often its extract is brought in
create unique index billing_lines_once on billing_lines (customer_id, invoice_number, billed_on, amount_minor, currency,
  md5(description), coalesce(subscription_id::text, ''), copy);
create index billing_lines_newest on billing_lines (customer_id, billed_on desc, id desc);
create index billing_lines_subscription on billing_lines (subscription_id);

call guard_append_only('billing_lines');
call guard_audited('billing_lines');
grant select on billing_lines to savedesk_read;

alter table imports drop constraint imports_kind_check;
alter table imports add constraint imports_kind_check check (kind in ('customers', 'orders', 'cases', 'billing'));
alter table import_mappings drop constraint import_mappings_kind_check;
alter table import_mappings add constraint import_mappings_kind_check
  check (kind in ('customers', 'orders', 'cases', 'billing'));
