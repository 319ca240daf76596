-- Every page of an approver asks which open requests they may decide. The limits were asked once per request, in a
-- function of its own each time; this asks for all of them at once.

-- How far a role may go with an offer of a type to a customer of a tier: its cell, and what binds all offers together.
create view limit_reach as
  select c.version_id, c.role, c.tier, c.offer_type, c.currency, c.max_percent_bp, c.max_months, c.max_amount_minor,
    t.customer_minor, coalesce(w.week_minor, 0) as week_minor
  from limit_cells c
  join limit_totals t on t.version_id = c.version_id and t.role = c.role and t.tier = c.tier and t.currency = c.currency
  left join limit_weeks w on w.version_id = c.version_id and w.role = c.role and w.currency = c.currency;

-- Whether an offer lies within one reach. The totals include it; an empty week is not asked about. Plain enough to
-- become part of the query that asks.
create function within_reach(reach limit_reach, percent_bp integer, months integer, exposure bigint,
  customer_total bigint, week_total bigint)
returns boolean language sql immutable as $$
  select (reach.max_percent_bp is null or coalesce(percent_bp, 0) <= reach.max_percent_bp)
    and (reach.max_months is null or coalesce(months, 0) <= reach.max_months)
    and (reach.max_amount_minor is null or exposure <= reach.max_amount_minor)
    and customer_total <= reach.customer_minor
    and (week_total is null or week_total <= reach.week_minor)
$$;

-- Whether one role's limits cover an offer.
create or replace function limits_cover(version uuid, as_role text, of_tier text, type text, of_currency text,
  percent_bp integer, months integer, exposure bigint, customer_total bigint, week_total bigint)
returns boolean language sql stable as $$
  select exists (
    select
    from limit_reach l
    where l.version_id = version and l.role = as_role and l.tier = of_tier and l.offer_type = type
      and l.currency = of_currency and within_reach(l, percent_bp, months, exposure, customer_total, week_total))
$$;

-- The open requests that somebody may decide at a moment: those that `approval_deciders` says are theirs, found from
-- their side, with what is the same for all of them looked up once.
create or replace function requests_for(person uuid, at timestamptz)
returns table (approval_id uuid, on_behalf_of_id uuid) language plpgsql stable rows 20
set plan_cache_mode = 'force_generic_plan' as $$
declare
  in_force uuid := limits_at($2);
begin
  return query
  with who as materialized (
    -- in their own name, and in the place of those absent who asked them to
    select w.person_id, w.absent_id, bool_or(m.role = 'manager') as manages
    from (
      select u.id as person_id, null::uuid as absent_id
      from users u
      where u.id = $1
      union all
      select b.user_id, b.user_id
      from absences b
      where b.delegate_id = $1 and b.from_at <= $2 and b.until_at > $2
    ) w
    join users u on u.id = w.person_id and u.active
    join user_roles m on m.user_id = w.person_id and m.role in ('supervisor', 'manager')
    where exists (select from users p where p.id = $1 and p.active)
      and exists (select from user_roles n where n.user_id = $1 and n.role in ('supervisor', 'manager'))
    group by w.person_id, w.absent_id
  ), circle as materialized (
    -- who approved offers of theirs, and to which customers
    select d.by_id, coalesce(l.linked_to_id, l.id) as group_id
    from approvals b
    join approval_decisions d on d.approval_id = b.id and d.decision <> 'declined' and d.at > $2 - interval '12 months'
    join customers l on l.id = b.customer_id
    where b.asked_by_id = $1
  ), reach as materialized (
    select l.tier, l.offer_type, l.currency, l as own
    from limit_reach l
    where l.version_id = in_force and l.role = 'supervisor'
  )
  select a.id, w.absent_id
  from approvals a
  join offers o on o.id = a.offer_id
  join customers c on c.id = a.customer_id
  join cases k on k.id = a.case_id
  cross join who w
  cross join lateral (
    select max(x.percent_bp) filter (where x.revision = a.revision) as percent_bp,
      max(x.months) filter (where x.revision = a.revision) as months,
      bool_and(x.counter or x.by_id not in ($1, w.person_id)) as by_others
    from offer_revisions x
    where x.offer_id = a.offer_id
  ) r
  left join reach l on l.tier = c.tier and l.offer_type = o.offer_type and l.currency = a.currency
  where a.stage in ('pending', 'question_asked')
    and a.asked_by_id not in ($1, w.person_id)
    and o.made_by_id not in ($1, w.person_id)
    and coalesce(k.owner_id not in ($1, w.person_id), true)
    and r.by_others
    and not exists (select from approval_decisions d where d.approval_id = a.id and d.by_id = $1)
    and (a.asked_by_id, coalesce(c.linked_to_id, c.id)) not in (select x.by_id, x.group_id from circle x)
    and (w.manages or within_reach(l.own, r.percent_bp, r.months, a.exposure_minor, a.customer_total_minor, null));
end $$;

grant select on limit_reach to savedesk_read;
