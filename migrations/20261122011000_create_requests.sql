-- Requests: a question or a job for a department. A feasibility check is one with a typed answer that is valid until a
-- date; an offer whose type names departments is presented only with the yes of each (R10).

-- Who leads a department, whose hours it keeps, and in how many of them it answers. No row: the defaults.
create table department_desks (
  department_id uuid primary key references departments on delete cascade,
  lead_id uuid references users,
  team_id uuid references teams,
  question_hours smallint not null default 8 check (question_hours between 1 and 400),
  job_hours smallint not null default 16 check (job_hours between 1 and 400),
  feasibility_hours smallint not null default 4 check (feasibility_hours between 1 and 400),
  version bigint not null default 1
);
create index department_desks_lead on department_desks (lead_id);
create index department_desks_team on department_desks (team_id);

-- What a department's work takes, in working days, and what it takes expedited.
create table lead_times (
  department_id uuid not null references departments on delete cascade,
  position smallint not null check (position between 1 and 40),
  what text not null check (length(what) between 1 and 80),
  lead_days smallint not null check (lead_days between 0 and 365),
  per_day smallint check (per_day between 1 and 10000),
  expedite_days smallint check (expedite_days between 0 and 365),
  expedite_minor bigint check (expedite_minor between 0 and 100000000000),
  currency text check (currency ~ '^[A-Z]{3}$'),
  primary key (department_id, position),
  constraint lead_times_expedite check (num_nonnulls(expedite_days, expedite_minor, currency) in (0, 3)
    and (expedite_days is null or expedite_days <= lead_days))
);

create table blackout_days (
  department_id uuid not null references departments on delete cascade,
  from_day date not null,
  until_day date not null,
  why text not null check (length(why) between 1 and 80),
  primary key (department_id, from_day),
  constraint blackout_days_order check (until_day between from_day and from_day + 366)
);

create table requests (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  -- whose turn it is
  department_id uuid not null references departments,
  kind text not null check (kind in ('question', 'job', 'feasibility')),
  what text not null check (length(what) between 1 and 200),
  -- the exact terms that a check is about, and these terms in words
  offer_id uuid,
  offer_revision integer,
  terms text check (length(terms) between 1 and 500),
  -- by when the customer needs it
  wanted_on date,
  asked_at timestamptz not null,
  -- none: the desk asked again of its own accord
  asked_by_id uuid references users,
  stage text not null default 'open' check (stage in ('open', 'accepted', 'answered', 'returned', 'cancelled')),
  accepted_by_id uuid references users,
  -- from one department to another
  passes smallint not null default 0,
  due_at timestamptz not null,
  -- why then (R2)
  because text not null check (length(because) between 1 and 1000),
  ended_at timestamptz,
  version bigint not null default 1,
  constraint requests_terms foreign key (offer_id, offer_revision) references offer_revisions (offer_id, revision)
    on delete cascade,
  constraint requests_of_offer check (num_nonnulls(offer_id, offer_revision, terms) in (0, 3)
    and (offer_id is null or kind = 'feasibility')),
  constraint requests_ended check ((stage in ('answered', 'cancelled')) = (ended_at is not null))
);
create index requests_case on requests (case_id, asked_at);
create index requests_customer on requests (customer_id);
create index requests_department on requests (department_id, due_at, id) where stage in ('open', 'accepted', 'returned');
create index requests_department_all on requests (department_id);
create index requests_live on requests (due_at, id) where stage in ('open', 'accepted', 'returned');
create index requests_asked_by on requests (asked_by_id, due_at, id) where stage in ('open', 'accepted', 'returned');
create index requests_asked_by_all on requests (asked_by_id);
create index requests_accepted_by on requests (accepted_by_id);
create index requests_ended_at on requests (ended_at desc, id desc) where ended_at is not null;
create index requests_ended_department on requests (department_id, ended_at desc, id desc) where ended_at is not null;
create index requests_ended_asked_by on requests (asked_by_id, ended_at desc, id desc) where ended_at is not null;
create index requests_offer on requests (offer_id, offer_revision);
-- one check at a time per department and exact terms
create unique index requests_one_check on requests (offer_id, offer_revision, department_id)
  where stage in ('open', 'accepted', 'returned');

