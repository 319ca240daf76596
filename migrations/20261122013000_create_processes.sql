-- Processes: what is done in steps once somebody starts it from a case. A template is data: its versions are published and
-- never changed, and what runs keeps the version it was started under.

create table process_templates (
  id uuid primary key,
  kind text not null check (kind in ('escalation', 'red_flag', 'cancellation', 'collection', 'support', 'finance', 'legal',
    'marketing')),
  number integer not null check (number >= 1),
  -- in one line
  purpose text not null check (length(purpose) between 1 and 300),
  freezes_offers boolean not null,
  -- R20: the customer's data is kept, whatever else says that it goes
  holds boolean not null,
  -- only those who need to know see that it runs, and what it says
  confidential boolean not null,
  -- who must know, at its start and at its end
  tells text[] not null check (tells <@ array['owner', 'supervisors', 'managers', 'privacy']),
  published_at timestamptz not null,
  -- none: shipped
  published_by_id uuid references users,
  why text not null check (length(why) between 1 and 500)
);
create unique index process_templates_number on process_templates (kind, number desc);
create index process_templates_published_by on process_templates (published_by_id);

-- What has to be known before the steps of a place begin; place 0 is the start.
create table process_template_facts (
  template_id uuid not null references process_templates on delete cascade,
  position smallint not null check (position between 1 and 20),
  place smallint not null check (place between 0 and 20),
  label text not null check (length(label) between 1 and 80),
  kind text not null check (kind in ('text', 'date', 'money', 'yes_no')),
  -- nothing begins without it
  required boolean not null,
  primary key (template_id, position)
);

create table process_template_steps (
  template_id uuid not null references process_templates on delete cascade,
  position smallint not null check (position between 1 and 20),
  -- steps of one place run side by side; the next place begins when all of the one before have ended
  place smallint not null check (place between 1 and 20),
  what text not null check (length(what) between 1 and 150),
  makes text not null check (makes in ('request', 'promise', 'follow_up', 'confirmation')),
  department_id uuid references departments,
  -- a request is due by the hours of its department
  hours smallint check (hours between 1 and 2000),
  working boolean,
  -- only for what recurs, only for an order, only if a fact says yes
  only_on text check (only_on in ('subscription', 'order')),
  only_fact smallint,
  -- who hears that it is done
  tells text[] not null check (tells <@ array['owner', 'supervisors', 'managers', 'privacy']),
  primary key (template_id, position),
  constraint process_template_steps_fact foreign key (template_id, only_fact)
    references process_template_facts (template_id, position),
  constraint process_template_steps_doer check (case makes when 'request' then department_id is not null
    when 'promise' then true else department_id is null end),
  constraint process_template_steps_time check ((makes = 'request') = (hours is null) and (hours is null) = (working is null))
);
create index process_template_steps_department on process_template_steps (department_id);

-- What nobody else may see is asked of departments, who are told what they need; and only what a customer cancels is
-- confirmed to them as cancelled.
create function process_step_fits_template() returns trigger language plpgsql as $$
declare
  t process_templates;
begin
  select * into strict t from process_templates where id = new.template_id;
  if t.confidential and new.makes <> 'request' then
    raise exception 'a confidential process asks departments, and makes nothing that others see' using errcode = '23514',
      constraint = 'process_template_steps_confidential';
  end if;
  if new.makes = 'confirmation' and t.kind <> 'cancellation' then
    raise exception 'only a cancellation is confirmed' using errcode = '23514',
      constraint = 'process_template_steps_confirms';
  end if;
  return new;
end $$;
create trigger process_template_steps_fit before insert on process_template_steps
  for each row execute function process_step_fits_template();

-- A version is whole when it is published, has steps, and a cancellation is confirmed once.
create function template_is_whole() returns trigger language plpgsql as $$
declare
  steps bigint;
  confirmations bigint;
begin
  select count(*), count(*) filter (where makes = 'confirmation') into steps, confirmations
  from process_template_steps where template_id = new.id;
  if steps = 0 or (new.kind = 'cancellation') <> (confirmations = 1) or confirmations > 1 then
    raise exception 'a process has steps, and a cancellation is confirmed in one of them' using errcode = '23514',
      constraint = 'process_templates_whole';
  end if;
  return null;
end $$;
create constraint trigger process_templates_whole after insert on process_templates
  deferrable initially deferred for each row execute function template_is_whole();
