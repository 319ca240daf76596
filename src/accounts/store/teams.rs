//! Teams with their hours and holidays, and departments.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::Value;
use sqlx::PgConnection;

use super::super::teams::{NewTeam, TeamHours, default_calendar};
use super::super::{Department, Name, Team};
use crate::calendar::{Calendar, Holidays};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, TeamId};

struct Stored {
    id: TeamId,
    name: String,
    time_zone: String,
    working_week: Value,
    holidays: Value,
    people: i64,
}

impl From<Stored> for TeamHours {
    fn from(row: Stored) -> Self {
        let calendar = calendar(&row.time_zone, row.working_week, row.holidays);
        Self { id: row.id, name: row.name, calendar, people: row.people }
    }
}

/// What the store holds was checked before it was written; should it ever not be read, work goes on by the default.
fn calendar(zone: &str, week: Value, holidays: Value) -> Calendar {
    let default = default_calendar();
    Calendar {
        week: serde_json::from_value(week).unwrap_or(default.week),
        holidays: serde_json::from_value(holidays).unwrap_or_else(|_| Holidays::none()),
        zone: zone.parse().unwrap_or(default.zone),
    }
}

/// When a team works; the default for who is in none.
///
/// # Errors
/// When the database cannot be read.
pub async fn calendar_of(connection: &mut PgConnection, team: Option<TeamId>) -> Result<Calendar> {
    let Some(team) = team else {
        return Ok(default_calendar());
    };
    let row = sqlx::query!(
        r#"
        select
            time_zone, working_week,
            coalesce((select jsonb_object_agg(h.day, h.name) from holidays h where h.team_id = teams.id), '{}')
                as "holidays!"
        from teams
        where id = $1
        "#,
        team as TeamId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or_else(default_calendar, |row| calendar(&row.time_zone, row.working_week, row.holidays)))
}

/// When these teams work, in one statement for all of them.
///
/// # Errors
/// When the database cannot be read.
pub async fn calendars(connection: &mut PgConnection, teams: &[TeamId]) -> Result<HashMap<TeamId, Calendar>> {
    let rows = sqlx::query!(
        r#"
        select
            id as "id: TeamId", time_zone, working_week,
            coalesce((select jsonb_object_agg(h.day, h.name) from holidays h where h.team_id = teams.id), '{}')
                as "holidays!"
        from teams
        where id = any($1)
        "#,
        teams as &[TeamId],
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, calendar(&row.time_zone, row.working_week, row.holidays))).collect())
}

/// In which zone a team reads the clock; the default's for who is in none.
///
/// # Errors
/// When the database cannot be read.
pub async fn zone_of(connection: &mut PgConnection, team: Option<TeamId>) -> Result<Tz> {
    let default = default_calendar().zone;
    let Some(team) = team else { return Ok(default) };
    let zone = sqlx::query_scalar!("select time_zone from teams where id = $1", team as TeamId)
        .fetch_optional(connection)
        .await?;
    Ok(zone.and_then(|zone| zone.parse().ok()).unwrap_or(default))
}

/// Every team, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn teams(connection: &mut PgConnection) -> Result<Vec<Team>> {
    Ok(sqlx::query_as!(Team, r#"select id as "id: TeamId", name from teams order by lower(name)"#)
        .fetch_all(connection)
        .await?)
}

/// Every department, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn departments(connection: &mut PgConnection) -> Result<Vec<Department>> {
    Ok(sqlx::query_as!(Department, r#"select id as "id: DepartmentId", name from departments order by lower(name)"#)
        .fetch_all(connection)
        .await?)
}