-- A link by which somebody answers without an account: once, until then. Only its digest is kept.
create table request_links (
  id uuid primary key,
  request_id uuid not null references requests on delete cascade,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  made_at timestamptz not null,
  made_by_id uuid not null references users,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint request_links_expires check (expires_at > made_at and expires_at <= made_at + interval '31 days')
);
create unique index request_links_token_key on request_links (token_hash);
create index request_links_request on request_links (request_id);
create index request_links_made_by on request_links (made_by_id);

-- One answer per request.
create table request_answers (
  request_id uuid primary key references requests on delete cascade,
  -- the database fills in whose answer it is, and to which terms
  department_id uuid not null references departments,
  offer_id uuid,
  offer_revision integer,
  verdict text check (verdict in ('yes', 'yes_if', 'no')),
  words text not null check (length(words) <= 4000),
  conditions text check (length(conditions) between 1 and 2000),
  possible_on date,
  cost_minor bigint check (cost_minor between 0 and 100000000000),
  currency text check (currency ~ '^[A-Z]{3}$'),
  expedited boolean not null default false,
  valid_until timestamptz,
  at timestamptz not null,
  by_id uuid references users,
  -- without an account: by this link, under that name
  link_id uuid references request_links,
  by_name text check (length(by_name) between 1 and 80),
  -- what became of it
  conditions_accepted_at timestamptz,
  conditions_accepted_by_id uuid references users,
  withdrawn_at timestamptz,
  withdrawn_because text check (length(withdrawn_because) between 1 and 1000),
  could_not_at timestamptz,
  could_not_because text check (length(could_not_because) between 1 and 1000),
  asked_again_at timestamptz,
  version bigint not null default 1,
  constraint request_answers_terms foreign key (offer_id, offer_revision) references offer_revisions (offer_id, revision)
    on delete cascade,
  constraint request_answers_by check (num_nonnulls(by_id, link_id) = 1 and (link_id is null) = (by_name is null)),
  constraint request_answers_conditions check ((verdict is not distinct from 'yes_if') = (conditions is not null)),
  constraint request_answers_cost check ((cost_minor is null) = (currency is null)),
  constraint request_answers_says check (verdict is not null or words <> ''),
  constraint request_answers_valid check (valid_until is null or verdict in ('yes', 'yes_if')),
  constraint request_answers_accepted check ((conditions_accepted_at is null) = (conditions_accepted_by_id is null)
    and (conditions_accepted_at is null or verdict = 'yes_if')),
  constraint request_answers_withdrawn check ((withdrawn_at is null) = (withdrawn_because is null)),
  constraint request_answers_could_not check ((could_not_at is null) = (could_not_because is null)
    and (could_not_at is null or verdict in ('yes', 'yes_if')))
);
create unique index request_answers_one_per_link on request_answers (link_id);
create index request_answers_link on request_answers (link_id);
create index request_answers_department on request_answers (department_id, at);
create index request_answers_offer on request_answers (offer_id, offer_revision, department_id, at desc);
create index request_answers_by on request_answers (by_id);
create index request_answers_accepted_by on request_answers (conditions_accepted_by_id);

-- The thread: append-only, and part of the case's log (R3).
create table request_entries (
  id uuid primary key,
  request_id uuid not null references requests on delete cascade,
  case_id uuid not null references cases on delete cascade,
  at timestamptz not null,
  by_id uuid references users,
  by_name text check (length(by_name) between 1 and 80),
  what text not null check (what in ('asked', 'said', 'accepted', 'handed', 'returned', 'asked_again', 'answered',
    'cancelled', 'conditions_accepted', 'withdrawn', 'could_not', 'ran_out', 'link_made')),
  -- where it is from then on
  department_id uuid not null references departments,
  -- whether the department speaks
  theirs boolean not null,
  mark text check (mark in ('yes', 'yes_if', 'no')),
  body text not null default '' check (length(body) <= 4000)
);
create index request_entries_request on request_entries (request_id, at, id);
create index request_entries_case on request_entries (case_id, at desc, id desc);
create index request_entries_by on request_entries (by_id);
create index request_entries_department on request_entries (department_id);

