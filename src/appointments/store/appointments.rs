//! Appointments, who takes part, and how they were moved.

use std::collections::HashMap;

use chrono_tz::Tz;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::{Appointment, Kind, Refusal, Stage, Taking};
use crate::accounts::default_calendar;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{AppointmentChangeId, AppointmentId, CaseId, CustomerId, DepartmentId, UserId};

/// An appointment.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, id: AppointmentId) -> Result<Appointment> {
    let row = sqlx::query!(
        r#"
        select a.id as "id: AppointmentId", a.case_id as "case: CaseId", c.number,
            a.customer_id as "customer: CustomerId", a.kind as "kind: Kind", a.what, a.starts_at, a.minutes,
            a.host_id as "host: UserId", a.time_zone, a.phone, a.invites, a.sequence, a.stage as "stage: Stage", a.note,
            a.booked_at, b.name as "booked_by?", a.ended_at, a.version,
            coalesce((
                select jsonb_agg(jsonb_build_object('user', p.user_id, 'name', u.name, 'email', u.email,
                    'department', p.department_id, 'department_name', d.name, 'host', p.host, 'despite', p.despite)
                    order by p.host desc, lower(u.name), u.id)
                from appointment_people p
                join users u on u.id = p.user_id
                left join departments d on d.id = p.department_id
                where p.appointment_id = a.id
            ), '[]') as "people!: Json<Vec<Taking>>"
        from appointments a
        join cases c on c.id = a.case_id
        left join users b on b.id = a.booked_by_id
        where a.id = $1
        "#,
        id as AppointmentId,
    )
    .fetch_one(connection)
    .await?;
    Ok(Appointment {
        id: row.id,
        case: row.case,
        number: row.number,
        customer: row.customer,
        kind: row.kind,
        what: row.what,
        starts_at: row.starts_at,
        minutes: row.minutes,
        host: row.host,
        people: row.people.0,
        zone: row.time_zone.parse().unwrap_or(default_calendar().zone),
        phone: row.phone,
        invites: row.invites,
        sequence: row.sequence,
        stage: row.stage,
        note: row.note,
        booked_at: row.booked_at,
        booked_by: row.booked_by,
        ended_at: row.ended_at,
        version: row.version,
    })
}

/// The same with its row held. The caller holds the case's.
pub(in super::super) async fn lock(tx: &mut Tx, id: AppointmentId) -> Result<Appointment> {
    sqlx::query_scalar!("select version from appointments where id = $1 for no key update", id as AppointmentId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, id).await
}

/// Those of a case that are booked, soonest first.
pub(in super::super) async fn booked_of_case(
    connection: &mut PgConnection,
    case: CaseId,
) -> Result<Vec<AppointmentId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select id as "id: AppointmentId"
        from appointments
        where case_id = $1 and stage = 'booked'
        order by starts_at, id
        "#,
        case as CaseId,
    )
    .fetch_all(connection)
    .await?)
}

pub(in super::super) async fn insert(tx: &mut Tx, of: &Appointment) -> Result<()> {
    let by = tx.by();
    sqlx::query!(
        "
        insert into appointments (id, case_id, customer_id, kind, what, starts_at, minutes, host_id, time_zone, phone,
            invites, booked_at, booked_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ",
        of.id as AppointmentId,
        of.case as CaseId,
        of.customer as CustomerId,
        of.kind.name(),
        of.what,
        of.starts_at,
        of.minutes,
        of.host as UserId,
        of.zone.name(),
        of.phone,
        of.invites,
        of.booked_at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    take_part(tx, of).await
}

/// Who takes part from now on. Nobody hosts two at once, and nobody is in two unless somebody said so: the database sees to
/// it, also where two book at the same moment.
async fn take_part(tx: &mut Tx, of: &Appointment) -> Result<()> {
    let people = &of.people;
    sqlx::query!(
        "
        insert into appointment_people (appointment_id, user_id, department_id, host, despite, during)
        select $1, p.user_id, p.department_id, p.host, p.despite, 'empty'
        from unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::boolean[]) as p (user_id, department_id, host, despite)
        order by p.user_id
        ",
        of.id as AppointmentId,
        &people.iter().map(|one| one.user).collect::<Vec<_>>() as &[UserId],
        &people.iter().map(|one| one.department).collect::<Vec<_>>() as &[Option<DepartmentId>],
        &people.iter().map(|one| one.host).collect::<Vec<_>>(),
        &people.iter().map(|one| one.despite).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await
    .map_err(|error| match &error {
        sqlx::Error::Database(refused) if refused.constraint() == Some("appointment_people_once") => {
            Refusal::Taken.into()
        }
        _ => Error::from(error),
    })?;
    Ok(())
}

/// Saves one whose row is held, one version further; `people` when others may take part than before.
pub(in super::super) async fn save(tx: &mut Tx, of: &mut Appointment, people: bool) -> Result<()> {
    if people {
        sqlx::query!("delete from appointment_people where appointment_id = $1", of.id as AppointmentId)
            .execute(&mut **tx)
            .await?;
    }
    let ended_by = of.ended_at.and(tx.by());
    sqlx::query!(
        "
        update appointments
        set kind = $2, starts_at = $3, minutes = $4, host_id = $5, sequence = $6, stage = $7, note = $8, ended_at = $9,
            ended_by_id = $10, version = version + 1
        where id = $1
        ",
        of.id as AppointmentId,
        of.kind.name(),
        of.starts_at,
        of.minutes,
        of.host as UserId,
        of.sequence,
        of.stage.name(),
        of.note,
        of.ended_at,
        ended_by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    of.version += 1;
    if people {
        take_part(tx, of).await?;
    }
    Ok(())
}

/// Notes in its history what became of it.
pub(in super::super) async fn note_change(
    tx: &mut Tx,
    of: &Appointment,
    change: &str,
    note: Option<&str>,
) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into appointment_changes (id, appointment_id, case_id, at, by_id, change, starts_at, host_id, note)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        AppointmentChangeId::new() as AppointmentChangeId,
        of.id as AppointmentId,
        of.case as CaseId,
        at,
        by as Option<UserId>,
        change,
        of.starts_at,
        of.host as UserId,
        note,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The clocks that people read: their teams'.
pub(in super::super) async fn zones(connection: &mut PgConnection, people: &[UserId]) -> Result<HashMap<UserId, Tz>> {
    let rows = sqlx::query!(
        r#"
        select u.id as "user: UserId", t.time_zone
        from users u
        join teams t on t.id = u.team_id
        where u.id = any($1)
        "#,
        people as &[UserId],
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.user, row.time_zone.parse().ok()?))).collect())
}
