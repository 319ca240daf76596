-- The counts of the queue's views come off one index in the order of their groups, without sorting or hashing; the
-- sums over somebody's or a team's cases off the index of their list.
create index cases_live_groups on cases (kind, team_id, waiting_on, currency)
  include (value_at_risk_minor, next_due_at, owner_id, stage, priority, channel, reason, subscription_id, order_id, id)
  where stage <> 'closed';
drop index cases_live_counts;

drop index cases_live_owner;
create index cases_live_owner on cases (owner_id, coalesce(next_due_at, 'infinity'), value_at_risk_minor desc, id)
  include (next_due_at, currency)
  where stage <> 'closed';
drop index cases_live_team;
create index cases_live_team on cases (team_id, coalesce(next_due_at, 'infinity'), value_at_risk_minor desc, id)
  include (next_due_at, currency)
  where stage <> 'closed';
