-- Whole months from one day to a later one: from 31 January to 28 February none, to 31 March two.
create function whole_months(from_day date, to_day date) returns integer language sql immutable as $$
  select (12 * (extract(year from to_day) - extract(year from from_day))
    + extract(month from to_day) - extract(month from from_day)
    - case when extract(day from to_day) < extract(day from from_day) then 1 else 0 end)::integer
$$;

-- How much longer subscriptions of a product stayed, of those that ended after at least so many months: reckoned anew
-- now and then from what ended, so that a page reads one row.
create table lifetimes (
  product text not null,
  tenure_months integer not null check (tenure_months >= 0),
  -- the median
  further_months integer not null check (further_months >= 0),
  -- of so many
  n bigint not null check (n > 0),
  primary key (product, tenure_months)
);

-- What became of decided cases in which an offer of a type was presented, beside those in which none was: reckoned anew
-- like the above.
create table offer_results (
  offer_type text primary key references offer_types,
  with_n bigint not null,
  with_stayed bigint not null check (with_stayed between 0 and with_n),
  without_n bigint not null,
  without_stayed bigint not null check (without_stayed between 0 and without_n)
);

-- When they were last reckoned.
create table economics_refreshed (
  id boolean primary key default true check (id),
  at timestamptz
);
insert into economics_refreshed default values;

grant select on lifetimes, offer_results, economics_refreshed to savedesk_read;
