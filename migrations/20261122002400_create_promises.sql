-- What we told a customer we will do, by when, who does it, what it costs, and the evidence that it was done.
create table promises (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  offer_id uuid references offers,
  what text not null check (length(what) between 1 and 300),
  department_id uuid references departments,
  owner_id uuid not null references users,
  due_at timestamptz not null,
  because text not null,
  cost_minor bigint not null check (cost_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  made_at timestamptz not null,
  made_by_id uuid references users,
  stage text not null default 'open' check (stage in ('open', 'kept', 'late', 'broken', 'waived')),
  -- evidence when kept, the reason when broken or waived
  evidence text check (length(evidence) between 1 and 2000),
  ended_at timestamptz,
  ended_by_id uuid references users,
  version bigint not null default 1,
  constraint promises_ended check ((stage = 'open') = (ended_at is null) and (stage = 'open') = (evidence is null)),
  constraint promises_kept_on_time check (stage <> 'kept' or ended_at <= due_at),
  constraint promises_late_after check (stage <> 'late' or ended_at > due_at)
);
create index promises_case on promises (case_id, due_at);
create index promises_customer on promises (customer_id, due_at);
create index promises_offer on promises (offer_id);
create index promises_department on promises (department_id);
create index promises_owner on promises (owner_id, due_at);
create index promises_made_by on promises (made_by_id);
create index promises_ended_by on promises (ended_by_id);
create index promises_open on promises (due_at, id) where stage = 'open';

-- R13: an accepted offer always has promises.
create function require_promises() returns trigger language plpgsql as $$
begin
  if not exists (select from promises p where p.offer_id = new.id) then
    raise exception 'an accepted offer needs its promises (R13)' using errcode = '23514', constraint = 'offers_promised';
  end if;
  return null;
end $$;
create constraint trigger offers_promised after update of stage on offers deferrable initially deferred
  for each row when (new.stage = 'accepted') execute function require_promises();

-- Offers, approvals and promises are due like everything else; of those a case can have several.
alter table deadlines add column subject_id uuid;
alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check check (kind in ('first_action', 'next_step', 'cancel_request',
  'regulator_response', 'offer', 'approval', 'promise'));
alter table deadlines add constraint deadlines_subject check ((kind in ('offer', 'approval', 'promise')) = (subject_id is not null));
create unique index deadlines_one_per_subject on deadlines (subject_id, kind) where stage = 'open';
create index deadlines_subject on deadlines (subject_id);

-- A closed case leaves its promises to fulfilment, and nothing else open.
create or replace function case_moves_legally() returns trigger language plpgsql as $$
begin
  if new.stage <> old.stage and (old.stage, new.stage) not in (
    ('new', 'working'), ('working', 'waiting'), ('waiting', 'working'),
    ('working', 'closed'), ('waiting', 'closed'), ('closed', 'working')) then
    raise exception 'a case cannot go from % to %', old.stage, new.stage using errcode = '23514';
  end if;
  if new.stage = 'closed' and old.stage <> 'closed' then
    if exists (select from deadlines d where d.case_id = new.id and d.stage = 'open' and d.kind <> 'promise') then
      raise exception 'a case with open deadlines cannot be closed' using errcode = '23514';
    end if;
    if exists (select from offers o where o.case_id = new.id
      and o.stage in ('draft', 'awaiting_approval', 'ready', 'presented')) then
      raise exception 'a case with open offers cannot be closed' using errcode = '23514', constraint = 'cases_closed_offers';
    end if;
  end if;
  return new;
end $$;

call guard_version('promises');
call guard_audited('promises');
grant select on promises to savedesk_read;