/// Every team with its hours, by name.
pub(in super::super) async fn list_teams(connection: &mut PgConnection) -> Result<Vec<TeamHours>> {
    let rows = sqlx::query_as!(
        Stored,
        r#"
        select
            t.id as "id: TeamId", t.name, t.time_zone, t.working_week,
            coalesce((select jsonb_object_agg(h.day, h.name) from holidays h where h.team_id = t.id), '{}')
                as "holidays!",
            (select count(*) from users u where u.team_id = t.id and u.active) as "people!"
        from teams t
        order by lower(t.name)
        "#,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(TeamHours::from).collect())
}

/// One team with its hours.
pub(in super::super) async fn find_team(connection: &mut PgConnection, id: TeamId) -> Result<TeamHours> {
    let row = sqlx::query_as!(
        Stored,
        r#"
        select
            t.id as "id: TeamId", t.name, t.time_zone, t.working_week,
            coalesce((select jsonb_object_agg(h.day, h.name) from holidays h where h.team_id = t.id), '{}')
                as "holidays!",
            (select count(*) from users u where u.team_id = t.id and u.active) as "people!"
        from teams t
        where t.id = $1
        "#,
        id as TeamId,
    )
    .fetch_optional(connection)
    .await?;
    row.map(TeamHours::from).ok_or(Error::NotFound)
}

/// One team, held until the end of the transaction.
pub(in super::super) async fn lock_team(tx: &mut Tx, id: TeamId) -> Result<TeamHours> {
    sqlx::query!("select id from teams where id = $1 for update", id as TeamId)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(Error::NotFound)?;
    find_team(tx, id).await
}

/// Whether another team than this one has the name.
pub(in super::super) async fn is_team_name_taken(tx: &mut Tx, name: &Name, but: TeamId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from teams where lower(name) = lower($1) and id <> $2) as "taken!""#,
        name.as_str(),
        but as TeamId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Adds a team; gives whether its name was free.
pub(in super::super) async fn insert_team(tx: &mut Tx, id: TeamId, team: &NewTeam) -> Result<bool> {
    let added = sqlx::query!(
        "insert into teams (id, name, time_zone, working_week) values ($1, $2, $3, $4) on conflict do nothing",
        id as TeamId,
        team.name.as_str(),
        team.calendar.zone.name(),
        serde_json::to_value(&team.calendar.week).map_err(anyhow::Error::from)?,
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    save_holidays(tx, id, &team.calendar.holidays).await?;
    Ok(true)
}

pub(in super::super) async fn save_team(tx: &mut Tx, id: TeamId, team: &NewTeam) -> Result<()> {
    sqlx::query!(
        "update teams set name = $2, time_zone = $3, working_week = $4, version = version + 1 where id = $1",
        id as TeamId,
        team.name.as_str(),
        team.calendar.zone.name(),
        serde_json::to_value(&team.calendar.week).map_err(anyhow::Error::from)?,
    )
    .execute(&mut **tx)
    .await?;
    save_holidays(tx, id, &team.calendar.holidays).await
}

async fn save_holidays(tx: &mut Tx, team: TeamId, holidays: &Holidays) -> Result<()> {
    let (days, names): (Vec<NaiveDate>, Vec<String>) =
        holidays.iter().map(|(day, name)| (day, name.to_owned())).unzip();
    sqlx::query!("delete from holidays where team_id = $1", team as TeamId).execute(&mut **tx).await?;
    sqlx::query!(
        "
        insert into holidays (team_id, day, name)
        select $1, h.day, h.name from unnest($2::date[], $3::text[]) as h (day, name)
        ",
        team as TeamId,
        &days,
        &names,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A department with how many active people answer for it.
pub(in super::super) async fn list_departments(connection: &mut PgConnection) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"
        select d.name, (select count(*) from users u where u.department_id = d.id and u.active) as "people!"
        from departments d
        order by lower(d.name)
        "#,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.people)).collect())
}

/// Adds a department; gives whether its name was free.
pub(in super::super) async fn insert_department(tx: &mut Tx, id: DepartmentId, name: &Name) -> Result<bool> {
    let added = sqlx::query!(
        "insert into departments (id, name) values ($1, $2) on conflict do nothing",
        id as DepartmentId,
        name.as_str(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(added.rows_affected() > 0)
}
