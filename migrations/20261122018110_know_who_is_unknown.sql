-- Whoever complains is unknown as long as the customer who stands for them is not identified, whichever way the complaint
-- came in.
create or replace function complaint_begins() returns trigger language plpgsql as $$
begin
  if new.stage not in ('received', 'closed') or new.round <> 1 or new.revision <> 1 then
    raise exception 'a complaint begins as it is received' using errcode = '23514', constraint = 'complaints_begin';
  end if;
  if not exists (select from cases c where c.id = new.case_id and c.customer_id = new.customer_id) then
    raise exception 'a complaint is of the customer of its case' using errcode = '23514', constraint = 'complaints_customer';
  end if;
  if not exists (select from complaint_templates t where t.id = new.template_id and t.source = new.source) then
    raise exception 'a complaint has the source of its template' using errcode = '23514', constraint = 'complaints_source';
  end if;
  if not exists (select from customers c where c.id = new.customer_id and c.identified <> new.unknown) then
    raise exception 'a complaint is of somebody unknown as long as they are not identified' using errcode = '23514',
      constraint = 'complaints_unknown';
  end if;
  return new;
end $$;

-- Once an account is found for whoever stood for them, they are known.
create function complainant_is_known() returns trigger language plpgsql as $$
begin
  update complaints set unknown = false, version = version + 1 where customer_id = new.id and unknown;
  return null;
end $$;
create trigger customers_complaints_known after update of identified on customers
  for each row when (new.identified and not old.identified) execute function complainant_is_known();

-- Those that came in after another of the same unknown one were taken for known.
select set_config('savedesk.audited', pg_current_xact_id()::text, true);
alter table complaints disable trigger complaints_moves;
update complaints p
set unknown = not c.identified, version = p.version + 1
from customers c
where c.id = p.customer_id and c.identified = p.unknown
  and not exists (select from complaint_entries e where e.complaint_id = p.id and e.what = 'linked');
alter table complaints enable trigger complaints_moves;
