-- Who may decide an open request at a moment, in their own name or in the place of somebody absent who asked them to
-- (R12): whose limits cover it, and every manager, since somebody has to say no to what no limit covers any more.
-- `absent`: they are away themselves.
create function approval_deciders(at timestamptz)
returns table (approval_id uuid, user_id uuid, on_behalf_of_id uuid, absent boolean) language sql stable as $$
  select a.id, w.user_id, w.on_behalf_of_id, w.absent
  from approvals a
  join offers o on o.id = a.offer_id
  join offer_revisions r on r.offer_id = a.offer_id and r.revision = a.revision
  join customers c on c.id = a.customer_id
  join cases k on k.id = a.case_id
  cross join (
    select u.id as user_id, u.id as person_id, null::uuid as on_behalf_of_id,
      exists (select from absences b where b.user_id = u.id and b.from_at <= $1 and b.until_at > $1) as absent
    from users u
    where u.active
    union all
    select b.delegate_id, b.user_id, b.user_id,
      exists (select from absences d where d.user_id = b.delegate_id and d.from_at <= $1 and d.until_at > $1)
    from absences b
    join users u on u.id = b.user_id and u.active
    join users d on d.id = b.delegate_id and d.active
    where b.from_at <= $1 and b.until_at > $1
  ) w
  where a.stage in ('pending', 'question_asked')
    and exists (select from user_roles m where m.user_id = w.user_id and m.role in ('supervisor', 'manager'))
    and a.asked_by_id not in (w.user_id, w.person_id)
    and o.made_by_id not in (w.user_id, w.person_id)
    and coalesce(k.owner_id not in (w.user_id, w.person_id), true)
    and not exists (
      select from offer_revisions x
      where x.offer_id = a.offer_id and not x.counter and x.by_id in (w.user_id, w.person_id))
    and not exists (select from approval_decisions d where d.approval_id = a.id and d.by_id = w.user_id)
    and not exists (
      select from approval_decisions d
      join approvals b on b.id = d.approval_id
      join customers l on l.id = b.customer_id
      where d.by_id = a.asked_by_id and b.asked_by_id = w.user_id and d.decision <> 'declined'
        and coalesce(l.linked_to_id, l.id) = coalesce(c.linked_to_id, c.id) and d.at > $1 - interval '12 months')
    and exists (
      select from user_roles m
      where m.user_id = w.person_id and m.role in ('supervisor', 'manager')
        and (m.role = 'manager' or limits_cover(limits_at($1), m.role, c.tier, o.offer_type, r.currency, r.percent_bp,
          r.months, r.exposure_minor, a.customer_total_minor, null)))
$$;

-- What a request is about, beside its terms, so that requests like it are found.
alter table approvals add column offer_type text references offer_types, add column case_kind text;
alter table approvals disable trigger user;
update approvals a
set offer_type = o.offer_type, case_kind = k.kind
from offers o
join cases k on k.id = o.case_id
where o.id = a.offer_id;
alter table approvals enable trigger user;
alter table approvals alter offer_type set not null, alter case_kind set not null;
create index approvals_offer_type on approvals (offer_type);
create index approvals_like on approvals (offer_type, case_kind, currency, exposure_minor)
  where stage in ('approved', 'approved_with_changes', 'declined');

create function say_what_is_asked() returns trigger language plpgsql as $$
begin
  select o.offer_type, k.kind into strict new.offer_type, new.case_kind
  from offers o
  join cases k on k.id = o.case_id
  where o.id = new.offer_id;
  return new;
end $$;
create trigger approvals_like before insert on approvals for each row execute function say_what_is_asked();

-- Two absences of one person never overlap: it would not be clear who decides in their place.
create function absences_apart() returns trigger language plpgsql as $$
begin
  perform from users where id = new.user_id for no key update;
  if exists (
    select from absences b
    where b.user_id = new.user_id and b.id <> new.id and b.from_at < new.until_at and b.until_at > new.from_at) then
    raise exception 'overlaps another absence' using errcode = '23P01', constraint = 'absences_apart';
  end if;
  return new;
end $$;
create trigger absences_apart before insert or update on absences for each row execute function absences_apart();
create index absences_until on absences (until_at, id);
