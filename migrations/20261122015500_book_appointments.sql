-- Appointments: booked calls with a customer, by one of ours alone or jointly with other teams. The calendars of those who
-- take part are kept free of overlaps by the database itself.
create extension if not exists btree_gist;

create table appointments (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  kind text not null check (kind in ('callback', 'joint')),
  what text not null check (length(what) between 1 and 200),
  starts_at timestamptz not null,
  minutes smallint not null check (minutes between 5 and 240),
  -- who calls
  host_id uuid not null references users,
  -- the customer's clock as it was agreed
  time_zone text not null,
  phone text not null default '' check (length(phone) <= 60),
  -- whether the customer is sent an invitation
  invites boolean not null,
  -- of the invitation (RFC 5546): rises with every move
  sequence integer not null default 0,
  stage text not null default 'booked' check (stage in ('booked', 'held', 'missed', 'cancelled')),
  -- what came of it; why it was cancelled
  note text check (length(note) between 1 and 2000),
  booked_at timestamptz not null,
  booked_by_id uuid references users,
  ended_at timestamptz,
  ended_by_id uuid references users,
  version bigint not null default 1,
  constraint appointments_ended check ((stage = 'booked') = (ended_at is null) and (ended_by_id is null or ended_at is not null)),
  constraint appointments_cancelled_because check (stage <> 'cancelled' or note is not null)
);
create index appointments_case on appointments (case_id, starts_at);
create index appointments_customer on appointments (customer_id);
create index appointments_host on appointments (host_id);
create index appointments_booked_by on appointments (booked_by_id);
create index appointments_ended_by on appointments (ended_by_id);
create index appointments_live on appointments (starts_at, id) where stage = 'booked';
create index appointments_over on appointments (starts_at desc, id desc) where stage <> 'booked';

-- Who of ours takes part. Nobody who hosts a call is in two at once; another may be, where somebody said so.
create table appointment_people (
  appointment_id uuid not null references appointments on delete cascade,
  user_id uuid not null references users,
  -- for which department they take part; none for the desk
  department_id uuid references departments,
  host boolean not null,
  -- booked although they were not free
  despite boolean not null default false,
  during tstzrange not null,
  live boolean not null default true,
  primary key (appointment_id, user_id),
  constraint appointment_people_host check (not (host and despite)),
  constraint appointment_people_once exclude using gist (user_id with =, during with &&) where (live and not despite)
);
create index appointment_people_user on appointment_people (user_id, upper(during)) where live;
create index appointment_people_user_all on appointment_people (user_id);
create index appointment_people_department on appointment_people (department_id);
create unique index appointment_people_one_host on appointment_people (appointment_id) where host;

-- What became of it: append-only (R3), as entries of the case's log.
create table appointment_changes (
  id uuid primary key,
  appointment_id uuid not null references appointments on delete cascade,
  case_id uuid not null references cases on delete cascade,
  at timestamptz not null,
  by_id uuid references users,
  change text not null check (change in ('booked', 'moved', 'held', 'missed', 'cancelled')),
  -- when it is from then on, and who hosts it
  starts_at timestamptz not null,
  host_id uuid not null references users,
  note text check (length(note) between 1 and 2000)
);
create index appointment_changes_appointment on appointment_changes (appointment_id, at);
create index appointment_changes_case on appointment_changes (case_id, at desc, id desc);
create index appointment_changes_by on appointment_changes (by_id);
create index appointment_changes_host on appointment_changes (host_id);

create function appointment_moves_legally() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.stage <> 'booked' or new.sequence <> 0 then
      raise exception 'an appointment begins booked' using errcode = '23514', constraint = 'appointments_begin';
    end if;
    new.booked_at := desk_now(new.booked_at);
    return new;
  end if;
  if (new.case_id, new.customer_id, new.what, new.booked_at) is distinct from
    (old.case_id, old.customer_id, old.what, old.booked_at) then
    raise exception 'what was booked stays' using errcode = '23514', constraint = 'appointments_stay';
  end if;
  if old.stage <> 'booked' then
    raise exception 'an appointment ends once' using errcode = '23514', constraint = 'appointments_once';
  end if;
  if new.sequence < old.sequence or (new.sequence = old.sequence and (new.starts_at, new.minutes, new.host_id)
      is distinct from (old.starts_at, old.minutes, old.host_id)) then
    raise exception 'a move is told: its sequence rises' using errcode = '23514', constraint = 'appointments_sequence';
  end if;
  if new.stage in ('held', 'missed') and new.starts_at > desk_now(new.ended_at) then
    raise exception 'what is still to come was neither held nor missed' using errcode = '23514',
      constraint = 'appointments_began';
  end if;
  return new;
end $$;
create trigger appointments_legal before insert or update on appointments
  for each row execute function appointment_moves_legally();

-- Whoever takes part does so for as long as it is: these columns follow, whoever writes them.
create function appointment_person_follows() returns trigger language plpgsql as $$
declare
  a appointments;
