-- Sums of what was due, decided, answered and done, by day and by month in UTC, so that reports read few rows however many
-- there are. Days of a reader begin at the reader's midnight: the parts of days at both ends of a span are counted row by
-- row. As with outcomes, a change of a row leaves its difference in a table of its own, and what is read is both together.

-- What counts, table by table: the one place that says so. What is open and past its time is not here, since nothing
-- happens to its row as it comes to be late; `service_between` looks at those. Figures of a person ("_of") know no team.
create view service_events as
  select 'deadlines'::text as source, 'deadline'::text as figure, d.id, d.case_id, d.due_at as at, d.kind as value,
    deadline_came_to(d) as came_to, -1 as minutes, 0 as passes
  from deadlines d
  where d.stage <> 'open' and deadline_came_to(d) is not null
  union all
  select 'deadlines', 'first_action_of', d.id, d.case_id, d.due_at, c.owner_id::text, deadline_came_to(d), -1, 0
  from deadlines d
  join cases c on c.id = d.case_id
  where d.kind = 'first_action' and d.stage <> 'open' and deadline_came_to(d) is not null and c.owner_id is not null
  union all
  select 'promises', 'promise', p.id, p.case_id, p.due_at, '', p.stage, -1, 0
  from promises p
  union all
  select 'promises', 'promise_of', p.id, p.case_id, p.due_at, p.owner_id::text, p.stage, -1, 0
  from promises p
  union all
  select 'approvals', 'approval', a.id, a.case_id, a.ended_at, '', a.stage, coalesce(a.decision_minutes, -1), 0
  from approvals a
  where a.ended_at is not null and a.stage <> 'withdrawn'
  union all
  select 'requests', 'answer', r.id, r.case_id, r.ended_at, r.department_id::text,
    case when r.ended_at <= r.due_at then 'in_time' else 'late' end,
    floor(extract(epoch from r.ended_at - r.asked_at) / 60)::integer, r.passes::integer
  from requests r
  where r.ended_at is not null and r.stage = 'answered'
  union all
  select 'cases', 'first_act', c.id, c.id, c.first_action_at, '', '', coalesce(c.first_action_minutes, -1), 0
  from cases c
  where c.first_action_at is not null
  union all
  select 'cases', 'first_wait', c.id, c.id, c.first_action_at, '', '',
    floor(extract(epoch from c.first_action_at - c.opened_at) / 60)::integer, 0
  from cases c
  where c.first_action_at is not null
  union all
  -- what was accepted stays so, whatever becomes of it
  select 'offers', 'offer', o.id, o.case_id, o.presented_at, r.version_id::text,
    case when o.stage in ('fulfilled', 'failed') then 'accepted' else o.stage end, -1, 0
  from offers o
  join offer_revisions r on r.offer_id = o.id and r.revision = o.presented_revision
  where o.presented_at is not null
  union all
  select 'offers', 'offer_of', o.id, o.case_id, o.presented_at, o.made_by_id::text,
    case when o.stage in ('fulfilled', 'failed') then 'accepted' else o.stage end, -1, 0
  from offers o
  where o.presented_at is not null
  union all
  select 'interactions', 'attempt_of', i.id, i.case_id, i.at, i.by_id::text,
    case when attempt_is_whole(i) then 'whole' else 'lacking' end, -1, 0
  from interactions i
  where i.kind = 'save_attempt' and i.by_id is not null;

create function service_team(figure text, of_case uuid) returns uuid language sql stable as $$
  select coalesce(
    case when figure not like '%\_of' then (select c.team_id from cases c where c.id = of_case) end,
    '00000000-0000-0000-0000-000000000000')
$$;

create table service_changes (
  figure text not null,
  day date not null,
  team uuid not null,
  value text not null,
  came_to text not null,
  -- how long it took; -1 where nobody knows, or where it takes no time
  minutes integer not null,
  counted bigint not null,
  passes bigint not null
);
create index service_changes_day on service_changes (figure, day);

create table service_sums (
  figure text not null,
  grain text not null check (grain in ('day', 'month')),
  starts_on date not null,
  team uuid not null,
  value text not null,
  came_to text not null,
  minutes integer not null,
  counted bigint not null,
  passes bigint not null,
  primary key (figure, grain, starts_on, team, value, came_to, minutes)
);

