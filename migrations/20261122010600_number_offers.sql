-- What people say on the phone: OF-50001. One pass over the table as it is, without its triggers: no offer is changed by
-- having a number. In the order they lie in, which is the order they were made in.
create sequence offer_numbers start 50001;
alter table offers add column number bigint not null default nextval('offer_numbers');
alter sequence offer_numbers owned by offers.number;
create unique index offers_number on offers (number);

-- Nobody gives an offer another number.
create function offer_keeps_its_number() returns trigger language plpgsql as $$
begin
  raise exception 'an offer keeps its number' using errcode = '23514', constraint = 'offers_number_stays';
end $$;
create trigger offers_number_stays before update of number on offers for each row
  when (new.number is distinct from old.number) execute function offer_keeps_its_number();

-- The words of before hold with the new ones as well, so that nothing has to be read to know it.
alter table search_terms
  drop constraint search_terms_subject_kind_check,
  drop constraint search_terms_field_check,
  add constraint search_terms_subject_kind_check
    check (subject_kind in ('customer', 'order', 'case', 'offer')) not valid,
  add constraint search_terms_field_check
    check (field in ('name', 'contact', 'email', 'phone', 'account', 'order', 'case', 'offer')) not valid;

insert into search_terms (subject_id, subject_kind, customer_id, field, term, whole)
select o.id, 'offer', o.customer_id, 'offer', t.term, t.whole
from offers o
cross join lateral (values
  ('of-' || o.number, true), ('of' || o.number, true), (o.number::text, false)) t (term, whole)
on conflict do nothing;
