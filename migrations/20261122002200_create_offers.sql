-- Offers: an offer type with terms, made to one customer in one case. What the application says of price, cost and need
-- of approval is not asked: the database reckons it (R8, R9).

-- One row per group of linked accounts, written (not only locked) by whatever adds to its concessions: of two offers
-- that fit the limit singly and not together, the second waits, and fails under repeatable read.
create table concession_heads (
  customer_id uuid primary key references customers on delete cascade,
  rev bigint not null
);
revoke insert, update, delete on concession_heads from savedesk_app;

create table offers (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  subscription_id uuid references subscriptions,
  order_id uuid references orders,
  offer_type text not null references offer_types,
  stage text not null default 'draft' check (stage in ('draft', 'awaiting_approval', 'ready', 'presented', 'accepted',
    'declined', 'expired', 'withdrawn', 'fulfilled', 'failed')),
  -- the terms that count; earlier revisions are kept
  revision integer not null default 1 check (revision > 0),
  -- the revision the customer was shown
  presented_revision integer,
  presented_at timestamptz,
  -- until when the customer may answer
  open_until timestamptz,
  made_at timestamptz not null,
  made_by_id uuid not null references users,
  ended_at timestamptz,
  ended_by_id uuid references users,
  -- why the customer declined
  objection text references objections,
  ended_because text check (length(ended_because) between 1 and 1000),
  version bigint not null default 1,
  constraint offers_one_subject check (num_nonnulls(subscription_id, order_id) <= 1),
  constraint offers_presented_terms check (
    (stage not in ('presented', 'accepted', 'declined', 'expired', 'fulfilled', 'failed'))
    or presented_revision is not distinct from revision),
  constraint offers_presented_fields check (num_nonnulls(presented_revision, presented_at, open_until) in (0, 3)),
  constraint offers_ended check ((stage in ('accepted', 'declined', 'expired', 'withdrawn', 'fulfilled', 'failed'))
    = (ended_at is not null))
);
create index offers_case on offers (case_id, made_at desc);
create index offers_customer on offers (customer_id, made_at desc);
create index offers_subscription on offers (subscription_id);
create index offers_order on offers (order_id);
create index offers_offer_type on offers (offer_type);
create index offers_made_by on offers (made_by_id, made_at desc);
create index offers_ended_by on offers (ended_by_id);
create index offers_open_until on offers (open_until, id) where stage = 'presented';
-- one at a time before the approver or the customer, per subscription, order or, without either, customer
create unique index offers_one_active on offers (coalesce(subscription_id, order_id, customer_id))
  where stage in ('awaiting_approval', 'ready', 'presented');

