-- What changes rarely and is the same for everybody is kept in memory by each instance. Every topic of it has a stamp that
-- rises with each change, in the change's own transaction: whoever reads the stamp knows whether a copy is the current one.
create table stamps (
  topic text primary key,
  stamp bigint not null default 1
);
revoke insert, update, delete, truncate on stamps from savedesk_app;
insert into stamps (topic) values ('catalogue'), ('limits'), ('people'), ('reasons');

-- Two changes of one topic wait for each other here until the first is done, or a reader could see the later one alone
-- and never ask for the earlier. So only tables that somebody edits now and then take part.
create function raise_stamp() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update stamps set stamp = stamp + 1 where topic = tg_argv[0];
  return null;
end $$;

-- `columns`: of an update only these count, since the rest is written often and kept by nobody.
create procedure keep_stamp(topic text, name text, columns text default null) language plpgsql as $$
begin
  execute format('create trigger %I after insert or delete or update %s or truncate on %I
    for each statement execute function raise_stamp(%L)',
    name || '_stamps_' || topic, coalesce('of ' || columns, ''), name, topic);
end $$;

call keep_stamp('people', 'users', 'name, team_id, department_id, active');
call keep_stamp('people', 'user_roles');
call keep_stamp('people', 'teams');
call keep_stamp('people', 'holidays');
call keep_stamp('people', 'departments');
call keep_stamp('reasons', 'reasons');
call keep_stamp('reasons', 'objections');
call keep_stamp('reasons', 'levers');
-- an offer type tells the names of departments and the place of its lever
call keep_stamp('catalogue', 'departments');
call keep_stamp('catalogue', 'levers');
call keep_stamp('catalogue', 'offer_types');
call keep_stamp('catalogue', 'offer_type_versions');
call keep_stamp('catalogue', 'offer_type_departments');
call keep_stamp('catalogue', 'offer_type_promises');
call keep_stamp('limits', 'limit_versions');
call keep_stamp('limits', 'limit_cells');
call keep_stamp('limits', 'limit_totals');
call keep_stamp('limits', 'limit_weeks');
call keep_stamp('limits', 'limit_margins');
-- a version tells who published it
call keep_stamp('limits', 'users', 'name');
