//! Our people as pages need them everywhere: kept in memory, since they change rarely and are the same for everybody.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::super::teams::{TeamHours, default_calendar};
use super::super::{Colleague, Department, Team};
use super::{departments, list_teams, roles};
use crate::auth::{Actor, Permission, Role, WorkCases};
use crate::calendar::Calendar;
use crate::db::{Keep, Stamps};
use crate::error::Result;
use crate::ids::{TeamId, UserId};
use crate::web::App;

/// Everybody with their roles, the teams with their hours, the departments.
#[derive(Debug)]
pub struct People {
    everyone: Vec<(UserId, String)>,
    roles: HashMap<UserId, Vec<Role>>,
    colleagues: Vec<Colleague>,
    teams: Vec<TeamHours>,
    departments: Vec<Department>,
}

impl Keep for People {
    fn stamp(stamps: &Stamps) -> i64 {
        stamps.people
    }

    async fn load(connection: &mut PgConnection, _: DateTime<Utc>) -> Result<Self> {
        let rows = sqlx::query!(
            r#"
            select u.id as "id: UserId", u.name, u.active, u.team_id as "team: TeamId",
                array(select r.role from user_roles r where r.user_id = u.id) as "roles!"
            from users u
            order by lower(u.name), u.id
            "#,
        )
        .fetch_all(&mut *connection)
        .await?;
        let mut people = Self {
            everyone: Vec::with_capacity(rows.len()),
            roles: HashMap::with_capacity(rows.len()),
            colleagues: Vec::new(),
            teams: list_teams(connection).await?,
            departments: departments(connection).await?,
        };
        for row in rows {
            let held: Vec<Role> = roles(&row.roles).into_iter().collect();
            if row.active && held.iter().any(|role| WorkCases::ROLES.contains(role)) {
                people.colleagues.push(Colleague { id: row.id, name: row.name.clone(), team: row.team });
            }
            people.roles.insert(row.id, held);
            people.everyone.push((row.id, row.name));
        }
        Ok(people)
    }
}

impl People {
    /// Everybody who has or had an account, by name.
    #[must_use]
    pub fn everyone(&self) -> &[(UserId, String)] {
        &self.everyone
    }

    /// Active people who may own cases, by name.
    #[must_use]
    pub fn colleagues(&self) -> &[Colleague] {
        &self.colleagues
    }

    /// What somebody may be.
    #[must_use]
    pub fn roles_of(&self, user: UserId) -> &[Role] {
        self.roles.get(&user).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every team, by name.
    #[must_use]
    pub fn teams(&self) -> Vec<Team> {
        self.teams.iter().map(|team| Team { id: team.id, name: team.name.clone() }).collect()
    }

    /// Every department, by name.
    #[must_use]
    pub fn departments(&self) -> &[Department] {
        &self.departments
    }

    /// When a team works; the default for who is in none.
    #[must_use]
    pub fn calendar_of(&self, team: Option<TeamId>) -> Calendar {
        let team = self.teams.iter().find(|one| Some(one.id) == team);
        team.map_or_else(default_calendar, |team| team.calendar.clone())
    }

    /// In which zone a team reads the clock; the default's for who is in none.
    #[must_use]
    pub fn zone_of(&self, team: Option<TeamId>) -> Tz {
        let team = self.teams.iter().find(|one| Some(one.id) == team);
        team.map_or_else(|| default_calendar().zone, |team| team.calendar.zone)
    }
}

/// In which zone somebody reads the clock.
///
/// # Errors
/// When the database cannot be read.
pub async fn zone_for(app: &App, connection: &mut PgConnection, who: &Actor) -> Result<Tz> {
    Ok(app.kept::<People>(connection, who).await?.zone_of(who.team))
}
