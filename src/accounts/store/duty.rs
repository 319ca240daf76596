//! Who is there, read whole for the chaser: some dozens of people and a handful of teams.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::duty::{Duty, OnDuty};
use super::teams::list_teams;
use crate::error::Result;
use crate::ids::{TeamId, UserId};

/// Everybody active at a moment, and when the teams work.
///
/// # Errors
/// When the database cannot be read.
pub async fn duty(connection: &mut PgConnection, at: DateTime<Utc>) -> Result<Duty> {
    let people = sqlx::query_as!(
        OnDuty,
        r#"
        select u.id as "id: UserId", u.team_id as "team: TeamId",
            coalesce(bool_or(r.role = 'supervisor'), false) as "supervisor!",
            coalesce(bool_or(r.role = 'manager'), false) as "manager!",
            coalesce(bool_or(r.role = 'admin'), false) as "admin!",
            exists (select from absences a where a.user_id = u.id and a.from_at <= $1 and a.until_at > $1) as "away!"
        from users u
        left join user_roles r on r.user_id = u.id
        where u.active
        group by u.id
        order by u.id
        "#,
        at,
    )
    .fetch_all(&mut *connection)
    .await?;
    let teams = list_teams(connection).await?.into_iter().map(|team| (team.id, team.calendar)).collect();
    Ok(Duty { people, teams })
}
