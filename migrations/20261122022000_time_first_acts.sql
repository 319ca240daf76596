-- How long customers waited for the first act (contact, offer, request): in working minutes of the team that had the case
-- then, which only the application can reckon (R2).
alter table cases add column first_action_minutes integer check (first_action_minutes >= 0);
alter table cases add constraint cases_first_action check (first_action_minutes is null or first_action_at is not null);

-- How long an offer waited for the decision on it, by the same clock.
alter table approvals add column decision_minutes integer check (decision_minutes >= 0);
grant update (decision_minutes) on approvals to savedesk_app;
alter table approvals add constraint approvals_decision_minutes check (decision_minutes is null or ended_at is not null);

-- what figures read: first acts and offers shown within a span of time
create index cases_first_acts on cases (first_action_at, id) include (opened_at, first_action_minutes, team_id)
  where first_action_at is not null;
create index offers_shown on offers (presented_at, id) include (presented_revision, stage, case_id)
  where presented_at is not null;
