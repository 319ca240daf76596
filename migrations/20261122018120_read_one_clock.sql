-- The first moment at which the clock of a zone shows a time, or a later one: the earlier of two when the clocks go back, the
-- change itself when they leap over it. The same as `calendar::wall_clock`.
create function wall_clock(shown timestamp, zone text) returns timestamptz language sql stable as $$
  select min(at)
  from generate_series(shown at time zone zone - interval '25 hours', shown at time zone zone, interval '1 minute') at
  where at at time zone zone >= shown
$$;

create or replace function complaint_due(of_template uuid, received date, within integer) returns timestamptz
  language sql stable as $$
  select wall_clock(complaint_day(received, within, t.counted) + t.due_time, t.zone)
  from complaint_templates t
  where t.id = of_template
$$;
