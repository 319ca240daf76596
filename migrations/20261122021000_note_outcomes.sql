-- What became of cases: one row for each closed case, noted by the database itself, so that no way of closing one (by hand,
-- in bulk, brought in closed, by the chaser) can forget it. Its money is frozen as the case closes. Reopening takes the
-- row back. Reports rest on these rows alone, so they keep their money when a case or a customer is gone (R5).
create table outcomes (
  -- the case's identity, kept when the case is gone
  id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- the row in the case's own currency counts the case; another holds what was conceded in another currency (R1)
  own boolean not null,
  case_id uuid references cases on delete set null,
  customer_id uuid references customers on delete set null,
  -- the subscription or order at stake; none: the whole relation
  subject uuid,
  one_off boolean not null,
  outcome text not null,
  decided boolean not null,
  saved boolean not null,
  kind text not null,
  channel text not null,
  reason text not null,
  -- as the file it came from sorts it, in its own words
  source_category text,
  -- the product of the subscription, "Orders", or "Whole account"
  line text not null,
  team_id uuid references teams,
  owner_id uuid references users on delete set null,
  -- what became of an order
  order_end text check (order_end in ('kept', 'swapped', 'expedited', 'repriced', 'cancelled', 'refunded')),
  -- the offer that was accepted, or else the last that was shown
  offer_type text references offer_types,
  offer_version_id uuid references offer_type_versions,
  offer_accepted boolean,
  opened_at timestamptz not null,
  closed_at timestamptz not null,
  -- the day on the clock of the case's team: days, weeks and months of reports are these
  closed_on date not null,
  risk_minor bigint not null,
  kept_minor bigint not null,
  -- exposure of accepted offers, changes of plan apart
  concession_minor bigint not null,
  downgrade_minor bigint not null,
  -- the part of both that what is kept leaves out already
  left_out_minor bigint not null,
  -- of a save that did not last 90 days: what was kept
  rechurn_minor bigint not null default 0,
  -- since when a saved customer is known to be gone, and until when known to be here and paying
  gone_on date,
  seen_on date,
  -- the loss that undid this save
  undone_by uuid,
  primary key (id, currency),
  constraint outcomes_left_out check (left_out_minor between 0 and concession_minor + downgrade_minor),
  constraint outcomes_rechurn check (rechurn_minor in (0, kept_minor)),
  constraint outcomes_own check (own or (risk_minor = 0 and kept_minor = 0 and downgrade_minor = 0))
);
create index outcomes_closed on outcomes (closed_on desc, id desc);
create index outcomes_case on outcomes (case_id);
create index outcomes_customer on outcomes (customer_id, closed_on);
create index outcomes_team on outcomes (team_id);
create index outcomes_owner on outcomes (owner_id);
create index outcomes_offer_version on outcomes (offer_version_id);
create index outcomes_undone_by on outcomes (undone_by) where undone_by is not null;

-- gross − concessions − downgrade difference + what the gross leaves out of both already − re-churn
create function outcome_net(o outcomes) returns bigint language sql immutable as $$
  select o.kept_minor - o.concession_minor - o.downgrade_minor + o.left_out_minor - o.rechurn_minor
$$;

-- Whether a saved customer was still here and paying so many days on: yes, no, or null where nobody knows.
create function outcome_stuck(o outcomes, days integer) returns boolean language sql immutable as $$
  select case
    when not o.saved then null
    when o.gone_on <= o.closed_on + days then false
    when o.seen_on >= o.closed_on + days then true
  end
$$;

create function local_day(at timestamptz, team uuid) returns date language sql stable as $$
  select (at at time zone coalesce((select t.time_zone from teams t where t.id = team), 'America/New_York'))::date
$$;