create function request_begins() returns trigger language plpgsql as $$
begin
  if new.stage <> 'open' or new.passes <> 0 or new.accepted_by_id is not null then
    raise exception 'a request begins open' using errcode = '23514', constraint = 'requests_begin';
  end if;
  new.asked_at := desk_now(new.asked_at);
  if not exists (
    select from cases c where c.id = new.case_id and c.customer_id = new.customer_id and c.stage <> 'closed') then
    raise exception 'a request needs a live case of its customer' using errcode = '23514',
      constraint = 'requests_live_case';
  end if;
  if new.offer_id is not null and not exists (
    select from offers o
    where o.id = new.offer_id and o.case_id = new.case_id and o.revision = new.offer_revision
      and o.stage in ('draft', 'awaiting_approval', 'ready', 'presented')) then
    raise exception 'a check is about the newest terms of an open offer' using errcode = '23514',
      constraint = 'requests_newest_terms';
  end if;
  return new;
end $$;
create trigger requests_begin before insert on requests for each row execute function request_begins();

create function request_moves_legally() returns trigger language plpgsql as $$
begin
  if (new.case_id, new.customer_id, new.kind, new.what, new.asked_at) is distinct from
    (old.case_id, old.customer_id, old.kind, old.what, old.asked_at)
    or (new.offer_id, new.offer_revision, new.terms, new.asked_by_id, new.wanted_on) is distinct from
      (old.offer_id, old.offer_revision, old.terms, old.asked_by_id, old.wanted_on) then
    raise exception 'what was asked stays as it is' using errcode = '23514', constraint = 'requests_stay';
  end if;
  if old.stage in ('answered', 'cancelled') then
    raise exception 'a request ends once' using errcode = '23514', constraint = 'requests_once';
  end if;
  if new.department_id <> old.department_id then
    if old.offer_id is not null then
      raise exception 'each department answers for itself whether an offer can be done' using errcode = '23514',
        constraint = 'requests_own_check';
    end if;
    if old.stage not in ('open', 'accepted') or new.stage <> 'open' or new.accepted_by_id is not null
      or new.passes <> old.passes + 1 then
      raise exception 'a request is handed over open, and each pass is counted' using errcode = '23514',
        constraint = 'requests_passes';
    end if;
  elsif new.passes <> old.passes then
    raise exception 'only a pass is a pass' using errcode = '23514', constraint = 'requests_passes';
  elsif new.stage <> old.stage and (old.stage, new.stage) not in (
    ('open', 'accepted'), ('open', 'returned'), ('open', 'cancelled'),
    ('accepted', 'answered'), ('accepted', 'returned'), ('accepted', 'cancelled'),
    ('returned', 'open'), ('returned', 'cancelled')) then
    raise exception 'a request cannot go from % to %', old.stage, new.stage using errcode = '23514',
      constraint = 'requests_stage_moves';
  end if;
  if new.ended_at is not null then
    new.ended_at := desk_now(new.ended_at);
  end if;
  return new;
end $$;
create trigger requests_moves before update on requests for each row execute function request_moves_legally();

-- R11: a request is answered when there is its answer, and there is one only then. Looked at when all is done.
create function request_has_answer() returns trigger language plpgsql as $$
declare
  which uuid := case tg_table_name when 'requests' then to_jsonb(new)->>'id' else to_jsonb(new)->>'request_id' end;
begin
  if exists (
    select from requests q
    where q.id = which
      and (q.stage = 'answered') <> exists (select from request_answers a where a.request_id = q.id)) then
    raise exception 'an answered request has its answer, and no other has' using errcode = '23514',
      constraint = 'requests_answered';
  end if;
  return null;
end $$;
create constraint trigger requests_answered after insert or update of stage on requests
  deferrable initially deferred for each row execute function request_has_answer();
create constraint trigger request_answers_answered after insert on request_answers
  deferrable initially deferred for each row execute function request_has_answer();

