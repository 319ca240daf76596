-- Who is away, and who decides in their place.
create table absences (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  from_at timestamptz not null,
  until_at timestamptz not null,
  delegate_id uuid references users,
  version bigint not null default 1,
  constraint absences_span check (until_at > from_at),
  constraint absences_delegate check (delegate_id <> user_id)
);
create index absences_user on absences (user_id, until_at);
create index absences_delegate_id on absences (delegate_id, until_at);
call guard_version('absences');
call guard_audited('absences');

create table approvals (
  id uuid primary key,
  offer_id uuid not null references offers on delete cascade,
  -- the revision that was asked about
  revision integer not null,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  asked_by_id uuid not null references users,
  asked_at timestamptz not null,
  -- what the requester says
  words text not null check (length(words) between 1 and 2000),
  -- which limits are exceeded, in words
  because text not null check (length(because) between 1 and 2000),
  -- who is asked first; whose limit covers it may decide, and it moves up on time-out (R12)
  level text not null check (level in ('supervisor', 'manager')),
  approvers smallint not null check (approvers between 1 and 3),
  exposure_minor bigint not null,
  currency text not null,
  -- all concessions to the customer in twelve months, this one included: what is approved
  customer_total_minor bigint not null,
  due_at timestamptz not null,
  due_because text not null,
  stage text not null default 'pending' check (stage in ('pending', 'question_asked', 'approved',
    'approved_with_changes', 'declined', 'withdrawn')),
  decided_revision integer,
  ended_at timestamptz,
  version bigint not null default 1,
  constraint approvals_revision foreign key (offer_id, revision, exposure_minor)
    references offer_revisions (offer_id, revision, exposure_minor),
  constraint approvals_decided check ((stage in ('approved', 'approved_with_changes')) = (decided_revision is not null)),
  constraint approvals_ended check ((stage in ('pending', 'question_asked')) = (ended_at is null)),
  constraint approvals_decision unique (id, offer_id, decided_revision)
);
create unique index approvals_one_open on approvals (offer_id) where stage in ('pending', 'question_asked');
create index approvals_open on approvals (due_at, id) where stage in ('pending', 'question_asked');
create index approvals_offer on approvals (offer_id, asked_at desc);
create index approvals_case on approvals (case_id, asked_at desc);
create index approvals_customer on approvals (customer_id, asked_at desc);
create index approvals_asked_by on approvals (asked_by_id, asked_at desc);
create index approvals_ended on approvals (ended_at desc, id) where ended_at is not null;

-- One decision per approver and approval (R11).
create table approval_decisions (
  approval_id uuid not null references approvals on delete cascade,
  by_id uuid not null references users,
  -- whose place they took
  on_behalf_of_id uuid references users,
  decision text not null check (decision in ('approved', 'approved_with_changes', 'declined')),
  offer_id uuid not null,
  revision integer not null,
  -- the approver's reason: the requester sees it
  reason text not null check (length(reason) between 1 and 2000),
  at timestamptz not null,
  primary key (approval_id, by_id),
  foreign key (offer_id, revision) references offer_revisions (offer_id, revision) on delete cascade
);
create index approval_decisions_by on approval_decisions (by_id, at desc);
create index approval_decisions_on_behalf on approval_decisions (on_behalf_of_id);
create index approval_decisions_offer on approval_decisions (offer_id, revision);

-- Questions of approvers and what the requester answers.
create table approval_messages (
  id uuid primary key,
  approval_id uuid not null references approvals on delete cascade,
  by_id uuid not null references users,
  at timestamptz not null,
  question boolean not null,
  body text not null check (length(body) between 1 and 2000)
);
create index approval_messages_approval on approval_messages (approval_id, at);
create index approval_messages_by on approval_messages (by_id);

alter table offer_presentations add constraint offer_presentations_approval foreign key (approval_id, offer_id, revision)
  references approvals (id, offer_id, decided_revision);
create index offer_presentations_approval_id on offer_presentations (approval_id);

-- The lowest level that may approve: supervisor before manager; none when nobody's limits cover it.
create function approval_level(of_tier text, type text, of_currency text, percent_bp integer, months integer,
  exposure bigint, customer_total bigint, at timestamptz)
returns text language sql stable as $$
  select r.role
  from (values ('supervisor', 1), ('manager', 2)) as r (role, step)
  where limits_cover(limits_at(at), r.role, of_tier, type, of_currency, percent_bp, months, exposure, customer_total, null)
  order by r.step
  limit 1
$$;

create function margin_allows(type text, margin integer, at timestamptz) returns boolean language sql stable as $$
  select margin is null or not exists (
    select from limit_margins m
    where m.version_id = limits_at(margin_allows.at) and m.offer_type = type and margin < m.min_margin_bp)
$$;

create function ask_approval() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  o offers;
  r offer_revisions;
  c customers;
