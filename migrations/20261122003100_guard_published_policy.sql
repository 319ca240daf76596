-- Of the versions in force the one published last counts: each is made from the one before it, so what was published
-- earlier and was still to come is contained in it, and does not come back on its own day.
create or replace function limits_at(at timestamptz) returns uuid language sql stable as $$
  select id from limit_versions where in_force_from <= at order by number desc limit 1
$$;

-- A version is whole when it is published: nothing is slipped into one that is in force.
create function version_is_being_published() returns trigger language plpgsql as $$
declare being_published boolean;
begin
  execute format('select exists (select from %I where id = $1 and xmin = pg_current_xact_id()::xid)', tg_argv[0])
    into being_published using new.version_id;
  if not being_published then
    raise exception '% belongs to a version that is published already', tg_table_name using errcode = '42501';
  end if;
  return new;
end $$;
create trigger limit_cells_published before insert on limit_cells
  for each row execute function version_is_being_published('limit_versions');
create trigger limit_totals_published before insert on limit_totals
  for each row execute function version_is_being_published('limit_versions');
create trigger limit_weeks_published before insert on limit_weeks
  for each row execute function version_is_being_published('limit_versions');
create trigger limit_margins_published before insert on limit_margins
  for each row execute function version_is_being_published('limit_versions');
create trigger offer_type_departments_published before insert on offer_type_departments
  for each row execute function version_is_being_published('offer_type_versions');
create trigger offer_type_promises_published before insert on offer_type_promises
  for each row execute function version_is_being_published('offer_type_versions');

-- A change of limits is tried on the offers of the last month.
create index offer_presentations_at on offer_presentations (at);
create index approvals_asked_at on approvals (asked_at);