-- Whoever changes what an offer rests on writes the head of its concessions, as whoever presents it does: of the two one
-- waits for the other, and fails where it could only see the past.
create function mark_offer(of_offer uuid) returns text language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  o offers;
begin
  select * into o from offers where id = of_offer for update;
  perform mark_concession(o.customer_id);
  return o.stage;
end $$;

create function answer_request() returns trigger language plpgsql as $$
declare
  q requests;
begin
  select * into q from requests where id = new.request_id for update;
  if q.stage <> 'accepted' then
    raise exception 'only what was accepted is answered' using errcode = '23514', constraint = 'request_answers_accepted_request';
  end if;
  if (q.kind = 'feasibility') <> (new.verdict is not null) then
    raise exception 'a feasibility check is answered yes, no or yes if; nothing else is' using errcode = '23514',
      constraint = 'request_answers_verdict';
  end if;
  new.department_id := q.department_id;
  new.offer_id := q.offer_id;
  new.offer_revision := q.offer_revision;
  new.at := desk_now(new.at);
  if num_nonnulls(new.conditions_accepted_at, new.withdrawn_at, new.could_not_at, new.asked_again_at) > 0 then
    raise exception 'what becomes of an answer comes after it' using errcode = '23514';
  end if;
  if new.verdict in ('yes', 'yes_if') and (new.valid_until is null or new.valid_until <= new.at) then
    raise exception 'a yes is valid until a time to come' using errcode = '23514',
      constraint = 'request_answers_valid_until';
  end if;
  if new.by_id is not null and not exists (
    select from users u
    join user_roles r on r.user_id = u.id and r.role = 'department'
    where u.id = new.by_id and u.active and u.department_id = q.department_id) then
    raise exception 'not one of the department' using errcode = '42501', constraint = 'request_answers_own_department';
  end if;
  if new.link_id is not null then
    update request_links set used_at = new.at
    where id = new.link_id and request_id = q.id and used_at is null and expires_at > new.at;
    if not found then
      raise exception 'this link no longer works' using errcode = '42501', constraint = 'request_answers_link_works';
    end if;
  end if;
  if new.offer_id is not null then
    perform mark_offer(new.offer_id);
  end if;
  return new;
end $$;
create trigger request_answers_answer before insert on request_answers
  for each row execute function answer_request();

create function answer_changes_legally() returns trigger language plpgsql as $$
declare
  offer_stage text;
begin
  if (to_jsonb(new) - '{conditions_accepted_at,conditions_accepted_by_id,withdrawn_at,withdrawn_because,could_not_at,could_not_because,asked_again_at,version}'::text[])
    <> (to_jsonb(old) - '{conditions_accepted_at,conditions_accepted_by_id,withdrawn_at,withdrawn_because,could_not_at,could_not_because,asked_again_at,version}'::text[]) then
    raise exception 'an answer stays as it was given' using errcode = '23514', constraint = 'request_answers_stay';
  end if;
  if (old.conditions_accepted_at is not null and (new.conditions_accepted_at, new.conditions_accepted_by_id)
      is distinct from (old.conditions_accepted_at, old.conditions_accepted_by_id))
    or (old.withdrawn_at is not null and (new.withdrawn_at, new.withdrawn_because)
      is distinct from (old.withdrawn_at, old.withdrawn_because))
    or (old.could_not_at is not null and (new.could_not_at, new.could_not_because)
      is distinct from (old.could_not_at, old.could_not_because))
    or (old.asked_again_at is not null and new.asked_again_at is distinct from old.asked_again_at) then
    raise exception 'what became of an answer happens once' using errcode = '23514', constraint = 'request_answers_once';
  end if;
  if new.offer_id is not null then
    offer_stage := mark_offer(new.offer_id);
  end if;
  if old.conditions_accepted_at is null and new.conditions_accepted_at is not null then
    new.conditions_accepted_at := desk_now(new.conditions_accepted_at);
    if old.withdrawn_at is not null or old.valid_until <= new.conditions_accepted_at then
      raise exception 'the answer no longer stands' using errcode = '23514', constraint = 'request_answers_stand';
    end if;
    if not exists (
      select from users u
      join user_roles r on r.user_id = u.id and r.role in ('rep', 'agent', 'supervisor', 'manager', 'admin')
      where u.id = new.conditions_accepted_by_id and u.active) then
      raise exception 'somebody of the desk accepts conditions' using errcode = '42501',
        constraint = 'request_answers_accepted_by';
    end if;
  end if;
  if old.withdrawn_at is null and new.withdrawn_at is not null then
    new.withdrawn_at := desk_now(new.withdrawn_at);
    if new.verdict is null or offer_stage in ('accepted', 'fulfilled', 'failed') then
      raise exception 'the customer has accepted what rests on it' using errcode = '23514',
        constraint = 'request_answers_withdrawn_in_time';
    end if;
  end if;
  if old.could_not_at is null and new.could_not_at is not null then
    new.could_not_at := desk_now(new.could_not_at);
  end if;
  return new;
