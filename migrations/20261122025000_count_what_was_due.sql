-- What became of a deadline whose time has passed: one that is still open, or that was taken off overdue, was missed.
-- Nothing of what stands still or was taken off in time. Asked of deadlines that are due before now alone.
create function deadline_came_to(d deadlines) returns text language sql immutable as $$
  select case
    when d.stage in ('met', 'missed') then d.stage
    when d.stage = 'open' and d.paused_at is null or d.stage = 'cleared' and d.due_at < d.ended_at then 'missed'
  end
$$;
drop index deadlines_ended;
create index deadlines_due on deadlines (due_at desc, id desc) include (kind, stage, ended_at, paused_at, case_id);
