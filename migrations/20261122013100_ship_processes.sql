-- The processes that every desk begins with. All of it is data that managers publish anew.
select set_config('savedesk.audited', pg_current_xact_id()::text, true);

create temporary table shipped (kind text, purpose text, freezes boolean, holds boolean, confidential boolean, tells text[])
  on commit drop;
insert into shipped values
  ('escalation', 'Somebody above looks at it, and the customer hears what was done.', false, false, false,
    '{owner,supervisors}'),
  ('red_flag', 'Something is wrong with this account: no offers until Fraud and Legal say what follows.', true, false,
    true, '{supervisors,managers}'),
  ('cancellation', 'The customer wants to leave: billing stops, the service ends, and they have it in writing.', false,
    false, false, '{owner}'),
  ('collection', 'Money is owed: what, since when, and how it is paid.', false, false, false, '{owner}'),
  ('support', 'Something does not work: the cause is found, and tried out with the customer.', false, false, false,
    '{owner}'),
  ('finance', 'Invoices are disputed: the account is checked and put right.', false, false, false, '{owner}'),
  ('legal', 'Lawyers or authorities are involved: everything is kept, and offers wait for Legal.', true, true, true,
    '{supervisors,managers,privacy}'),
  ('marketing', 'Campaigns to this customer stop.', false, false, false, '{owner}');
insert into process_templates (id, kind, number, purpose, freezes_offers, holds, confidential, tells, published_at, why)
select gen_random_uuid(), kind, 1, purpose, freezes, holds, confidential, tells, '2026-01-01T00:00Z', 'As shipped'
from shipped;

insert into process_template_facts (template_id, position, place, label, kind, required)
select t.id, f.position, f.place, f.label, f.kind, f.label <> 'How the equipment is returned'
from (values
  ('escalation', 1, 0, 'What happened', 'text'),
  ('escalation', 2, 0, 'What the customer asks for', 'text'),
  ('red_flag', 1, 0, 'What was noticed', 'text'),
  ('red_flag', 2, 2, 'What the review found', 'text'),
  ('cancellation', 1, 0, 'What is cancelled', 'text'),
  ('cancellation', 2, 0, 'As of', 'date'),
  ('cancellation', 3, 2, 'Equipment to return', 'yes_no'),
  ('cancellation', 4, 2, 'What is still billed or refunded', 'text'),
  ('cancellation', 5, 2, 'How the equipment is returned', 'text'),
  ('collection', 1, 0, 'Amount owed', 'money'),
  ('collection', 2, 0, 'Owed since', 'date'),
  ('support', 1, 0, 'What does not work', 'text'),
  ('finance', 1, 0, 'What is disputed', 'text'),
  ('finance', 2, 0, 'Amount in dispute', 'money'),
  ('legal', 1, 0, 'What it is about', 'text'),
  ('legal', 2, 0, 'Lawyer or authority', 'text'),
  ('marketing', 1, 0, 'What has to stop', 'text')
) as f (kind_of, position, place, label, kind)
join process_templates t on t.kind = f.kind_of;

insert into process_template_steps (template_id, position, place, what, makes, department_id, hours, working, only_on,
  only_fact, tells)
select t.id, s.position, s.place, s.what, s.makes, d.id, s.hours, s.working, s.only_on, s.only_fact, s.tells::text[]
from (values
  ('escalation', 1, 1, 'Call the customer back as the one in charge', 'follow_up', null, 4, true, null, null, '{}'),
  ('escalation', 2, 1, 'Look into what went wrong', 'request', 'Customer relations', null, null, null, null, '{supervisors}'),
  ('escalation', 3, 2, 'Word of what was done about the complaint', 'promise', null, 16, true, null, null, '{owner}'),
  ('red_flag', 1, 1, 'Review what was noticed about this account', 'request', 'Fraud', null, null, null, null, '{supervisors}'),
  ('red_flag', 2, 2, 'Say what follows, and whether offers are possible again', 'request', 'Legal', null, null, null, null,
    '{supervisors,managers}'),
  ('cancellation', 1, 1, 'Billing stops', 'promise', 'Billing', 8, true, null, null, '{}'),
  ('cancellation', 2, 2, 'End the service', 'request', 'Operations', null, null, 'subscription', null, '{}'),
  ('cancellation', 3, 2, 'Written confirmation of the cancellation', 'confirmation', null, 4, true, null, null, '{}'),
  ('cancellation', 4, 3, 'Have the equipment back', 'follow_up', null, 336, false, null, 3, '{}'),
  ('collection', 1, 1, 'Confirm what is owed', 'request', 'Finance', null, null, null, null, '{}'),
  ('collection', 2, 2, 'The payment plan in writing', 'promise', null, 24, true, null, null, '{owner}'),
  ('collection', 3, 3, 'Follow the payment plan', 'request', 'Collections', null, null, null, null, '{}'),
  ('support', 1, 1, 'Find the cause', 'request', 'Technical support', null, null, null, null, '{owner}'),
  ('support', 2, 2, 'Try it out with the customer', 'follow_up', null, 8, true, null, null, '{}'),
  ('finance', 1, 1, 'Check the account and its invoices', 'request', 'Finance', null, null, null, null, '{owner}'),
  ('finance', 2, 2, 'The corrected invoice', 'promise', 'Billing', 24, true, null, null, '{owner}'),
  ('legal', 1, 1, 'Say what must be kept, and who may be told', 'request', 'Legal', null, null, null, null, '{}'),
  ('legal', 2, 2, 'Say how it ended', 'request', 'Legal', null, null, null, null, '{supervisors,managers,privacy}'),
  ('marketing', 1, 1, 'Stop campaigns to this customer', 'request', 'Marketing', null, null, null, null, '{}'),
  ('marketing', 2, 2, 'Check that nothing goes out any more', 'follow_up', null, 168, false, null, null, '{}')
) as s (kind_of, position, place, what, makes, department, hours, working, only_on, only_fact, tells)
join process_templates t on t.kind = s.kind_of
left join departments d on d.name = s.department;
