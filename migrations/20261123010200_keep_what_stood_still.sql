-- A deadline that was taken off while its clock stood still was in time: when it came to stand still it had time left,
-- whatever the clock on the wall says since. So that is kept when it is taken off.
alter table deadlines drop constraint deadlines_paused;
alter table deadlines add constraint deadlines_paused check ((paused_at is null) = (paused_minutes is null)
  and (paused_at is null or stage in ('open', 'cleared')));

-- Asked of deadlines that are due before now alone.
create or replace function deadline_came_to(d deadlines) returns text language sql immutable as $$
  select case
    when d.stage in ('met', 'missed') then d.stage
    when d.stage = 'open' and d.paused_at is null
      or d.stage = 'cleared' and d.due_at < coalesce(d.paused_at, d.ended_at) then 'missed'
  end
$$;
