-- R10: a promise is due no sooner than the department said that it can be done.
create or replace function promise_rests_on_yes() returns trigger language plpgsql security definer
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
  -- a day begins somewhere before it does elsewhere: the application knows by whose clock
  if p.due_at < (a.possible_on::timestamp at time zone 'UTC') - interval '14 hours' then
    raise exception 'a department has not said yes to a day this soon' using errcode = '42501',
      constraint = 'promise_grounds_no_sooner';
  end if;
  return new;
end $$;
