-- Complaints that come by a regulator, a bureau, a review or the board: what each waits for and until when, the answer to
-- every allegation, and the sign-off by somebody who did not write it.

alter table cases drop constraint cases_channel_check;
alter table cases add constraint cases_channel_check check (channel in ('email', 'phone', 'chat', 'ticket', 'crm', 'letter',
  'social_review', 'bbb', 'fcc', 'cfpb', 'state_attorney', 'data_protection', 'executive', 'web_form'));

-- On which terms a source is answered. A version is published and never changed: what was taken in under it keeps it.
-- Terms are templates to check with counsel, not legal advice.
create table complaint_templates (
  id uuid primary key,
  code text not null check (code ~ '^[a-z0-9_]{2,40}$'),
  number integer not null check (number > 0),
  source text not null check (source in ('fcc', 'bbb', 'cfpb', 'state_attorney', 'data_protection', 'social_review',
    'executive')),
  name text not null check (length(name) between 1 and 60),
  -- how long there is from the day it was received, and how that is counted
  span smallint not null check (span between 1 and 365),
  counted text not null check (counted in ('days', 'working_days', 'months')),
  -- the time of the last day by which the answer is there, on the clock of a zone
  due_time time not null,
  zone text not null check (length(zone) between 1 and 60),
  -- whether what is answered can be read by everybody
  public boolean not null,
  addressed_to text not null check (addressed_to in ('regulator', 'customer', 'both')),
  address text not null check (length(address) <= 500),
  -- how often they may come back to an answer, and how long there is then
  rounds smallint not null check (rounds between 1 and 3),
  round_span smallint check (round_span between 1 and 365),
  -- how long there is in all once it is extended; nothing where it cannot be
  extended_span smallint check (extended_span between 1 and 365),
  citation text not null check (length(citation) <= 300),
  active boolean not null,
  published_at timestamptz not null,
  published_by_id uuid references users,
  constraint complaint_templates_rounds check ((rounds = 1) = (round_span is null)),
  constraint complaint_templates_extended check (extended_span is null or extended_span > span)
);
create unique index complaint_templates_version on complaint_templates (code, number);
create index complaint_templates_published_by on complaint_templates (published_by_id);
call guard_audited('complaint_templates');
call guard_append_only('complaint_templates');

create function zone_is_known() returns trigger language plpgsql as $$
begin
  if not exists (select from pg_timezone_names z where z.name = new.zone) then
    raise exception 'there is no zone %', new.zone using errcode = '23514', constraint = 'complaint_templates_zone';
  end if;
  return new;
end $$;
create trigger complaint_templates_zone before insert on complaint_templates
  for each row execute function zone_is_known();

select set_config('savedesk.audited', pg_current_xact_id()::text, true);
insert into complaint_templates (id, code, number, source, name, span, counted, due_time, zone, public, addressed_to,
    address, rounds, round_span, extended_span, citation, active, published_at)
select gen_random_uuid(), t.code, 1, t.source, t.name, t.span, t.counted, '17:00', t.zone, t.public, t.addressed_to,
  t.address, t.rounds, t.round_span, t.extended_span, t.citation, true, '2026-01-01'
from (values
  ('fcc', 'fcc', 'FCC informal complaint', 30, 'days', 'America/New_York', false, 'both',
    E'Federal Communications Commission\nConsumer and Governmental Affairs Bureau\n45 L Street NE\nWashington, DC 20554',
    1, null::integer, null::integer, 'FCC informal complaints: 30 days from the notice, 47 CFR 1.717'),
  ('bbb_14', 'bbb', 'BBB office, 14 days', 14, 'days', 'America/New_York', true, 'both',
    'Better Business Bureau', 2, 14, null, 'BBB complaint rules of offices that wait 14 calendar days'),
  ('bbb_30', 'bbb', 'BBB office, 30 days', 30, 'days', 'America/New_York', true, 'both',
    'Better Business Bureau', 2, 14, null, 'BBB complaint rules of offices that wait 30 calendar days'),
  ('cfpb', 'cfpb', 'CFPB complaint', 15, 'days', 'America/New_York', false, 'both',
    E'Consumer Financial Protection Bureau\n1700 G Street NW\nWashington, DC 20552', 1, null, 60,
    'CFPB company portal: 15 days, a final response by the 60th, 12 USC 5534'),
  ('state_attorney', 'state_attorney', 'State attorney general', 21, 'days', 'America/New_York', false, 'regulator',
    E'Office of the Attorney General\nConsumer Protection Division', 2, 14, null,
    'As the letter of the office says; 21 days where it says nothing'),
  ('data_protection', 'data_protection', 'Data protection request or complaint', 1, 'months', 'Europe/Berlin', false,
    'customer', '', 1, null, 3, 'GDPR Art. 12(3): one month, extendable by two'),
  ('social_review', 'social_review', 'Social review', 2, 'working_days', 'America/New_York', true, 'customer', '', 2, 2,
    null, 'Our own standard for public reviews'),
  ('executive', 'executive', 'Executive complaint', 5, 'working_days', 'America/New_York', false, 'customer', '', 1, null,
    10, 'Our own standard for letters to the board')
) as t (code, source, name, span, counted, zone, public, addressed_to, address, rounds, round_span, extended_span, citation);

