//! Giving a case to somebody.

use super::super::store;
use super::super::{Case, lock};
use super::{keep, tell};
use crate::accounts;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{AssignCases, Can};
use crate::calendar::moment;
use crate::db::Tx;
use crate::deadlines;
use crate::error::Result;
use crate::ids::{CaseId, UserId};
use crate::notifications;

/// What came of assigning a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assigned {
    /// It has a new owner; the caller hands over the follow-ups that go along.
    Moved {
        /// Whose it was.
        from: Option<UserId>,
    },
    /// It was theirs already.
    Same,
}

/// Gives a case to somebody, or back to the queue. The case joins its new owner's team.
///
/// # Errors
/// When the rules of [`Case::may_assign`] say no.
pub async fn assign(tx: &mut Tx, can: &Can<AssignCases>, case: CaseId, to: Option<UserId>) -> Result<Assigned> {
    let mut case = lock(tx, case).await?;
    case.may_assign(can.actor(), to)?;
    if case.owner == to {
        return Ok(Assigned::Same);
    }
    let from = case.owner;
    give(tx, &mut case, to).await?;
    Ok(Assigned::Moved { from })
}

async fn give(tx: &mut Tx, case: &mut Case, to: Option<UserId>) -> Result<()> {
    let team = match to {
        Some(user) => store::team_of(tx, user).await?.or(case.team),
        None => case.team,
    };
    let mut entry = Entry::new(Action::CaseAssigned, Subject::Case(case.id)).of(case.customer).change(
        "owner",
        case.owner.map(|id| id.to_string()),
        to.map(|id| id.to_string()),
    );
    store::note_change(
        tx,
        case.id,
        "owner",
        case.owner.map(|id| id.to_string()).as_deref(),
        to.map(|id| id.to_string()).as_deref(),
        None,
    )
    .await?;
    if team != case.team {
        entry = entry.change("team", case.team.map(|id| id.to_string()), team.map(|id| id.to_string()));
    }
    case.owner = to;
    case.team = team;
    deadlines::reassign(tx, case.id, to).await?;
    keep(tx, case).await?;
    audit::record(tx, entry).await?;
    tell(tx, case);
    let Some(owner) = to else { return Ok(()) };
    let about = format!("{} is yours now", case.kind.label());
    notifications::assigned(tx, owner, case.id, about, format!("assigned:{}:{}", case.id, case.version)).await
}

/// A case taken from the queue, with the reason why this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The case.
    pub case: CaseId,
    /// "It is due Tue 14:00, sooner than any other free case."
    pub why: String,
}

/// Takes the most urgent free case of the queue. Two people who take at once get two cases.
///
/// # Errors
/// When the database refuses.
pub async fn take_next(tx: &mut Tx, can: &Can<AssignCases>) -> Result<Option<Taken>> {
    let Some(case) = store::lock_next_free(tx, can.team).await? else {
        return Ok(None);
    };
    let mut case = lock(tx, case).await?;
    let calendar = accounts::calendar_of(tx, can.team).await?;
    let why = match deadlines::next(tx, case.id).await? {
        Some(next) if next.due_at < tx.now() => {
            format!("It was due {}, before any other free case.", moment(next.due_at, calendar.zone, tx.now()))
        }
        Some(next) => {
            format!("It is due {}, sooner than any other free case.", moment(next.due_at, calendar.zone, tx.now()))
        }
        None => format!("Nothing free is due; it has the most at risk: {}.", case.value_at_risk.short()),
    };
    give(tx, &mut case, can.id).await?;
    Ok(Some(Taken { case: case.id, why }))
}
