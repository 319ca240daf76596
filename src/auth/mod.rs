//! Who acts and what they may do. A permission is a type: an action takes `&Can<OpenCases>`, so a forgotten check does
//! not compile. The table below is the only place that says which role may do what; everything else is denied.

mod extract;
mod permissions;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::db::{Origin, Stamps, Via};
use crate::error::{self, Error, Result};
use crate::ids::{DepartmentId, SessionId, TeamId, UserId};

pub use extract::SignedIn;
pub use permissions::*;

/// What somebody's day is about. A user may hold several.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, sqlx::Type, serde::Serialize, serde::Deserialize,
)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Frontline: on the phone with a customer who wants to leave.
    Rep,
    /// Back office: works the queue all day.
    Agent,
    /// Decides approvals, watches overdue work.
    Supervisor,
    /// Owns the numbers and the policy.
    Manager,
    /// Answers requests from the save desk.
    Department,
    /// Answers data-subject requests, reads the audit log.
    Privacy,
    /// Users, teams, settings.
    Admin,
}

impl Role {
    /// All of them, in the order pages list them.
    pub const ALL: [Self; 7] =
        [Self::Rep, Self::Agent, Self::Supervisor, Self::Manager, Self::Department, Self::Privacy, Self::Admin];

    /// As stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Manager => "manager",
            Self::Department => "department",
            Self::Privacy => "privacy",
            Self::Admin => "admin",
        }
    }

    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Rep => "Retention rep",
            Self::Agent => "Retention agent",
            Self::Supervisor => "Supervisor",
            Self::Manager => "Manager",
            Self::Department => "Department member",
            Self::Privacy => "Privacy officer",
            Self::Admin => "Admin",
        }
    }

    /// Reads the stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The person who acts, or the desk itself.
#[derive(Clone, Debug)]
pub struct Actor {
    /// None when the desk itself acts: chaser, commands, import runs.
    pub id: Option<UserId>,
    /// As colleagues know them.
    pub name: String,
    /// What they may be.
    pub roles: Vec<Role>,
    /// Their team, if they are in one.
    pub team: Option<TeamId>,
    /// Their department, if they are outside the save desk.
    pub department: Option<DepartmentId>,
    /// The browser they sit at.
    pub session: Option<SessionId>,
    /// Whether single-key shortcuts are on (WCAG 2.1.4).
    pub single_keys: bool,
    /// Columns of the queue they chose.
    pub queue_columns: Vec<String>,
    /// What waits for them, where that was counted with their session.
    pub waiting: Option<Waiting>,
    /// What was kept in the database's stamps when their request began; none for whoever comes without a session.
    pub stamps: Option<Stamps>,
}

/// What waits for somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Waiting {
    /// Live cases they own.
    pub live: i64,
    /// Of these, the late ones.
    pub late: i64,
    /// Open requests for approval they may decide.
    pub approvals: i64,
    /// Of these, the late ones.
    pub late_approvals: i64,
    /// What they were told and have not read, no more than a hundred.
    pub unread: i64,
    /// What is overdue of all that is theirs.
    pub overdue: i64,
    /// Open requests: those they made or that are about their cases, or those to their department.
    pub requests: i64,
    /// Of these, the late ones.
    pub late_requests: i64,
}

impl Actor {
    /// The desk itself, which may do everything.
    #[must_use]
    pub fn desk() -> Self {
        Self {
            id: None,
            name: "Savedesk".to_owned(),
            roles: Role::ALL.to_vec(),
            team: None,
            department: None,
            session: None,
            single_keys: true,
            queue_columns: Vec::new(),
            waiting: None,
            stamps: None,
        }
    }

    /// Whether the roles allow it.
    #[must_use]
    pub fn may<P: Permission>(&self) -> bool {
        self.roles.iter().any(|role| P::ROLES.contains(role))
    }

    /// The same person as one for whom nothing kept in memory will do: what somebody else changed a moment ago, while
    /// this request waited for them, is not in what was current when it began.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { stamps: None, ..self.clone() }
    }

    /// The proof that the roles allow it.
    ///
    /// # Errors
    /// `Forbidden` when they do not.
    pub fn can<P: Permission>(self: &Arc<Self>) -> Result<Can<P>> {
        if self.may::<P>() {
            Ok(Can { actor: Arc::clone(self), permission: PhantomData })
        } else {
            Err(Error::Forbidden)
        }
    }

    /// Whether they hold this role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Who this is for a transaction.
    #[must_use]
    pub fn origin(&self, via: Via) -> Origin {
        Origin { actor: self.id, via, request: error::reference() }
    }

    /// The role to show: the one that reaches furthest on the desk.
    #[must_use]
    pub fn title(&self) -> &'static str {
        [Role::Manager, Role::Supervisor, Role::Agent, Role::Rep, Role::Privacy, Role::Admin, Role::Department]
            .into_iter()
            .find(|role| self.is(*role))
            .map_or("No role yet", Role::label)
    }
}

/// Something that roles allow or do not.
pub trait Permission: Send + Sync + 'static {
    /// Its name in the matrix.
    const NAME: &'static str;
    /// Who may.
    const ROLES: &'static [Role];
}

/// The proof that this actor may do `P`. Made only by [`Actor::can`].
pub struct Can<P> {
    actor: Arc<Actor>,
    permission: PhantomData<P>,
}

impl<P: Permission> Can<P> {
    /// The proof for something else, if the same actor may do that too.
    ///
    /// # Errors
    /// `Forbidden` when they may not.
    pub fn and<Q: Permission>(&self) -> Result<Can<Q>> {
        self.actor.can()
    }

    /// Who it is.
    #[must_use]
    pub fn actor(&self) -> &Arc<Actor> {
        &self.actor
    }

    /// The desk's own proof, for the chaser, commands and runs in the background.
    #[must_use]
    pub fn desk() -> Self {
        Self { actor: Arc::new(Actor::desk()), permission: PhantomData }
    }
}

impl<P: Permission> Can<P> {
    /// The same proof of the same person, for whom everything is read anew (see [`Actor::anew`]).
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { actor: Arc::new(self.actor.anew()), permission: PhantomData }
    }
}

impl<P> Clone for Can<P> {
    fn clone(&self) -> Self {
        Self { actor: Arc::clone(&self.actor), permission: PhantomData }
    }
}

impl<P> Deref for Can<P> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl<P: Permission> fmt::Debug for Can<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Can<{}>({:?})", P::NAME, self.actor.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privacy_officer_cannot_work_cases() {
        let officer = Arc::new(Actor { roles: vec![Role::Privacy], ..Actor::desk() });
        assert!(officer.can::<SeeAudit>().is_ok());
        assert!(officer.can::<WorkCases>().is_err());
    }

    #[test]
    fn without_a_role_nothing_is_allowed() {
        let nobody = Actor { roles: Vec::new(), ..Actor::desk() };
        assert!(!nobody.may::<SeeCases>() && !nobody.may::<SeeCustomers>() && !nobody.may::<ManageUsers>());
    }
}