-- The last day of a span that begins with the day something was received. A month after the 31st is the last of the next.
create function complaint_day(received date, span integer, counted text) returns date language sql immutable as $$
  select case counted
    when 'days' then received + span
    when 'months' then (received + make_interval(months => span))::date
    else (
      select received + n
      from generate_series(1, span * 2 + 7) n
      where extract(isodow from received + n) < 6
      order by n
      offset span - 1
      limit 1)
  end
$$;

create function complaint_due(of_template uuid, received date, within integer) returns timestamptz language sql stable as $$
  select (complaint_day(received, within, t.counted) + t.due_time) at time zone t.zone
  from complaint_templates t
  where t.id = of_template
$$;

create table complaints (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  -- whoever complains was not found among the customers yet
  unknown boolean not null,
  template_id uuid not null references complaint_templates,
  source text not null,
  -- its number there
  external_ref text check (length(external_ref) between 1 and 80),
  -- whether their words can be read by everybody
  public boolean not null,
  -- who complains, as the source says
  complainant text not null default '' check (length(complainant) <= 200),
  email text not null default '' check (length(email) <= 254),
  phone text not null default '' check (length(phone) <= 40),
  place text not null default '' check (length(place) <= 200),
  stage text not null default 'received' check (stage in ('received', 'answering', 'in_review', 'signed', 'sent',
    'closed')),
  round smallint not null default 1 check (round > 0),
  -- of the response of this round: what is written after somebody was to sign off, or did, is another
  revision integer not null default 1 check (revision > 0),
  -- who was asked to sign off
  reviewer_id uuid references users,
  taken_in_at timestamptz not null,
  taken_in_by_id uuid references users,
  ended_at timestamptz,
  ended_how text check (ended_how in ('answered', 'withdrawn', 'duplicate', 'not_ours', 'before')),
  ended_because text not null default '' check (length(ended_because) <= 4000),
  ended_by_id uuid references users,
  version bigint not null default 1,
  constraint complaints_ended check ((stage = 'closed') = (ended_at is not null)
    and (ended_at is null) = (ended_how is null))
);
-- the same complaint is not taken in twice
create unique index complaints_external on complaints (source, lower(external_ref));
create index complaints_case on complaints (case_id);
create index complaints_customer on complaints (customer_id);
create index complaints_template on complaints (template_id);
create index complaints_reviewer on complaints (reviewer_id);
create index complaints_taken_in_by on complaints (taken_in_by_id);
create index complaints_ended_by on complaints (ended_by_id);
create index complaints_over on complaints (taken_in_at desc, id desc) where stage in ('sent', 'closed');

-- What they wrote, and what is answered: once, and again where they may come back.
create table complaint_rounds (
  complaint_id uuid not null references complaints on delete cascade,
  round smallint not null check (round > 0),
  received_on date not null,
  words text not null check (length(words) <= 40000),
  due_at timestamptz not null,
  -- why then (R2)
  because text not null check (length(because) between 1 and 1000),
  opening text not null default '' check (length(opening) <= 4000),
  closing text not null default '' check (length(closing) <= 4000),
  -- what everybody may read
  public_words text not null default '' check (length(public_words) <= 4000),
  -- the revision that was sent
  signed_revision integer,
  sent_at timestamptz,
  sent_by_id uuid references users,
  sent_how text check (sent_how in ('portal', 'email', 'letter', 'posted')),
  version bigint not null default 1,
  primary key (complaint_id, round),
  constraint complaint_rounds_sent check (num_nonnulls(signed_revision, sent_at, sent_how) in (0, 3))
);
create index complaint_rounds_sent_by on complaint_rounds (sent_by_id);