end $$;
create trigger request_answers_change before update on request_answers
  for each row execute function answer_changes_legally();

-- R10: the departments without whose yes these very terms are not shown to the customer: not asked, not answered, no,
-- run out, withdrawn, or with conditions that nobody accepted. Of several answers of a department the newest counts.
create function feasibility_lacks(of_offer uuid, of_revision integer, moment timestamptz) returns text
language sql stable as $$
  select string_agg(d.name, ', ' order by d.name)
  from offer_revisions r
  join offer_type_departments n on n.version_id = r.version_id
  join departments d on d.id = n.department_id
  where r.offer_id = of_offer and r.revision = of_revision
    and not coalesce((
      select a.withdrawn_at is null and a.could_not_at is null and a.valid_until > moment
        and (a.verdict = 'yes' or (a.verdict = 'yes_if' and a.conditions_accepted_at is not null))
      from request_answers a
      where a.offer_id = of_offer and a.offer_revision = of_revision and a.department_id = d.id
      order by a.at desc, a.request_id desc
      limit 1
    ), false)
$$;

-- Fires after what reckons the presentation, which holds the offer's row and says when it is.
create function present_feasible() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if feasibility_lacks(new.offer_id, new.revision, new.at) is not null then
    raise exception 'a department has not said yes to these terms' using errcode = '42501',
      constraint = 'offer_presentations_feasible';
  end if;
  return new;
end $$;
create trigger offer_presentations_rest_on_yes before insert on offer_presentations
  for each row execute function present_feasible();

-- What is accepted makes promises: a yes that was withdrawn or ran out since is asked for again first.
create function accept_feasible() returns trigger language plpgsql as $$
begin
  if exists (
    select from request_answers a where a.offer_id = new.id and a.offer_revision = new.presented_revision)
    and feasibility_lacks(new.id, new.presented_revision, desk_now(new.ended_at)) is not null then
    raise exception 'a department no longer says yes to these terms' using errcode = '42501',
      constraint = 'offers_feasible';
  end if;
  return new;
end $$;
create trigger offers_rest_on_yes before update of stage on offers
  for each row when (old.stage = 'presented' and new.stage = 'accepted') execute function accept_feasible();

-- A closed case leaves no request open.
create function closed_case_asks_nothing() returns trigger language plpgsql as $$
begin
  if exists (select from requests q where q.case_id = new.id and q.stage in ('open', 'accepted', 'returned')) then
    raise exception 'a case with open requests cannot be closed' using errcode = '23514',
      constraint = 'cases_closed_requests';
  end if;
  return new;
end $$;
create trigger cases_closed_requests before update of stage on cases
  for each row when (new.stage = 'closed' and old.stage <> 'closed') execute function closed_case_asks_nothing();

-- Requests are due, and so is an answer that runs out before the customer's.
alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check check (kind in ('first_action', 'follow_up', 'cancel_request',
  'regulator_response', 'offer', 'approval', 'promise', 'request', 'feasibility'));
alter table deadlines drop constraint deadlines_subject;
alter table deadlines add constraint deadlines_subject check (
  (kind in ('offer', 'approval', 'promise', 'follow_up', 'request', 'feasibility')) = (subject_id is not null));

