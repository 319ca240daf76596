-- When an absence was noted, or its time changed: whoever books a call after that knows of it. Those that are here are
-- known already.
alter table absences add column noted_at timestamptz not null default '-infinity';

-- Calls of somebody that are over, the newest first.
create index appointment_people_over on appointment_people (user_id, lower(during) desc, appointment_id desc)
  where not live;
