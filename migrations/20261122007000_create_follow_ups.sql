-- What we owe ourselves: something to do at a time, in a case.
create table follow_ups (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  kind text not null check (kind in ('callback', 'message', 'check', 'reminder', 'tell_customer')),
  what text not null check (length(what) between 1 and 300),
  -- none: the case's queue has it
  owner_id uuid references users,
  due_at timestamptz not null,
  -- why then (R2)
  because text not null check (length(because) between 1 and 1000),
  -- the entry of the log that said it comes next
  interaction_id uuid references interactions,
  -- the promise at risk of which the customer is told
  promise_id uuid references promises,
  -- a check so many days after the save at that moment
  check_day smallint check (check_day in (7, 30, 60, 90)),
  saved_at timestamptz,
  -- put off until this happens, at the latest until due_at; when it was due before
  snoozed_for text check (snoozed_for in ('time', 'reply', 'answer', 'decision')),
  snoozed_from_at timestamptz,
  snoozed_from_because text,
  stage text not null default 'open' check (stage in ('open', 'done', 'dropped')),
  -- what a check found: still active and paying
  still_here text check (still_here in ('yes', 'no', 'unknown')),
  -- what came of it; why it was dropped
  note text check (length(note) between 1 and 2000),
  made_at timestamptz not null,
  made_by_id uuid references users,
  ended_at timestamptz,
  ended_by_id uuid references users,
  version bigint not null default 1,
  constraint follow_ups_ended check ((stage = 'open') = (ended_at is null) and (ended_by_id is null or ended_at is not null)),
  constraint follow_ups_dropped_because check (stage <> 'dropped' or note is not null),
  constraint follow_ups_open_says_nothing check (stage <> 'open' or (note is null and still_here is null)),
  constraint follow_ups_check check ((kind = 'check') = (check_day is not null) and (kind = 'check') = (saved_at is not null)),
  constraint follow_ups_check_found check ((kind = 'check' and stage = 'done') = (still_here is not null)),
  constraint follow_ups_tells_of_promise check ((kind = 'tell_customer') = (promise_id is not null)),
  constraint follow_ups_snoozed check (
    (snoozed_for is null) = (snoozed_from_at is null) and (snoozed_for is null) = (snoozed_from_because is null)
    and (snoozed_for is null or stage = 'open'))
);
create index follow_ups_case on follow_ups (case_id, due_at);
create index follow_ups_owner on follow_ups (owner_id);
create index follow_ups_interaction on follow_ups (interaction_id);
create index follow_ups_promise on follow_ups (promise_id);
create index follow_ups_made_by on follow_ups (made_by_id);
create index follow_ups_ended_by on follow_ups (ended_by_id);
create index follow_ups_ended on follow_ups (owner_id, ended_at desc, id desc) where stage <> 'open';
create index follow_ups_waiting on follow_ups (case_id) where snoozed_for in ('reply', 'answer', 'decision');
-- one open per promise, one next step per case, one check per case, save and day
create unique index follow_ups_one_per_promise on follow_ups (promise_id) where stage = 'open';
create unique index follow_ups_one_next_step on follow_ups (case_id) where stage = 'open' and interaction_id is not null;
create unique index follow_ups_one_check on follow_ups (case_id, check_day, saved_at) where kind = 'check';
create unique index follow_ups_one_open_check on follow_ups (case_id, check_day) where kind = 'check' and stage = 'open';

-- What became of it: append-only (R3), as entries of the case's log.
create table follow_up_changes (
  id uuid primary key,
  follow_up_id uuid not null references follow_ups on delete cascade,
  case_id uuid not null references cases on delete cascade,
  at timestamptz not null,
  by_id uuid references users,
  change text not null check (change in ('made', 'done', 'dropped', 'moved', 'handed', 'snoozed', 'woken', 'returned', 'reopened')),
  -- until when or until what it was snoozed, what woke it, what a check found
  mark text check (mark in ('time', 'reply', 'answer', 'decision', 'yes', 'no', 'unknown')),
  -- when it is due from then on, and whose it is
  due_at timestamptz not null,
  owner_id uuid references users,
  note text check (length(note) between 1 and 2000),
  -- an entry of its own would only repeat the one that says what comes next
  shown boolean not null default true
);
create index follow_up_changes_case on follow_up_changes (case_id, at desc, id desc) where shown;
create index follow_up_changes_case_all on follow_up_changes (case_id);
create index follow_up_changes_follow_up on follow_up_changes (follow_up_id, at);
create index follow_up_changes_by on follow_up_changes (by_id);
create index follow_up_changes_owner on follow_up_changes (owner_id);