create function template_is_being_published() returns trigger language plpgsql as $$
begin
  if not exists (select from process_templates where id = new.template_id and xmin = pg_current_xact_id()::xid) then
    raise exception '% belongs to a version that is published already', tg_table_name using errcode = '42501',
      constraint = 'process_templates_published';
  end if;
  return new;
end $$;
create trigger process_template_facts_published before insert on process_template_facts
  for each row execute function template_is_being_published();
create trigger process_template_steps_published before insert on process_template_steps
  for each row execute function template_is_being_published();

create table processes (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  template_id uuid not null references process_templates,
  -- the database fills these in
  customer_id uuid not null references customers on delete cascade,
  kind text not null,
  freezes_offers boolean not null,
  holds boolean not null,
  confidential boolean not null,
  stage text not null default 'running' check (stage in ('running', 'done', 'stopped')),
  started_at timestamptz not null,
  -- none: the desk, for a file that was brought in
  started_by_id uuid references users,
  ended_at timestamptz,
  ended_by_id uuid references users,
  ended_because text check (length(ended_because) between 1 and 1000),
  version bigint not null default 1,
  constraint processes_ended check ((stage = 'running') = (ended_at is null)),
  constraint processes_stopped check ((stage = 'stopped') = (ended_because is not null))
);
-- one of a kind at a time in a case
create unique index processes_one_live on processes (case_id, kind) where stage = 'running';
create index processes_case on processes (case_id, started_at desc);
create index processes_template on processes (template_id);
create index processes_customer on processes (customer_id);
create index processes_freeze on processes (customer_id, started_at) where stage = 'running' and (freezes_offers or holds);
create index processes_running on processes (id) where stage = 'running';
create index processes_started_by on processes (started_by_id);
create index processes_ended_by on processes (ended_by_id);

-- Moving it on failed so often, and is tried again then.
create table process_retries (
  process_id uuid primary key references processes on delete cascade,
  attempts smallint not null check (attempts between 1 and 1000),
  next_at timestamptz not null
);

-- Who needs to know of a confidential one.
create table process_circle (
  process_id uuid not null references processes on delete cascade,
  user_id uuid not null references users,
  primary key (process_id, user_id)
);
create index process_circle_user on process_circle (user_id);

-- What was found out, fact by fact.
create table process_facts (
  process_id uuid not null references processes on delete cascade,
  position smallint not null check (position between 1 and 20),
  value text not null check (length(value) between 1 and 1000),
  at timestamptz not null,
  by_id uuid references users,
  primary key (process_id, position)
);
create index process_facts_by on process_facts (by_id);

create table process_steps (
  id uuid primary key,
  process_id uuid not null references processes on delete cascade,
  position smallint not null,
  place smallint not null,
  what text not null,
  makes text not null,
  department_id uuid references departments,
  hours smallint,
  working boolean,
  only_on text,
  only_fact smallint,
  tells text[] not null,
  stage text not null default 'waiting' check (stage in ('waiting', 'begun', 'done', 'skipped')),
  -- what it made, which has a due time and a ladder of its own
  request_id uuid references requests,
  promise_id uuid references promises,
  follow_up_id uuid references follow_ups,
  -- so often
  tries smallint not null default 0,
  -- the mail that confirms a cancellation, by its key in the outbox
  mail_key text check (length(mail_key) between 1 and 200),
  begun_at timestamptz,
  ended_at timestamptz,
  ended_by_id uuid references users,
  why text check (length(why) between 1 and 1000),
  version bigint not null default 1,
  constraint process_steps_position unique (process_id, position),
  constraint process_steps_made check (num_nonnulls(request_id, promise_id, follow_up_id) = (tries > 0)::int
    and (stage not in ('begun', 'done') or tries > 0)),
  constraint process_steps_made_what check (case makes when 'request' then num_nonnulls(promise_id, follow_up_id) = 0
    when 'follow_up' then num_nonnulls(promise_id, request_id) = 0 else num_nonnulls(request_id, follow_up_id) = 0 end),
  constraint process_steps_ended check ((stage in ('done', 'skipped')) = (ended_at is not null)),
  constraint process_steps_skipped check ((stage = 'skipped') = (why is not null)),
  constraint process_steps_mail check (mail_key is null or makes = 'confirmation')
);
-- nothing is made by two steps
create unique index process_steps_request on process_steps (request_id);
create unique index process_steps_promise on process_steps (promise_id);
create unique index process_steps_follow_up on process_steps (follow_up_id);
create unique index process_steps_mail_key on process_steps (mail_key);
create index process_steps_department on process_steps (department_id);
create index process_steps_ended_by on process_steps (ended_by_id);

