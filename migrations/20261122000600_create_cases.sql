create sequence case_numbers start 20001;

create table cases (
  id uuid primary key,
  -- what people say on the phone: SD-20418
  number bigint not null default nextval('case_numbers'),
  customer_id uuid not null references customers on delete cascade,
  kind text not null check (kind in ('cancellation', 'order_cancellation', 'downgrade', 'renewal_at_risk',
    'complaint', 'non_payment', 'win_back')),
  channel text not null check (channel in ('email', 'phone', 'chat', 'ticket', 'crm', 'letter', 'social_review',
    'bbb', 'fcc', 'cfpb', 'web_form')),
  stage text not null default 'new' check (stage in ('new', 'working', 'waiting', 'closed')),
  -- derived from what is open: never typed
  waiting_on text check (waiting_on in ('customer', 'approver', 'department', 'fulfilment', 'date')),
  -- the customer's words (stated), chosen from the tree (coded), set at root-cause analysis (verified): three facts
  stated_reason text not null default '' check (length(stated_reason) <= 40000),
  reason text references reasons,
  verified_cause text references reasons,
  subscription_id uuid references subscriptions,
  order_id uuid references orders,
  value_at_risk_minor bigint not null check (value_at_risk_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- 1 low, 2 normal, 3 high, 4 urgent
  priority smallint not null default 2 check (priority between 1 and 4),
  leaves_on date,
  -- the customer wants no attempt to be kept: cancel and confirm (a save attempt never obstructs that)
  just_cancel boolean not null default false,
  team_id uuid references teams,
  owner_id uuid references users,
  -- where it came from, so that the same row is never brought in twice
  source text check (length(source) between 1 and 60),
  external_ref text check (length(external_ref) between 1 and 60),
  -- the category the source gave, verbatim
  source_category text check (length(source_category) between 1 and 200),
  opened_at timestamptz not null,
  opened_by_id uuid references users,
  first_action_at timestamptz,
  -- kept from the open deadlines by the deadlines slice, so that the queue reads one row per case
  next_action text,
  next_due_at timestamptz,
  next_due_from timestamptz,
  next_due_because text,
  outcome text check (outcome in ('saved_with_offer', 'saved_without_offer', 'modified', 'partly_saved', 'lost',
    'unreachable', 'never_at_risk', 'duplicate', 'unknown')),
  outcome_note text check (length(outcome_note) <= 4000),
  value_kept_minor bigint check (value_kept_minor >= 0),
  closed_at timestamptz,
  closed_by_id uuid references users,
  duplicate_of_id uuid references cases,
  -- why a second live case for the same thing was opened all the same (R14)
  second_because text check (length(second_because) between 1 and 500),
  version bigint not null default 1,
  constraint cases_closed_has_outcome check (
    (stage = 'closed') = (outcome is not null)
    and (stage = 'closed') = (closed_at is not null)
    and (stage = 'closed') = (value_kept_minor is not null)
    and (stage <> 'closed' or reason is not null)),
  constraint cases_kept_within_risk check (value_kept_minor is null or value_kept_minor <= value_at_risk_minor
    or outcome in ('saved_with_offer', 'saved_without_offer', 'modified')),
  constraint cases_waiting_on_something check ((stage = 'waiting') = (waiting_on is not null)),
  constraint cases_duplicate_names_original check ((outcome is not distinct from 'duplicate') = (duplicate_of_id is not null)),
  constraint cases_one_subject check (subscription_id is null or order_id is null)
);
create unique index cases_number_key on cases (number);
create unique index cases_source_key on cases (source, external_ref);
-- R14: one live case per customer, kind and subject
create unique index cases_one_live on cases
  (customer_id, kind, coalesce(subscription_id, order_id, '00000000-0000-0000-0000-000000000000'))
  where stage <> 'closed' and second_because is null;
create index cases_customer on cases (customer_id, opened_at desc);
create index cases_subscription on cases (subscription_id);
create index cases_order on cases (order_id);
create index cases_duplicate_of on cases (duplicate_of_id);
create index cases_opened_by on cases (opened_by_id);
create index cases_closed_by on cases (closed_by_id, closed_at desc);
create index cases_owner_all on cases (owner_id);
create index cases_team_all on cases (team_id);
-- the queue: live cases, most urgent first
create index cases_live on cases (coalesce(next_due_at, 'infinity'), value_at_risk_minor desc, id) where stage <> 'closed';
create index cases_live_owner on cases (owner_id, coalesce(next_due_at, 'infinity'), value_at_risk_minor desc, id) where stage <> 'closed';
create index cases_live_team on cases (team_id, coalesce(next_due_at, 'infinity'), value_at_risk_minor desc, id) where stage <> 'closed';
create index cases_closed on cases (closed_at desc, id) where stage = 'closed';

create function case_moves_legally() returns trigger language plpgsql as $$
begin
  if new.stage <> old.stage and (old.stage, new.stage) not in (
    ('new', 'working'), ('working', 'waiting'), ('waiting', 'working'),
    ('working', 'closed'), ('waiting', 'closed'), ('closed', 'working')) then
    raise exception 'a case cannot go from % to %', old.stage, new.stage using errcode = '23514';
  end if;
  if new.stage = 'closed' and old.stage <> 'closed'
    and exists (select from deadlines d where d.case_id = new.id and d.stage = 'open') then
    raise exception 'a case with open deadlines cannot be closed' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger cases_stage before update of stage on cases for each row execute function case_moves_legally();

-- Change of stage, reason, priority, owner, team, value …: who, when, from what to what.
create table case_changes (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  at timestamptz not null,
  by_id uuid references users,
  field text not null check (field in ('stage', 'owner', 'team', 'reason', 'priority', 'value_at_risk', 'leaves_on',
    'channel', 'kind', 'subject', 'stated_reason', 'customer', 'waiting_on', 'just_cancel')),
  was text,
  now text,
  -- a closing note stays here when the case is reopened
  why text check (length(why) <= 4000)
);
create index case_changes_case on case_changes (case_id, at desc, id desc);
create index case_changes_by on case_changes (by_id);

-- How long things may take. Regulators' terms are templates to check with counsel, not legal advice.
create table time_targets (
  code text primary key check (code ~ '^[a-z_]+\.[a-z0-9_]+$'),
  name text not null,
  hours integer not null check (hours > 0),
  -- working hours of the case's team, or hours of the calendar
  working boolean not null
);
insert into time_targets (code, name, hours, working) values
  ('first_action.4', 'First action, urgent', 1, true),
  ('first_action.3', 'First action, high', 4, true),
  ('first_action.2', 'First action, normal', 8, true),
  ('first_action.1', 'First action, low', 24, true),
  ('cancel_request.cancellation', 'Cancel and confirm', 16, true),
  ('cancel_request.order_cancellation', 'Cancel the order and confirm', 8, true),
  ('regulator_response.fcc', 'Answer the FCC complaint', 720, false),
  ('regulator_response.bbb', 'Answer the BBB complaint', 336, false),
  ('regulator_response.cfpb', 'Answer the CFPB complaint', 360, false);

create table deadlines (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  kind text not null check (kind in ('first_action', 'next_step', 'cancel_request', 'regulator_response')),
  what text not null check (length(what) between 1 and 300),
  due_at timestamptz not null,
  -- "Tue 14:00: 4 working hours after Fri 15:30" (R2)
  because text not null,
  set_at timestamptz not null,
  owner_id uuid references users,
  stage text not null default 'open' check (stage in ('open', 'met', 'missed', 'cleared')),
  ended_at timestamptz,
  check ((stage = 'open') = (ended_at is null))
);
create index deadlines_open_case on deadlines (case_id, due_at) where stage = 'open';
create index deadlines_open_due on deadlines (due_at, id) where stage = 'open';
create index deadlines_case on deadlines (case_id);
create index deadlines_owner on deadlines (owner_id);
create unique index deadlines_one_first_action on deadlines (case_id, kind)
  where stage = 'open' and kind in ('first_action', 'next_step', 'cancel_request', 'regulator_response');

-- What a cancelled invoice took back, line by line, with the earlier purchase it seems to undo and why.
create table cancellation_lines (
  case_id uuid not null references cases on delete cascade,
  position integer not null,
  stock_code text not null check (length(stock_code) <= 60),
  description text not null check (length(description) <= 300),
  quantity integer not null,
  amount_minor bigint not null,
  order_id uuid references orders,
  match_reason text not null check (length(match_reason) between 1 and 200),
  primary key (case_id, position)
);
create index cancellation_lines_order on cancellation_lines (order_id);

create table queue_views (
  id uuid primary key,
  owner_id uuid references users on delete cascade,
  name text not null check (length(name) between 1 and 40),
  query text not null check (length(query) <= 500),
  shared boolean not null default false,
  position smallint not null default 100,
  version bigint not null default 1
);
create index queue_views_owner on queue_views (owner_id);
create unique index queue_views_name_key on queue_views (owner_id, lower(name));

-- Who looks at a case now. Worth nothing after a crash.
create unlogged table viewers (
  case_id uuid not null references cases on delete cascade,
  user_id uuid not null references users on delete cascade,
  seen_at timestamptz not null,
  primary key (case_id, user_id)
);
create index viewers_user on viewers (user_id);

call guard_version('cases');
call guard_version('queue_views');
call guard_audited('cases');
call guard_audited('deadlines');
call guard_append_only('case_changes');
