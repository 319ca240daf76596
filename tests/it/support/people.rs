//! People to act as.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use savedesk::audit::{self, Action, Entry, Subject};
use savedesk::auth::{Actor, Can, Permission, Role};
use savedesk::db::Tx;
use savedesk::ids::{DepartmentId, SessionId, TeamId, UserId};
use sha2::{Digest, Sha256};

use super::{Client, TestApp};

/// Somebody who works here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person<'a> {
    pub(crate) name: &'a str,
    pub(crate) roles: &'a [Role],
    /// Made if there is none of this name.
    pub(crate) team: Option<&'a str>,
    /// One of those that every desk begins with.
    pub(crate) department: Option<&'a str>,
}

impl TestApp {
    /// A browser in which somebody of this role is signed in: of the team "North" where the role works cases, of the
    /// department "Billing" where it is a department's.
    pub(crate) async fn sign_in(&self, role: Role) -> Client {
        let team = matches!(role, Role::Rep | Role::Agent | Role::Supervisor | Role::Manager).then_some("North");
        let department = (role == Role::Department).then_some("Billing");
        self.sign_in_as(Person { name: role.label(), roles: &[role], team, department }).await
    }

    /// A browser in which this person is signed in.
    pub(crate) async fn sign_in_as(&self, person: Person<'_>) -> Client {
        let actor = self.given_person(person).await;
        let user = actor.id.unwrap();
        Client::new(self.address, Some((user, self.session_of(user).await)))
    }

    /// The proof that somebody may do this, for calling actions.
    pub(crate) async fn can<P: Permission>(&self, role: Role) -> Can<P> {
        let person = Person { name: role.label(), roles: &[role], team: Some("North"), department: None };
        Arc::new(self.given_person(person).await).can().unwrap()
    }

    /// A person, not signed in anywhere.
    pub(crate) async fn given_person(&self, person: Person<'_>) -> Actor {
        let id = UserId::new();
        let mut tx = self.begin().await;
        let team = match person.team {
            Some(name) => Some(given_team(&mut tx, name).await),
            None => None,
        };
        let department: Option<DepartmentId> = sqlx::query_scalar("select id from departments where name = $1")
            .bind(person.department)
            .fetch_optional(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "insert into users (id, email, name, team_id, department_id, created_at) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(format!("{id}@desk.example"))
        .bind(person.name)
        .bind(team)
        .bind(department)
        .bind(tx.now())
        .execute(&mut *tx)
        .await
        .unwrap();
        for role in person.roles {
            sqlx::query("insert into user_roles (user_id, role) values ($1, $2)")
                .bind(id)
                .bind(role.name())
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        audit::record(&mut tx, Entry::new(Action::UserAdded, Subject::User(id))).await.unwrap();
        tx.commit().await.unwrap();
        Actor {
            id: Some(id),
            name: person.name.to_owned(),
            roles: person.roles.to_vec(),
            team,
            department,
            ..Actor::desk()
        }
    }

    /// What the cookie of somebody who is signed in holds.
    pub(crate) async fn session_of(&self, user: UserId) -> String {
        self.given_session(user, self.clock.now()).await
    }

    /// A session of theirs; gives what the cookie holds.
    pub(crate) async fn given_session(&self, user: UserId, now: DateTime<Utc>) -> String {
        let token: [u8; 32] = rand::random();
        sqlx::query(
            "insert into sessions (id, token_hash, user_id, created_at, seen_at, expires_at, address, browser)
             values ($1, $2, $3, $4, $4, $5, '127.0.0.1', 'a test')",
        )
        .bind(SessionId::new())
        .bind(&Sha256::digest(token)[..])
        .bind(user)
        .bind(now)
        .bind(now + self.state.config.session_max)
        .execute(&mut self.owner().await)
        .await
        .unwrap();
        URL_SAFE_NO_PAD.encode(token)
    }
}

async fn given_team(tx: &mut Tx, name: &str) -> TeamId {
    let found = sqlx::query_scalar("select id from teams where name = $1").bind(name).fetch_optional(&mut **tx).await;
    if let Some(team) = found.unwrap() {
        return team;
    }
    let team = TeamId::new();
    sqlx::query("insert into teams (id, name) values ($1, $2)").bind(team).bind(name).execute(&mut **tx).await.unwrap();
    audit::record(tx, Entry::new(Action::TeamAdded, Subject::Team(team))).await.unwrap();
    team
}