-- Adds what a row counts for, as it stands in its table at this moment, or takes it back.
create function service_counts(of_source text, row_id uuid, times integer) returns void language sql security definer
  set search_path = public, pg_temp as $$
  insert into service_changes
  select e.figure, (e.at at time zone 'UTC')::date, service_team(e.figure, e.case_id), e.value, e.came_to, e.minutes,
    times, times * e.passes
  from service_events e
  where e.source = of_source and e.id = row_id
$$;

-- Before a row changes it counts as it was, after it as it is.
create function service_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_when = 'BEFORE' then
    perform service_counts(tg_table_name, old.id, -1);
    return new;
  end if;
  perform service_counts(tg_table_name, new.id, 1);
  return null;
end $$;

create trigger deadlines_counted_at_once after insert on deadlines for each row when (new.stage <> 'open')
  execute function service_changed();
create trigger deadlines_count_no_more before update on deadlines for each row
  when (old.stage <> 'open' and (old.stage, old.due_at, old.ended_at, old.paused_at)
    is distinct from (new.stage, new.due_at, new.ended_at, new.paused_at))
  execute function service_changed();
create trigger deadlines_counted after update on deadlines for each row
  when (new.stage <> 'open' and (old.stage, old.due_at, old.ended_at, old.paused_at)
    is distinct from (new.stage, new.due_at, new.ended_at, new.paused_at))
  execute function service_changed();

create trigger promises_counted_at_once after insert on promises for each row execute function service_changed();
create trigger promises_count_no_more before update on promises for each row
  when ((old.stage, old.due_at, old.owner_id) is distinct from (new.stage, new.due_at, new.owner_id))
  execute function service_changed();
create trigger promises_counted after update on promises for each row
  when ((old.stage, old.due_at, old.owner_id) is distinct from (new.stage, new.due_at, new.owner_id))
  execute function service_changed();

create trigger approvals_counted_at_once after insert on approvals for each row when (new.ended_at is not null)
  execute function service_changed();
create trigger approvals_count_no_more before update on approvals for each row
  when (old.ended_at is not null and (old.stage, old.ended_at, old.decision_minutes)
    is distinct from (new.stage, new.ended_at, new.decision_minutes))
  execute function service_changed();
create trigger approvals_counted after update on approvals for each row
  when (new.ended_at is not null and (old.stage, old.ended_at, old.decision_minutes)
    is distinct from (new.stage, new.ended_at, new.decision_minutes))
  execute function service_changed();

create trigger requests_counted_at_once after insert on requests for each row when (new.stage = 'answered')
  execute function service_changed();
create trigger requests_count_no_more before update on requests for each row
  when (old.stage = 'answered' and (old.stage, old.ended_at, old.due_at, old.asked_at, old.department_id, old.passes)
    is distinct from (new.stage, new.ended_at, new.due_at, new.asked_at, new.department_id, new.passes))
  execute function service_changed();
create trigger requests_counted after update on requests for each row
  when (new.stage = 'answered' and (old.stage, old.ended_at, old.due_at, old.asked_at, old.department_id, old.passes)
    is distinct from (new.stage, new.ended_at, new.due_at, new.asked_at, new.department_id, new.passes))
  execute function service_changed();

create trigger offers_counted_at_once after insert on offers for each row when (new.presented_at is not null)
  execute function service_changed();
create trigger offers_count_no_more before update on offers for each row
  when (old.presented_at is not null and (old.stage, old.presented_at, old.presented_revision, old.made_by_id)
    is distinct from (new.stage, new.presented_at, new.presented_revision, new.made_by_id))
  execute function service_changed();
create trigger offers_counted after update on offers for each row
  when (new.presented_at is not null and (old.stage, old.presented_at, old.presented_revision, old.made_by_id)
    is distinct from (new.stage, new.presented_at, new.presented_revision, new.made_by_id))
  execute function service_changed();

-- an attempt gets its levers after its row
create constraint trigger interactions_counted after insert on interactions deferrable initially deferred for each row
  when (new.kind = 'save_attempt') execute function service_changed();

-- What happened in a case is its team's, and its first action its owner's: of those who have it now.
create function case_services_changed() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  of_case uuid := new.id;
  times integer := case when tg_when = 'BEFORE' then -1 else 1 end;
  figures text[] := '{}';
