-- Which limits a request exceeds is kept as facts: the words depend on who reads them. Requests from before have words
-- only, written to the requester.
alter table approvals
  alter column because drop not null,
  add column exceeded jsonb,
  add constraint approvals_says_why check (num_nonnulls(because, exceeded) = 1),
  add constraint approvals_exceeded check (jsonb_typeof(exceeded) = 'array' and jsonb_array_length(exceeded) between 1 and 10);
grant insert (exceeded) on approvals to savedesk_app;