-- Sums of these rows by day and by month, so that a dashboard reads few rows however many cases there are. Each change of
-- a row leaves its difference here; `fold_outcomes` adds the differences up now and then. What is read is both together,
-- so it is right at every moment, and nobody who closes a case waits for another.
create table outcome_changes (
  closed_on date not null,
  team uuid not null,
  line text not null,
  currency text not null,
  reason text not null,
  channel text not null,
  offer text not null,
  order_end text,
  category text,
  closed bigint not null,
  decided bigint not null,
  saves bigint not null,
  recurring_minor bigint not null,
  one_off_minor bigint not null,
  concession_minor bigint not null,
  downgrade_minor bigint not null,
  left_out_minor bigint not null,
  rechurn_minor bigint not null,
  verified_minor bigint not null,
  risk_minor bigint not null,
  rechurned bigint not null,
  yes30 bigint not null,
  no30 bigint not null,
  yes60 bigint not null,
  no60 bigint not null,
  yes90 bigint not null,
  no90 bigint not null
);

create table outcome_sums (
  dimension text not null check (dimension in ('all', 'reason', 'channel', 'offer', 'order', 'category')),
  grain text not null check (grain in ('day', 'month')),
  starts_on date not null,
  value text not null,
  team uuid not null,
  line text not null,
  currency text not null,
  closed bigint not null,
  decided bigint not null,
  saves bigint not null,
  recurring_minor bigint not null,
  one_off_minor bigint not null,
  concession_minor bigint not null,
  downgrade_minor bigint not null,
  left_out_minor bigint not null,
  rechurn_minor bigint not null,
  verified_minor bigint not null,
  risk_minor bigint not null,
  rechurned bigint not null,
  yes30 bigint not null,
  no30 bigint not null,
  yes60 bigint not null,
  no60 bigint not null,
  yes90 bigint not null,
  no90 bigint not null,
  primary key (dimension, grain, starts_on, team, line, currency, value)
);

create view outcome_changes_by as
  select d.dimension, g.grain, g.starts_on, d.value, c.team, c.line, c.currency, c.closed, c.decided, c.saves,
    c.recurring_minor, c.one_off_minor, c.concession_minor, c.downgrade_minor, c.left_out_minor, c.rechurn_minor,
    c.verified_minor, c.risk_minor, c.rechurned, c.yes30, c.no30, c.yes60, c.no60, c.yes90, c.no90
  from outcome_changes c
  cross join lateral (values ('all', ''), ('reason', split_part(c.reason, '.', 1)), ('channel', c.channel), ('offer', c.offer),
    ('order', c.order_end), ('category', c.category)) d (dimension, value)
  cross join lateral (values ('day', c.closed_on), ('month', date_trunc('month', c.closed_on)::date)) g (grain, starts_on)
  where d.value is not null;

create view outcome_totals as
  select * from outcome_sums union all select * from outcome_changes_by;

-- What a row adds to the sums, once or taken back.
create function outcome_counts(o outcomes, times integer) returns void language sql security definer
  set search_path = public, pg_temp as $$
  insert into outcome_changes
  select o.closed_on, coalesce(o.team_id, '00000000-0000-0000-0000-000000000000'), o.line, o.currency, o.reason, o.channel,
    coalesce(o.offer_type, ''), o.order_end, o.source_category, times * o.own::integer, times * (o.own and o.decided)::integer,
    times * (o.own and o.saved)::integer, times * case when o.saved and not o.one_off then o.kept_minor else 0 end,
    times * case when o.saved and o.one_off then o.kept_minor else 0 end, times * o.concession_minor,
    times * o.downgrade_minor, times * o.left_out_minor, times * o.rechurn_minor,
    times * case when outcome_stuck(o, 30) then outcome_net(o) else 0 end,
    times * case when o.decided then o.risk_minor else 0 end,
    times * coalesce(o.own and o.saved and o.gone_on <= o.closed_on + 90, false)::integer,
    times * coalesce(o.own and outcome_stuck(o, 30), false)::integer,
    times * coalesce(o.own and not outcome_stuck(o, 30), false)::integer,
    times * coalesce(o.own and outcome_stuck(o, 60), false)::integer,
    times * coalesce(o.own and not outcome_stuck(o, 60), false)::integer,
    times * coalesce(o.own and outcome_stuck(o, 90), false)::integer,
    times * coalesce(o.own and not outcome_stuck(o, 90), false)::integer