begin
  select * into o from offers where id = new.offer_id for update;
  perform mark_concession(o.customer_id);
  if o.stage <> 'draft' or o.revision <> new.revision then
    raise exception 'only the newest terms of a draft can be asked about' using errcode = '23514',
      constraint = 'approvals_newest_terms';
  end if;
  select * into strict r from offer_revisions where offer_id = o.id and revision = o.revision;
  select * into strict c from customers where id = o.customer_id;
  new.asked_at := desk_now(new.asked_at);
  new.case_id := o.case_id;
  new.customer_id := o.customer_id;
  new.exposure_minor := r.exposure_minor;
  new.currency := r.currency;
  new.customer_total_minor := r.exposure_minor + concessions_to(o.customer_id, r.currency, new.asked_at, o.id);
  new.level := approval_level(c.tier, o.offer_type, r.currency, r.percent_bp, r.months, r.exposure_minor,
    new.customer_total_minor, new.asked_at);
  if new.level is null or not margin_allows(o.offer_type, r.margin_bp, new.asked_at) then
    raise exception 'beyond every limit' using errcode = '23514', constraint = 'approvals_possible';
  end if;
  select v.approvers into strict new.approvers from offer_type_versions v where v.id = r.version_id;
  if new.stage <> 'pending' then
    raise exception 'an approval begins pending' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger approvals_ask before insert on approvals for each row execute function ask_approval();

create function decide_approval() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  a approvals;
  o offers;
  asked offer_revisions;
  r offer_revisions;
  c customers;
  as_person uuid := coalesce(new.on_behalf_of_id, new.by_id);
  total bigint;
begin
  select * into a from approvals where id = new.approval_id;
  select * into o from offers where id = a.offer_id for update;
  perform mark_concession(o.customer_id);
  select * into a from approvals where id = new.approval_id for update;
  new.at := desk_now(new.at);
  new.offer_id := a.offer_id;
  if a.stage not in ('pending', 'question_asked') then
    raise exception 'decided already' using errcode = '23514', constraint = 'approval_decisions_once';
  end if;
  if not exists (select from users where id = new.by_id and active)
    or not exists (select from users where id = as_person and active) then
    raise exception 'not active' using errcode = '42501';
  end if;
  if new.on_behalf_of_id is not null and not exists (
    select from absences b where b.user_id = new.on_behalf_of_id and b.delegate_id = new.by_id
      and b.from_at <= new.at and b.until_at > new.at) then
    raise exception 'not their delegate now' using errcode = '42501', constraint = 'approval_decisions_delegate';
  end if;
  -- R9: neither asked for nor wrote nor gains by it, and not in a circle
  if a.asked_by_id in (new.by_id, as_person) or o.made_by_id in (new.by_id, as_person)
    or exists (select from offer_revisions w where w.offer_id = o.id and not w.counter and w.by_id in (new.by_id, as_person))
    or exists (select from cases k where k.id = o.case_id and k.owner_id in (new.by_id, as_person)) then
    raise exception 'their own request' using errcode = '42501', constraint = 'approval_decisions_not_own';
  end if;
  if new.decision <> 'declined' and exists (
    select from approval_decisions d
    join approvals b on b.id = d.approval_id
    join customers k on k.id = b.customer_id
    where d.by_id = a.asked_by_id and b.asked_by_id = new.by_id and d.decision <> 'declined'
      and coalesce(k.linked_to_id, k.id) = concession_group(o.customer_id) and d.at > new.at - interval '12 months') then
    raise exception 'in a circle' using errcode = '42501', constraint = 'approval_decisions_no_circle';
  end if;
  select * into strict asked from offer_revisions where offer_id = o.id and revision = a.revision;
  if new.decision = 'approved_with_changes' then
    select * into strict r from offer_revisions where offer_id = o.id and revision = new.revision;
    if r.revision <> a.revision + 1 or o.revision <> r.revision or not r.counter or r.by_id <> new.by_id
      or r.exposure_minor > asked.exposure_minor or a.approvers > 1 then
      raise exception 'a counter is one lower revision' using errcode = '23514', constraint = 'approval_decisions_counter';
    end if;
  else
    if new.revision <> a.revision or o.revision <> a.revision or o.stage <> 'awaiting_approval' then
      raise exception 'the terms were revised' using errcode = '40001', constraint = 'approval_decisions_revision';
    end if;
    r := asked;
  end if;
  select * into strict c from customers where id = o.customer_id;
  total := r.exposure_minor + concessions_to(o.customer_id, r.currency, new.at, o.id);
  if not exists (
    select from user_roles u
    where u.user_id = as_person and u.role in ('supervisor', 'manager')
      and (new.decision = 'declined'
        or limits_cover(limits_at(new.at), u.role, c.tier, o.offer_type, r.currency, r.percent_bp, r.months,
          r.exposure_minor, total, null)))
    or (new.decision <> 'declined' and not margin_allows(o.offer_type, r.margin_bp, new.at)) then
    raise exception 'beyond their limit' using errcode = '42501', constraint = 'approval_decisions_within_limit';
  end if;
  return new;
