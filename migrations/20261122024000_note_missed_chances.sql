-- What a lost case left untried or came too late with, and what the last attempt in any case came to: noted with its outcome
-- as the case is closed, so that reports read it off the row and it stays when a customer is gone (R5).
alter table outcomes
  -- of a lost case: 'offer', 'approval', 'promise', 'first_action', 'limit'
  add column missed text[] not null default '{}',
  -- of a lost case: types of offers that were open to the customer as it was closed, and that were never shown in it
  add column missed_offers text[] not null default '{}',
  -- what the customer said at the last attempt; none: nobody tried
  add column last_response text;
create index outcomes_owner_closed on outcomes (owner_id, closed_on desc, id desc);
drop index outcomes_owner;
create index outcomes_missed on outcomes (closed_on desc, id desc) where missed <> '{}';

-- Which types of offers are open to the customer of a case at a moment: those that `OfferType::closed_to` says nothing
-- against.
create function offer_types_open_to(c cases, moment timestamptz) returns setof text language sql stable as $$
  select t.code
  from customers cu
  left join subscriptions s on s.id = c.subscription_id
  cross join offer_types t
  join offer_type_versions v on v.id = offer_type_version_at(t.code, moment)
  where cu.id = c.customer_id
    and (v.valid_until is null or v.valid_until > moment)
    and case
      when c.order_id is not null then t.kind in ('percent_discount', 'credit', 'fee_waiver', 'equipment', 'swap', 'expedite',
        'refund', 'extension')
      when c.subscription_id is null then t.kind in ('credit', 'fee_waiver', 'equipment', 'refund', 'extension')
      else true
    end
    and (v.tiers = '{}' or cu.tier = any(v.tiers))
    and (v.segments = '{}' or exists (select from unnest(v.segments) x where lower(x) = lower(cu.segment)))
    and (v.products = '{}' or exists (select from unnest(v.products) x where lower(x) = lower(s.product)))
    and (v.case_kinds = '{}' or c.kind = any(v.case_kinds))
    and (v.min_tenure_months = 0 or c.order_id is not null
      or coalesce(cu.customer_since, (select min(u.started_on) from subscriptions u where u.customer_id = cu.id))
        + make_interval(months => v.min_tenure_months) <= (moment at time zone 'UTC')::date)
    and not exists (
      select
      from customers k
      join offers o on o.customer_id = k.id and o.stage in ('presented', 'accepted', 'fulfilled')
      join offer_presentations p on p.offer_id = o.id and p.revision = o.presented_revision
      where (k.id = coalesce(cu.linked_to_id, cu.id) or k.linked_to_id = coalesce(cu.linked_to_id, cu.id))
        and p.at <= moment
        and (
          (v.once_per_months > 0 and o.offer_type = t.code
            and (p.at at time zone 'UTC')::date + make_interval(months => v.once_per_months)
              > (moment at time zone 'UTC')::date)
          or (o.offer_type = any(v.not_with)
            and (p.at at time zone 'UTC')::date + interval '12 months' > (moment at time zone 'UTC')::date)))
$$;

-- Whether an attempt says all that it should: the objection and what was tried, unless nobody was reached; the next step,
-- unless the customer answered for good.
create function attempt_is_whole(i interactions) returns boolean language sql stable as $$
  select (i.response = 'no_contact'
      or (i.objection is not null and exists (select from interaction_levers l where l.interaction_id = i.id)))
    and (i.next_step is not null or i.response in ('saved', 'partly_saved', 'declined'))
$$;

create function missed_chances(c cases) returns text[] language sql stable as $$
  select array_remove(array[
    case when exists (
      select
      from approvals a
      where a.case_id = c.id
        and case when a.stage = 'withdrawn' then a.ended_at > a.due_at
          else a.ended_at > a.due_at or exists (
            select from interactions i
            where i.case_id = c.id and i.response = 'declined' and i.at > a.asked_at and i.at < a.ended_at)
          end
    ) then 'approval' end,
    case when exists (
      select from promises p
      where p.case_id = c.id
        and ((p.stage = 'broken' and p.ended_at <= c.closed_at) or (p.stage = 'open' and p.due_at < c.closed_at))
    ) then 'promise' end,
    case when exists (
      select from deadlines d where d.case_id = c.id and d.kind = 'first_action' and d.stage = 'missed'
    ) then 'first_action' end,
    case when not exists (select from approvals a where a.case_id = c.id) and (
      select bool_and(exists (
        select
        from limit_cells l
        join user_roles u on u.user_id = p.by_id and u.role = l.role
        where l.version_id = limits_at(p.at) and l.tier = cu.tier and l.offer_type = o.offer_type and l.currency = p.currency
          and num_nonnulls(l.max_percent_bp, l.max_amount_minor) > 0
          and (l.max_percent_bp is null or coalesce(r.percent_bp, 0) < l.max_percent_bp)
          and (l.max_amount_minor is null or p.exposure_minor < l.max_amount_minor)))
      from offers o
      join offer_presentations p on p.offer_id = o.id and p.revision = o.presented_revision
      join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
      join customers cu on cu.id = p.customer_id
      where o.case_id = c.id
    ) then 'limit' end
  ], null)
$$;

create function note_chances() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  c cases;
begin
  select * into c from cases where id = new.case_id;
  -- a closed case takes no attempt, and corrections leave what was coded as it was
  new.last_response := (
    select i.response from interactions i where i.case_id = c.id and i.kind = 'save_attempt' order by i.at desc, i.id desc limit 1);
  -- what was brought in closed was nobody's here to save
  if new.outcome <> 'lost' or c.first_action_at is null then
    return new;
  end if;
  -- who says "just cancel", and who has died, is offered nothing
  if not c.just_cancel
    and coalesce((select r.takes_save_attempt from reasons r where r.code = c.reason), true) then
    new.missed_offers := array(
      select t
      from offer_types_open_to(c, c.closed_at) t
      where not exists (
        select from offers o where o.case_id = c.id and o.offer_type = t and o.presented_at is not null)
      order by t);
  end if;
  new.missed := case when new.missed_offers = '{}' then '{}' else array['offer'] end || missed_chances(c);
  return new;
end $$;
create trigger outcomes_chances before insert on outcomes for each row when (new.own) execute function note_chances();

-- Cases that were closed before.
do $$
declare
  o outcomes;
begin
  for o in select * from outcomes where own and case_id is not null loop
    delete from outcomes where id = o.id and own;
    insert into outcomes select (o).*;
  end loop;
  perform fold_outcomes();
end $$;

-- what the reports of people read
create index interactions_attempts on interactions (at desc, id desc) where kind = 'save_attempt';
