-- A confidential process tells of its steps none but those who know of the whole.
create or replace function process_step_fits_template() returns trigger language plpgsql as $$
declare
  t process_templates;
begin
  select * into strict t from process_templates where id = new.template_id;
  if t.confidential and new.makes <> 'request' then
    raise exception 'a confidential process asks departments, and makes nothing that others see' using errcode = '23514',
      constraint = 'process_template_steps_confidential';
  end if;
  if t.confidential and not new.tells <@ t.tells then
    raise exception 'of a confidential process hear those who know of it' using errcode = '23514',
      constraint = 'process_template_steps_tells';
  end if;
  if new.makes = 'confirmation' and t.kind <> 'cancellation' then
    raise exception 'only a cancellation is confirmed' using errcode = '23514',
      constraint = 'process_template_steps_confirms';
  end if;
  return new;
end $$;

-- Who comes to know of a confidential process later stands in the audit log.
call guard_audited('process_circle');

-- What was found out is corrected by a newer value, the older ones stay (R3). Nothing is corrected in what the customer has
-- in writing.
alter table process_facts
  add column number smallint not null default 1 check (number between 1 and 1000),
  drop constraint process_facts_pkey,
  add primary key (process_id, position, number);

create function process_fact_follows() returns trigger language plpgsql as $$
declare
  was process_facts;
begin
  -- of two who note the same one waits for the other
  perform from processes where id = new.process_id for no key update;
  select * into was from process_facts f
  where f.process_id = new.process_id and f.position = new.position order by f.number desc limit 1;
  if new.number <> coalesce(was.number, 0) + 1 or new.value is not distinct from was.value then
    raise exception 'a correction follows what was noted, and differs' using errcode = '23514',
      constraint = 'process_facts_follow';
  end if;
  if new.number > 1 and exists (
    select from process_steps s left join mails m on m.key = s.mail_key
    where s.process_id = new.process_id and s.makes = 'confirmation' and (s.stage = 'done' or m.stage = 'sent')) then
    raise exception 'the customer has it in writing' using errcode = '23514', constraint = 'process_facts_confirmed';
  end if;
  return new;
end $$;
create trigger process_facts_follow before insert on process_facts
  for each row execute function process_fact_follows();

-- What cannot be moved on is parked, where an admin sees it (R17).
alter table process_retries
  add column parked_at timestamptz,
  add column parked_because text check (length(parked_because) between 1 and 500),
  add constraint process_retries_parked check ((parked_at is null) = (parked_because is null));
create index process_retries_parked_at on process_retries (parked_at, process_id) where parked_at is not null;

create function moving_on_forgets_failures() returns trigger language plpgsql as $$
begin
  delete from process_retries where process_id = new.process_id;
  return null;
end $$;
create trigger process_steps_moved after update of stage on process_steps
  for each row when (new.stage <> old.stage) execute function moving_on_forgets_failures();

-- A freeze is of the whole group of linked accounts, as limits are (R8): nothing is offered through another account of
-- theirs. Whoever freezes writes the head of that group.
create or replace function offers_frozen_since(customer uuid) returns timestamptz language sql stable as $$
  select min(p.started_at)
  from customers c
  join processes p on p.customer_id = c.id and p.stage = 'running' and p.freezes_offers
  where c.id = concession_group(customer) or c.linked_to_id = concession_group(customer)
$$;