-- What happened in it, for the log of the case.
create table process_events (
  id uuid primary key,
  process_id uuid not null references processes on delete cascade,
  case_id uuid not null references cases on delete cascade,
  step_id uuid references process_steps,
  at timestamptz not null,
  by_id uuid references users,
  what text not null check (what in ('started', 'step_again', 'step_skipped', 'done', 'stopped', 'hold_lifted')),
  words text not null check (length(words) <= 1000)
);
create index process_events_case on process_events (case_id, at desc, id desc);
create index process_events_process on process_events (process_id);
create index process_events_step on process_events (step_id);
create index process_events_by on process_events (by_id);

create function process_begins() returns trigger language plpgsql as $$
declare
  t process_templates;
  c cases;
begin
  select * into strict t from process_templates where id = new.template_id;
  select * into strict c from cases where id = new.case_id for share;
  if new.stage <> 'running' or c.stage = 'closed' then
    raise exception 'a process begins running, in a live case' using errcode = '23514', constraint = 'processes_begin';
  end if;
  if exists (select from process_templates n where n.kind = t.kind and n.number > t.number) then
    raise exception 'a process begins under the newest version' using errcode = '23514', constraint = 'processes_newest';
  end if;
  new.customer_id := c.customer_id;
  new.kind := t.kind;
  new.freezes_offers := t.freezes_offers;
  new.holds := t.holds;
  new.confidential := t.confidential;
  new.started_at := desk_now(new.started_at);
  if new.freezes_offers then
    -- whoever presents an offer writes there too: of the two one waits for the other
    perform mark_concession(new.customer_id);
  end if;
  return new;
end $$;
create trigger processes_begin before insert on processes for each row execute function process_begins();

create function process_moves_legally() returns trigger language plpgsql as $$
begin
  if (new.case_id, new.customer_id, new.template_id, new.kind, new.freezes_offers, new.holds, new.confidential,
      new.started_at, new.started_by_id)
    is distinct from (old.case_id, old.customer_id, old.template_id, old.kind, old.freezes_offers, old.holds,
      old.confidential, old.started_at, old.started_by_id) then
    raise exception 'what was started stays as it is' using errcode = '23514', constraint = 'processes_stay';
  end if;
  if old.stage <> 'running' then
    raise exception 'a process ends once' using errcode = '23514', constraint = 'processes_once';
  end if;
  if new.stage = 'done' and exists (
    select from process_steps s where s.process_id = new.id and s.stage in ('waiting', 'begun')) then
    raise exception 'a process is done when its steps are' using errcode = '23514', constraint = 'processes_done';
  end if;
  if new.ended_at is not null then
    new.ended_at := desk_now(new.ended_at);
  end if;
  return new;
end $$;
create trigger processes_move before update on processes for each row execute function process_moves_legally();

-- How it goes with what a step made: open, well, or in trouble.
create function step_fares(request uuid, promise uuid, follow_up uuid) returns text language sql stable as $$
  select case
    when request is not null then (
      select case stage when 'answered' then 'well' when 'open' then 'open' when 'accepted' then 'open' else 'trouble' end
      from requests where id = request)
    when promise is not null then (
      select case stage when 'open' then 'open' when 'kept' then 'well' when 'late' then 'well' else 'trouble' end
      from promises where id = promise)
    when follow_up is not null then (
      select case stage when 'open' then 'open' when 'done' then 'well' else 'trouble' end
      from follow_ups where id = follow_up)
  end
$$;

create function process_step_moves_legally() returns trigger language plpgsql as $$
declare
  p processes;
  again boolean;