-- The terms, revision by revision.
create table offer_revisions (
  offer_id uuid not null references offers on delete cascade,
  revision integer not null check (revision > 0),
  version_id uuid not null references offer_type_versions,
  -- what there is of these follows from the kind of offer
  percent_bp integer check (percent_bp between 1 and 10000),
  -- off each month, once, or the price of the goods
  amount_minor bigint check (amount_minor between 0 and 100000000000),
  months smallint check (months between 1 and 120),
  -- after a change of plan
  new_price_minor bigint check (new_price_minor between 0 and 100000000000),
  -- what the plan is changed to, the fee that is waived, the fault that is credited
  what text not null default '' check (length(what) <= 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  at timestamptz not null,
  by_id uuid not null references users,
  -- an approver's lower terms
  counter boolean not null default false,
  -- reckoned by the database:
  -- the price now: of a month, or of the order
  price_minor bigint not null,
  -- what the customer saves over the whole term
  given_minor bigint not null,
  -- what that costs us: the concession
  exposure_minor bigint not null check (exposure_minor between 0 and 100000000000),
  -- the margin that is left, in basis points of the revenue that is left; empty when the cost to serve is not known
  margin_bp integer,
  primary key (offer_id, revision),
  constraint offer_revisions_exposure unique (offer_id, revision, exposure_minor)
);
create index offer_revisions_version on offer_revisions (version_id);
create index offer_revisions_by on offer_revisions (by_id);
alter table offers add constraint offers_revision foreign key (id, revision)
  references offer_revisions (offer_id, revision) deferrable initially deferred;

-- What was shown to the customer, once per revision.
create table offer_presentations (
  offer_id uuid not null,
  revision integer not null,
  exposure_minor bigint not null,
  customer_id uuid not null references customers on delete cascade,
  currency text not null,
  at timestamptz not null,
  by_id uuid not null references users,
  means text not null check (means in ('phone', 'written')),
  open_until timestamptz not null,
  -- within the presenter's own limit; otherwise the approval below
  own_limit boolean not null,
  approval_id uuid,
  -- all concessions to the customer in twelve months and by the presenter in seven days, this one included
  customer_total_minor bigint not null,
  week_total_minor bigint not null,
  primary key (offer_id, revision),
  constraint offer_presentations_terms foreign key (offer_id, revision, exposure_minor)
    references offer_revisions (offer_id, revision, exposure_minor) on delete cascade,
  constraint offer_presentations_approved check (own_limit = (approval_id is null)),
  constraint offer_presentations_open check (open_until > at)
);
create index offer_presentations_customer on offer_presentations (customer_id, at);
create index offer_presentations_by on offer_presentations (by_id, at);
alter table offers add constraint offers_presented foreign key (id, presented_revision)
  references offer_presentations (offer_id, revision) deferrable initially deferred;

-- The formulae (R1: rounded half away from zero, each month as it will be billed). `given`: what the customer saves;
-- `term`: over how many months the margin is looked at.
create function offer_given(kind text, percent_bp integer, amount bigint, months integer, new_price bigint, price bigint)
returns numeric language sql immutable as $$
  select case
    when kind = 'percent_discount' then round(price::numeric * percent_bp / 10000) * coalesce(months, 1)
    when kind in ('amount_discount', 'upgrade') then amount::numeric * months
    when kind in ('free_period', 'pause') then price::numeric * months
    when kind = 'plan_change' then greatest(price::numeric - new_price, 0) * coalesce(months, 12)
    else amount::numeric
  end
$$;

create function offer_term(kind text, months integer) returns integer language sql immutable as $$
  select case
    when kind in ('percent_discount', 'amount_discount', 'upgrade') then coalesce(months, 1)
    when kind in ('free_period', 'pause') then greatest(months, 12)
    when kind = 'plan_change' then coalesce(months, 12)
    else 12
  end
$$;

create function offer_is_whole(kind text, percent_bp integer, amount bigint, months integer, new_price bigint)
returns boolean language sql immutable as $$
  select case
    when kind = 'percent_discount' then percent_bp is not null and amount is null and new_price is null
    when kind in ('amount_discount', 'upgrade')
      then amount is not null and months is not null and percent_bp is null and new_price is null
    when kind in ('free_period', 'pause')
      then months is not null and amount is null and percent_bp is null and new_price is null
    when kind = 'plan_change' then new_price is not null and amount is null and percent_bp is null
    else amount is not null and percent_bp is null and months is null and new_price is null
  end
$$;

create function concession_group(customer uuid) returns uuid language sql stable as $$
  select coalesce(linked_to_id, id) from customers where id = customer
$$;

create function mark_concession(customer uuid) returns void language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  insert into concession_heads (customer_id, rev) values (concession_group(customer), 1)
  on conflict (customer_id) do update set rev = concession_heads.rev + 1;
end $$;

-- What was conceded to a customer and the accounts linked to it in the twelve months before a moment: what stands before
-- the customer, was accepted or fulfilled.
create function concessions_to(customer uuid, of_currency text, at timestamptz, without uuid)
returns bigint language sql stable as $$
  select coalesce(sum(p.exposure_minor), 0)::bigint
  from customers c
  join offers o on o.customer_id = c.id and o.stage in ('presented', 'accepted', 'fulfilled') and o.id is distinct from without
  join offer_presentations p on p.offer_id = o.id and p.revision = o.presented_revision
  where (c.id = concession_group(customer) or c.linked_to_id = concession_group(customer))
    and p.currency = of_currency
    and p.at > concessions_to.at - interval '12 months'
$$;

create function concessions_by(person uuid, of_currency text, at timestamptz, without uuid)
returns bigint language sql stable as $$
  select coalesce(sum(p.exposure_minor), 0)::bigint
  from offer_presentations p
  join offers o on o.id = p.offer_id and o.presented_revision = p.revision
    and o.stage in ('presented', 'accepted', 'fulfilled') and o.id is distinct from without
  where p.by_id = person and p.currency = of_currency and p.at > concessions_by.at - interval '7 days'
$$;

create function reckon_offer() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  o offers;
  v offer_type_versions;
  of_kind text;
  costs numeric;
  term integer;
  is_order boolean;
begin
  select * into o from offers where id = new.offer_id for update;
  perform mark_concession(o.customer_id);
  if o.stage <> 'draft' then
    raise exception 'terms change in a draft only' using errcode = '23514', constraint = 'offer_revisions_frozen';
  end if;
  if new.revision <> 1 + coalesce((select max(revision) from offer_revisions where offer_id = o.id), 0) then
    raise exception 'not the next revision' using errcode = '40001';
  end if;
  new.at := desk_now(new.at);
  select * into strict v from offer_type_versions where id = new.version_id;
  select kind into strict of_kind from offer_types where code = o.offer_type;
  if v.offer_type <> o.offer_type or v.id is distinct from offer_type_version_at(o.offer_type, new.at)
    or v.valid_until <= new.at then
    raise exception 'not the version of the offer type that is valid' using errcode = '23514',
      constraint = 'offer_revisions_valid_type';
  end if;
  if not offer_is_whole(of_kind, new.percent_bp, new.amount_minor, new.months, new.new_price_minor) then
    raise exception 'terms do not fit a %', of_kind using errcode = '23514', constraint = 'offer_revisions_whole';
  end if;
  is_order := o.order_id is not null;
  if o.subscription_id is not null then
    select greatest(s.monthly_price_minor, 0), s.currency into strict new.price_minor, new.currency
    from subscriptions s where s.id = o.subscription_id and s.customer_id = o.customer_id;
  elsif is_order then
    select greatest(r.total_minor, 0), r.currency into strict new.price_minor, new.currency
    from orders r where r.id = o.order_id and r.customer_id = o.customer_id;
    if coalesce(new.months, 1) <> 1 or of_kind not in ('percent_discount', 'credit', 'fee_waiver', 'equipment', 'swap',
      'expedite', 'refund', 'extension') then
      raise exception 'an order has no months' using errcode = '23514', constraint = 'offer_revisions_whole';
    end if;
  else
    select 0, c.currency into strict new.price_minor, new.currency from customers c where c.id = o.customer_id;
    if of_kind not in ('credit', 'fee_waiver', 'equipment', 'refund', 'extension') then
      raise exception 'this needs a subscription or an order' using errcode = '23514', constraint = 'offer_revisions_whole';
    end if;
  end if;
  new.given_minor := offer_given(of_kind, new.percent_bp, new.amount_minor, new.months, new.new_price_minor,
    new.price_minor);
  new.exposure_minor := round(new.given_minor::numeric * v.cost_share_bp / 10000);
  select sum(amount_minor) into costs from service_costs
  where (subscription_id = o.subscription_id or order_id = o.order_id) and currency = new.currency;
  term := case when is_order then 1 else offer_term(of_kind, new.months) end;
  new.margin_bp := offer_margin(of_kind, new.price_minor, costs, term, new.given_minor, new.exposure_minor);
  return new;
end $$;

-- Margin after: revenue − cost to serve − concession over the term, as a share of the revenue that is left. A concession
-- in the price lowers the revenue; one in goods, credits or fees comes off the margin.
create function offer_margin(kind text, price bigint, costs numeric, term integer, given bigint, exposure bigint)
returns integer language sql immutable as $$
  select case
    when costs is null or price <= 0 then null
    when left_over <= 0 then -10000
    else greatest(-10000, floor(10000 * (left_over - costs * term
      - case when in_price then 0 else exposure end) / left_over))::integer
  end
  from (
    select price::numeric * term - case when in_price then given else 0 end as left_over, in_price
    from (select kind in ('percent_discount', 'amount_discount', 'free_period', 'pause', 'plan_change') as in_price) k
  ) r
$$;

create trigger offer_revisions_reckon before insert on offer_revisions for each row execute function reckon_offer();

create function offer_moves_legally() returns trigger language plpgsql as $$
begin
  if new.case_id <> old.case_id or new.customer_id <> old.customer_id or new.offer_type <> old.offer_type
    or new.subscription_id is distinct from old.subscription_id or new.order_id is distinct from old.order_id
    or new.made_by_id <> old.made_by_id then
    raise exception 'an offer stays with its case, subject and type' using errcode = '23514';
  end if;
  if new.stage <> old.stage and (old.stage, new.stage) not in (
    ('draft', 'awaiting_approval'), ('draft', 'presented'), ('draft', 'ready'), ('draft', 'withdrawn'),
    ('awaiting_approval', 'draft'), ('awaiting_approval', 'ready'), ('awaiting_approval', 'withdrawn'),
    ('ready', 'draft'), ('ready', 'presented'), ('ready', 'withdrawn'),
    ('presented', 'draft'), ('presented', 'accepted'), ('presented', 'declined'), ('presented', 'expired'),
    ('presented', 'withdrawn'),
    ('accepted', 'fulfilled'), ('accepted', 'failed')) then
    raise exception 'an offer cannot go from % to %', old.stage, new.stage using errcode = '23514',
      constraint = 'offers_stage_moves';
  end if;
  if new.ended_at is not null and old.ended_at is null then
    new.ended_at := desk_now(new.ended_at);
  end if;
  -- R11: an answer comes before the end, an expiry after it
  if new.stage in ('accepted', 'declined') and old.stage = 'presented' and new.ended_at >= old.open_until
    and new.stage = 'accepted' then
    raise exception 'the offer has expired' using errcode = '23514', constraint = 'offers_answered_in_time';
  end if;
  if new.stage = 'expired' and new.ended_at < old.open_until then
    raise exception 'the offer still stands' using errcode = '23514', constraint = 'offers_expired_in_time';
  end if;
  return new;
end $$;
create trigger offers_moves before update on offers for each row execute function offer_moves_legally();

create function offer_begins_as_draft() returns trigger language plpgsql as $$
begin
  if new.stage <> 'draft' or new.presented_revision is not null or new.revision <> 1 then
    raise exception 'an offer begins as a draft' using errcode = '23514';
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.customer_id = new.customer_id and c.stage <> 'closed') then
    raise exception 'an offer needs a live case of its customer' using errcode = '23514', constraint = 'offers_live_case';
  end if;
  return new;
end $$;
create trigger offers_begin before insert on offers for each row execute function offer_begins_as_draft();

-- What was offered in a save attempt.
alter table interactions add column offer_id uuid references offers;
create index interactions_offer on interactions (offer_id);

call guard_version('offers');
call guard_audited('offers');
call guard_append_only('offer_revisions');
call guard_append_only('offer_presentations');
revoke insert on offer_revisions, offer_presentations from savedesk_app;
grant insert (offer_id, revision, version_id, percent_bp, amount_minor, months, new_price_minor, what, currency, at, by_id,
  counter) on offer_revisions to savedesk_app;
grant insert (offer_id, revision, by_id, means, at) on offer_presentations to savedesk_app;

grant select on offers, offer_revisions, offer_presentations to savedesk_read;
