-- The counts of the queue's views, the sums over a list and the choice of a page's rows read this index alone.
create index cases_live_counts on cases (owner_id)
  include (id, team_id, kind, stage, waiting_on, priority, channel, reason, value_at_risk_minor, currency, next_due_at,
    subscription_id, order_id)
  where stage <> 'closed';

-- The queue shows where a case stands unless its reader chose otherwise.
alter table users alter column queue_columns set default '{reason,value,next_action,stage,owner}';