-- When customers may be called, on their own clocks: a setting.
create table calling_hours (
  one boolean primary key default true check (one),
  working_week jsonb not null,
  version bigint not null default 1
);
insert into calling_hours (working_week) values
  ('[["08:00-20:00"],["08:00-20:00"],["08:00-20:00"],["08:00-20:00"],["08:00-20:00"],["08:00-20:00"],[]]');

-- A personal link for calendar programs. Only its digest is kept.
create table calendar_links (
  user_id uuid primary key references users on delete cascade,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  made_at timestamptz not null,
  -- how often it was fetched in the window that began then
  window_at timestamptz,
  fetched integer not null default 0,
  fetched_at timestamptz
);
create unique index calendar_links_token_key on calendar_links (token_hash);

-- The next steps there are become follow-ups: those who did them, did them; the newest of a case is open.
alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines drop constraint deadlines_subject;
drop index deadlines_one_first_action;
select set_config('savedesk.audited', pg_current_xact_id()::text, true);

insert into follow_ups (id, case_id, kind, what, owner_id, due_at, because, interaction_id, stage, note, made_at, made_by_id,
  ended_at)
select d.id, d.case_id,
  case
    when d.what ~* '\m(call|phone|ring)' then 'callback'
    when d.what ~* '\m(mail|e-mail|email|write|send|letter|chat|message)' then 'message'
    else 'reminder'
  end,
  d.what, d.owner_id, d.due_at, d.because, i.id,
  case d.stage when 'open' then 'open' when 'cleared' then 'dropped' else 'done' end,
  case d.stage when 'cleared' then 'It was no longer needed.' end,
  d.set_at, i.by_id, d.ended_at
from deadlines d
left join lateral (
  select i.id, i.by_id
  from interactions i
  where i.case_id = d.case_id and i.next_step_at = d.due_at and i.at <= d.set_at
  order by i.at desc
  limit 1
) i on true
where d.kind = 'next_step';

insert into follow_up_changes (id, follow_up_id, case_id, at, by_id, change, due_at, owner_id, shown)
select gen_random_uuid(), f.id, f.case_id, f.made_at, f.made_by_id, 'made', f.due_at, f.owner_id, f.interaction_id is null
from follow_ups f
where f.stage = 'open';

update deadlines set kind = 'follow_up', subject_id = id where kind = 'next_step';
set constraints all immediate;
set constraints all deferred;

alter table deadlines add constraint deadlines_kind_check check (kind in ('first_action', 'follow_up', 'cancel_request',
  'regulator_response', 'offer', 'approval', 'promise'));
alter table deadlines add constraint deadlines_subject
  check ((kind in ('offer', 'approval', 'promise', 'follow_up')) = (subject_id is not null));
create unique index deadlines_one_first_action on deadlines (case_id, kind)
  where stage = 'open' and kind in ('first_action', 'cancel_request', 'regulator_response');
-- somebody's own, soonest first
create index deadlines_open_owner on deadlines (owner_id, due_at, id) include (kind) where stage = 'open';

-- what the queue has, since nobody has it
create index deadlines_unowned_follow_ups on deadlines (due_at, id)
  where stage = 'open' and kind = 'follow_up' and owner_id is null;

-- Whose deadline it is: the owner's; a decision that is waited for is the requester's to watch.
create view watched_deadlines as
  select d.owner_id as watcher_id, d.id, d.case_id, d.kind, d.what, d.due_at, d.because, d.set_at, d.subject_id
  from deadlines d
  where d.stage = 'open'
union all
  select a.asked_by_id, d.id, d.case_id, d.kind, d.what, d.due_at, d.because, d.set_at, d.subject_id
  from approvals a
  join deadlines d on d.subject_id = a.id and d.kind = 'approval' and d.stage = 'open' and d.owner_id is null
  where a.stage in ('pending', 'question_asked');
