-- That a confidential request was made and answered counts; in whose case stays with those who may know of it.
create or replace view reporting.requests as
  select r.id as request_id, case when not r.confidential then r.case_id end as case_id,
    case when not r.confidential then r.customer_id end as customer_id, r.department_id, r.kind,
    case when not r.confidential then r.offer_id end as offer_id, r.asked_at, r.asked_by_id, r.due_at, r.stage, r.passes,
    r.ended_at
  from requests r;
