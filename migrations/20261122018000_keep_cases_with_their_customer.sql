-- What is done in steps for a customer, and what was booked with them, rests on who they are as well.
create or replace function case_finds_customer() returns trigger language plpgsql as $$
begin
  if exists (select from customers c where c.id = old.customer_id and c.identified)
    or exists (select from offers o where o.case_id = new.id)
    or exists (select from promises p where p.case_id = new.id)
    or exists (select from requests q where q.case_id = new.id)
    or exists (select from processes p where p.case_id = new.id)
    or exists (select from appointments a where a.case_id = new.id) then
    raise exception 'a case stays with its customer' using errcode = '23514', constraint = 'cases_customer_stays';
  end if;
  return new;
end $$;
