-- Problems: what makes customers leave, with the cases that it explains, until it is fixed and stays fixed. An incident
-- hits many customers at once; it is answered in all its cases together, and may lead to a problem.
create sequence problem_numbers start 101;

create table problems (
  id uuid primary key,
  -- what people say: P-104
  number bigint not null default nextval('problem_numbers'),
  kind text not null check (kind in ('problem', 'incident')),
  title text not null check (length(title) between 1 and 120),
  what text not null check (length(what) <= 4000),
  stage text not null default 'open'
    check (stage in ('open', 'cause_known', 'fix_planned', 'fixed', 'watched', 'closed')),
  -- the reason whose cases it is about: suspected until a cause is verified
  reason text references reasons,
  cause text references reasons,
  cause_words text not null default '' check (length(cause_words) <= 2000),
  -- five whys, each the reason of the one before
  whys text[] not null default '{}' check (cardinality(whys) <= 5),
  owner_id uuid references users,
  fix text not null default '' check (length(fix) <= 2000),
  fix_due_on date,
  fixed_on date,
  -- an incident's span, and what to say to customers meanwhile
  began_at timestamptz,
  ended_at timestamptz,
  say text not null default '' check (length(say) <= 4000),
  conclusion text not null default '' check (length(conclusion) <= 2000),
  -- the incident that led to it
  incident_id uuid references problems,
  opened_at timestamptz not null,
  opened_by_id uuid references users,
  closed_at timestamptz,
  version bigint not null default 1,
  constraint problems_stage_of_kind check (kind = 'problem' or stage in ('open', 'fixed', 'closed')),
  constraint problems_cause_known check (kind = 'incident' or cause is not null
    or stage not in ('cause_known', 'fix_planned', 'fixed', 'watched')),
  constraint problems_fix_planned check (kind = 'incident' or (fix <> '' and fix_due_on is not null)
    or stage not in ('fix_planned', 'fixed', 'watched')),
  constraint problems_fixed check (kind = 'incident' or stage = 'closed'
    or (stage in ('fixed', 'watched')) = (fixed_on is not null)),
  constraint problems_incident check ((kind = 'incident') = (began_at is not null)
    and (kind = 'incident' and stage <> 'open') = (ended_at is not null)
    and (kind = 'problem' or num_nonnulls(cause, fix_due_on, fixed_on, incident_id) = 0)),
  constraint problems_closed check ((stage = 'closed') = (closed_at is not null)
    and (stage <> 'closed' or conclusion <> '')),
  constraint problems_own_incident check (incident_id <> id)
);
create unique index problems_number_key on problems (number);
create index problems_live on problems (kind, opened_at desc, id desc) where stage <> 'closed';
create index problems_closed_at on problems (opened_at desc, id desc) where stage = 'closed';
create index problems_owner on problems (owner_id);
create index problems_opened_by on problems (opened_by_id);
create index problems_incident_of on problems (incident_id);

create function problem_moves_legally() returns trigger language plpgsql as $$
begin
  if new.kind <> old.kind or new.number <> old.number or new.opened_at <> old.opened_at then
    raise exception 'what a problem is stays as it was opened' using errcode = '23514', constraint = 'problems_stay';
  end if;
  if new.stage <> old.stage and not (
    new.stage = 'closed'
    or (new.kind = 'incident' and (old.stage, new.stage) in (('open', 'fixed'), ('fixed', 'open'), ('closed', 'open')))
    or (new.kind = 'problem' and (old.stage, new.stage) in (('open', 'cause_known'), ('cause_known', 'fix_planned'),
      ('fix_planned', 'fixed'), ('fixed', 'watched'), ('fixed', 'cause_known'), ('watched', 'cause_known'),
      ('closed', 'cause_known'), ('closed', 'open')))) then
    raise exception 'a problem cannot go from % to %', old.stage, new.stage using errcode = '23514',
      constraint = 'problems_move';
  end if;
  return new;
end $$;
create trigger problems_move before update on problems for each row execute function problem_moves_legally();

-- What contributed, as a fishbone has it.
create table problem_factors (
  id uuid primary key,
  problem_id uuid not null references problems,
  category text not null check (category in ('people', 'process', 'policy', 'product', 'supplier', 'environment')),
  words text not null check (length(words) between 1 and 500),
  added_at timestamptz not null,
  added_by_id uuid references users
);
create index problem_factors_problem on problem_factors (problem_id, added_at, id);
create index problem_factors_added_by on problem_factors (added_by_id);

-- The timeline: what was done, found and noted.
create table problem_entries (
  id uuid primary key,
  problem_id uuid not null references problems,
  at timestamptz not null,
  by_id uuid references users,
  what text not null check (what in ('opened', 'note', 'changed', 'factor', 'factor_gone', 'linked', 'unlinked', 'cause',
    'fix', 'fixed', 'watched', 'closed', 'reopened', 'answer', 'answered', 'led')),
  words text not null check (length(words) <= 4500)
);
create index problem_entries_problem on problem_entries (problem_id, at desc, id desc);
create index problem_entries_by on problem_entries (by_id);

create table problem_cases (
  problem_id uuid not null references problems,
  case_id uuid not null references cases on delete cascade,
  linked_at timestamptz not null,
  linked_by_id uuid references users,
  primary key (problem_id, case_id)
);
create index problem_cases_case on problem_cases (case_id);
create index problem_cases_linked_by on problem_cases (linked_by_id);

