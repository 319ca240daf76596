-- A mail about an offer knows the terms it is about: whether it still holds is asked again right before it is sent, and
-- what does not is dropped, with the reason.
alter table mails
  add column offer_id uuid references offers on delete cascade,
  add column revision integer,
  add constraint mails_about_terms check ((offer_id is null) = (revision is null));
create index mails_offer on mails (offer_id);
update mails
set offer_id = split_part(key, ':', 2)::uuid, revision = split_part(key, ':', 3)::integer
where key like 'offer-reminder:%' and stage <> 'sent'
  and exists (select from offers o where o.id::text = split_part(key, ':', 2));

alter table mails
  drop constraint mails_stage_check,
  drop constraint mails_parked_says_why,
  drop constraint mails_has_body,
  add constraint mails_stage_check check (stage in ('waiting', 'sent', 'parked', 'dropped')),
  add constraint mails_says_why check (stage not in ('parked', 'dropped') or error is not null),
  add constraint mails_has_body check (body is not null or stage in ('sent', 'dropped'));
drop index mails_to_clear;
create index mails_to_clear on mails (ended_at) where stage in ('sent', 'dropped') and body is not null;

-- One that is dropped while it is under way may turn out to have been sent.
create or replace function mails_move_legally() returns trigger language plpgsql as $$
begin
  if new.key <> old.key or (old.message_name is not null and new.message_name is distinct from old.message_name) then
    raise exception 'a mail keeps its key and its Message-ID' using errcode = '23514';
  end if;
  if old.stage = 'sent' and new.stage <> 'sent' then
    raise exception 'a mail that was sent is not sent again' using errcode = '23514';
  end if;
  if old.stage = 'dropped' and new.stage not in ('dropped', 'sent') then
    raise exception 'a mail that was dropped is not sent any more' using errcode = '23514';
  end if;
  return new;
end $$;
