-- What concerns somebody and is confidential counts for its readers only, as lists show it to them only.
create or replace function concerning(who uuid) returns table (request_id uuid) language sql stable parallel safe as $$
  select q.id
  from requests q
  where q.asked_by_id = who and q.stage in ('open', 'accepted', 'returned')
    and (not q.confidential or exists (select from request_readers r where r.request_id = q.id and r.user_id = who))
  union
  select q.id
  from cases k
  join requests q on q.case_id = k.id and q.stage in ('open', 'accepted', 'returned')
  where k.owner_id = who and k.stage <> 'closed'
    and (not q.confidential or exists (select from request_readers r where r.request_id = q.id and r.user_id = who))
$$;
