-- Who gets the dashboard by mail, how often, of which part of the desk, and when next.
create table report_mails (
  user_id uuid primary key references users on delete cascade,
  every text not null check (every in ('week', 'month')),
  -- the part of the desk, as an address names it; nothing: all of it
  team text not null default '' check (length(team) <= 40),
  line text not null default '' check (length(line) <= 200),
  currency text not null default '' check (currency ~ '^([A-Z]{3})?$'),
  chosen_at timestamptz not null,
  next_at timestamptz not null,
  failures smallint not null default 0
);
create index report_mails_due on report_mails (next_at, user_id);