$$;

create function outcome_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op <> 'INSERT' then perform outcome_counts(old, -1); end if;
  if tg_op <> 'DELETE' then perform outcome_counts(new, 1); end if;
  return null;
end $$;
create trigger outcomes_noted after insert or delete on outcomes for each row execute function outcome_changed();
create trigger outcomes_changed after update on outcomes for each row
  when ((old.reason, old.channel, old.kind, old.rechurn_minor, old.gone_on, old.seen_on)
    is distinct from (new.reason, new.channel, new.kind, new.rechurn_minor, new.gone_on, new.seen_on))
  execute function outcome_changed();

create function fold_outcomes() returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  many bigint;
begin
  -- one at a time; who comes meanwhile has nothing to do
  if not pg_try_advisory_xact_lock(hashtext('fold_outcomes')) then
    return 0;
  end if;
  with taken as (delete from outcome_changes returning *),
  parts as (
    select d.dimension, g.grain, g.starts_on, d.value, c.*
    from taken c
    cross join lateral (values ('all', ''), ('reason', split_part(c.reason, '.', 1)), ('channel', c.channel), ('offer', c.offer),
      ('order', c.order_end), ('category', c.category)) d (dimension, value)
    cross join lateral (values ('day', c.closed_on), ('month', date_trunc('month', c.closed_on)::date)) g (grain, starts_on)
    where d.value is not null)
  insert into outcome_sums as s
  select p.dimension, p.grain, p.starts_on, p.value, p.team, p.line, p.currency, sum(p.closed), sum(p.decided),
    sum(p.saves), sum(p.recurring_minor), sum(p.one_off_minor), sum(p.concession_minor), sum(p.downgrade_minor),
    sum(p.left_out_minor), sum(p.rechurn_minor), sum(p.verified_minor), sum(p.risk_minor), sum(p.rechurned),
    sum(p.yes30), sum(p.no30), sum(p.yes60), sum(p.no60), sum(p.yes90), sum(p.no90)
  from parts p
  group by p.dimension, p.grain, p.starts_on, p.value, p.team, p.line, p.currency
  -- what is read together lies together
  order by p.dimension, p.grain, p.starts_on
  on conflict (dimension, grain, starts_on, team, line, currency, value) do update set
    closed = s.closed + excluded.closed, decided = s.decided + excluded.decided, saves = s.saves + excluded.saves,
    recurring_minor = s.recurring_minor + excluded.recurring_minor,
    one_off_minor = s.one_off_minor + excluded.one_off_minor,
    concession_minor = s.concession_minor + excluded.concession_minor,
    downgrade_minor = s.downgrade_minor + excluded.downgrade_minor,
    left_out_minor = s.left_out_minor + excluded.left_out_minor,
    rechurn_minor = s.rechurn_minor + excluded.rechurn_minor,
    verified_minor = s.verified_minor + excluded.verified_minor,
    risk_minor = s.risk_minor + excluded.risk_minor, rechurned = s.rechurned + excluded.rechurned,
    yes30 = s.yes30 + excluded.yes30, no30 = s.no30 + excluded.no30, yes60 = s.yes60 + excluded.yes60,
    no60 = s.no60 + excluded.no60, yes90 = s.yes90 + excluded.yes90, no90 = s.no90 + excluded.no90;
  get diagnostics many = row_count;
  return many;
end $$;

