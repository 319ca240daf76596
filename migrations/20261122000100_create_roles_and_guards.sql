-- Roles apart: the owner migrates, the application reads and writes what it is granted, BI tools only read.
-- A cluster may hold several Savedesk databases, so the roles may be there already.
do $$
declare r text;
begin
  foreach r in array array['savedesk_app', 'savedesk_read'] loop
    begin
      execute format('create role %I login', r);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
  if not pg_has_role(current_user, 'savedesk_app', 'member') then
    execute format('grant savedesk_app to %I', current_user);
  end if;
end $$;

create extension if not exists pg_trgm;
create extension if not exists pgcrypto;

revoke create on schema public from public;
grant usage on schema public to savedesk_app, savedesk_read;
alter default privileges in schema public grant select, insert, update, delete on tables to savedesk_app;
alter default privileges in schema public grant usage, select on sequences to savedesk_app;

-- R3, R4: what is append-only stays so, for the owner too.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is not allowed: it is append-only', tg_op, tg_table_name using errcode = '42501';
end $$;

-- R6: a save that did not read the newest row version is refused.
create function row_version_rises() returns trigger language plpgsql as $$
begin
  if new.version <> old.version + 1 then
    raise exception 'row version of % must rise by one', tg_table_name using errcode = '40001';
  end if;
  return new;
end $$;

-- R4: a change without an audit entry in its transaction is refused at commit.
create function require_audit() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('savedesk.audited', true), '') <> pg_current_xact_id()::text then
    raise exception 'a change of % needs an audit entry in the same transaction (R4)', tg_table_name
      using errcode = '23514';
  end if;
  return null;
end $$;

create procedure guard_audited(name text) language plpgsql as $$
begin
  execute format('create constraint trigger %I after insert or update or delete on %I
    deferrable initially deferred for each row execute function require_audit()', name || '_audited', name);
end $$;

create procedure guard_version(name text) language plpgsql as $$
begin
  execute format('create trigger %I before update on %I for each row execute function row_version_rises()',
    name || '_version', name);
end $$;

create procedure guard_append_only(name text) language plpgsql as $$
begin
  execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()',
    name || '_append_only', name);
  execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
    name || '_no_truncate', name);
  execute format('revoke update, delete, truncate on %I from savedesk_app', name);
end $$;