-- One answer to all cases of an incident, done case by case in the background: what is done is in the row of the case,
-- written in the transaction that did it.
create table problem_answers (
  id uuid primary key,
  problem_id uuid not null references problems,
  means text not null check (means in ('email', 'letter', 'chat', 'call', 'note')),
  words text not null check (length(words) between 1 and 4000),
  -- whether the next step of each case is done with it
  ends_next_step boolean not null,
  asked_at timestamptz not null,
  asked_by_id uuid not null references users,
  finished_at timestamptz
);
create index problem_answers_problem on problem_answers (problem_id, asked_at desc);
create index problem_answers_asked_by on problem_answers (asked_by_id);
create index problem_answers_running on problem_answers (asked_at) where finished_at is null;

create table problem_answer_cases (
  answer_id uuid not null references problem_answers,
  case_id uuid not null references cases on delete cascade,
  stage text not null default 'waiting' check (stage in ('waiting', 'answered', 'passed_over')),
  interaction_id uuid references interactions on delete cascade,
  why text check (length(why) between 1 and 500),
  primary key (answer_id, case_id),
  constraint problem_answer_cases_done check ((stage = 'answered') = (interaction_id is not null)
    and (stage = 'passed_over') = (why is not null))
);
create index problem_answer_cases_waiting on problem_answer_cases (answer_id, case_id) where stage = 'waiting';
create index problem_answer_cases_case on problem_answer_cases (case_id);
create unique index problem_answer_cases_interaction on problem_answer_cases (interaction_id);

-- A case is answered once, whoever works on it and however often that begins anew.
create function answer_once() returns trigger language plpgsql as $$
begin
  if old.stage <> 'waiting' then
    raise exception 'this case was answered' using errcode = '23514', constraint = 'problem_answer_cases_once';
  end if;
  return new;
end $$;
create trigger problem_answer_cases_once before update on problem_answer_cases
  for each row execute function answer_once();

-- The third of the three facts, with where it comes from: a problem's cause, or somebody who looked at this very case.
alter table cases add column verified_at timestamptz;
alter table cases add column verified_by_id uuid references users;
alter table cases add column verified_problem_id uuid references problems;
alter table cases add constraint cases_verified check ((verified_cause is null) = (verified_at is null)
  and (verified_cause is not null or num_nonnulls(verified_by_id, verified_problem_id) = 0));
create index cases_verified_by on cases (verified_by_id);
create index cases_verified_problem on cases (verified_problem_id);
-- cases of a reason by when they came in: what a problem may be about, before its fix and after
create index cases_reason on cases (reason, opened_at);

alter table case_changes drop constraint case_changes_field_check;
alter table case_changes add constraint case_changes_field_check check (field in ('stage', 'owner', 'team', 'reason',
  'priority', 'value_at_risk', 'leaves_on', 'channel', 'kind', 'subject', 'stated_reason', 'customer', 'waiting_on',
  'just_cancel', 'verified_cause'));

-- Recoding: somebody else codes a sample of closed cases again, blind; how often both agree says what codes are worth.
create table recoding_samples (
  id uuid primary key,
  -- cases closed from this day until before that one, on this clock
  from_day date not null,
  until_day date not null,
  zone text not null check (length(zone) between 1 and 60),
  -- the same seed draws the same sample from the same cases
  seed bigint not null,
  asked smallint not null check (asked between 5 and 500),
  drawn_at timestamptz not null,
  drawn_by_id uuid references users,
  constraint recoding_samples_span check (until_day > from_day and until_day <= from_day + 366)
);
create index recoding_samples_drawn on recoding_samples (drawn_at desc, id desc);
create index recoding_samples_drawn_by on recoding_samples (drawn_by_id);

create table recodings (
  sample_id uuid not null references recoding_samples,
  case_id uuid not null references cases on delete cascade,
  position smallint not null,
  -- as it was coded when the sample was drawn, and by whom
  coded text not null references reasons,
  coded_by_id uuid references users,
  recoded text references reasons,
  recoded_at timestamptz,
  recoded_by_id uuid references users,
  primary key (sample_id, case_id),
  constraint recodings_whole check (num_nonnulls(recoded, recoded_at, recoded_by_id) in (0, 3)),
  constraint recodings_second_person check (recoded_by_id <> coded_by_id)
);
create unique index recodings_position on recodings (sample_id, position);
create index recodings_case on recodings (case_id);
create index recodings_coded_by on recodings (coded_by_id);
create index recodings_recoded_by on recodings (recoded_by_id);

create function recode_once() returns trigger language plpgsql as $$
begin
  if old.recoded is not null or (new.sample_id, new.case_id, new.position, new.coded, new.coded_by_id)
    is distinct from (old.sample_id, old.case_id, old.position, old.coded, old.coded_by_id) then
    raise exception 'a case is coded again once' using errcode = '23514', constraint = 'recodings_once';
  end if;
  return new;
end $$;
create trigger recodings_once before update on recodings for each row execute function recode_once();

call guard_version('problems');
call guard_append_only('problem_entries');
call guard_append_only('recoding_samples');
call guard_audited('problems');
call guard_audited('problem_factors');
call guard_audited('problem_cases');
call guard_audited('problem_answers');
call guard_audited('recoding_samples');
call guard_audited('recodings');
revoke delete, truncate on problems, problem_answers, problem_answer_cases, recodings from savedesk_app;
revoke update on problem_factors, problem_cases from savedesk_app;
grant select on problems, problem_factors, problem_entries, problem_cases, problem_answers, problem_answer_cases,
  recoding_samples, recodings to savedesk_read;