-- Whether saves last, reckoned anew from all that is known of a customer: losses of the same thing within 90 days, the
-- account cancelled, the subscription ended, what checks found, what bills show.
create function reckon_stay(of_customer uuid) returns void language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  update outcomes o set gone_on = f.gone_on, seen_on = f.seen_on, undone_by = f.undone_by,
    rechurn_minor = case when f.gone_on <= o.closed_on + 90 then o.kept_minor else 0 end
  from (
    select s.id, s.currency, least(lost.day, cancelled.day, ended.day, checked.gone) as gone_on,
      greatest(checked.seen, billed.day) as seen_on, lost.id as undone_by
    from outcomes s
    left join lateral (
      select l.id, l.closed_on as day
      from outcomes l
      where l.customer_id = s.customer_id and l.own and l.outcome = 'lost' and l.one_off = s.one_off
        and (l.subject is null or l.subject is not distinct from s.subject)
        and l.closed_at > s.closed_at and l.closed_on <= s.closed_on + 90
      order by l.closed_at
      limit 1
    ) lost on true
    left join lateral (
      -- the account as a whole; what followed from a case is that case's
      select min(local_day(c.at, s.team_id)) as day
      from status_changes c
      where c.customer_id = s.customer_id and c.now = 'cancelled' and not s.one_off and c.at > s.closed_at
        and not exists (
          select from cases k
          join case_changes h on h.case_id = k.id and h.field = 'stage' and h.now = 'lost' and h.at = c.at
          where k.customer_id = c.customer_id)
    ) cancelled on true
    left join lateral (
      select u.ended_on as day
      from subscriptions u
      where u.id = s.subject and u.status = 'ended' and u.ended_on > s.closed_on
    ) ended on true
    left join lateral (
      select min(s.closed_on + f.check_day) filter (where f.still_here = 'no') as gone,
        max(greatest(s.closed_on + f.check_day, local_day(f.ended_at, s.team_id)))
          filter (where f.still_here = 'yes') as seen
      from follow_ups f
      where f.case_id = s.case_id and f.kind = 'check' and f.stage = 'done' and f.saved_at >= s.closed_at
    ) checked on true
    left join lateral (
      select max(b.billed_on) as day
      from billing_lines b
      where b.customer_id = s.customer_id and b.amount_minor > 0 and b.billed_on > s.closed_on and not s.one_off
        and b.subscription_id is not null and (s.subject is null or b.subscription_id = s.subject)
    ) billed on true
    where s.customer_id = of_customer and s.own and s.saved
  ) f
  where f.id = o.id and f.currency = o.currency
    and (o.gone_on, o.seen_on, o.undone_by) is distinct from (f.gone_on, f.seen_on, f.undone_by);
end $$;

create function note_outcome(c cases) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  order_like boolean := c.order_id is not null or (c.kind = 'order_cancellation' and c.subscription_id is null);
  is_save boolean := c.outcome in ('saved_with_offer', 'saved_without_offer', 'modified', 'partly_saved');
  main record;
  given record;
begin
  -- the offer that was accepted, or else the last that was shown
  select o.offer_type, r.version_id, t.kind, o.stage in ('accepted', 'fulfilled') as accepted into main
  from offers o
  join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
  join offer_types t on t.code = o.offer_type
  where o.case_id = c.id
  order by o.stage in ('accepted', 'fulfilled') desc, o.presented_at desc, o.id
  limit 1;
  insert into outcomes (id, currency, own, case_id, customer_id, subject, one_off, outcome, decided, saved, kind, channel,
    reason, source_category, line, team_id, owner_id, order_end, offer_type, offer_version_id, offer_accepted, opened_at, closed_at,
    closed_on, risk_minor, kept_minor, concession_minor, downgrade_minor, left_out_minor)
  select c.id, m.currency, m.own, c.id, c.customer_id, coalesce(c.subscription_id, c.order_id), order_like, c.outcome,
    is_save or c.outcome = 'lost', is_save, c.kind, c.channel, c.reason, c.source_category,
    case when order_like then 'Orders'
      else coalesce((select s.product from subscriptions s where s.id = c.subscription_id), 'Whole account') end,
    c.team_id, coalesce(c.owner_id, c.closed_by_id),
    case
      when not order_like then null
      when is_save and main.accepted and main.kind = 'swap' then 'swapped'
      when is_save and main.accepted and main.kind = 'expedite' then 'expedited'
      when is_save and main.accepted then 'repriced'
      when is_save then 'kept'
      when c.outcome = 'lost' and main.accepted and main.kind = 'refund' then 'refunded'
      when c.outcome = 'lost' then 'cancelled'
    end,
    main.offer_type, main.version_id, main.accepted, c.opened_at, c.closed_at, local_day(c.closed_at, c.team_id),
    case when m.own then c.value_at_risk_minor else 0 end, m.kept, m.conceded, m.downgrade,
    case when m.own then least(m.in_price, greatest(c.value_at_risk_minor - c.value_kept_minor, 0)) else 0 end
  from (
    select g.currency, bool_or(g.own) as own, sum(g.kept)::bigint as kept, sum(g.conceded)::bigint as conceded,
      sum(g.downgrade)::bigint as downgrade, sum(g.in_price)::bigint as in_price
    from (
      select c.currency, true as own, case when is_save then c.value_kept_minor else 0 end as kept, 0 as conceded,
        0 as downgrade, 0 as in_price
      union all
      select r.currency, false, 0, case when t.kind = 'plan_change' and r.currency = c.currency then 0 else r.exposure_minor end,
        case when t.kind = 'plan_change' and r.currency = c.currency then r.exposure_minor else 0 end,
        case when t.kind in ('percent_discount', 'amount_discount', 'free_period', 'pause', 'plan_change')
          then r.exposure_minor else 0 end
      from offers o
      join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
      join offer_types t on t.code = o.offer_type
      where o.case_id = c.id and o.stage in ('accepted', 'fulfilled')
    ) g
    group by g.currency
    having bool_or(g.own) or sum(g.conceded) <> 0
  ) m;
  perform reckon_stay(c.customer_id);
