-- How long decisions of a level took lately is told on every case: the last hundred of them, however rare the level is.
create index approvals_turnaround on approvals (level, ended_at desc) include (asked_at)
  where ended_at is not null and stage <> 'withdrawn';
