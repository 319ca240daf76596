-- Nothing ever told "other news": one kind less to choose a way for.
update notices set kind = 'assigned' where kind = 'told';
alter table notices
  drop constraint notices_kind_check,
  add constraint notices_kind_check check (kind in ('reminder', 'overdue', 'escalated', 'offer_expiring',
    'offer_expired', 'approval_asked', 'approval_moved_up', 'approval_decided', 'question_asked', 'promise_at_risk',
    'follow_up_returned', 'assigned', 'parked'));