end $$;

create function case_ended() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.stage <> 'closed' then
    delete from outcomes where id = new.id;
    perform reckon_stay(new.customer_id);
  elsif tg_op = 'UPDATE' and old.stage = 'closed' then
    -- coded anew: the money stays as it was frozen
    update outcomes set reason = new.reason, channel = new.channel, kind = new.kind, customer_id = new.customer_id
    where id = new.id;
  else
    perform note_outcome(new);
  end if;
  return null;
end $$;
create trigger cases_ended_at_once after insert on cases for each row when (new.stage = 'closed')
  execute function case_ended();
create trigger cases_ended after update on cases for each row
  when ((old.stage = 'closed' or new.stage = 'closed')
    and (old.stage, old.reason, old.channel, old.kind, old.customer_id)
      is distinct from (new.stage, new.reason, new.channel, new.kind, new.customer_id))
  execute function case_ended();

create function stay_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform reckon_stay(case tg_table_name
    when 'follow_ups' then (select c.customer_id from cases c where c.id = (to_jsonb(new)->>'case_id')::uuid)
    else (to_jsonb(new)->>'customer_id')::uuid end);
  return null;
end $$;
create trigger follow_ups_found after update of stage on follow_ups for each row
  when (new.kind = 'check' and (new.stage = 'done' or old.stage = 'done')) execute function stay_changed();
create trigger follow_ups_found_at_once after insert on follow_ups for each row
  when (new.kind = 'check' and new.stage = 'done') execute function stay_changed();
create trigger billing_lines_paid after insert on billing_lines for each row
  when (new.amount_minor > 0 and new.subscription_id is not null) execute function stay_changed();
create trigger status_changes_cancelled after insert on status_changes for each row
  when (new.now = 'cancelled') execute function stay_changed();
create trigger subscriptions_ended after update of status, ended_on on subscriptions for each row
  when ((old.status, old.ended_on) is distinct from (new.status, new.ended_on)) execute function stay_changed();

-- Cases that were closed before there was this table.
do $$
declare
  c cases;
begin
  for c in select * from cases where stage = 'closed' order by closed_at loop
    perform note_outcome(c);
  end loop;
  perform fold_outcomes();
end $$;

-- nobody but the database notes what became of a case
revoke insert, update, delete, truncate on outcomes, outcome_changes, outcome_sums from savedesk_app;
grant select on outcomes, outcome_sums, outcome_changes, outcome_changes_by, outcome_totals to savedesk_read;

-- what the other figures read: everything that ended or was due in a span of time
create index deadlines_ended on deadlines (ended_at, kind, stage, case_id) where stage in ('met', 'missed');
create index promises_due on promises (due_at, id) include (stage, case_id);
