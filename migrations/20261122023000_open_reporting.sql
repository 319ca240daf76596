-- Figures for BI tools: stable views without personal data, and a role that may read them and nothing else. What stands in
-- them is documented in docs/reporting-sql.md: a column may be added, none is renamed, retyped or taken away.
do $$
begin
  create role savedesk_reporting nologin;
exception when duplicate_object or unique_violation then
  -- a cluster may hold several Savedesk databases
  null;
end $$;

-- functions and tables are called by name by whoever may use their schema: that is our own roles, as granted before
revoke usage on schema public from public;

create schema reporting;
comment on schema reporting is 'Figures without personal data, for BI tools. Amounts are in minor units of the currency beside them.';

create view reporting.teams as
  select t.id as team_id, t.name, t.time_zone from teams t;

create view reporting.departments as
  select d.id as department_id, d.name from departments d;

create view reporting.people as
  select u.id as person_id, u.team_id, u.department_id, u.active from users u;

create view reporting.reasons as
  select r.code as reason, split_part(r.code, '.', 1) as reason_group, r.parent_code as parent, r.name, r.active
  from reasons r;

create view reporting.offer_types as
  select t.code as offer_type, t.kind, v.name
  from offer_types t
  left join lateral (
    select n.name from offer_type_versions n where n.offer_type = t.code order by n.number desc limit 1
  ) v on true;

create view reporting.customers as
  select c.id as customer_id, c.company, c.status, c.tier, c.vip, c.country, c.language, c.customer_since, c.currency,
    c.created_at
  from customers c;

create view reporting.subscriptions as
  select s.id as subscription_id, s.customer_id, s.product, s.plan, s.quantity, s.monthly_price_minor, s.currency,
    s.started_on, s.contract_ends_on, s.ended_on, s.status
  from subscriptions s;

create view reporting.orders as
  select o.id as order_id, o.customer_id, o.ordered_at, o.total_minor, o.currency, o.status, o.country from orders o;

create view reporting.cases as
  select c.id as case_id, c.number, c.customer_id, c.kind, c.channel, c.stage, c.waiting_on, c.reason,
    split_part(c.reason, '.', 1) as reason_group, c.verified_cause, c.subscription_id, c.order_id, c.value_at_risk_minor,
    c.currency, c.priority, c.leaves_on, c.just_cancel, c.team_id, c.owner_id, c.opened_at, c.first_action_at,
    c.next_due_at, c.outcome, c.value_kept_minor, c.closed_at
  from cases c;

create view reporting.outcomes as
  select o.id as outcome_id, o.currency, o.own, o.case_id, o.customer_id, o.outcome, o.decided, o.saved, o.one_off, o.kind,
    o.channel, o.reason, split_part(o.reason, '.', 1) as reason_group, o.line, o.team_id, o.owner_id, o.order_end,
    o.offer_type, o.offer_accepted, o.opened_at, o.closed_at, o.closed_on, o.risk_minor,
    case when o.saved then o.kept_minor else 0 end as gross_minor, o.concession_minor, o.downgrade_minor,
    o.left_out_minor, o.rechurn_minor,
    o.kept_minor - o.concession_minor - o.downgrade_minor + o.left_out_minor - o.rechurn_minor as net_minor,
    o.gone_on, o.seen_on, coalesce(o.saved and o.gone_on <= o.closed_on + 90, false) as rechurned,
    case when not o.saved then null when o.gone_on <= o.closed_on + 30 then false
      when o.seen_on >= o.closed_on + 30 then true end as here_after_30,
    case when not o.saved then null when o.gone_on <= o.closed_on + 60 then false
      when o.seen_on >= o.closed_on + 60 then true end as here_after_60,
    case when not o.saved then null when o.gone_on <= o.closed_on + 90 then false
      when o.seen_on >= o.closed_on + 90 then true end as here_after_90
  from outcomes o;

create view reporting.offers as
  select o.id as offer_id, o.case_id, o.customer_id, o.subscription_id, o.order_id, o.offer_type, t.kind,
    v.number as offer_type_version, o.stage, o.made_at, o.made_by_id, o.presented_at, o.open_until, o.ended_at,
    o.objection, r.revision, r.percent_bp, r.amount_minor, r.months, r.new_price_minor, r.price_minor, r.given_minor,
    r.exposure_minor, r.currency
  from offers o
  join offer_types t on t.code = o.offer_type
  join offer_revisions r on r.offer_id = o.id and r.revision = coalesce(o.presented_revision, o.revision)
  join offer_type_versions v on v.id = r.version_id;

create view reporting.approvals as
  select a.id as approval_id, a.offer_id, a.revision, a.case_id, a.customer_id, a.asked_by_id, a.asked_at, a.level,
    a.approvers, a.exposure_minor, a.currency, a.due_at, a.moved_up_at, a.stage, a.ended_at
  from approvals a;

create view reporting.promises as
  select p.id as promise_id, p.case_id, p.customer_id, p.offer_id, p.department_id, p.owner_id, p.made_at, p.made_by_id,
    p.due_at, p.cost_minor, p.currency, p.stage, p.ended_at, p.proved_on
  from promises p;

create view reporting.interactions as
  select i.id as interaction_id, i.case_id, i.customer_id, i.at, i.by_id, i.kind, i.direction, i.channel, i.response,
    i.objection, i.next_step_at, i.corrects_id, i.offer_id,
    (select array_agg(l.lever order by l.lever) from interaction_levers l where l.interaction_id = i.id) as levers
  from interactions i;

create view reporting.deadlines as
  select d.id as deadline_id, d.case_id, d.kind, d.set_at, d.due_at, d.owner_id, d.stage, d.ended_at from deadlines d;

create view reporting.follow_ups as
  select f.id as follow_up_id, f.case_id, f.kind, f.owner_id, f.made_at, f.due_at, f.check_day, f.stage, f.still_here,
    f.ended_at
  from follow_ups f;

create view reporting.requests as
  select r.id as request_id, r.case_id, r.customer_id, r.department_id, r.kind, r.offer_id, r.asked_at, r.asked_by_id,
    r.due_at, r.stage, r.passes, r.ended_at
  from requests r;

create view reporting.complaints as
  select c.id as complaint_id, c.case_id, c.customer_id, c.source, c.public, c.stage, c.round, c.taken_in_at, c.ended_at,
    c.ended_how
  from complaints c;

create view reporting.problems as
  select p.id as problem_id, p.number, p.kind, p.stage, p.reason, p.cause, p.owner_id, p.incident_id, p.fix_due_on,
    p.fixed_on, p.began_at, p.ended_at, p.opened_at, p.closed_at
  from problems p;

create view reporting.problem_cases as
  select l.problem_id, l.case_id, l.linked_at from problem_cases l;

grant usage on schema reporting to savedesk_reporting, savedesk_read;
grant select on all tables in schema reporting to savedesk_reporting, savedesk_read;
