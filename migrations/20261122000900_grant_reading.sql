-- BI tools read what the desk knows, never secrets.
grant select on teams, holidays, departments, user_roles, reasons, objections, levers, contacts, subscriptions, orders,
  order_lines, status_changes, cases, case_changes, time_targets, deadlines, cancellation_lines, interactions, interaction_levers
  to savedesk_read;
grant select (id, name, team_id, department_id, active, created_at) on users to savedesk_read;
grant select (id, account_number, name, company, identified, status, tier, segment, vip, vulnerable, fraud_suspected,
  legal_hold, time_zone, language, country, city, postcode, customer_since, currency, paid_total_minor,
  refunded_total_minor, created_at) on customers to savedesk_read;
-- the application reads the chain's heads and nothing more
revoke all on _sqlx_migrations from savedesk_app;