create index approvals_asked_by_open on approvals (asked_by_id) where stage in ('pending', 'question_asked');

-- What it is stays as it was made; it ends once, unless it is taken up again.
create function follow_up_moves_legally() returns trigger language plpgsql as $$
begin
  if (new.case_id, new.kind, new.made_at) is distinct from (old.case_id, old.kind, old.made_at)
    or (new.promise_id, new.check_day, new.saved_at, new.interaction_id)
      is distinct from (old.promise_id, old.check_day, old.saved_at, old.interaction_id) then
    raise exception 'what a follow-up is for does not change' using errcode = '23514', constraint = 'follow_ups_stays';
  end if;
  if old.stage <> 'open' and new.stage <> 'open' then
    raise exception 'a follow-up ends once' using errcode = '23514', constraint = 'follow_ups_once';
  end if;
  return new;
end $$;
create trigger follow_ups_stage before update on follow_ups for each row execute function follow_up_moves_legally();

-- An open one is due, once, when and for whom it says; one that has ended is not. Looked at when all is done.
create function follow_up_is_due() returns trigger language plpgsql as $$
declare
  f follow_ups;
  which uuid := case tg_table_name when 'deadlines' then to_jsonb(new)->>'subject_id' else to_jsonb(new)->>'id' end;
begin
  select * into f from follow_ups where id = which;
  if found and (f.stage = 'open') <> exists (
    select from deadlines d
    where d.subject_id = f.id and d.kind = 'follow_up' and d.stage = 'open'
      and (f.stage <> 'open' or (d.case_id = f.case_id and d.due_at = f.due_at and d.owner_id is not distinct from f.owner_id)))
  then
    raise exception 'an open follow-up has its deadline, and no other has' using errcode = '23514',
      constraint = 'follow_ups_due';
  end if;
  if found and f.stage = 'open' and f.kind not in ('check', 'tell_customer')
    and exists (select from cases c where c.id = f.case_id and c.stage = 'closed') then
    raise exception 'a closed case has checks to come, and customers to tell, and nothing else' using errcode = '23514',
      constraint = 'follow_ups_of_closed';
  end if;
  return null;
end $$;
create constraint trigger follow_ups_due after insert or update on follow_ups deferrable initially deferred
  for each row execute function follow_up_is_due();
create constraint trigger deadlines_follow_up after insert or update of stage, due_at, owner_id on deadlines
  deferrable initially deferred for each row when (new.kind = 'follow_up') execute function follow_up_is_due();

-- A closed case leaves its promises to fulfilment and its checks to come, and nothing else open.
create or replace function case_moves_legally() returns trigger language plpgsql as $$
begin
  if new.stage <> old.stage and (old.stage, new.stage) not in (
    ('new', 'working'), ('working', 'waiting'), ('waiting', 'working'),
    ('working', 'closed'), ('waiting', 'closed'), ('closed', 'working')) then
    raise exception 'a case cannot go from % to %', old.stage, new.stage using errcode = '23514';
  end if;
  if new.stage = 'closed' and old.stage <> 'closed' then
    if exists (
      select from deadlines d
      left join follow_ups f on f.id = d.subject_id and d.kind = 'follow_up'
      where d.case_id = new.id and d.stage = 'open' and d.kind <> 'promise'
        and coalesce(f.kind, '') not in ('check', 'tell_customer')) then
      raise exception 'a case with open deadlines cannot be closed' using errcode = '23514';
    end if;
    if exists (select from offers o where o.case_id = new.id
      and o.stage in ('draft', 'awaiting_approval', 'ready', 'presented')) then
      raise exception 'a case with open offers cannot be closed' using errcode = '23514', constraint = 'cases_closed_offers';
    end if;
  end if;
  return new;
end $$;

call guard_version('follow_ups');
call guard_version('calling_hours');
call guard_audited('follow_ups');
call guard_audited('calling_hours');
call guard_append_only('follow_up_changes');
call guard_audited('follow_up_changes');
revoke delete, truncate on follow_ups from savedesk_app;
revoke insert, delete, truncate on calling_hours from savedesk_app;
grant select on follow_ups, follow_up_changes, calling_hours, watched_deadlines to savedesk_read;
