-- The open requests that concern somebody of the desk: they asked, or it is about a live case of theirs. Each part is read
-- off its index.
create function concerning(who uuid) returns table (request_id uuid) language sql stable parallel safe as $$
  select q.id from requests q where q.asked_by_id = who and q.stage in ('open', 'accepted', 'returned')
  union
  select q.id
  from cases k
  join requests q on q.case_id = k.id and q.stage in ('open', 'accepted', 'returned')
  where k.owner_id = who and k.stage <> 'closed'
$$;
-- those that somebody of a department has taken on
create index requests_taken on requests (accepted_by_id, due_at, id) where stage in ('open', 'accepted', 'returned');