begin
  if tg_op = 'INSERT' then
    figures := array['first_act', 'first_wait'];
  else
    if old.team_id is distinct from new.team_id then
      figures := array['deadline', 'promise', 'approval', 'answer', 'offer'];
    end if;
    if old.owner_id is distinct from new.owner_id then
      figures := figures || array['first_action_of'];
    end if;
    if (old.team_id, old.first_action_at, old.first_action_minutes, old.opened_at)
      is distinct from (new.team_id, new.first_action_at, new.first_action_minutes, new.opened_at) then
      figures := figures || array['first_act', 'first_wait'];
    end if;
  end if;
  insert into service_changes
  select e.figure, (e.at at time zone 'UTC')::date, service_team(e.figure, e.case_id), e.value, e.came_to, e.minutes,
    times, times * e.passes
  from service_events e
  where e.case_id = of_case and e.figure = any(figures);
  return case when tg_when = 'BEFORE' then new end;
end $$;
create trigger cases_counted_at_once after insert on cases for each row when (new.first_action_at is not null)
  execute function case_services_changed();
create trigger cases_count_no_more before update on cases for each row
  when ((old.team_id, old.owner_id, old.first_action_at, old.first_action_minutes, old.opened_at)
    is distinct from (new.team_id, new.owner_id, new.first_action_at, new.first_action_minutes, new.opened_at))
  execute function case_services_changed();
create trigger cases_counted after update on cases for each row
  when ((old.team_id, old.owner_id, old.first_action_at, old.first_action_minutes, old.opened_at)
    is distinct from (new.team_id, new.owner_id, new.first_action_at, new.first_action_minutes, new.opened_at))
  execute function case_services_changed();

create function fold_services() returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
  many bigint;
begin
  -- one at a time; who comes meanwhile has nothing to do
  if not pg_try_advisory_xact_lock(hashtext('fold_services')) then
    return 0;
  end if;
  with taken as (delete from service_changes returning *)
  insert into service_sums as s
  select c.figure, g.grain, g.starts_on, c.team, c.value, c.came_to, c.minutes, sum(c.counted), sum(c.passes)
  from taken c
  cross join lateral (values ('day', c.day), ('month', date_trunc('month', c.day)::date)) g (grain, starts_on)
  group by c.figure, g.grain, g.starts_on, c.team, c.value, c.came_to, c.minutes
  having sum(c.counted) <> 0 or sum(c.passes) <> 0
  order by c.figure, g.grain, g.starts_on
  on conflict (figure, grain, starts_on, team, value, came_to, minutes) do update set
    counted = s.counted + excluded.counted, passes = s.passes + excluded.passes;
  get diagnostics many = row_count;
  return many;
end $$;

-- All sums anew from the rows themselves: for what was there before, and for what came in past the triggers.
create function sum_services() returns void language sql security definer set search_path = public, pg_temp
  set work_mem = '256MB' as $$
  delete from service_changes;
  delete from service_sums;
  insert into service_sums
  select e.figure, 'day', (e.at at time zone 'UTC')::date, coalesce(case when e.figure not like '%\_of' then c.team_id end,
      '00000000-0000-0000-0000-000000000000'), e.value, e.came_to, e.minutes, count(*), sum(e.passes)
  from service_events e
  join cases c on c.id = e.case_id
  group by 1, 3, 4, 5, 6, 7
  order by 1, 3;
  insert into service_sums
  select s.figure, 'month', date_trunc('month', s.starts_on)::date, s.team, s.value, s.came_to, s.minutes, sum(s.counted),
    sum(s.passes)
  from service_sums s
  group by 1, 3, 4, 5, 6, 7
  order by 1, 3;
$$;
select sum_services();

-- How often something happened from one moment to just before another, told apart by what it was and what it came to: of
-- one team, or of all where none is named. In parts, which whoever asks adds up: whole months, whole days, what changed
-- since they were summed up, the rest row by row.
create function service_between(of_figure text, since timestamptz, til timestamptz, of_team uuid)
  returns table (value text, came_to text, minutes integer, counted bigint, passes bigint)
  language plpgsql stable as $$
