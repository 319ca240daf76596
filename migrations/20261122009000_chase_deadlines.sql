-- What the chaser does as a deadline nears and passes: a ladder per kind of deadline, rung by rung. Data that managers
-- edit.
create table ladders (
  kind text primary key check (kind ~ '^[a-z_]+$'),
  -- whether the clock stops while it is the customer's turn
  pauses boolean not null default false,
  -- whether people are told outside their working hours as well (R18)
  urgent boolean not null default false,
  version bigint not null default 1,
  -- what others wait for, and a customer's wish to cancel, never stand still
  constraint ladders_pauses check (not pauses
    or kind not in ('cancel_request', 'regulator_response', 'offer', 'approval'))
);

create table ladder_rungs (
  kind text not null references ladders,
  -- never given to another rung, so that none takes effect twice on a deadline whose ladder is changed (R15)
  rung smallint not null check (rung > 0),
  -- before (negative) or after the due time
  minutes integer not null check (abs(minutes) <= 527040),
  -- whether these are minutes of the team's working time
  working boolean not null,
  act text not null check (act in ('remind', 'escalate', 'remind_customer', 'tell_customer', 'return_to_queue',
    'move_up', 'expire')),
  -- a rung that was taken away stays, since effects name it
  retired boolean not null default false,
  primary key (kind, rung),
  constraint ladder_rungs_act check (case act
    when 'remind_customer' then kind = 'offer' and minutes <= 0
    when 'expire' then kind = 'offer' and minutes = 0
    when 'move_up' then kind = 'approval' and minutes >= 0
    when 'tell_customer' then kind = 'promise'
    when 'return_to_queue' then kind = 'follow_up' and minutes > 0
    else true
  end)
);

-- An offer ends when its time is over and a request nobody decided moves up, whatever else a ladder says (R11, R12).
create function require_last_rungs() returns trigger language plpgsql as $$
begin
  if exists (
    select from (values ('offer', 'expire'), ('approval', 'move_up')) as must (kind, act)
    where exists (select from ladders l where l.kind = must.kind)
      and not exists (
        select from ladder_rungs r where r.kind = must.kind and r.act = must.act and not r.retired)) then
    raise exception 'an offer must expire and a request must move up' using errcode = '23514',
      constraint = 'ladder_rungs_last';
  end if;
  return null;
end $$;
create constraint trigger ladder_rungs_last after insert or update or delete on ladder_rungs
  deferrable initially deferred for each row execute function require_last_rungs();

insert into ladders (kind, pauses, urgent) values
  ('first_action', true, false),
  ('cancel_request', false, true),
  ('regulator_response', false, true),
  ('offer', false, false),
  ('approval', false, false),
  ('promise', false, false),
  ('follow_up', false, false);

insert into ladder_rungs (kind, rung, minutes, working, act) values
  ('first_action', 1, -30, true, 'remind'),
  ('first_action', 2, 0, true, 'escalate'),
  ('first_action', 3, 480, true, 'escalate'),
  ('cancel_request', 1, -240, true, 'remind'),
  ('cancel_request', 2, -60, true, 'escalate'),
  ('cancel_request', 3, 0, true, 'escalate'),
  ('regulator_response', 1, -7200, false, 'remind'),
  ('regulator_response', 2, -2880, false, 'remind'),
  ('regulator_response', 3, -1440, false, 'escalate'),
  ('regulator_response', 4, 0, false, 'escalate'),
  ('offer', 1, -1440, false, 'remind_customer'),
  ('offer', 2, -240, true, 'remind'),
  ('offer', 3, 0, false, 'expire'),
  ('approval', 1, -60, true, 'remind'),
  ('approval', 2, 0, true, 'move_up'),
  ('promise', 1, -480, true, 'remind'),
  ('promise', 2, -120, true, 'tell_customer'),
  ('promise', 3, 0, true, 'escalate'),
  ('promise', 4, 960, true, 'escalate'),
  ('follow_up', 1, 0, true, 'remind'),
  ('follow_up', 2, 120, true, 'remind'),
  ('follow_up', 3, 480, true, 'escalate'),
  ('follow_up', 4, 1440, true, 'return_to_queue');

