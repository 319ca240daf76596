//! The clock stands still while it is the customer's turn, for the kinds whose ladder says so.

use chrono::TimeDelta;

use super::{Kind, store};
use crate::audit::{self, Action, Entry, Subject};
use crate::calendar::{Calendar, Due, moment, working};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, CustomerId};

/// Whether the clock of such a thing may ever stand still: not of what others wait for, of a customer's wish to cancel, or
/// of what a customer was promised.
#[must_use]
pub fn may_pause(kind: Kind) -> bool {
    matches!(kind, Kind::FirstAction | Kind::FollowUp)
}

/// It is the customer's turn: what pauses and is not late stands still, with the working time that is left. As with
/// [`set`](super::set), the caller holds the case's row.
///
/// # Errors
/// When the database refuses.
pub async fn pause(tx: &mut Tx, case: CaseId, customer: CustomerId, calendar: &Calendar) -> Result<()> {
    let now = tx.now();
    for (id, kind, due_at) in store::pausing(tx, case).await? {
        let left = calendar.working_between(now, due_at).num_minutes();
        if left < 1 {
            continue;
        }
        store::pause(tx, id, i32::try_from(left).unwrap_or(i32::MAX)).await?;
        let entry = Entry::new(Action::DeadlinePaused, Subject::Case(case)).of(customer);
        audit::record(tx, entry.fact("kind", kind.name()).fact("left_minutes", left)).await?;
    }
    Ok(())
}

/// It is our turn again: what stood still is due when the working time that was left will have passed.
///
/// # Errors
/// When the database refuses.
pub async fn resume(tx: &mut Tx, case: CaseId, customer: CustomerId, calendar: &Calendar) -> Result<()> {
    let now = tx.now();
    for paused in store::paused(tx, case).await? {
        let left = TimeDelta::minutes(paused.minutes.into());
        let at = calendar.add_working(now, left).at;
        let because = format!(
            "{} were left when it became the customer's turn on {}, and it is ours again since {}",
            working(left),
            moment(paused.at, calendar.zone, now),
            moment(now, calendar.zone, now),
        );
        let entry = Entry::new(Action::DeadlineResumed, Subject::Case(case))
            .of(customer)
            .fact("kind", paused.kind.name())
            .change("due_at", paused.due_at.to_rfc3339(), at.to_rfc3339());
        store::resume(tx, paused.id, &Due { at, because }).await?;
        audit::record(tx, entry).await?;
    }
    Ok(())
}