create table complaint_allegations (
  id uuid primary key,
  complaint_id uuid not null,
  round smallint not null,
  position smallint not null check (position > 0),
  -- as they say it
  words text not null check (length(words) between 1 and 4000),
  finding text check (finding in ('upheld', 'partly', 'not_upheld', 'unclear')),
  answer text not null default '' check (length(answer) <= 8000),
  version bigint not null default 1,
  constraint complaint_allegations_round foreign key (complaint_id, round) references complaint_rounds on delete cascade
);
create index complaint_allegations_complaint on complaint_allegations (complaint_id, round, position);

-- What was done about it, with the promise or the offer that stands for it.
create table complaint_actions (
  id uuid primary key,
  complaint_id uuid not null,
  round smallint not null,
  position smallint not null check (position > 0),
  what text not null check (length(what) between 1 and 1000),
  done_on date,
  promise_id uuid references promises,
  offer_id uuid references offers,
  constraint complaint_actions_round foreign key (complaint_id, round) references complaint_rounds on delete cascade,
  constraint complaint_actions_of_one check (num_nonnulls(promise_id, offer_id) <= 1)
);
create index complaint_actions_complaint on complaint_actions (complaint_id, round, position);
create index complaint_actions_promise on complaint_actions (promise_id);
create index complaint_actions_offer on complaint_actions (offer_id);

-- What happened to it; a part of the case's log (R3).
create table complaint_entries (
  id uuid primary key,
  complaint_id uuid not null references complaints on delete cascade,
  at timestamptz not null,
  by_id uuid references users,
  what text not null check (what in ('taken_in', 'linked', 'wrote', 'review_asked', 'returned', 'reopened', 'signed',
    'sent', 'rebutted', 'extended', 'ended')),
  round smallint not null,
  revision integer not null,
  words text not null default '' check (length(words) <= 4000)
);
create index complaint_entries_complaint on complaint_entries (complaint_id, at desc, id desc);
create index complaint_entries_by on complaint_entries (by_id);

-- Who signed off which revision: somebody who did not write it.
create table complaint_signatures (
  complaint_id uuid not null references complaints on delete cascade,
  round smallint not null,
  revision integer not null,
  at timestamptz not null,
  by_id uuid not null references users,
  primary key (complaint_id, round, revision)
);
create index complaint_signatures_by on complaint_signatures (by_id);
-- what is sent was signed off, as it is sent
alter table complaint_rounds add constraint complaint_rounds_signed foreign key (complaint_id, round, signed_revision)
  references complaint_signatures (complaint_id, round, revision) deferrable initially deferred;

-- The one way a statutory deadline becomes another: where its template allows, once, for a reason.
create table complaint_extensions (
  complaint_id uuid not null,
  round smallint not null,
  at timestamptz not null,
  by_id uuid references users,
  why text not null check (length(why) between 1 and 1000),
  was_due_at timestamptz not null,
  due_at timestamptz not null,
  primary key (complaint_id, round),
  constraint complaint_extensions_round foreign key (complaint_id, round) references complaint_rounds on delete cascade
);
create index complaint_extensions_by on complaint_extensions (by_id);

create function complaint_begins() returns trigger language plpgsql as $$
begin
  if new.stage not in ('received', 'closed') or new.round <> 1 or new.revision <> 1 then
    raise exception 'a complaint begins as it is received' using errcode = '23514', constraint = 'complaints_begin';
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.customer_id = new.customer_id) then
    raise exception 'a complaint is of the customer of its case' using errcode = '23514', constraint = 'complaints_customer';
  end if;
  if not exists (select from complaint_templates t where t.id = new.template_id and t.source = new.source) then
    raise exception 'a complaint has the source of its template' using errcode = '23514', constraint = 'complaints_source';
  end if;
  return new;
end $$;
create trigger complaints_begin before insert on complaints for each row execute function complaint_begins();

