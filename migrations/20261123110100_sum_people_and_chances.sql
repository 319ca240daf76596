-- Sums of what lost cases had left untried, and of what people closed, so that missed opportunities and coaching read few
-- rows as well. 'lost' and 'any' are all lost cases, and those with anything missed.
alter table outcome_sums drop constraint outcome_sums_dimension_check;
alter table outcome_sums add constraint outcome_sums_dimension_check
  check (dimension in ('all', 'reason', 'channel', 'offer', 'order', 'category', 'missed', 'unshown', 'owner', 'false_save',
    'contradicted') or dimension ~ '^reason\.[a-z_]+$');

alter table outcome_changes add owner uuid;
alter table outcome_changes add missed text[] not null default '{}';
alter table outcome_changes add unshown text[] not null default '{}';
-- how a closed case may not be what it says: 'false_save', 'contradicted'
alter table outcome_changes add doubts text[] not null default '{}';

-- Saved without an offer and gone within 30 days.
create function outcome_false_save(o outcomes) returns boolean language sql immutable as $$
  select coalesce(o.own and o.outcome = 'saved_without_offer' and not outcome_stuck(o, 30), false)
$$;

-- The last attempt in the log says otherwise.
create function outcome_contradicted(o outcomes) returns boolean language sql immutable as $$
  select coalesce(o.own and case
    when o.outcome = 'lost' then o.last_response in ('saved', 'partly_saved')
    else o.saved and (o.last_response in ('declined', 'no_contact')
      or (o.last_response is not null and o.outcome = 'saved_with_offer' and o.offer_accepted is not true))
  end, false)
$$;

create or replace function outcome_change(o outcomes, times integer) returns outcome_changes language sql immutable as $$
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
    (times * coalesce(o.own and not outcome_stuck(o, 90), false)::integer)::bigint,
    o.owner_id,
    case when o.own and o.outcome = 'lost' then array['lost'] else '{}' end
      || case when o.missed <> '{}' then array['any'] || o.missed else '{}' end,
    o.missed_offers,
    case when outcome_false_save(o) then array['false_save'] else '{}' end
      || case when outcome_contradicted(o) then array['contradicted'] else '{}' end)::outcome_changes
$$;

drop view outcome_totals;
drop view outcome_changes_by;
drop function outcome_parts(text, text, text, text, text);

-- By what each change is summed up: the one place that says so.
create function outcome_parts(reason text, channel text, offer text, order_end text, category text, owner uuid,
    missed text[], unshown text[], doubts text[])
  returns table (dimension text, value text) language sql immutable as $$
  select d.dimension, d.value
  from (
    values ('all', ''), ('reason', split_part(reason, '.', 1)), ('reason.' || split_part(reason, '.', 1), reason),
      ('channel', channel), ('offer', offer), ('order', order_end), ('category', category), ('owner', owner::text)
    union all select 'missed', m from unnest(missed) m
    union all select 'unshown', m from unnest(unshown) m
    union all select m, owner::text from unnest(doubts) m
  ) d (dimension, value)
  where d.value is not null
$$;

create view outcome_changes_by as
  select d.dimension, g.grain, g.starts_on, d.value, c.team, c.line, c.currency,
    c.closed, c.decided, c.saves, c.recurring_minor, c.one_off_minor, c.concession_minor, c.downgrade_minor,
    c.left_out_minor, c.rechurn_minor, c.verified_minor, c.risk_minor, c.rechurned, c.yes30, c.no30, c.yes60, c.no60,
    c.yes90, c.no90
  from outcome_changes c
  cross join lateral outcome_parts(c.reason, c.channel, c.offer, c.order_end, c.category, c.owner, c.missed, c.unshown, c.doubts) d
  cross join lateral (values ('day', c.closed_on), ('month', date_trunc('month', c.closed_on)::date)) g (grain, starts_on);

create view outcome_totals as
  select * from outcome_sums union all select * from outcome_changes_by;
grant select on outcome_changes_by, outcome_totals to savedesk_read;

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
    cross join lateral outcome_parts(c.reason, c.channel, c.offer, c.order_end, c.category, c.owner, c.missed, c.unshown, c.doubts) d
    cross join lateral (values ('day', c.closed_on), ('month', date_trunc('month', c.closed_on)::date)) g (grain, starts_on))
  insert into outcome_sums as s
  select p.dimension, p.grain, p.starts_on, p.value, p.team, p.line, p.currency,
    sum(p.closed), sum(p.decided), sum(p.saves), sum(p.recurring_minor), sum(p.one_off_minor), sum(p.concession_minor),
    sum(p.downgrade_minor), sum(p.left_out_minor), sum(p.rechurn_minor), sum(p.verified_minor), sum(p.risk_minor),
    sum(p.rechurned), sum(p.yes30), sum(p.no30), sum(p.yes60), sum(p.no60), sum(p.yes90), sum(p.no90)
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
    verified_minor = s.verified_minor + excluded.verified_minor, risk_minor = s.risk_minor + excluded.risk_minor,
    rechurned = s.rechurned + excluded.rechurned, yes30 = s.yes30 + excluded.yes30, no30 = s.no30 + excluded.no30,
    yes60 = s.yes60 + excluded.yes60, no60 = s.no60 + excluded.no60, yes90 = s.yes90 + excluded.yes90,
    no90 = s.no90 + excluded.no90;
  get diagnostics many = row_count;
  return many;
end $$;

-- What was closed before: all sums anew, since changes that wait are counted under the new dimensions as well. Whoever
-- closes a case meanwhile waits.
lock table outcome_changes in share row exclusive mode;
delete from outcome_changes;
delete from outcome_sums;
set local work_mem = '256MB';
insert into outcome_sums
select d.dimension, 'day', p.closed_on, d.value, p.team, p.line, p.currency,
    sum(p.closed), sum(p.decided), sum(p.saves), sum(p.recurring_minor), sum(p.one_off_minor), sum(p.concession_minor),
    sum(p.downgrade_minor), sum(p.left_out_minor), sum(p.rechurn_minor), sum(p.verified_minor), sum(p.risk_minor),
    sum(p.rechurned), sum(p.yes30), sum(p.no30), sum(p.yes60), sum(p.no60), sum(p.yes90), sum(p.no90)
from (select (x.c).* from (select outcome_change(o, 1) as c from outcomes o offset 0) x) p
cross join lateral outcome_parts(p.reason, p.channel, p.offer, p.order_end, p.category, p.owner, p.missed, p.unshown, p.doubts) d
group by 1, 3, 4, 5, 6, 7
order by 1, 3;
insert into outcome_sums
select p.dimension, 'month', date_trunc('month', p.starts_on)::date, p.value, p.team, p.line, p.currency,
    sum(p.closed), sum(p.decided), sum(p.saves), sum(p.recurring_minor), sum(p.one_off_minor), sum(p.concession_minor),
    sum(p.downgrade_minor), sum(p.left_out_minor), sum(p.rechurn_minor), sum(p.verified_minor), sum(p.risk_minor),
    sum(p.rechurned), sum(p.yes30), sum(p.no30), sum(p.yes60), sum(p.no60), sum(p.yes90), sum(p.no90)
from outcome_sums p
group by 1, 3, 4, 5, 6, 7
order by 1, 3;
reset work_mem;
