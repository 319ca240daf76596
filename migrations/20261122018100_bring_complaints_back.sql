-- What was closed without an answer by mistake is answered after all: in the same round, by the same day, as another
-- revision, and with the reason in the log.
alter table complaint_entries drop constraint complaint_entries_what_check;
alter table complaint_entries add constraint complaint_entries_what_check check (what in ('taken_in', 'linked', 'wrote',
  'review_asked', 'returned', 'reopened', 'signed', 'sent', 'rebutted', 'extended', 'ended', 'brought_back'));

create or replace function complaint_moves_legally() returns trigger language plpgsql as $$
begin
  if (new.template_id, new.source, new.external_ref, new.taken_in_at, new.taken_in_by_id) is distinct from
    (old.template_id, old.source, old.external_ref, old.taken_in_at, old.taken_in_by_id) then
    raise exception 'what was taken in stays as it is' using errcode = '23514', constraint = 'complaints_stay';
  end if;
  if (new.case_id, new.customer_id, new.unknown) is distinct from (old.case_id, old.customer_id, old.unknown)
    and (not old.unknown or new.unknown) then
    raise exception 'a complaint is linked to its customer once' using errcode = '23514', constraint = 'complaints_linked_once';
  end if;
  if new.stage <> old.stage and (old.stage, new.stage) not in (
    ('received', 'answering'), ('received', 'closed'), ('answering', 'in_review'), ('answering', 'closed'),
    ('in_review', 'answering'), ('in_review', 'signed'), ('in_review', 'closed'), ('signed', 'answering'),
    ('signed', 'sent'), ('signed', 'closed'), ('sent', 'answering'), ('sent', 'closed'), ('closed', 'answering')) then
    raise exception 'a complaint cannot go from % to %', old.stage, new.stage using errcode = '23514',
      constraint = 'complaints_stage_moves';
  end if;
  if old.stage = 'closed' and new.stage = 'answering' and (old.ended_how not in ('withdrawn', 'duplicate', 'not_ours')
    or not exists (
      select from complaint_entries e
      where (e.complaint_id, e.what, e.round, e.revision) = (new.id, 'brought_back', new.round, new.revision)
        and e.words <> '')) then
    raise exception 'only what was closed without an answer is answered after all, for a reason' using errcode = '23514',
      constraint = 'complaints_brought_back';
  end if;
  if old.stage = 'sent' and new.stage = 'answering' then
    if (new.round, new.revision) <> (old.round + 1, 1)
      or new.round > (select t.rounds from complaint_templates t where t.id = new.template_id) then
      raise exception 'this source does not come back so often' using errcode = '23514', constraint = 'complaints_rounds';
    end if;
  elsif new.round <> old.round then
    raise exception 'a round begins after an answer' using errcode = '23514', constraint = 'complaints_rounds';
  elsif new.revision <> old.revision + (old.stage in ('in_review', 'signed', 'closed') and new.stage = 'answering')::integer then
    raise exception 'what is written after a review is another revision' using errcode = '23514',
      constraint = 'complaints_revision';
  end if;
  if new.stage = 'in_review' and (
    not exists (select from complaint_allegations a where a.complaint_id = new.id and a.round = new.round)
    or exists (
      select from complaint_allegations a
      where a.complaint_id = new.id and a.round = new.round and (a.finding is null or a.answer = ''))) then
    raise exception 'every allegation is answered before anybody reviews' using errcode = '23514',
      constraint = 'complaints_answered';
  end if;
  if new.stage = 'signed' and old.stage <> 'signed' and not exists (
    select from complaint_signatures s
    where s.complaint_id = new.id and s.round = new.round and s.revision = new.revision) then
    raise exception 'nobody signed this revision off' using errcode = '23514', constraint = 'complaints_signed';
  end if;
  if new.stage = 'sent' and old.stage <> 'sent' and not exists (
    select from complaint_rounds r where r.complaint_id = new.id and r.round = new.round and r.sent_at is not null) then
    raise exception 'nothing was sent' using errcode = '23514', constraint = 'complaints_sent';
  end if;
  if new.stage = 'closed' and old.stage <> 'closed' and (new.ended_how = 'answered') <> (old.stage = 'sent') then
    raise exception 'a complaint is answered once its answer was sent' using errcode = '23514',
      constraint = 'complaints_ended_how';
  end if;
  return new;
end $$;

-- Whoever complained at the FCC may answer what we answered: it is served again, for thirty days. Complaints that were taken
-- in before keep their terms; terms that somebody published meanwhile stay as they are.
select set_config('savedesk.audited', pg_current_xact_id()::text, true);
insert into complaint_templates (id, code, number, source, name, span, counted, due_time, zone, public, addressed_to,
    address, rounds, round_span, extended_span, citation, active, published_at)
select gen_random_uuid(), code, 2, source, name, span, counted, due_time, zone, public, addressed_to, address, 2, 30,
  extended_span, citation, active, published_at
from complaint_templates t
where code = 'fcc' and number = 1 and not exists (select from complaint_templates n where n.code = t.code and n.number > 1);