create function complaint_moves_legally() returns trigger language plpgsql as $$
begin
  if (new.template_id, new.source, new.external_ref, new.taken_in_at, new.taken_in_by_id) is distinct from
    (old.template_id, old.source, old.external_ref, old.taken_in_at, old.taken_in_by_id) then
    raise exception 'what was taken in stays as it is' using errcode = '23514', constraint = 'complaints_stay';
  end if;
  if (new.case_id, new.customer_id, new.unknown) is distinct from (old.case_id, old.customer_id, old.unknown)
    and (not old.unknown or new.unknown) then
    raise exception 'a complaint is linked to its customer once' using errcode = '23514', constraint = 'complaints_linked_once';
  end if;
  if new.stage <> old.stage and (old.stage, new.stage) not in (
    ('received', 'answering'), ('received', 'closed'), ('answering', 'in_review'), ('answering', 'closed'),
    ('in_review', 'answering'), ('in_review', 'signed'), ('in_review', 'closed'), ('signed', 'answering'),
    ('signed', 'sent'), ('signed', 'closed'), ('sent', 'answering'), ('sent', 'closed')) then
    raise exception 'a complaint cannot go from % to %', old.stage, new.stage using errcode = '23514',
      constraint = 'complaints_stage_moves';
  end if;
  if old.stage = 'sent' and new.stage = 'answering' then
    if (new.round, new.revision) <> (old.round + 1, 1)
      or new.round > (select t.rounds from complaint_templates t where t.id = new.template_id) then
      raise exception 'this source does not come back so often' using errcode = '23514', constraint = 'complaints_rounds';
    end if;
  elsif new.round <> old.round then
    raise exception 'a round begins after an answer' using errcode = '23514', constraint = 'complaints_rounds';
  elsif new.revision <> old.revision + (old.stage in ('in_review', 'signed') and new.stage = 'answering')::integer then
    raise exception 'what is written after a review is another revision' using errcode = '23514',
      constraint = 'complaints_revision';
  end if;
  if new.stage = 'in_review' and (
    not exists (select from complaint_allegations a where a.complaint_id = new.id and a.round = new.round)
    or exists (
      select from complaint_allegations a
      where a.complaint_id = new.id and a.round = new.round and (a.finding is null or a.answer = ''))) then
    raise exception 'every allegation is answered before anybody reviews' using errcode = '23514',
      constraint = 'complaints_answered';
  end if;
  if new.stage = 'signed' and old.stage <> 'signed' and not exists (
    select from complaint_signatures s
    where s.complaint_id = new.id and s.round = new.round and s.revision = new.revision) then
    raise exception 'nobody signed this revision off' using errcode = '23514', constraint = 'complaints_signed';
  end if;
  if new.stage = 'sent' and old.stage <> 'sent' and not exists (
    select from complaint_rounds r where r.complaint_id = new.id and r.round = new.round and r.sent_at is not null) then
    raise exception 'nothing was sent' using errcode = '23514', constraint = 'complaints_sent';
  end if;
  if new.stage = 'closed' and old.stage <> 'closed' and (new.ended_how = 'answered') <> (old.stage = 'sent') then
    raise exception 'a complaint is answered once its answer was sent' using errcode = '23514',
      constraint = 'complaints_ended_how';
  end if;
  return new;
end $$;
create trigger complaints_moves before update on complaints for each row execute function complaint_moves_legally();

-- A complaint, its case and its round belong together when all is done.
create function complaint_holds_together() returns trigger language plpgsql as $$
declare
  c complaints;
begin
  select * into c from complaints where id = new.id;
  if not found then
    return null;
  end if;
  if not exists (select from cases k where k.id = c.case_id and k.customer_id = c.customer_id) then
    raise exception 'a complaint is of the customer of its case' using errcode = '23514', constraint = 'complaints_customer';
  end if;
  if not exists (select from complaint_rounds r where r.complaint_id = c.id and r.round = c.round) then
    raise exception 'a complaint has its round' using errcode = '23514', constraint = 'complaints_round';
  end if;
  return null;
end $$;
create constraint trigger complaints_together after insert or update on complaints
  deferrable initially deferred for each row execute function complaint_holds_together();

create function complaint_round_is_due() returns trigger language plpgsql as $$
declare
  c complaints;
  t complaint_templates;