end $$;
create trigger approval_decisions_decide before insert on approval_decisions
  for each row execute function decide_approval();

create function approval_moves_legally() returns trigger language plpgsql as $$
begin
  if old.stage not in ('pending', 'question_asked') and new.stage <> old.stage then
    raise exception 'an approval is decided once' using errcode = '23514', constraint = 'approvals_once';
  end if;
  if new.offer_id <> old.offer_id or new.revision <> old.revision or new.asked_by_id <> old.asked_by_id
    or new.approvers <> old.approvers or new.exposure_minor <> old.exposure_minor
    or new.customer_total_minor <> old.customer_total_minor then
    raise exception 'what was asked stays as it is' using errcode = '23514';
  end if;
  if new.stage <> old.stage and new.stage in ('approved', 'approved_with_changes') and (
    select count(*) from approval_decisions d
    where d.approval_id = new.id and d.decision = new.stage and d.revision = new.decided_revision) < new.approvers then
    raise exception 'not decided by as many as it takes' using errcode = '23514', constraint = 'approvals_have_decisions';
  end if;
  if new.stage <> old.stage and new.stage = 'declined' and not exists (
    select from approval_decisions d where d.approval_id = new.id and d.decision = 'declined') then
    raise exception 'nobody declined it' using errcode = '23514', constraint = 'approvals_have_decisions';
  end if;
  if old.level = 'manager' and new.level = 'supervisor' then
    raise exception 'an approval moves up only' using errcode = '23514';
  end if;
  if new.ended_at is not null and old.ended_at is null then
    new.ended_at := desk_now(new.ended_at);
  end if;
  if new.stage <> old.stage and new.decided_revision is not null then
    -- what was approved is the total that stood as it was decided
    select r.exposure_minor + concessions_to(new.customer_id, r.currency, new.ended_at, new.offer_id)
    into strict new.customer_total_minor
    from offer_revisions r
    where r.offer_id = new.offer_id and r.revision = new.decided_revision;
  end if;
  return new;
end $$;
create trigger approvals_move before update on approvals for each row execute function approval_moves_legally();

-- R8, R9: whether the terms may be shown to the customer now, by this person.
create function present_offer() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  o offers;
  r offer_revisions;
  c customers;
  v offer_type_versions;
begin
  select * into o from offers where id = new.offer_id for update;
  perform mark_concession(o.customer_id);
  if o.stage not in ('draft', 'ready') or o.revision <> new.revision then
    raise exception 'only the newest terms can be presented' using errcode = '23514',
      constraint = 'offer_presentations_newest_terms';
  end if;
  select * into strict r from offer_revisions where offer_id = o.id and revision = o.revision;
  select * into strict c from customers where id = o.customer_id;
  select * into strict v from offer_type_versions where id = r.version_id;
  new.at := desk_now(new.at);
  new.open_until := new.at + make_interval(days => v.open_days);
  new.exposure_minor := r.exposure_minor;
  new.customer_id := o.customer_id;
  new.currency := r.currency;
  new.customer_total_minor := r.exposure_minor + concessions_to(o.customer_id, r.currency, new.at, o.id);
  new.week_total_minor := r.exposure_minor + concessions_by(new.by_id, r.currency, new.at, o.id);
  if not margin_allows(o.offer_type, r.margin_bp, new.at) then
    raise exception 'below the margin floor' using errcode = '42501', constraint = 'offer_presentations_margin';
  end if;
  new.own_limit := exists (
    select from user_roles u
    join users p on p.id = u.user_id and p.active
    where u.user_id = new.by_id
      and limits_cover(limits_at(new.at), u.role, c.tier, o.offer_type, r.currency, r.percent_bp, r.months,
        r.exposure_minor, new.customer_total_minor, new.week_total_minor));
  new.approval_id := null;
  if not new.own_limit then
    select a.id into new.approval_id
    from approvals a
    where a.offer_id = o.id and a.decided_revision = o.revision and a.customer_total_minor >= new.customer_total_minor
    order by a.ended_at desc
    limit 1;
    if new.approval_id is null then
      raise exception 'neither within the presenter''s limit nor approved' using errcode = '42501',
        constraint = 'offer_presentations_allowed';
    end if;
  end if;
  return new;
end $$;
create trigger offer_presentations_present before insert on offer_presentations
  for each row execute function present_offer();

call guard_version('approvals');
call guard_audited('approvals');
call guard_append_only('approval_decisions');
call guard_append_only('approval_messages');
revoke insert on approvals, approval_decisions from savedesk_app;
grant insert (id, offer_id, revision, asked_by_id, asked_at, words, because, due_at, due_because) on approvals to savedesk_app;
revoke update on approvals from savedesk_app;
grant update (level, due_at, due_because, stage, decided_revision, ended_at, version) on approvals to savedesk_app;
grant insert (approval_id, by_id, on_behalf_of_id, decision, revision, reason, at) on approval_decisions to savedesk_app;

grant select on absences, approvals, approval_decisions, approval_messages to savedesk_read;
