-- What counts as presented is what was shown, when it was shown, under the limits that were asked then.

-- R8: the moment an offer counts against limits, its total is what it was allowed with. Two presentations that were
-- allowed side by side do not both come to count. R11: until when it may be answered is as shown.
create function offer_stands_as_shown() returns trigger language plpgsql as $$
declare
  p offer_presentations;
begin
  if new.revision < old.revision then
    raise exception 'terms are not taken back to an earlier revision' using errcode = '23514',
      constraint = 'offers_revision_rises';
  end if;
  if old.stage in ('ready', 'presented') and new.stage = 'draft' and new.revision <> old.revision + 1 then
    raise exception 'an offer is a draft again with new terms only' using errcode = '23514',
      constraint = 'offers_revision_rises';
  end if;
  if old.stage = 'awaiting_approval' and new.stage <> old.stage
    and not (new.stage = 'draft' and new.revision = old.revision + 1)
    and exists (select from approvals a where a.offer_id = new.id and a.stage in ('pending', 'question_asked')) then
    raise exception 'an approver decides on it' using errcode = '23514', constraint = 'offers_awaited';
  end if;
  if new.presented_revision is null then
    return new;
  end if;
  select * into p from offer_presentations where offer_id = new.id and revision = new.presented_revision;
  if not found then
    raise exception 'never presented' using errcode = '23503', constraint = 'offers_presented';
  end if;
  new.presented_at := p.at;
  new.open_until := p.open_until;
  if new.stage = 'presented' and old.stage <> 'presented'
    and (p.exposure_minor + concessions_to(new.customer_id, p.currency, p.at, new.id) > p.customer_total_minor
      or p.exposure_minor + concessions_by(p.by_id, p.currency, p.at, new.id) > p.week_total_minor) then
    raise exception 'more was conceded since it was allowed' using errcode = '42501',
      constraint = 'offer_presentations_allowed';
  end if;
  return new;
end $$;
create trigger offers_shown before update on offers for each row execute function offer_stands_as_shown();

-- Nothing is presented in advance: the offer counts in the transaction that shows it.
create function presentation_counts() returns trigger language plpgsql as $$
begin
  if not exists (select from offers o where o.id = new.offer_id and o.presented_revision >= new.revision) then
    raise exception 'presented, and yet a draft' using errcode = '23514', constraint = 'offer_presentations_count';
  end if;
  return null;
end $$;
create constraint trigger offer_presentations_count after insert on offer_presentations
  deferrable initially deferred for each row execute function presentation_counts();

-- R9: while somebody decides, terms change by the approver's counter only; and a counter is nothing else.
create function terms_wait_for_decision() returns trigger language plpgsql as $$
declare
  open boolean;
begin
  perform from offers where id = new.offer_id for update;
  open := exists (
    select from approvals a where a.offer_id = new.offer_id and a.stage in ('pending', 'question_asked'));
  if open and not new.counter then
    raise exception 'an approver decides on the terms' using errcode = '23514', constraint = 'offer_revisions_frozen';
  end if;
  if new.counter and not open then
    raise exception 'nobody was asked' using errcode = '23514', constraint = 'offer_revisions_counter';
  end if;
  return new;
end $$;
create trigger offer_revisions_counter before insert on offer_revisions
  for each row execute function terms_wait_for_decision();

create function approval_asks_own_words() returns trigger language plpgsql as $$
begin
  if exists (
    select from offer_revisions r where r.offer_id = new.offer_id and r.revision = new.revision and r.counter) then
    raise exception 'an approver''s counter is not asked about again' using errcode = '23514',
      constraint = 'approvals_newest_terms';
  end if;
  return new;
end $$;
create trigger approvals_own_words before insert on approvals for each row execute function approval_asks_own_words();

-- R9, R11: what was decided stays so, for the revision it was decided for.
create function approval_is_final() returns trigger language plpgsql as $$
begin
  if old.ended_at is not null then
    raise exception 'an approval is decided once' using errcode = '23514', constraint = 'approvals_once';
  end if;
  return new;
end $$;
create trigger approvals_final before update on approvals for each row execute function approval_is_final();

create function decision_is_final() returns trigger language plpgsql as $$
begin
  if exists (
    select from approval_decisions d where d.approval_id = new.approval_id and d.decision <> 'approved')
    or (
      select count(*) from approval_decisions d where d.approval_id = new.approval_id)
      >= (select a.approvers from approvals a where a.id = new.approval_id) then
    raise exception 'decided already' using errcode = '23514', constraint = 'approval_decisions_once';
  end if;
  return new;
end $$;
create trigger approval_decisions_final before insert on approval_decisions
  for each row execute function decision_is_final();
revoke delete, truncate on offers, approvals from savedesk_app;
