-- The outbox. A mail is written in the transaction of its cause and sent after that; its Message-ID follows from its
-- key, so that a mail which a crash repeats is known for the same one.
create table mails (
  id uuid primary key,
  key text not null check (length(key) between 1 and 300),
  -- set as it is first tried, and never again
  message_name text check (length(message_name) between 3 and 200),
  to_address text not null check (length(to_address) between 3 and 254),
  to_name text not null default '' check (length(to_name) <= 200),
  -- one of ours, or a customer's contact
  user_id uuid references users on delete cascade,
  customer_id uuid references customers on delete cascade,
  case_id uuid references cases on delete cascade,
  subject text not null check (length(subject) between 1 and 200),
  -- gone some days after it was sent
  body text check (length(body) between 1 and 100000),
  queued_at timestamptz not null,
  stage text not null default 'waiting' check (stage in ('waiting', 'sent', 'parked')),
  -- when it may be tried next; whoever tries it moves this on first, which is the lease
  next_at timestamptz not null,
  attempts smallint not null default 0,
  error text check (length(error) <= 1000),
  ended_at timestamptz,
  constraint mails_key unique (key),
  constraint mails_ended check ((stage = 'waiting') = (ended_at is null)),
  constraint mails_to_somebody check (num_nonnulls(user_id, customer_id) = 1),
  constraint mails_has_body check (body is not null or stage = 'sent'),
  constraint mails_parked_says_why check (stage <> 'parked' or error is not null)
);
create index mails_due on mails (next_at, id) where stage = 'waiting';
create index mails_stage on mails (stage, queued_at desc, id desc);
create index mails_all on mails (queued_at desc, id desc);
create index mails_to_clear on mails (ended_at) where stage = 'sent' and body is not null;
create index mails_user on mails (user_id, queued_at);
create index mails_customer on mails (customer_id);
create index mails_case on mails (case_id);

create function mails_move_legally() returns trigger language plpgsql as $$
begin
  if new.key <> old.key or (old.message_name is not null and new.message_name is distinct from old.message_name) then
    raise exception 'a mail keeps its key and its Message-ID' using errcode = '23514';
  end if;
  if old.stage = 'sent' and new.stage <> 'sent' then
    raise exception 'a mail that was sent is not sent again' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger mails_stage before update on mails for each row execute function mails_move_legally();
