-- Planning the question who may decide takes ten times as long as answering it, and every page of an approver asks. As
-- functions it is planned once per connection, from the side it is asked from.

-- The open requests that somebody may decide at a moment.
create function requests_for(person uuid, at timestamptz)
returns table (approval_id uuid, on_behalf_of_id uuid) language plpgsql stable rows 20
set plan_cache_mode = 'force_generic_plan' as $$
begin
  return query select w.approval_id, w.on_behalf_of_id from approval_deciders($2) w where w.user_id = $1;
end $$;

-- Who may decide one open request at a moment.
create function deciders_of(approval uuid, at timestamptz)
returns table (user_id uuid, on_behalf_of_id uuid, absent boolean) language plpgsql stable rows 20
set plan_cache_mode = 'force_generic_plan' as $$
begin
  return query select w.user_id, w.on_behalf_of_id, w.absent from approval_deciders($2) w where w.approval_id = $1;
end $$;