alter table ladders drop constraint ladders_pauses;
alter table ladders add constraint ladders_pauses check (not pauses
  or kind not in ('cancel_request', 'regulator_response', 'offer', 'approval', 'promise', 'request', 'feasibility'));
alter table ladder_rungs drop constraint ladder_rungs_act_check;
alter table ladder_rungs add constraint ladder_rungs_act_check check (act in ('remind', 'escalate', 'remind_customer',
  'tell_customer', 'return_to_queue', 'move_up', 'expire', 'ask_again'));
alter table ladder_rungs drop constraint ladder_rungs_act;
alter table ladder_rungs add constraint ladder_rungs_act check (case act
    when 'remind_customer' then kind = 'offer' and minutes <= 0
    when 'expire' then kind = 'offer' and minutes = 0
    when 'move_up' then kind = 'approval' and minutes >= 0
    when 'tell_customer' then kind = 'promise'
    when 'return_to_queue' then kind = 'follow_up' and minutes > 0
    when 'ask_again' then kind = 'feasibility' and minutes = 0
    else true
  end);
create or replace function require_last_rungs() returns trigger language plpgsql as $$
begin
  if exists (
    select from (values ('offer', 'expire'), ('approval', 'move_up'), ('feasibility', 'ask_again')) as must (kind, act)
    where exists (select from ladders l where l.kind = must.kind)
      and not exists (
        select from ladder_rungs r where r.kind = must.kind and r.act = must.act and not r.retired)) then
    raise exception 'an offer must expire, a request must move up, a check must be asked again' using errcode = '23514',
      constraint = 'ladder_rungs_last';
  end if;
  return null;
end $$;
select set_config('savedesk.audited', pg_current_xact_id()::text, true);
insert into ladders (kind, pauses, urgent) values ('request', false, false), ('feasibility', false, false);
insert into ladder_rungs (kind, rung, minutes, working, act) values
  ('request', 1, -60, true, 'remind'),
  ('request', 2, 0, true, 'escalate'),
  ('request', 3, 480, true, 'escalate'),
  ('feasibility', 1, -240, true, 'remind'),
  ('feasibility', 2, 0, false, 'ask_again');
-- so that the rest of this migration may change these tables
set constraints all immediate;
set constraints all deferred;

call guard_version('department_desks');
call guard_version('requests');
call guard_version('request_answers');
call guard_append_only('request_entries');
call guard_audited('department_desks');
call guard_audited('lead_times');
call guard_audited('blackout_days');
call guard_audited('requests');
call guard_audited('request_answers');
call guard_audited('request_entries');
call guard_audited('request_links');
call keep_stamp('people', 'department_desks');
call keep_stamp('people', 'blackout_days');
revoke delete, truncate on requests, request_answers, request_links from savedesk_app;
revoke update on request_answers, request_links from savedesk_app;
grant update (conditions_accepted_at, conditions_accepted_by_id, withdrawn_at, withdrawn_because, could_not_at,
  could_not_because, asked_again_at, version) on request_answers to savedesk_app;
grant update (used_at) on request_links to savedesk_app;
grant select on department_desks, lead_times, blackout_days, requests, request_answers, request_entries
  to savedesk_read;
grant select (id, request_id, made_at, made_by_id, expires_at, used_at) on request_links to savedesk_read;

-- People hear of requests; a link goes by mail to whoever is to answer, with an account or without.
alter table notices drop constraint notices_kind_check;
alter table notices add constraint notices_kind_check check (kind in ('reminder', 'overdue', 'escalated',
  'offer_expiring', 'offer_expired', 'approval_asked', 'approval_moved_up', 'approval_decided', 'question_asked',
  'promise_at_risk', 'follow_up_returned', 'assigned', 'parked', 'request_asked', 'request_answered'));
alter table mails add column request_id uuid references requests on delete cascade;
create index mails_request on mails (request_id);
alter table mails drop constraint mails_to_somebody;
alter table mails add constraint mails_to_somebody check (num_nonnulls(user_id, customer_id, request_id) = 1);