-- After a change of a ladder its open deadlines are planned anew, some at a time: how far that has come.
create table ladder_replans (
  kind text primary key references ladders,
  due_at timestamptz not null default '-infinity',
  after uuid not null default '00000000-0000-0000-0000-000000000000'
);

call guard_version('ladders');
call guard_audited('ladders');
call guard_audited('ladder_rungs');

-- While it is the customer's turn the clock stands still, where the kind says so.
alter table deadlines
  add column paused_at timestamptz,
  -- working time that was left then
  add column paused_minutes integer check (paused_minutes > 0),
  add constraint deadlines_paused check ((paused_at is null) = (paused_minutes is null)
    and (paused_at is null or stage = 'open'));
create index deadlines_kind on deadlines (kind, due_at, id) where stage = 'open';

-- When the chaser looks at a deadline next: one row per open deadline, kept by the database, so that no path that sets,
-- moves or ends a deadline can forget it.
create table chases (
  deadline_id uuid primary key references deadlines on delete cascade,
  -- the epoch when its rungs are yet to be reckoned, nothing when there are no more
  next_at timestamptz default 'epoch',
  -- rungs up to here are done with
  chased_until timestamptz not null default 'epoch',
  -- since the last that succeeded, counted before the work
  attempts smallint not null default 0,
  parked_at timestamptz,
  parked_because text check (length(parked_because) between 1 and 500),
  constraint chases_parked check ((parked_at is null) = (parked_because is null))
);
create index chases_next on chases (next_at, deadline_id) where parked_at is null and next_at is not null;
create index chases_parked on chases (parked_at, deadline_id) where parked_at is not null;

create function keep_chase() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.stage = 'open' then
      insert into chases (deadline_id) values (new.id);
    end if;
  elsif new.stage <> 'open' then
    delete from chases where deadline_id = new.id;
  elsif (new.due_at, new.paused_at, new.stage) is distinct from (old.due_at, old.paused_at, old.stage) then
    insert into chases (deadline_id) values (new.id)
    on conflict (deadline_id) do update set next_at = 'epoch', attempts = 0, parked_at = null, parked_because = null;
  end if;
  return null;
end $$;
create trigger deadlines_chase after insert or update of stage, due_at, paused_at on deadlines
  for each row execute function keep_chase();

insert into chases (deadline_id) select id from deadlines where stage = 'open';

-- Each rung of each deadline takes effect once, whatever crashes (R15). One that a later rung has overtaken while the
-- desk was down is noted as passed over (R16).
create table rung_effects (
  deadline_id uuid not null references deadlines on delete cascade,
  rung smallint not null,
  at timestamptz not null,
  act text not null,
  taken boolean not null,
  primary key (deadline_id, rung)
);
call guard_append_only('rung_effects');

-- Rounds of the chaser that did something, and when each instance last looked.
create table sweeps (
  id uuid primary key,
  instance uuid not null,
  began_at timestamptz not null,
  ended_at timestamptz not null,
  told integer not null,
  done integer not null,
  passed_over integer not null,
  digests integer not null,
  failed integer not null,
  -- how late the most overdue rung was when it was reached
  behind_seconds integer not null,
  by_id uuid references users
);
create index sweeps_began on sweeps (began_at desc, id desc);
create index sweeps_by on sweeps (by_id);

create table sweepers (
  instance uuid primary key,
  began_at timestamptz not null,
  seen_at timestamptz not null
);
create index sweepers_seen on sweepers (seen_at);

grant select on ladders, ladder_rungs, ladder_replans, chases, rung_effects, sweeps, sweepers to savedesk_read;
