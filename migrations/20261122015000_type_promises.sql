-- What kinds of promises people make by hand: who does them, in how many hours, whose yes they need first, and whether a
-- line of a bill shows that they were kept. Promises of offers and of processes have no type.
create table promise_types (
  id uuid primary key,
  name text not null check (length(name) between 1 and 60),
  -- who does it, if a department does
  department_id uuid references departments,
  hours smallint not null check (hours between 1 and 400),
  by_bill boolean not null default false,
  -- still there for the promises that were made, and offered no more
  retired boolean not null default false,
  version bigint not null default 1
);
create unique index promise_types_name_key on promise_types (lower(name));
create index promise_types_department on promise_types (department_id);

-- Whose yes it needs before it is made (R10).
create table promise_type_departments (
  type_id uuid not null references promise_types on delete cascade,
  department_id uuid not null references departments,
  primary key (type_id, department_id)
);
create index promise_type_departments_department on promise_type_departments (department_id);

insert into promise_types (id, name, department_id, hours, by_bill)
select gen_random_uuid(), t.name, d.id, t.hours, t.by_bill
from (values
  ('Credit on the invoice', 'Billing', 24, true),
  ('Stop billing', 'Billing', 16, true),
  ('Written confirmation', null, 8, false),
  ('Replacement shipped', 'Logistics', 24, false),
  ('Callback by a supervisor', null, 4, false),
  ('Technician visit', 'Technical support', 40, false),
  ('Other', null, 16, false)) as t (name, department, hours, by_bill)
left join departments d on d.name = t.department;
insert into promise_type_departments (type_id, department_id)
select t.id, t.department_id from promise_types t
where t.name in ('Replacement shipped', 'Technician visit') and t.department_id is not null;

alter table promises add column type_id uuid references promise_types;
create index promises_type on promises (type_id);

-- A check may be about a promise that is to be made: of this type, in this case.
alter table requests add column promise_type_id uuid references promise_types;
alter table requests add constraint requests_of_promise check (promise_type_id is null
  or (kind = 'feasibility' and offer_id is null));
create index requests_promise_type on requests (promise_type_id);
create unique index requests_one_promise_check on requests (case_id, promise_type_id, department_id)
  where stage in ('open', 'accepted', 'returned') and promise_type_id is not null;

create function promise_check_stays() returns trigger language plpgsql as $$
begin
  if new.promise_type_id is distinct from old.promise_type_id then
    raise exception 'what was asked stays as it is' using errcode = '23514', constraint = 'requests_stay';
  end if;
  if new.department_id <> old.department_id then
    raise exception 'each department answers for itself whether it can be done' using errcode = '23514',
      constraint = 'requests_own_check';
  end if;
  return new;
end $$;
create trigger requests_promise_check before update on requests
  for each row when (old.promise_type_id is not null or new.promise_type_id is not null)
  execute function promise_check_stays();

-- What a promise rests on: a yes carries one promise. Noting it writes the answer's row, as taking the answer back does, so
-- that of the two one waits for the other, and fails where it could only see the past.
create table promise_grounds (
  promise_id uuid not null references promises on delete cascade,
  request_id uuid not null references request_answers on delete cascade,
  primary key (promise_id, request_id),
  constraint promise_grounds_once unique (request_id)
);

create function promise_rests_on_yes() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  p promises;
  q requests;
  a request_answers;
  moment timestamptz;
begin
  select * into strict p from promises where id = new.promise_id;
  select * into strict q from requests where id = new.request_id;
  update request_answers set version = version + 1 where request_id = new.request_id returning * into strict a;
  moment := desk_now(p.made_at);
  if q.case_id <> p.case_id or q.promise_type_id is distinct from p.type_id then
    raise exception 'this yes was given to something else' using errcode = '42501', constraint = 'promise_grounds_same';
  end if;
  if a.withdrawn_at is not null or a.could_not_at is not null or a.valid_until is null or a.valid_until <= moment
    or not (a.verdict = 'yes' or (a.verdict = 'yes_if' and a.conditions_accepted_at is not null)) then
    raise exception 'a department has not said yes to this promise' using errcode = '42501',
      constraint = 'promise_grounds_stand';
  end if;
  return new;
end $$;
create trigger promise_grounds_yes before insert on promise_grounds
  for each row execute function promise_rests_on_yes();

-- R10: a promise whose type needs the yes of departments is made with the yes of each.
create function promise_has_grounds() returns trigger language plpgsql as $$
begin
  if exists (
    select from promise_type_departments n
    where n.type_id = new.type_id and not exists (
      select from promise_grounds g
      join request_answers a on a.request_id = g.request_id
      where g.promise_id = new.id and a.department_id = n.department_id)) then
    raise exception 'a department has not said yes to this promise' using errcode = '42501',
      constraint = 'promises_feasible';
  end if;
  return null;
end $$;
create constraint trigger promises_feasible after insert on promises deferrable initially deferred
  for each row when (new.type_id is not null) execute function promise_has_grounds();

create function promise_type_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what was promised stays' using errcode = '23514', constraint = 'promises_stay';
end $$;
create trigger promises_type_stays before update of type_id on promises
  for each row when (new.type_id is distinct from old.type_id) execute function promise_type_stays();

-- What a promise rests on is not taken back: whoever cannot keep it says so.
create function answer_carries_no_promise() returns trigger language plpgsql as $$
begin
  if exists (select from promise_grounds g where g.request_id = new.request_id) then
    raise exception 'a promise to the customer rests on it' using errcode = '23514',
      constraint = 'request_answers_withdrawn_in_time';
  end if;
  return new;
end $$;
create trigger request_answers_promised before update on request_answers
  for each row when (old.withdrawn_at is null and new.withdrawn_at is not null)
  execute function answer_carries_no_promise();

call guard_version('promise_types');
call guard_append_only('promise_grounds');
call guard_audited('promise_types');
call guard_audited('promise_type_departments');
call guard_audited('promise_grounds');
call keep_stamp('catalogue', 'promise_types');
call keep_stamp('catalogue', 'promise_type_departments');
revoke delete, truncate on promise_types from savedesk_app;
grant select on promise_types, promise_type_departments, promise_grounds to savedesk_read;
