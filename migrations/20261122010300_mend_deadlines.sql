-- What stands still is not looked at until it goes on; whoever ends or moves a deadline keeps its row here through this
-- function alone.
create or replace function keep_chase() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  next timestamptz := case when new.paused_at is null then 'epoch'::timestamptz end;
begin
  if tg_op = 'INSERT' then
    if new.stage = 'open' then
      insert into chases (deadline_id, next_at) values (new.id, next);
    end if;
  elsif new.stage <> 'open' then
    delete from chases where deadline_id = new.id;
  elsif (new.due_at, new.paused_at, new.stage) is distinct from (old.due_at, old.paused_at, old.stage) then
    insert into chases (deadline_id, next_at) values (new.id, next)
    on conflict (deadline_id) do update
      set next_at = excluded.next_at, attempts = 0, parked_at = null, parked_because = null;
  end if;
  return null;
end $$;

-- A deadline ends, and is not taken away; a rung retires, so that its number is never another's (R15).
revoke delete, truncate on deadlines, chases, ladders, ladder_rungs from savedesk_app;
revoke insert on chases from savedesk_app;

-- The clock of a promise stays: the customer was told when. Of follow-ups it may stand still; they are due when their
-- deadline is.
alter table ladders drop constraint ladders_pauses;
alter table ladders add constraint ladders_pauses check (not pauses
  or kind not in ('cancel_request', 'regulator_response', 'offer', 'approval', 'promise'));

create function follow_up_goes_along() returns trigger language plpgsql as $$
begin
  update follow_ups
  set due_at = new.due_at, because = new.because, version = version + 1
  where id = new.subject_id and stage = 'open' and due_at <> new.due_at;
  return null;
end $$;
create trigger deadlines_move_follow_up after update of due_at on deadlines for each row
  when (new.kind = 'follow_up' and new.stage = 'open' and new.due_at <> old.due_at)
  execute function follow_up_goes_along();

create or replace view watched_deadlines as
  select d.owner_id as watcher_id, d.id, d.case_id, d.kind, d.what, d.due_at, d.because, d.set_at, d.subject_id
  from deadlines d
  where d.stage = 'open' and d.paused_at is null
union all
  select a.asked_by_id, d.id, d.case_id, d.kind, d.what, d.due_at, d.because, d.set_at, d.subject_id
  from approvals a
  join deadlines d on d.subject_id = a.id and d.kind = 'approval' and d.stage = 'open' and d.owner_id is null
  where a.stage in ('pending', 'question_asked');

-- A decision has half an hour: a reminder an hour before lay before the request itself.
select set_config('savedesk.audited', pg_current_xact_id()::text, true);
update ladder_rungs set minutes = -15 where kind = 'approval' and rung = 1 and act = 'remind' and minutes = -60;
insert into ladder_replans (kind) values ('approval') on conflict do nothing;

-- When a request moved up to the managers, and why: its time was over, or nobody was there to decide it.
alter table approvals
  add column moved_up_at timestamptz,
  add column moved_up_because text check (moved_up_because in ('time', 'absence')),
  add constraint approvals_moved_up check ((moved_up_at is null) = (moved_up_because is null));
grant update (moved_up_at, moved_up_because) on approvals to savedesk_app;

-- Offers expire by their deadlines: nothing reads this.
drop index offers_open_until;
