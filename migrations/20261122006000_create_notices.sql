-- What people are told, once for each natural key.
create table notices (
  id uuid primary key,
  to_id uuid not null references users on delete cascade,
  key text not null check (length(key) between 1 and 200),
  kind text not null check (kind in ('reminder', 'overdue', 'escalated', 'offer_expiring', 'offer_expired',
    'approval_asked', 'approval_moved_up', 'approval_decided', 'question_asked', 'promise_at_risk',
    'follow_up_returned', 'assigned', 'told', 'parked')),
  case_id uuid references cases on delete cascade,
  -- what, in words; whose, the page reads from the case
  about text not null check (length(about) between 1 and 300),
  urgent boolean not null,
  -- who caused it; none for the desk itself
  by_id uuid references users,
  at timestamptz not null,
  -- how it reaches them beside the inbox, by what they chose then
  way text not null check (way in ('inbox', 'digest', 'at_once')),
  -- it waits for their next digest
  for_digest boolean not null default false,
  read_at timestamptz,
  constraint notices_once unique (to_id, key)
);
create index notices_inbox on notices (to_id, (read_at is not null), at desc, id desc);
create index notices_unread on notices (to_id) where read_at is null;
create index notices_for_digest on notices (to_id, at) where for_digest;
create index notices_case on notices (case_id);
create index notices_by on notices (by_id);
create index notices_read on notices (read_at) where read_at is not null;

-- How somebody wants to be told, where it is not the default.
create table notice_choices (
  user_id uuid primary key references users on delete cascade,
  -- kind → way
  ways jsonb not null default '{}' check (jsonb_typeof(ways) = 'object'),
  digest boolean not null default true,
  -- urgent ones by mail at once, whatever the hour
  urgent boolean not null default true,
  -- minutes since midnight on their team's clock, both or none
  quiet_from smallint check (quiet_from between 0 and 1439),
  quiet_until smallint check (quiet_until between 0 and 1439),
  version bigint not null default 1,
  constraint notice_choices_quiet check (num_nulls(quiet_from, quiet_until) in (0, 2) and quiet_from <> quiet_until)
);
call guard_version('notice_choices');
call guard_audited('notice_choices');

-- When somebody's next digest may be made. What it depends on (team, hours, holidays, absences) only says "look anew":
-- the epoch. Whoever may not sign in any more has no next one.
create table digest_times (
  user_id uuid primary key references users on delete cascade,
  next_at timestamptz,
  -- the day of the last one, on their team's calendar
  last_on date,
  -- how often making it failed in a row
  failures smallint not null default 0
);
create index digest_times_next on digest_times (next_at, user_id) where next_at is not null;
insert into digest_times (user_id, next_at) select id, case when active then timestamptz 'epoch' end from users;

create function look_anew_at_digest() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'users' then
    insert into digest_times (user_id, next_at) values (new.id, case when new.active then timestamptz 'epoch' end)
    on conflict (user_id) do update set next_at = excluded.next_at;
  elsif tg_table_name = 'absences' then
    update digest_times set next_at = 'epoch'
    where next_at <> 'epoch' and user_id = case when tg_op = 'DELETE' then old.user_id else new.user_id end;
  elsif tg_table_name = 'holidays' then
    update digest_times t set next_at = 'epoch'
    from users u
    where u.id = t.user_id and t.next_at <> 'epoch'
      and u.team_id = case when tg_op = 'DELETE' then old.team_id else new.team_id end;
  else
    update digest_times t set next_at = 'epoch'
    from users u where u.id = t.user_id and t.next_at <> 'epoch' and u.team_id = new.id;
  end if;
  return null;
end $$;
create trigger users_digest_added after insert on users for each row execute function look_anew_at_digest();
create trigger users_digest after update of active, team_id on users for each row
  when (old.active <> new.active or old.team_id is distinct from new.team_id) execute function look_anew_at_digest();
create trigger absences_digest after insert or update or delete on absences
  for each row execute function look_anew_at_digest();
create trigger holidays_digest after insert or update or delete on holidays
  for each row execute function look_anew_at_digest();
create trigger teams_digest after update of working_week, time_zone on teams for each row
  when (old.working_week <> new.working_week or old.time_zone <> new.time_zone)
  execute function look_anew_at_digest();

grant select on notices to savedesk_read;
