-- What was told of a fix that is due, once for each day that was planned (R15).
create table problem_fix_chases (
  problem_id uuid not null references problems,
  due_on date not null,
  step text not null check (step in ('tomorrow', 'today', 'late')),
  at timestamptz not null,
  primary key (problem_id, due_on, step)
);
call guard_append_only('problem_fix_chases');
grant select on problem_fix_chases to savedesk_read;
-- fixes that are to come
create index problems_fix_due on problems (fix_due_on) where stage = 'fix_planned';
