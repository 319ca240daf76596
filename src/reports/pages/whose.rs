//! Whose figures somebody may see: everybody their own, supervisors those of their team, managers and admins everybody's.

use chrono::NaiveDate;

use super::super::TeamChoice;
use crate::accounts::{Colleague, People};
use crate::auth::{Actor, SeeReports};
use crate::error::{Error, Result};
use crate::ids::UserId;

/// Whether somebody may see a person's figures.
fn may_see(actor: &Actor, people: &People, person: UserId) -> bool {
    let of_their_team =
        || actor.team.is_some() && people.colleagues().iter().any(|one| one.id == person && one.team == actor.team);
    actor.id == Some(person) || TeamChoice::may_choose(actor) || (actor.may::<SeeReports>() && of_their_team())
}

/// The person that an address names; "me" is whoever looks.
///
/// # Errors
/// `NotFound` for who is not there for these eyes.
pub(super) fn find(asked: &str, actor: &Actor, people: &People) -> Result<UserId> {
    let person = if asked == "me" { actor.id } else { asked.parse().ok() };
    let is_known = |person: &UserId| people.everyone().iter().any(|(id, _)| id == person);
    person.filter(|person| is_known(person) && may_see(actor, people, *person)).ok_or(Error::NotFound)
}

/// Whose rows are asked for: a person's, or of who sees reports everybody's in their part of the desk.
///
/// # Errors
/// `NotFound` for who is not there for these eyes.
pub(super) fn of_rows(asked: &str, actor: &Actor, people: &People) -> Result<Option<UserId>> {
    match asked {
        "" if actor.may::<SeeReports>() => Ok(None),
        "" => find("me", actor, people).map(Some),
        person => find(person, actor, people).map(Some),
    }
}

/// The people that somebody coaches: those of the chosen team.
pub(super) fn coached(people: &People, team: TeamChoice) -> Vec<Colleague> {
    let holds = |one: &&Colleague| match team {
        TeamChoice::All => true,
        TeamChoice::One(team) => one.team == Some(team),
        TeamChoice::None => one.team.is_none(),
    };
    people.colleagues().iter().filter(holds).cloned().collect()
}

pub(super) fn name(person: UserId, people: &People) -> String {
    people.everyone().iter().find(|(id, _)| *id == person).map(|(_, name)| name.clone()).unwrap_or_default()
}

/// Where a person's figures of a month are.
pub(super) fn page(person: UserId, month: NaiveDate) -> String {
    format!("/people/{person}?month={}", month.format("%Y-%m"))
}
