-- Whether saves last, where something was put right since: a case that was found to be another customer's, an account that
-- was cancelled by mistake, a whole account of which the last subscription is lost.

-- The first day since a save of the whole account on which none of its subscriptions runs any more, and the loss that it
-- came by. A subscription is over when it ended, or when a case about it was lost; one that began later than that day
-- undoes nothing: the customer had left, and came back.
create function account_emptied(of_customer uuid, saved_on date, saved_at timestamptz)
  returns table (day date, lost_by uuid) language sql stable as $$
  with runs as (
    select coalesce(u.started_on, '-infinity') as began, least(u.ended_on, l.day) as gone,
      case when l.day <= coalesce(u.ended_on, 'infinity') then l.id end as lost_by,
      coalesce(u.ended_on > saved_on, false) or l.id is not null as since
    from subscriptions u
    left join lateral (
      select o.id, o.closed_on as day
      from outcomes o
      where o.customer_id = of_customer and o.own and o.outcome = 'lost' and o.subject = u.id and o.closed_at > saved_at
      order by o.closed_at
      limit 1
    ) l on true
    where u.customer_id = of_customer)
  select r.gone, r.lost_by
  from runs r
  where r.since and not exists (select from runs x where x.began <= r.gone and (x.gone is null or x.gone > r.gone))
  order by r.gone, r.lost_by nulls last
  limit 1
$$;

create or replace function reckon_stay(of_customer uuid) returns void language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if not exists (select from outcomes o where o.customer_id = of_customer and o.own and o.saved) then
    return;
  end if;
  update outcomes o set gone_on = f.gone_on, seen_on = f.seen_on, undone_by = f.undone_by,
    rechurn_minor = case when f.gone_on <= o.closed_on + 90 then o.kept_minor else 0 end
  from (
    select s.id, s.currency, least(lost.day, cancelled.day, ended.day, emptied.day, checked.gone) as gone_on,
      greatest(checked.seen, billed.day) as seen_on,
      coalesce(lost.id, case when emptied.day <= s.closed_on + 90 then emptied.lost_by end) as undone_by
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
      -- the account as a whole; what followed from a case is that case's, and what somebody put right within a week was
      -- a mistake. Whom a case won back had left.
      select min(local_day(c.at, s.team_id)) as day
      from status_changes c
      where c.customer_id = s.customer_id and c.now = 'cancelled' and not s.one_off and c.at > s.closed_at
        and not exists (
          select from cases k
          join case_changes h on h.case_id = k.id and h.field = 'stage' and h.now = 'lost' and h.at = c.at
          where k.customer_id = c.customer_id)
        and not exists (
          select from status_changes b
          where b.customer_id = c.customer_id and b.was = 'cancelled' and (b.at, b.id) > (c.at, c.id)
            and b.at <= c.at + interval '7 days'
            and not exists (
              select from cases k
              join case_changes h on h.case_id = k.id and h.field = 'stage' and h.at = b.at
              where k.customer_id = b.customer_id))
    ) cancelled on true
    left join lateral (
      select u.ended_on as day
      from subscriptions u
      where u.id = s.subject and u.status = 'ended' and u.ended_on > s.closed_on
    ) ended on true
    left join lateral (
      select e.day, e.lost_by
      from account_emptied(s.customer_id, s.closed_on, s.closed_at) e
      where s.subject is null and not s.one_off
    ) emptied on true
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

-- A closed case that is another customer's after all: both are reckoned by what is theirs now.
create or replace function case_ended() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.stage <> 'closed' then
    delete from outcomes where id = new.id;
    perform reckon_stay(new.customer_id);
  elsif tg_op = 'UPDATE' and old.stage = 'closed' then
    -- coded anew: the money stays as it was frozen
    update outcomes set reason = new.reason, channel = new.channel, kind = new.kind, customer_id = new.customer_id
    where id = new.id;
    if new.customer_id <> old.customer_id then
      perform reckon_stay(new.customer_id);
    end if;
  else
    perform note_outcome(new);
  end if;
  if tg_op = 'UPDATE' and new.customer_id <> old.customer_id then
    perform reckon_stay(old.customer_id);
  end if;
  return null;
end $$;

drop trigger status_changes_cancelled on status_changes;
create trigger status_changes_cancelled after insert on status_changes for each row
  when (new.now = 'cancelled' or new.was = 'cancelled') execute function stay_changed();
drop trigger subscriptions_ended on subscriptions;
create trigger subscriptions_ended after update of status, started_on, ended_on on subscriptions for each row
  when ((old.status, old.started_on, old.ended_on) is distinct from (new.status, new.started_on, new.ended_on))
  execute function stay_changed();
-- one that ran already, though it becomes known only now
create trigger subscriptions_found after insert on subscriptions for each row execute function stay_changed();

-- What was reckoned before.
select reckon_stay(c.customer_id)
from (
  select distinct o.customer_id
  from outcomes o
  where o.own and o.saved and o.customer_id is not null and (
    o.subject is null and not o.one_off
    or exists (select from status_changes s where s.customer_id = o.customer_id and s.was = 'cancelled')
    or exists (select from case_changes h where h.case_id = o.case_id and h.field = 'customer'))
) c;