begin
  if tg_op = 'INSERT' then
    if new.stage <> 'waiting' or new.tries <> 0 or new.mail_key is not null then
      raise exception 'a step begins waiting' using errcode = '23514', constraint = 'process_steps_begin';
    end if;
    if not exists (
      select from processes q
      join process_template_steps t on t.template_id = q.template_id and t.position = new.position
      where q.id = new.process_id and not exists (select from process_events e where e.process_id = q.id)
        and (t.place, t.what, t.makes, t.tells) = (new.place, new.what, new.makes, new.tells)
        and (t.department_id, t.hours, t.working, t.only_on, t.only_fact) is not distinct from
          (new.department_id, new.hours, new.working, new.only_on, new.only_fact)) then
      raise exception 'steps are those of the template' using errcode = '23514', constraint = 'process_steps_of_template';
    end if;
    return new;
  end if;
  if (new.process_id, new.position, new.place, new.what, new.makes, new.department_id, new.hours, new.working,
      new.only_on, new.only_fact, new.tells)
    is distinct from (old.process_id, old.position, old.place, old.what, old.makes, old.department_id, old.hours,
      old.working, old.only_on, old.only_fact, old.tells) then
    raise exception 'a step stays as it is' using errcode = '23514', constraint = 'process_steps_stay';
  end if;
  if old.stage in ('done', 'skipped') then
    raise exception 'a step ends once' using errcode = '23514', constraint = 'process_steps_once';
  end if;
  select * into strict p from processes where id = new.process_id for update;
  if p.stage <> 'running' then
    raise exception 'its process has ended' using errcode = '23514', constraint = 'process_steps_running';
  end if;
  again := (new.request_id, new.promise_id, new.follow_up_id)
    is distinct from (old.request_id, old.promise_id, old.follow_up_id);
  if again then
    if new.stage <> 'begun' or new.tries <> old.tries + 1
      or (old.stage = 'begun' and step_fares(old.request_id, old.promise_id, old.follow_up_id) <> 'trouble') then
      raise exception 'a step makes one thing, and another only where that came to nothing' using errcode = '23514',
        constraint = 'process_steps_make_once';
    end if;
    if not exists (
      select from requests q where q.id = new.request_id and q.case_id = p.case_id
      union all select from promises q where q.id = new.promise_id and q.case_id = p.case_id
      union all select from follow_ups q where q.id = new.follow_up_id and q.case_id = p.case_id) then
      raise exception 'what a step makes belongs to its case' using errcode = '23514', constraint = 'process_steps_case';
    end if;
  elsif new.tries <> old.tries then
    raise exception 'a try makes something' using errcode = '23514', constraint = 'process_steps_make_once';
  end if;
  if old.stage = 'waiting' and new.stage in ('begun', 'done') and exists (
    select from process_steps s
    where s.process_id = new.process_id and s.place < new.place and s.stage in ('waiting', 'begun')) then
    raise exception 'the steps before it have not ended' using errcode = '23514', constraint = 'process_steps_in_order';
  end if;
  if new.stage = 'waiting' and old.stage = 'begun' then
    raise exception 'a step does not go back' using errcode = '23514', constraint = 'process_steps_forward';
  end if;
  if new.stage = 'done' and (old.stage <> 'begun'
    or step_fares(new.request_id, new.promise_id, new.follow_up_id) is distinct from 'well') then
    raise exception 'a step is done when what it made is' using errcode = '23514', constraint = 'process_steps_done';
  end if;
  if new.ended_at is not null then
    new.ended_at := desk_now(new.ended_at);
  end if;
  return new;
end $$;
create trigger process_steps_move before insert or update on process_steps
  for each row execute function process_step_moves_legally();

-- A closed case leaves no process running.
create function closed_case_runs_nothing() returns trigger language plpgsql as $$
begin
  if exists (select from processes p where p.case_id = new.id and p.stage = 'running') then
    raise exception 'a case with a running process cannot be closed' using errcode = '23514',
      constraint = 'cases_closed_processes';
  end if;
  return new;
end $$;
create trigger cases_closed_processes before update of stage on cases
  for each row when (new.stage = 'closed' and old.stage <> 'closed') execute function closed_case_runs_nothing();

-- Since when no offer may be shown to a customer, nor accepted.
create function offers_frozen_since(customer uuid) returns timestamptz language sql stable as $$
  select min(started_at) from processes where customer_id = customer and stage = 'running' and freezes_offers
$$;

-- Fires after what reckons the presentation, which fills in the customer and writes the head of its concessions.
create function present_unfrozen() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if offers_frozen_since(new.customer_id) is not null then
    raise exception 'offers to this customer are frozen' using errcode = '42501', constraint = 'offer_presentations_frozen';
  end if;
  if (select c.just_cancel from offers o join cases c on c.id = o.case_id where o.id = new.offer_id for share of c) then
    raise exception 'this customer said: just cancel' using errcode = '42501',
      constraint = 'offer_presentations_just_cancel';
  end if;
  return new;
