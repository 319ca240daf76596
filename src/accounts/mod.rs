//! Our people: who they are and what they may be, how they sign in, in which team they work and when.
//!
//! ```text
//! user:    active ⇄ deactivated             the last active admin stays one
//! absence: noted → ended | taken back        two of one person never overlap
//! session: begun → ended (signed out, idle, too old, password changed, deactivated)
//! link:    made → used | expired | replaced
//! ```

mod absences;
mod actions;
mod browser;
mod duty;
mod identify;
mod pages;
mod passwords;
mod store;
mod teams;
mod throttle;
mod tokens;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::auth::Role;
use crate::error::{Error, FormErrors};
use crate::ids::{DepartmentId, TeamId, UserId};

pub use absences::{Absence, NewAbsence};
pub use actions::{
    OneTimeLink, add_department, add_team, add_user, choose_queue_columns, end_absence, first_admin_link, note_absence,
    password_link, set_password,
};
pub use duty::{Duty, OnDuty};
pub use identify::identify;
pub use pages::{ConflictPage, routes};
pub use passwords::{Hashed, Password};
pub use store::{
    Feed, People, absences, calendar_of, calendars, colleagues, deciders, departments, duty, find_calendar, names,
    teams, user_by_email, wrong_link, zone_for, zone_of,
};
pub use teams::{NewTeam, TeamHours, default_calendar};
pub use tokens::Token;

/// The most characters of a name.
const LONGEST_NAME: usize = 80;
/// The most characters of an address, by RFC 5321.
const LONGEST_EMAIL: usize = 254;

/// What a person, a team or a department is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name(String);

impl Name {
    /// Takes what is not empty and not too long.
    ///
    /// # Errors
    /// A sentence that says what to change.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.trim();
        match name.chars().count() {
            0 => Err("Enter a name.".to_owned()),
            1..=LONGEST_NAME => Ok(Self(name.to_owned())),
            _ => Err(format!("Use at most {LONGEST_NAME} characters for the name.")),
        }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address somebody signs in with, in small letters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Email(String);

impl Email {
    /// Takes what could be an address.
    ///
    /// # Errors
    /// A sentence that says what to change.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let email = text.trim().to_lowercase();
        let is_one = email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
        });
        let is_plain = !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
        if is_one && is_plain && email.len() <= LONGEST_EMAIL {
            Ok(Self(email))
        } else {
            Err("Enter an e-mail address, like priya.raman@example.com")
        }
    }

    /// As stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an admin may write about a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Details {
    /// As colleagues know them.
    pub name: Name,
    /// What they sign in with.
    pub email: Email,
    /// What they may be.
    pub roles: BTreeSet<Role>,
    /// Their team, if they are in one.
    pub team: Option<TeamId>,
    /// The department they answer for, if any.
    pub department: Option<DepartmentId>,
}

impl Details {
    /// Whether roles and department go together.
    fn check(&self) -> Result<(), Refusal> {
        check_roles(&self.roles, self.department)
    }
}

/// Everybody has a role, and whoever answers for a department has one.
fn check_roles(roles: &BTreeSet<Role>, department: Option<DepartmentId>) -> Result<(), Refusal> {
    if roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    if roles.contains(&Role::Department) && department.is_none() {
        return Err(Refusal::NoDepartment);
    }
    Ok(())
}

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Who they are.
    pub details: Details,
    /// Their password, if they have one already; otherwise they set it by a one-time link.
    pub password: Option<Hashed>,
}

/// One of our people, as stored.
#[derive(Clone, Debug)]
struct User {
    id: UserId,
    details: Details,
    active: bool,
    password: Option<String>,
    created_at: DateTime<Utc>,
    signed_in_at: Option<DateTime<Utc>>,
    audit_key: Vec<u8>,
}

impl User {
    fn is_active_admin(&self) -> bool {
        self.active && self.details.roles.contains(&Role::Admin)
    }
}