#variable_conflict use_column
declare
  no_team constant uuid := '00000000-0000-0000-0000-000000000000';
  -- the first whole day, and the one after the last
  first_day date := ceil(extract(epoch from since) / 86400)::integer + date '1970-01-01';
  after_day date := (til at time zone 'UTC')::date;
  first_month date;
  after_month date;
  -- where the part of a day before them ends, and where the one behind them begins
  head_ends timestamptz := til;
  tail_begins timestamptz := til;
begin
  if first_day < after_day then
    head_ends := first_day::timestamp at time zone 'UTC';
    tail_begins := after_day::timestamp at time zone 'UTC';
    first_month := date_trunc('month', first_day + interval '1 month' - interval '1 day');
    after_month := date_trunc('month', after_day);
    if first_month >= after_month then
      first_month := after_day;
      after_month := after_day;
    end if;
    return query
      select s.value, s.came_to, s.minutes, sum(s.counted)::bigint, sum(s.passes)::bigint
      from service_sums s
      where s.figure = of_figure and (of_team is null or s.team = of_team)
        and (s.grain = 'month' and s.starts_on >= first_month and s.starts_on < after_month
          or s.grain = 'day' and s.starts_on >= first_day and s.starts_on < first_month
          or s.grain = 'day' and s.starts_on >= after_month and s.starts_on < after_day)
      group by s.value, s.came_to, s.minutes;
    return query
      select c.value, c.came_to, c.minutes, sum(c.counted)::bigint, sum(c.passes)::bigint
      from service_changes c
      where c.figure = of_figure and c.day >= first_day and c.day < after_day and (of_team is null or c.team = of_team)
      group by c.value, c.came_to, c.minutes;
  end if;
  return query
    select e.value, e.came_to, e.minutes, count(*), sum(e.passes)::bigint
    from service_events e
    where e.figure = of_figure and e.at >= since and e.at < head_ends
      and (of_team is null or of_team = coalesce((select c.team_id from cases c where c.id = e.case_id), no_team))
    group by e.value, e.came_to, e.minutes;
  if tail_begins < til then
    return query
      select e.value, e.came_to, e.minutes, count(*), sum(e.passes)::bigint
      from service_events e
      where e.figure = of_figure and e.at >= tail_begins and e.at < til
        and (of_team is null or of_team = coalesce((select c.team_id from cases c where c.id = e.case_id), no_team))
      group by e.value, e.came_to, e.minutes;
  end if;
  -- what is late and still open
  if of_figure = 'deadline' then
    return query
      select d.kind, 'missed', -1, count(*), 0::bigint
      from deadlines d
      where d.stage = 'open' and deadline_came_to(d) is not null and d.due_at >= since and d.due_at < til
        and (of_team is null or of_team = coalesce((select c.team_id from cases c where c.id = d.case_id), no_team))
      group by d.kind;
  elsif of_figure = 'first_action_of' then
    return query
      select c.owner_id::text, 'missed', -1, count(*), 0::bigint
      from deadlines d
      join cases c on c.id = d.case_id
      where d.stage = 'open' and d.kind = 'first_action' and deadline_came_to(d) is not null and d.due_at >= since
        and d.due_at < til and c.owner_id is not null
      group by c.owner_id;
  end if;
end $$;

-- How often something happened that took its time, with the median and the 90th percentile of the minutes where they are
-- known: the smallest that so many do not exceed.
create function times_between(of_figure text, since timestamptz, til timestamptz, of_team uuid)
  returns table (counted bigint, ranks integer[]) language sql stable as $$
  with times as (
    select s.minutes, sum(s.counted)::bigint as many
    from service_between(of_figure, since, til, of_team) s
    group by s.minutes
    having sum(s.counted) > 0
  ), ranked as (
    select t.minutes, sum(t.many) over (order by t.minutes) as upto, sum(t.many) over () as known
    from times t
    where t.minutes >= 0
  )
  select (select coalesce(sum(t.many), 0)::bigint from times t),
    (select array[min(r.minutes) filter (where r.upto >= 0.5 * r.known), min(r.minutes) filter (where r.upto >= 0.9 * r.known)]
      from ranked r
      having count(*) > 0)
$$;

-- nobody but the database keeps sums
revoke insert, update, delete, truncate on service_changes, service_sums from savedesk_app;
