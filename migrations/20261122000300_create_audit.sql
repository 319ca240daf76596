-- R4: append-only, hash-chained. One chain per shard, since one for all would queue every write of the desk behind
-- another; the head row shows a cut tail. Entries hold ids and keyed digests rather than personal values (R5).
create table audit_heads (
  shard smallint primary key,
  seq bigint not null,
  hash bytea not null
);
insert into audit_heads
select g, 0, sha256(convert_to('savedesk ' || g, 'UTF8')) from generate_series(0, 15) as g;

create table audit_entries (
  shard smallint not null references audit_heads,
  seq bigint not null,
  at timestamptz not null,
  actor_id uuid references users,
  via text not null check (via in ('page', 'api', 'import', 'bulk', 'chaser', 'command', 'demo')),
  action text not null check (length(action) between 1 and 60),
  subject_kind text not null check (length(subject_kind) between 1 and 30),
  subject_id uuid,
  customer_id uuid,
  request_id uuid,
  body jsonb not null,
  prev bytea not null,
  hash bytea not null,
  primary key (shard, seq)
);
create index audit_entries_at on audit_entries (at, shard, seq);
create index audit_entries_actor on audit_entries (actor_id, at, shard, seq);
create index audit_entries_subject on audit_entries (subject_id, at, shard, seq);
create index audit_entries_customer on audit_entries (customer_id, at, shard, seq);
create index audit_entries_action on audit_entries (action, at, shard, seq);

create function audit_hash(e audit_entries) returns bytea language sql immutable as $$
  select sha256(e.prev || convert_to(jsonb_build_array(
    e.shard, e.seq, to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    e.actor_id, e.via, e.action, e.subject_kind, e.subject_id, e.customer_id, e.request_id, e.body)::text, 'UTF8'))
$$;

create function append_audit_entry() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare head audit_heads;
begin
  select * into strict head from audit_heads where shard = new.shard for update;
  new.seq := head.seq + 1;
  new.prev := head.hash;
  new.hash := audit_hash(new);
  update audit_heads set seq = new.seq, hash = new.hash where shard = new.shard;
  perform set_config('savedesk.audited', pg_current_xact_id()::text, true);
  return new;
end $$;
create trigger audit_entries_append before insert on audit_entries
  for each row execute function append_audit_entry();

-- Every broken entry, first of each chain first; nothing when the chains hold.
create function broken_audit_entries() returns table (shard smallint, seq bigint, what text) language sql stable as $$
  select c.shard, c.seq,
    case when c.last_seq is distinct from c.seq - 1 then 'entries before it are missing'
      when c.prev <> c.last_hash then 'does not follow the entry before it'
      else 'was changed' end
  from (
    select e.shard, e.seq, e.prev, e.hash, audit_hash(e) as should_be,
      coalesce(lag(e.seq) over w, 0) as last_seq,
      coalesce(lag(e.hash) over w, sha256(convert_to('savedesk ' || e.shard, 'UTF8'))) as last_hash
    from audit_entries e window w as (partition by e.shard order by e.seq)
  ) c
  where c.hash <> c.should_be or c.prev <> c.last_hash or c.last_seq <> c.seq - 1
  union all
  select h.shard, h.seq, 'the newest entries are missing'
  from audit_heads h
  left join audit_entries e on e.shard = h.shard and e.seq = h.seq
  where h.seq > 0 and e.hash is distinct from h.hash
  order by 1, 2
$$;

call guard_append_only('audit_entries');
revoke insert, update, delete on audit_heads from savedesk_app;

-- R7: what a form did, under the key it carried; the same key again gets the same answer.
create table submissions (
  actor_id uuid not null references users on delete cascade,
  key uuid not null,
  request_hash bytea not null,
  answer jsonb,
  at timestamptz not null,
  primary key (actor_id, key)
);
create index submissions_at on submissions (at);
