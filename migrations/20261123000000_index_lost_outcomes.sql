-- Missed opportunities are a share of what was lost: all that their report counts of a span stands in an index.
drop index outcomes_missed;
create index outcomes_lost on outcomes (closed_on desc, id desc) include (currency, line, team_id, risk_minor, missed)
  where own and decided and not saved;