begin
  select * into c from complaints where id = new.complaint_id;
  select * into t from complaint_templates where id = c.template_id;
  if tg_op = 'INSERT' then
    if new.round <> c.round or new.sent_at is not null then
      raise exception 'a round begins with the complaint' using errcode = '23514', constraint = 'complaint_rounds_begin';
    end if;
    if new.due_at <> complaint_due(t.id, new.received_on, case when new.round = 1 then t.span else t.round_span end) then
      raise exception 'when a complaint is due follows from its template' using errcode = '23514',
        constraint = 'complaint_rounds_due';
    end if;
    return new;
  end if;
  if (new.received_on, new.words) is distinct from (old.received_on, old.words) then
    raise exception 'what was received stays as it is' using errcode = '23514', constraint = 'complaint_rounds_stay';
  end if;
  if new.due_at <> old.due_at and not exists (
    select from complaint_extensions e
    where e.complaint_id = new.complaint_id and e.round = new.round and e.due_at = new.due_at) then
    raise exception 'a statutory deadline cannot be moved' using errcode = '23514', constraint = 'complaint_rounds_due';
  end if;
  if (new.opening, new.closing, new.public_words) is distinct from (old.opening, old.closing, old.public_words)
    and (c.stage not in ('received', 'answering') or c.round <> new.round) then
    raise exception 'a response under review is not written' using errcode = '23514', constraint = 'complaint_rounds_written';
  end if;
  if old.sent_at is not null and (new.sent_at, new.sent_how, new.sent_by_id, new.signed_revision) is distinct from
    (old.sent_at, old.sent_how, old.sent_by_id, old.signed_revision) then
    raise exception 'what was sent stays sent' using errcode = '23514', constraint = 'complaint_rounds_sent_once';
  end if;
  if old.sent_at is null and new.sent_at is not null
    and (c.stage, c.round, c.revision) is distinct from ('signed', new.round, new.signed_revision) then
    raise exception 'what is sent was signed off' using errcode = '23514', constraint = 'complaint_rounds_sent_signed';
  end if;
  return new;
end $$;
create trigger complaint_rounds_due before insert or update on complaint_rounds
  for each row execute function complaint_round_is_due();

-- A response is written while it is being answered; a change later takes it back first, and voids the sign-off.
create function complaint_is_written() returns trigger language plpgsql as $$
declare
  of_complaint uuid := case when tg_op = 'DELETE' then old.complaint_id else new.complaint_id end;
  in_round smallint := case when tg_op = 'DELETE' then old.round else new.round end;
begin
  if exists (
    select from complaints c
    where c.id = of_complaint and (c.stage not in ('received', 'answering') or c.round <> in_round)) then
    raise exception 'a response under review is not written' using errcode = '23514',
      constraint = 'complaints_written';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger complaint_allegations_written before insert or update or delete on complaint_allegations
  for each row execute function complaint_is_written();
create trigger complaint_actions_written before insert or update or delete on complaint_actions
  for each row execute function complaint_is_written();

-- Four eyes: whoever signs off may do so, and wrote nothing of it.
create function complaint_is_signed() returns trigger language plpgsql as $$
begin
  if not exists (
    select from complaints c
    where c.id = new.complaint_id and (c.stage, c.round, c.revision) = ('in_review', new.round, new.revision)) then
    raise exception 'only what is in review is signed off, as it is' using errcode = '23514',
      constraint = 'complaint_signatures_in_review';
  end if;
  if not exists (
    select from users u
    join user_roles r on r.user_id = u.id and r.role in ('supervisor', 'manager')
    where u.id = new.by_id and u.active) then
    raise exception 'not somebody who may sign off' using errcode = '42501', constraint = 'complaint_signatures_may';
  end if;
  if exists (
    select from complaint_entries e
    where e.complaint_id = new.complaint_id and e.round = new.round and e.by_id = new.by_id
      and e.what in ('wrote', 'review_asked')) then
    raise exception 'nobody signs off what they wrote' using errcode = '42501', constraint = 'complaint_signatures_four_eyes';
  end if;
  new.at := desk_now(new.at);
  return new;
end $$;
create trigger complaint_signatures_four_eyes before insert on complaint_signatures
  for each row execute function complaint_is_signed();

