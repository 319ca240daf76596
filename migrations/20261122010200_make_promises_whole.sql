-- Evidence of a promise: words, files, or the line of a billing extract in which it was kept. A line is the customer's
-- own, and proves one promise.
alter table promises add column billing_line_id uuid constraint promises_line_once unique;
alter table promises add constraint promises_line_own foreign key (customer_id, billing_line_id)
  references billing_lines (customer_id, id);
alter table promises add constraint promises_line_exists foreign key (billing_line_id) references billing_lines;
-- the day of that line: what was billed in time was kept in time, whenever somebody noted it
alter table promises add column proved_on date;

alter table promises drop constraint promises_ended;
alter table promises add constraint promises_ended check ((stage = 'open') = (ended_at is null)
  and (stage <> 'open' or evidence is null) and (stage not in ('broken', 'waived') or evidence is not null)
  and (stage in ('kept', 'late') or billing_line_id is null)
  and (billing_line_id is null) = (proved_on is null));
alter table promises drop constraint promises_kept_on_time;
alter table promises add constraint promises_kept_on_time check (stage <> 'kept' or ended_at <= due_at
  or coalesce(proved_on <= (due_at at time zone 'UTC')::date, false));
alter table promises drop constraint promises_late_after;
alter table promises add constraint promises_late_after check (stage <> 'late' or (ended_at > due_at
  and not coalesce(proved_on <= (due_at at time zone 'UTC')::date, false)));

-- Every time a promise was moved or handed over, and why. `version` is that of the promise before.
create table promise_moves (
  id uuid primary key,
  promise_id uuid not null references promises on delete cascade,
  version bigint not null,
  at timestamptz not null,
  by_id uuid references users,
  was_due_at timestamptz,
  due_at timestamptz,
  because text,
  was_owner_id uuid references users,
  owner_id uuid references users,
  was_department_id uuid references departments,
  department_id uuid references departments,
  why text not null check (length(why) between 1 and 1000),
  unique (promise_id, version),
  constraint promise_moves_one check (
    (num_nonnulls(was_due_at, due_at, because) = 3
      and num_nonnulls(was_owner_id, owner_id, was_department_id, department_id) = 0)
    or (num_nonnulls(was_due_at, due_at, because) = 0 and num_nonnulls(was_owner_id, owner_id) = 2))
);
create index promise_moves_by on promise_moves (by_id);
create index promise_moves_was_owner on promise_moves (was_owner_id);
create index promise_moves_owner on promise_moves (owner_id);
create index promise_moves_was_department on promise_moves (was_department_id);
create index promise_moves_department on promise_moves (department_id);

-- A promise begins open. It ends once. What was promised stays; when and by whom it is kept changes with a note in its
-- history only, and its time only while that is still ahead: a promise that is late stays late.
create function promise_moves_legally() returns trigger language plpgsql as $$
declare
  line billing_lines;
begin
  if tg_op = 'INSERT' then
    if new.stage <> 'open' or new.version <> 1 then
      raise exception 'a promise begins open' using errcode = '23514', constraint = 'promises_begin';
    end if;
    return new;
  end if;
  if (new.case_id, new.customer_id, new.what, new.cost_minor, new.currency, new.made_at)
      is distinct from (old.case_id, old.customer_id, old.what, old.cost_minor, old.currency, old.made_at)
    or new.offer_id is distinct from old.offer_id or new.made_by_id is distinct from old.made_by_id then
    raise exception 'what was promised stays' using errcode = '23514', constraint = 'promises_stay';
  end if;
  if old.stage <> 'open' then
    raise exception 'a promise ends once' using errcode = '23514', constraint = 'promises_once';
  end if;
  if new.stage <> 'open' then
    new.ended_at := desk_now(new.ended_at);
  end if;
  new.proved_on := null;
  if new.billing_line_id is not null then
    select * into line from billing_lines where id = new.billing_line_id;
    new.proved_on := line.billed_on;
    -- a day before at most: days begin earlier elsewhere
    if line.billed_on < (old.made_at at time zone 'UTC')::date - 1 then
      raise exception 'the line is older than the promise' using errcode = '23514', constraint = 'promises_line_since';
    end if;
  end if;
  if new.due_at <> old.due_at and not exists (select from promise_moves m
      where m.promise_id = new.id and m.version = old.version and m.was_due_at = old.due_at and m.due_at = new.due_at
        and m.because = new.because) then
    raise exception 'a promise moves with a reason' using errcode = '23514', constraint = 'promises_moved';
  end if;
  if new.due_at = old.due_at and new.because <> old.because then
    raise exception 'why it is due then stays with when' using errcode = '23514', constraint = 'promises_moved';
  end if;
  if (new.owner_id, new.department_id) is distinct from (old.owner_id, old.department_id)
    and not exists (select from promise_moves m
      where m.promise_id = new.id and m.version = old.version
        and (m.was_owner_id, m.owner_id) = (old.owner_id, new.owner_id)
        and m.was_department_id is not distinct from old.department_id
        and m.department_id is not distinct from new.department_id) then
    raise exception 'a promise is handed over with a reason' using errcode = '23514', constraint = 'promises_moved';
  end if;
  return new;
end $$;
create trigger promises_legal before insert or update on promises
  for each row execute function promise_moves_legally();

create function promise_move_counts() returns trigger language plpgsql as $$
declare
  p promises;
begin
  select * into strict p from promises where id = new.promise_id for no key update;
  new.at := desk_now(new.at);
  if p.stage <> 'open' or p.version <> new.version then
    raise exception 'the promise changed meanwhile' using errcode = '40001';
  end if;
  if new.was_due_at is not null and (p.due_at <> new.was_due_at or new.at >= p.due_at or new.due_at <= new.at) then
    raise exception 'a promise moves while its time is ahead, and to a time that is' using errcode = '23514',
      constraint = 'promise_moves_in_time';
  end if;
  return new;
end $$;
create trigger promise_moves_count before insert on promise_moves
  for each row execute function promise_move_counts();

create function promise_move_happened() returns trigger language plpgsql as $$
begin
  if not exists (select from promises p where p.id = new.promise_id and p.version > new.version) then
    raise exception 'what stands in the history of a promise happened' using errcode = '23514',
      constraint = 'promise_moves_happened';
  end if;
  return null;
end $$;
create constraint trigger promise_moves_happened after insert on promise_moves deferrable initially deferred
  for each row execute function promise_move_happened();

-- R13: a promise is kept with evidence.
create function require_evidence() returns trigger language plpgsql as $$
begin
  if new.evidence is null and new.billing_line_id is null
    and not exists (select from files f where f.promise_id = new.id) then
    raise exception 'a promise is kept with evidence (R13)' using errcode = '23514', constraint = 'promises_evidence';
  end if;
  return null;
end $$;
create constraint trigger promises_evidence after update of stage on promises deferrable initially deferred
  for each row when (new.stage in ('kept', 'late')) execute function require_evidence();

-- the lists of promises: whose, those owed from the soonest on, those over from the newest on
create index promises_open_owner on promises (owner_id, due_at, id) where stage = 'open';
create index promises_open_department on promises (department_id, due_at, id) where stage = 'open';
create index promises_over on promises (ended_at desc, id desc) where stage <> 'open';
create index promises_over_owner on promises (owner_id, ended_at desc, id desc) where stage <> 'open';
create index promises_over_department on promises (department_id, ended_at desc, id desc) where stage <> 'open';
create index promises_broken on promises (customer_id) where stage = 'broken';

call guard_append_only('promise_moves');
call guard_audited('promise_moves');
grant select on promise_moves to savedesk_read;
