-- R3: the log of a case. A correction is a new entry that points at the old one.
create table interactions (
  id uuid primary key,
  case_id uuid not null references cases on delete cascade,
  customer_id uuid not null references customers on delete cascade,
  at timestamptz not null,
  by_id uuid references users,
  kind text not null check (kind in ('save_attempt', 'call', 'email', 'chat', 'letter', 'note')),
  direction text check (direction in ('inbound', 'outbound')),
  channel text check (channel in ('phone', 'email', 'chat', 'letter')),
  body text not null check (length(body) <= 40000),
  response text check (response in ('saved', 'partly_saved', 'considering', 'declined', 'no_contact')),
  objection text references objections,
  next_step text check (length(next_step) between 1 and 300),
  next_step_at timestamptz,
  corrects_id uuid references interactions,
  constraint interactions_attempt_has_response check ((kind = 'save_attempt') = (response is not null)),
  constraint interactions_attempt_has_objection check (kind <> 'save_attempt' or response = 'no_contact' or objection is not null),
  constraint interactions_next_step_has_time check ((next_step is null) = (next_step_at is null))
);
create index interactions_case on interactions (case_id, at desc, id desc);
create index interactions_customer on interactions (customer_id, at desc, id desc);
create index interactions_by on interactions (by_id, at desc);
create unique index interactions_corrects_key on interactions (corrects_id);

create table interaction_levers (
  interaction_id uuid not null references interactions on delete cascade,
  lever text not null references levers,
  primary key (interaction_id, lever)
);

call guard_append_only('interactions');
call guard_append_only('interaction_levers');
call guard_audited('interactions');

-- An entry as every page reads it. Filters on i.* go through to the indexes.
create view interaction_entries as
select i.id, i.case_id, i.customer_id, c.number as case_number, i.at, i.by_id, u.name as by_name, i.kind, i.direction,
  i.channel, i.body, i.response, o.name as objection,
  array(
    select l.name
    from interaction_levers il
    join levers l on l.code = il.lever
    where il.interaction_id = i.id
    order by l.position
  ) as levers,
  i.next_step, i.next_step_at, i.corrects_id, later.id as corrected_by_id
from interactions i
join cases c on c.id = i.case_id
left join users u on u.id = i.by_id
left join objections o on o.code = i.objection
left join interactions later on later.corrects_id = i.id;
