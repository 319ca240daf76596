//! Departments: who leads them, whose hours they keep, what their work takes.

use chrono::NaiveDate;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::super::lead_times::{Blackout, Desk, LeadTime};
use crate::accounts;
use crate::calendar::{Calendar, Holidays};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, TeamId, UserId};
use crate::money::{Currency, Money};

#[derive(Debug, Deserialize)]
struct Time {
    what: String,
    lead_days: u16,
    per_day: Option<u16>,
    expedite_days: Option<u16>,
    expedite_minor: Option<i64>,
    currency: Option<Currency>,
}

#[derive(Debug, Deserialize)]
struct Days {
    from_day: NaiveDate,
    until_day: NaiveDate,
    why: String,
}

/// Every department, by name; or one of them.
pub(in super::super) async fn desks(connection: &mut PgConnection, only: Option<DepartmentId>) -> Result<Vec<Desk>> {
    let rows = sqlx::query!(
        r#"
        select d.id as "id: DepartmentId", d.name, b.lead_id as "lead?: UserId", u.name as "lead_name?",
            b.team_id as "team?: TeamId", b.question_hours as "question?", b.job_hours as "job?",
            b.feasibility_hours as "feasibility?", b.version as "version?",
            coalesce((
                select jsonb_agg(to_jsonb(l) order by l.position) from lead_times l where l.department_id = d.id
            ), '[]') as "times!: Json<Vec<Time>>",
            coalesce((
                select jsonb_agg(to_jsonb(o) order by o.from_day) from blackout_days o where o.department_id = d.id
            ), '[]') as "days!: Json<Vec<Days>>",
            (
                select count(*)
                from requests q
                where q.department_id = d.id and q.stage in ('open', 'accepted', 'returned') and q.kind <> 'question'
            ) as "open!"
        from departments d
        left join department_desks b on b.department_id = d.id
        left join users u on u.id = b.lead_id
        where $1::uuid is null or d.id = $1
        order by lower(d.name)
        "#,
        only as Option<DepartmentId>,
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut desks = Vec::with_capacity(rows.len());
    for row in rows {
        let hours = |hours: Option<i16>, plain: u16| hours.and_then(|one| u16::try_from(one).ok()).unwrap_or(plain);
        let calendar = match row.team {
            // the few departments that keep the hours of a team
            Some(team) => accounts::calendar_of(connection, Some(team)).await?,
            None => accounts::default_calendar(),
        };
        let blackouts: Vec<Blackout> = row
            .days
            .0
            .into_iter()
            .map(|one| Blackout { from: one.from_day, until: one.until_day, why: one.why })
            .collect();
        desks.push(Desk {
            department: row.id,
            name: row.name,
            lead: row.lead.zip(row.lead_name),
            hours: [hours(row.question, 8), hours(row.job, 16), hours(row.feasibility, 4)],
            calendar: closed(calendar, &blackouts),
            team: row.team,
            lead_times: row
                .times
                .0
                .into_iter()
                .map(|one| LeadTime {
                    what: one.what,
                    lead_days: one.lead_days,
                    per_day: one.per_day,
                    expedite: one
                        .expedite_days
                        .zip(one.expedite_minor.zip(one.currency))
                        .map(|(days, (minor, currency))| (days, Money::new(minor, currency))),
                })
                .collect(),
            blackouts,
            open: row.open,
            version: row.version.unwrap_or_default(),
        });
    }
    Ok(desks)
}

/// A calendar in which these days are holidays as well.
fn closed(calendar: Calendar, blackouts: &[Blackout]) -> Calendar {
    let mut days: Vec<(NaiveDate, String)> =
        calendar.holidays.iter().map(|(day, name)| (day, name.to_owned())).collect();
    for one in blackouts {
        days.extend(one.from.iter_days().take_while(|day| *day <= one.until).map(|day| (day, one.why.clone())));
    }
    Calendar { holidays: days.into_iter().collect::<Holidays>(), ..calendar }
}

/// One department: its hours, and what its work takes.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn desk(connection: &mut PgConnection, department: DepartmentId) -> Result<Desk> {
    desks(connection, Some(department)).await?.pop().ok_or(Error::NotFound)
}

/// The same with its row held.
pub(in super::super) async fn lock_desk(tx: &mut Tx, department: DepartmentId) -> Result<Desk> {
    sqlx::query_scalar!("select version from departments where id = $1 for no key update", department as DepartmentId)
        .fetch_one(&mut **tx)
        .await?;
    desk(tx, department).await
}

/// Writes all of it.
pub(in super::super) async fn save_desk(tx: &mut Tx, desk: &Desk) -> Result<()> {
    let [question, job, feasibility] = desk.hours.map(|hours| i16::try_from(hours).unwrap_or(i16::MAX));
    sqlx::query!(
        "
        insert into department_desks (department_id, lead_id, team_id, question_hours, job_hours, feasibility_hours)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (department_id) do update
        set lead_id = $2, team_id = $3, question_hours = $4, job_hours = $5, feasibility_hours = $6,
            version = department_desks.version + 1
        ",
        desk.department as DepartmentId,
        desk.lead.as_ref().map(|(id, _)| *id) as Option<UserId>,
        desk.team as Option<TeamId>,
        question,
        job,
        feasibility,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from lead_times where department_id = $1", desk.department as DepartmentId)
        .execute(&mut **tx)
        .await?;
    for (position, one) in (1_i16..).zip(&desk.lead_times) {
        let small = |number: u16| i16::try_from(number).unwrap_or(i16::MAX);
        sqlx::query!(
            "
            insert into lead_times (department_id, position, what, lead_days, per_day, expedite_days, expedite_minor,
                currency)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            ",
            desk.department as DepartmentId,
            position,
            one.what,
            small(one.lead_days),
            one.per_day.map(small),
            one.expedite.map(|(days, _)| small(days)),
            one.expedite.map(|(_, price)| price.minor),
            one.expedite.map(|(_, price)| price.currency.code().to_owned()),
        )
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query!("delete from blackout_days where department_id = $1", desk.department as DepartmentId)
        .execute(&mut **tx)
        .await?;
    for one in &desk.blackouts {
        sqlx::query!(
            "insert into blackout_days (department_id, from_day, until_day, why) values ($1, $2, $3, $4)",
            desk.department as DepartmentId,
            one.from,
            one.until,
            one.why,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Active people who answer for a department, by name.
pub(in super::super) async fn members(
    connection: &mut PgConnection,
    department: DepartmentId,
) -> Result<Vec<(UserId, String)>> {
    let rows = sqlx::query!(
        r#"
        select u.id as "id: UserId", u.name
        from users u
        join user_roles r on r.user_id = u.id and r.role = 'department'
        where u.department_id = $1 and u.active
        order by lower(u.name), u.id
        "#,
        department as DepartmentId,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Who leads a department, if somebody active does.
pub(in super::super) async fn lead_of(
    connection: &mut PgConnection,
    department: DepartmentId,
) -> Result<Option<UserId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select u.id as "id: UserId"
        from department_desks b
        join users u on u.id = b.lead_id and u.active
        where b.department_id = $1
        "#,
        department as DepartmentId,
    )
    .fetch_optional(connection)
    .await?)
}