begin
  select * into strict a from appointments where id = new.appointment_id;
  new.during := tstzrange(a.starts_at, a.starts_at + make_interval(mins => a.minutes));
  new.live := a.stage = 'booked';
  return new;
end $$;
create trigger appointment_people_follow before insert or update on appointment_people
  for each row execute function appointment_person_follows();
create function appointment_takes_people_along() returns trigger language plpgsql as $$
begin
  update appointment_people set live = live where appointment_id = new.id;
  return null;
end $$;
create trigger appointments_people after update of starts_at, minutes, stage on appointments
  for each row execute function appointment_takes_people_along();

-- A booked one is due, once, when it is and for whom hosts it, who takes part; one that has ended is not due. Looked at when
-- all is done.
create function appointment_is_whole() returns trigger language plpgsql as $$
declare
  a appointments;
  which uuid := coalesce(case tg_table_name
    when 'appointments' then to_jsonb(new)->>'id'
    when 'deadlines' then to_jsonb(new)->>'subject_id'
    else coalesce(to_jsonb(new), to_jsonb(old))->>'appointment_id' end);
begin
  select * into a from appointments where id = which;
  if not found then
    return null;
  end if;
  if (a.stage = 'booked') <> exists (
    select from deadlines d
    where d.subject_id = a.id and d.kind = 'appointment' and d.stage = 'open'
      and (a.stage <> 'booked' or (d.case_id = a.case_id and d.due_at = a.starts_at and d.owner_id = a.host_id))) then
    raise exception 'a booked appointment has its deadline, and no other has' using errcode = '23514',
      constraint = 'appointments_due';
  end if;
  if not exists (select from appointment_people p where p.appointment_id = a.id and p.user_id = a.host_id and p.host) then
    raise exception 'whoever hosts an appointment takes part in it' using errcode = '23514',
      constraint = 'appointments_hosted';
  end if;
  return null;
end $$;
create constraint trigger appointments_whole after insert or update on appointments deferrable initially deferred
  for each row execute function appointment_is_whole();
create constraint trigger appointment_people_whole after insert or update or delete on appointment_people
  deferrable initially deferred for each row execute function appointment_is_whole();
create constraint trigger deadlines_appointment after insert or update of stage, due_at, owner_id on deadlines
  deferrable initially deferred for each row when (new.kind = 'appointment') execute function appointment_is_whole();

-- One more kind of deadline and of notice, beside those there are.
create procedure allow_one_more(of_table text, of_constraint text, value text) language plpgsql as $$
declare
  said text;
begin
  select pg_get_constraintdef(c.oid) into strict said
  from pg_constraint c
  where c.conname = of_constraint and c.conrelid = of_table::regclass;
  execute format('alter table %I drop constraint %I', of_table, of_constraint);
  execute format('alter table %I add constraint %I %s', of_table, of_constraint,
    regexp_replace(said, 'ARRAY\[', format('ARRAY[%L::text, ', value)));
end $$;
call allow_one_more('deadlines', 'deadlines_kind_check', 'appointment');
call allow_one_more('deadlines', 'deadlines_subject', 'appointment');
call allow_one_more('notices', 'notices_kind_check', 'appointment');
drop procedure allow_one_more;

select set_config('savedesk.audited', pg_current_xact_id()::text, true);
insert into ladders (kind, pauses, urgent) values ('appointment', false, false);
insert into ladder_rungs (kind, rung, minutes, working, act) values
  ('appointment', 1, -15, false, 'remind'),
  ('appointment', 2, 60, true, 'remind'),
  ('appointment', 3, 480, true, 'escalate');
set constraints all immediate;
set constraints all deferred;

-- Whoever takes part watches it as well.
do $$
begin
  execute 'create or replace view watched_deadlines as ' || rtrim(pg_get_viewdef('watched_deadlines'::regclass), ';') || '
    union all
    select p.user_id, d.id, d.case_id, d.kind, d.what, d.due_at, d.because, d.set_at, d.subject_id
    from appointment_people p
    join deadlines d on d.subject_id = p.appointment_id and d.kind = ''appointment'' and d.stage = ''open''
    where p.live and not p.host';
end $$;

-- Mails with an invitation know which: whether it still holds is asked again right before it is sent.
alter table mails
  add column calendar text check (length(calendar) between 1 and 20000),
  add column appointment_id uuid references appointments on delete cascade,
  add column sequence integer,
  add constraint mails_invite check ((appointment_id is null) = (sequence is null)
    and (calendar is null or appointment_id is not null));
create index mails_appointment on mails (appointment_id);

call guard_version('appointments');
call guard_audited('appointments');
call guard_audited('appointment_people');
call guard_audited('appointment_changes');
call guard_append_only('appointment_changes');
revoke delete, truncate on appointments from savedesk_app;
grant select on appointments, appointment_people, appointment_changes to savedesk_read;
