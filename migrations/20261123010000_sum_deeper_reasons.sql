-- Sums of the reasons below each of level 1, so that a driver opens what it is made of without reading cases: a dimension
-- of its own for each reason of level 1, "reason.price", whose values are the very reasons that were coded.
alter table outcome_sums drop constraint outcome_sums_dimension_check;
alter table outcome_sums add constraint outcome_sums_dimension_check
  check (dimension in ('all', 'reason', 'channel', 'offer', 'order', 'category') or dimension ~ '^reason\.[a-z_]+$');

-- What a row adds to the sums, once or taken back: the one place that says so.
create function outcome_change(o outcomes, times integer) returns outcome_changes language sql immutable as $$
  select row(o.closed_on, coalesce(o.team_id, '00000000-0000-0000-0000-000000000000'), o.line, o.currency, o.reason,
    o.channel, coalesce(o.offer_type, ''), o.order_end, o.source_category, (times * o.own::integer)::bigint,
    (times * (o.own and o.decided)::integer)::bigint, (times * (o.own and o.saved)::integer)::bigint,
    times * case when o.saved and not o.one_off then o.kept_minor else 0 end,
    times * case when o.saved and o.one_off then o.kept_minor else 0 end, times * o.concession_minor,
    times * o.downgrade_minor, times * o.left_out_minor, times * o.rechurn_minor,
    times * case when outcome_stuck(o, 30) then outcome_net(o) else 0 end,
    times * case when o.decided then o.risk_minor else 0 end,
    (times * coalesce(o.own and o.saved and o.gone_on <= o.closed_on + 90, false)::integer)::bigint,
    (times * coalesce(o.own and outcome_stuck(o, 30), false)::integer)::bigint,
    (times * coalesce(o.own and not outcome_stuck(o, 30), false)::integer)::bigint,
    (times * coalesce(o.own and outcome_stuck(o, 60), false)::integer)::bigint,
    (times * coalesce(o.own and not outcome_stuck(o, 60), false)::integer)::bigint,
    (times * coalesce(o.own and outcome_stuck(o, 90), false)::integer)::bigint,
    (times * coalesce(o.own and not outcome_stuck(o, 90), false)::integer)::bigint)::outcome_changes
$$;

create or replace function outcome_counts(o outcomes, times integer) returns void language sql security definer
  set search_path = public, pg_temp as $$
  insert into outcome_changes select (c.x).* from (select outcome_change(o, times) as x offset 0) c
$$;

-- By what each change is summed up: the one place that says so.
create function outcome_parts(reason text, channel text, offer text, order_end text, category text)
  returns table (dimension text, value text) language sql immutable as $$
  select d.dimension, d.value
  from (values ('all', ''), ('reason', split_part(reason, '.', 1)), ('reason.' || split_part(reason, '.', 1), reason),
    ('channel', channel), ('offer', offer), ('order', order_end), ('category', category)) d (dimension, value)
  where d.value is not null
$$;

create or replace view outcome_changes_by as
  select d.dimension, g.grain, g.starts_on, d.value, c.team, c.line, c.currency, c.closed, c.decided, c.saves,
    c.recurring_minor, c.one_off_minor, c.concession_minor, c.downgrade_minor, c.left_out_minor, c.rechurn_minor,
    c.verified_minor, c.risk_minor, c.rechurned, c.yes30, c.no30, c.yes60, c.no60, c.yes90, c.no90
  from outcome_changes c
  cross join lateral outcome_parts(c.reason, c.channel, c.offer, c.order_end, c.category) d
  cross join lateral (values ('day', c.closed_on), ('month', date_trunc('month', c.closed_on)::date)) g (grain, starts_on);

create or replace function fold_outcomes() returns bigint language plpgsql security definer
  set search_path = public, pg_temp as $$
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
    cross join lateral outcome_parts(c.reason, c.channel, c.offer, c.order_end, c.category) d
    cross join lateral (values ('day', c.closed_on), ('month', date_trunc('month', c.closed_on)::date)) g (grain, starts_on))
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

-- What was closed before. Changes that wait to be added up are counted under the new dimensions as well, so their part is
-- left out; whoever closes a case meanwhile waits.
lock table outcome_changes in share row exclusive mode;
with rows as (
  select (x.c).* from (select outcome_change(o, 1) as c from outcomes o offset 0) x
  union all
  select closed_on, team, line, currency, reason, channel, offer, order_end, category, -closed, -decided, -saves,
    -recurring_minor, -one_off_minor, -concession_minor, -downgrade_minor, -left_out_minor, -rechurn_minor,
    -verified_minor, -risk_minor, -rechurned, -yes30, -no30, -yes60, -no60, -yes90, -no90
  from outcome_changes)
insert into outcome_sums
select 'reason.' || split_part(r.reason, '.', 1), g.grain, g.starts_on, r.reason, r.team, r.line, r.currency, sum(r.closed),
  sum(r.decided), sum(r.saves), sum(r.recurring_minor), sum(r.one_off_minor), sum(r.concession_minor),
  sum(r.downgrade_minor), sum(r.left_out_minor), sum(r.rechurn_minor), sum(r.verified_minor), sum(r.risk_minor),
  sum(r.rechurned), sum(r.yes30), sum(r.no30), sum(r.yes60), sum(r.no60), sum(r.yes90), sum(r.no90)
from rows r
cross join lateral (values ('day', r.closed_on), ('month', date_trunc('month', r.closed_on)::date)) g (grain, starts_on)
group by 1, 2, 3, 4, 5, 6, 7
order by 1, 2, 3;