/// Somebody who may own cases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Colleague {
    /// Who.
    pub id: UserId,
    /// As colleagues know them.
    pub name: String,
    /// Their team.
    pub team: Option<TeamId>,
}

/// A team, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// Its name.
    pub name: String,
}

/// A department, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Department {
    /// Which.
    pub id: DepartmentId,
    /// Its name.
    pub name: String,
}

/// Why something about an account was turned away. Each message is shown as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
enum Refusal {
    #[error("Choose at least one role.")]
    NoRole,
    #[error("Choose the department this person answers for.")]
    NoDepartment,
    #[error("Somebody has this e-mail address already. Use another, or edit that person.")]
    EmailTaken,
    #[error("A team has this name already. Choose another name.")]
    TeamNameTaken,
    #[error("A department has this name already.")]
    DepartmentNameTaken,
    #[error("This is the last active admin. Make somebody else an admin first.")]
    LastAdmin,
    #[error("This account is deactivated. Reactivate it first.")]
    Deactivated,
    #[error("This link was used, has expired, or was replaced by a newer one. Ask an admin for a new one.")]
    LinkGone,
    #[error("There is an admin already. Sign in, or ask them for an account.")]
    HasUsers,
}

impl Refusal {
    /// The field of a form that it is about; empty for the form as a whole.
    fn field(self) -> &'static str {
        match self {
            Self::NoRole | Self::LastAdmin => "roles",
            Self::NoDepartment => "department",
            Self::EmailTaken => "email",
            Self::TeamNameTaken | Self::DepartmentNameTaken => "name",
            Self::Deactivated | Self::LinkGone | Self::HasUsers => "",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal.field() {
            "" => Self::refused(refusal.to_string()),
            field => Self::Invalid(FormErrors::of(field, refusal.to_string())),
        }
    }
}

/// Whether the desk would be left without anybody who can give out accounts.
fn leaves_no_admin(was: &User, stays_admin: bool, other_admins: i64) -> bool {
    was.is_active_admin() && !stays_admin && other_admins == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(roles: &[Role]) -> Details {
        Details {
            name: Name::parse("Priya Raman").unwrap(),
            email: Email::parse("priya.raman@brightline.example").unwrap(),
            roles: roles.iter().copied().collect(),
            team: None,
            department: None,
        }
    }

    fn user(roles: &[Role], active: bool) -> User {
        User {
            id: UserId::new(),
            details: details(roles),
            active,
            password: None,
            created_at: DateTime::UNIX_EPOCH,
            signed_in_at: None,
            audit_key: Vec::new(),
        }
    }

    #[test]
    fn one_signs_in_with_an_address_however_it_is_written() {
        assert_eq!(
            Email::parse(" Priya.Raman@Brightline.Example ").unwrap().as_str(),
            "priya.raman@brightline.example"
        );
        for text in ["", "priya", "@x", "x@", "a@b@c", "a b@c", "a@b.", "a@.b", "a@b,c@d", "a@b\0", "<a@b>"] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_there_and_not_a_novel() {
        assert_eq!(Name::parse("  Ana María ").unwrap().as_str(), "Ana María");
        assert!(Name::parse(" \n").is_err());
        assert!(Name::parse(&"x".repeat(81)).is_err());
    }

    #[test]
    fn a_department_member_answers_for_a_department() {
        assert_eq!(details(&[Role::Department]).check(), Err(Refusal::NoDepartment));
        assert_eq!(details(&[]).check(), Err(Refusal::NoRole));
        assert_eq!(details(&[Role::Rep]).check(), Ok(()));
    }

    #[test]
    fn the_last_active_admin_stays_one() {
        let admin = user(&[Role::Admin], true);
        assert!(leaves_no_admin(&admin, false, 0));
        assert!(!leaves_no_admin(&admin, true, 0));
        assert!(!leaves_no_admin(&admin, false, 1));
        assert!(!leaves_no_admin(&user(&[Role::Rep], true), false, 0));
        assert!(!leaves_no_admin(&user(&[Role::Admin], false), false, 0));
    }
}