create function complaint_is_extended() returns trigger language plpgsql as $$
declare
  r complaint_rounds;
  t complaint_templates;
begin
  select * into r from complaint_rounds where complaint_id = new.complaint_id and round = new.round;
  select p.* into t from complaints c join complaint_templates p on p.id = c.template_id where c.id = new.complaint_id;
  if new.round <> 1 or t.extended_span is null then
    raise exception 'this deadline cannot be extended' using errcode = '23514', constraint = 'complaint_extensions_allowed';
  end if;
  if r.sent_at is not null or new.was_due_at <> r.due_at
    or new.due_at <> complaint_due(t.id, r.received_on, t.extended_span) then
    raise exception 'an extension is what its template allows' using errcode = '23514',
      constraint = 'complaint_extensions_due';
  end if;
  new.at := desk_now(new.at);
  if new.at > r.due_at then
    raise exception 'what is late is not extended' using errcode = '23514', constraint = 'complaint_extensions_in_time';
  end if;
  return new;
end $$;
create trigger complaint_extensions_allowed before insert on complaint_extensions
  for each row execute function complaint_is_extended();

call guard_version('complaints');
call guard_version('complaint_rounds');
call guard_version('complaint_allegations');
call guard_audited('complaints');
call guard_audited('complaint_rounds');
call guard_audited('complaint_allegations');
call guard_audited('complaint_actions');
call guard_audited('complaint_signatures');
call guard_audited('complaint_extensions');
call guard_append_only('complaint_signatures');
call guard_append_only('complaint_extensions');
call guard_append_only('complaint_entries');
revoke delete, truncate on complaints, complaint_rounds from savedesk_app;

-- Cases that wait for a regulator's answer already become complaints, on the terms of their channel.
create temporary table taken_over on commit drop as
  select d.id as deadline_id, gen_random_uuid() as complaint_id, c.id as case_id, c.customer_id, c.channel, t.id as template_id,
    t.span, t.public, c.stated_reason, c.opened_at, c.opened_by_id, not cu.identified as unknown,
    (c.opened_at at time zone t.zone)::date as received_on, t.name
  from deadlines d
  join cases c on c.id = d.case_id
  join customers cu on cu.id = c.customer_id
  join complaint_templates t on t.code = case c.channel when 'bbb' then 'bbb_14' else c.channel end
  where d.kind = 'regulator_response' and d.stage = 'open';
insert into complaints (id, case_id, customer_id, unknown, template_id, source, public, taken_in_at, taken_in_by_id)
select complaint_id, case_id, customer_id, unknown, template_id, channel, public, opened_at, opened_by_id
from taken_over;
insert into complaint_rounds (complaint_id, round, received_on, words, due_at, because)
select complaint_id, 1, received_on, stated_reason, complaint_due(template_id, received_on, span),
  span || ' days after it was received'
from taken_over;
update deadlines d
set subject_id = t.complaint_id, due_at = r.due_at, because = r.because
from taken_over t
join complaint_rounds r on r.complaint_id = t.complaint_id
where d.id = t.deadline_id;
delete from time_targets where code like 'regulator\_response.%';

-- A regulator's deadline is that of a complaint, of which a case can have several.
do $$
declare
  listed text := (select substring(pg_get_constraintdef(oid) from 7) from pg_constraint where conname = 'deadlines_subject');
begin
  alter table deadlines drop constraint deadlines_subject;
  execute format('alter table deadlines add constraint deadlines_subject check (kind = ''regulator_response'' or %s)', listed);
end $$;
alter table deadlines add constraint deadlines_of_complaint
  check (kind <> 'regulator_response' or stage <> 'open' or subject_id is not null);
drop index deadlines_one_first_action;
create unique index deadlines_one_first_action on deadlines (case_id, kind)
  where stage = 'open' and kind in ('first_action', 'cancel_request');

-- It is due when its complaint is, and cannot be moved.
create function regulator_deadline_stays() returns trigger language plpgsql as $$
begin
  if not exists (
    select from complaints c
    join complaint_rounds r on r.complaint_id = c.id and r.round = c.round
    where c.id = new.subject_id and r.due_at = new.due_at) then
    raise exception 'a statutory deadline cannot be moved' using errcode = '23514', constraint = 'deadlines_statutory';
  end if;
  return new;
