-- A request for approval that somebody takes back by itself says who did, and is an entry of the case's log. One that goes
-- with its offer, changed or taken back, needs none: the log has that already.
alter table approvals add column withdrawn_by_id uuid references users;
alter table approvals add constraint approvals_withdrawn_by check (withdrawn_by_id is null or stage = 'withdrawn');
create index approvals_withdrawn_by_id on approvals (withdrawn_by_id);
grant update (withdrawn_by_id) on approvals to savedesk_app;

create or replace view case_deals as
  select o.case_id, r.at, ('1' || substr(md5(o.id::text || r.revision), 2))::uuid as id,
    case when r.counter then 'offer_countered' when r.revision = 1 then 'offer_made' else 'offer_revised' end as what,
    r.by_id, o.id as offer_id, r.revision, null::text as mark, null::text as about, null::text as words
  from offers o
  join offer_revisions r on r.offer_id = o.id
union all
  select a.case_id, a.asked_at, ('2' || substr(md5(a.id::text), 2))::uuid, 'approval_asked', a.asked_by_id, a.offer_id,
    a.revision, a.level, null, a.words
  from approvals a
union all
  select a.case_id, m.at, ('3' || substr(md5(m.id::text), 2))::uuid,
    case when m.question then 'approval_question' else 'approval_answer' end, m.by_id, a.offer_id, a.revision, null,
    null, m.body
  from approvals a
  join approval_messages m on m.approval_id = a.id
union all
  select a.case_id, d.at, ('3' || substr(md5(a.id::text || d.by_id::text), 2))::uuid, 'approval_decided', d.by_id,
    a.offer_id, d.revision, d.decision, null, d.reason
  from approvals a
  join approval_decisions d on d.approval_id = a.id
union all
  select a.case_id, a.ended_at, ('3' || substr(md5(a.id::text || 'withdrawn'), 2))::uuid, 'approval_withdrawn',
    a.withdrawn_by_id, a.offer_id, a.revision, null, null, null
  from approvals a
  where a.withdrawn_by_id is not null
union all
  select o.case_id, p.at, ('4' || substr(md5(o.id::text || p.revision), 2))::uuid, 'offer_presented', p.by_id, o.id,
    p.revision, p.means, null, null
  from offers o
  join offer_presentations p on p.offer_id = o.id
union all
  select o.case_id, o.ended_at, ('5' || substr(md5(o.id::text), 2))::uuid, 'offer_ended', o.ended_by_id, o.id,
    o.revision, case when o.stage in ('fulfilled', 'failed') then 'accepted' else o.stage end, o.objection,
    o.ended_because
  from offers o
  where o.ended_at is not null
union all
  select p.case_id, p.made_at, ('6' || substr(md5(p.id::text), 2))::uuid, 'promise_made', p.made_by_id, p.offer_id, null,
    null, p.what, null
  from promises p
union all
  select p.case_id, p.ended_at, ('7' || substr(md5(p.id::text), 2))::uuid, 'promise_ended', p.ended_by_id, p.offer_id,
    null, p.stage, p.what, p.evidence
  from promises p
  where p.ended_at is not null;