end $$;
create trigger offer_presentations_unfrozen before insert on offer_presentations
  for each row execute function present_unfrozen();

create function accept_unfrozen() returns trigger language plpgsql as $$
begin
  perform mark_concession(new.customer_id);
  if offers_frozen_since(new.customer_id) is not null then
    raise exception 'offers to this customer are frozen' using errcode = '42501', constraint = 'offers_frozen';
  end if;
  return new;
end $$;
create trigger offers_unfrozen before update of stage on offers
  for each row when (old.stage = 'presented' and new.stage = 'accepted') execute function accept_unfrozen();

-- “Just cancel” ends the attempt.
create function attempt_is_wanted() returns trigger language plpgsql as $$
begin
  if (select c.just_cancel from cases c where c.id = new.case_id for share) then
    raise exception 'this customer said: just cancel' using errcode = '42501', constraint = 'interactions_just_cancel';
  end if;
  return new;
end $$;
create trigger interactions_just_cancel before insert on interactions
  for each row when (new.kind = 'save_attempt') execute function attempt_is_wanted();

-- R20: a legal hold stops erasure and deletion, and is not lifted while what it was set for runs.
create function hold_keeps_customer() returns trigger language plpgsql as $$
begin
  if old.legal_hold then
    raise exception 'a legal hold keeps this customer' using errcode = '42501', constraint = 'customers_legal_hold';
  end if;
  return old;
end $$;
create trigger customers_hold before delete on customers for each row execute function hold_keeps_customer();
create function hold_keeps_what_is_theirs() returns trigger language plpgsql as $$
begin
  if exists (select from customers c where c.id = old.customer_id and c.legal_hold) then
    raise exception 'a legal hold keeps what is known of this customer' using errcode = '42501',
      constraint = 'customers_legal_hold';
  end if;
  return old;
end $$;
create trigger contacts_hold before delete on contacts for each row execute function hold_keeps_what_is_theirs();
create trigger subscriptions_hold before delete on subscriptions for each row execute function hold_keeps_what_is_theirs();
create trigger orders_hold before delete on orders for each row execute function hold_keeps_what_is_theirs();
create trigger cases_hold before delete on cases for each row execute function hold_keeps_what_is_theirs();
create function hold_stands() returns trigger language plpgsql as $$
begin
  if exists (select from processes p where p.customer_id = new.id and p.stage = 'running' and p.holds) then
    raise exception 'the legal process that set the hold runs' using errcode = '42501', constraint = 'customers_hold_runs';
  end if;
  return new;
end $$;
create trigger customers_hold_stands before update of legal_hold on customers
  for each row when (old.legal_hold and not new.legal_hold) execute function hold_stands();

-- A request of a confidential process is there for its readers and its department, and for nobody else.
alter table requests add column confidential boolean not null default false;
create table request_readers (
  request_id uuid not null references requests on delete cascade,
  user_id uuid not null references users,
  primary key (request_id, user_id)
);
create index request_readers_user on request_readers (user_id);
create function request_stays_confidential() returns trigger language plpgsql as $$
begin
  if new.confidential <> old.confidential then
    raise exception 'what was confidential stays so' using errcode = '23514', constraint = 'requests_confidential';
  end if;
  return new;
end $$;
create trigger requests_confidential before update of confidential on requests
  for each row execute function request_stays_confidential();

-- People hear of processes; whatever else they hear of stays as it is.
do $$
declare
  known text := (select pg_get_constraintdef(oid) from pg_constraint where conname = 'notices_kind_check');
begin
  alter table notices drop constraint notices_kind_check;
  execute 'alter table notices add constraint notices_kind_check '
    || replace(known, '''parked''::text', '''parked''::text, ''process''::text');
end $$;

call guard_append_only('process_templates');
call guard_append_only('process_template_facts');
call guard_append_only('process_template_steps');
call guard_append_only('process_circle');
call guard_append_only('process_facts');
call guard_append_only('process_events');
call guard_append_only('request_readers');
call guard_version('processes');
call guard_version('process_steps');
call guard_audited('process_templates');
call guard_audited('processes');
call guard_audited('process_facts');
call guard_audited('process_steps');
call guard_audited('process_events');
revoke delete, truncate on processes, process_steps from savedesk_app;
grant select on process_templates, process_template_facts, process_template_steps, processes, process_circle,
  process_facts, process_steps, process_events, request_readers to savedesk_read;