end $$;
create trigger deadlines_statutory before insert or update of due_at, stage, subject_id, kind on deadlines
  for each row when (new.kind = 'regulator_response' and new.stage = 'open') execute function regulator_deadline_stays();

-- As long as an answer is owed its deadline is open, and no longer. Looked at when all is done.
create function complaint_has_deadline() returns trigger language plpgsql as $$
declare
  which uuid := coalesce(to_jsonb(new)->>'subject_id', to_jsonb(new)->>'id')::uuid;
begin
  if exists (
    select from complaints c
    where c.id = which
      and (c.stage in ('received', 'answering', 'in_review', 'signed')) <> exists (
        select from deadlines d
        where d.subject_id = c.id and d.kind = 'regulator_response' and d.stage = 'open' and d.case_id = c.case_id)) then
    raise exception 'an answer that is owed is due, and no other is' using errcode = '23514',
      constraint = 'complaints_deadline';
  end if;
  return null;
end $$;
create constraint trigger complaints_deadline after insert or update on complaints
  deferrable initially deferred for each row execute function complaint_has_deadline();
create constraint trigger deadlines_complaint after insert or update on deadlines
  deferrable initially deferred for each row when (new.kind = 'regulator_response' and new.subject_id is not null)
  execute function complaint_has_deadline();

-- What came by a regulator has its complaint, whichever way the case was opened.
create function case_has_complaint() returns trigger language plpgsql as $$
begin
  if not exists (select from complaints c where c.case_id = new.id) and exists (select from cases k where k.id = new.id) then
    raise exception 'a case that came by % has its complaint', new.channel using errcode = '23514',
      constraint = 'cases_complaint';
  end if;
  return null;
end $$;
create constraint trigger cases_complaint after insert on cases
  deferrable initially deferred for each row
  when (new.channel in ('fcc', 'bbb', 'cfpb', 'state_attorney', 'data_protection', 'social_review', 'executive'))
  execute function case_has_complaint();

-- A case is given to the customer it turned out to be of, while nothing else rests on who it was thought to be of; its
-- log goes along.
create function case_finds_customer() returns trigger language plpgsql as $$
begin
  if exists (select from customers c where c.id = old.customer_id and c.identified)
    or exists (select from offers o where o.case_id = new.id)
    or exists (select from promises p where p.case_id = new.id)
    or exists (select from requests q where q.case_id = new.id) then
    raise exception 'a case stays with its customer' using errcode = '23514', constraint = 'cases_customer_stays';
  end if;
  return new;
end $$;
create trigger cases_customer_stays before update of customer_id on cases
  for each row when (new.customer_id <> old.customer_id) execute function case_finds_customer();

create function log_goes_along() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  insert into file_contents (customer_id, sha256, bytes)
  select distinct new.customer_id, c.sha256, c.bytes
  from files f
  join file_contents c on c.customer_id = f.customer_id and c.sha256 = f.sha256
  where f.case_id = new.id
  on conflict do nothing;
  update files set customer_id = new.customer_id where case_id = new.id;
  update interactions set customer_id = new.customer_id where case_id = new.id;
  return null;
end $$;
create trigger cases_log_goes_along after update of customer_id on cases
  for each row when (new.customer_id <> old.customer_id) execute function log_goes_along();

-- What is append-only may follow its case to another customer, and not change otherwise (R3).
create function refuse_change_but_customer() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'customer_id' = to_jsonb(old) - 'customer_id'
    and exists (select from cases c where c.id = new.case_id and c.customer_id = new.customer_id) then
    return new;
  end if;
  raise exception '% on % is not allowed: it is append-only', tg_op, tg_table_name using errcode = '42501';
end $$;
drop trigger interactions_append_only on interactions;
create trigger interactions_append_only before update or delete on interactions
  for each row execute function refuse_change_but_customer();
drop trigger files_append_only on files;
create trigger files_append_only before update or delete on files
  for each row execute function refuse_change_but_customer();

grant select on complaint_templates, complaint_entries, complaint_signatures, complaint_extensions to savedesk_read;
grant select (id, case_id, customer_id, unknown, template_id, source, external_ref, public, stage, round, revision,
  reviewer_id, taken_in_at, taken_in_by_id, ended_at, ended_how, ended_by_id, version) on complaints to savedesk_read;
