//! The verbs of a follow-up. Each locks the case's row, then the follow-up's.

mod change;
mod make;
mod of_case;

pub(in crate::follow_ups) use change::set_calling_hours;
pub use change::{complete, drop_because, hand, move_to, reopen, return_to_queue, snooze, unsnooze, wake};
pub use make::make;
pub use of_case::{after_closing, after_reopening, before_closing, go_along, nothing_to_tell, replace_next_step};

use super::store::{self, Change};
use super::{FollowUp, Kind, Stage};
use crate::audit::{self, Action, Entry, Subject};
use crate::calendar::Due;
use crate::cases::{self, Case};
use crate::db::Tx;
use crate::deadlines::{self, NewDeadline};
use crate::error::Result;
use crate::ids::{CaseId, FollowUpId};
use crate::notifications;

/// The case's row first, then the follow-up's.
async fn lock_both(tx: &mut Tx, id: FollowUpId) -> Result<(Case, FollowUp)> {
    let seen = store::find(tx, id).await?;
    let case = cases::lock(tx, seen.case).await?;
    Ok((case, store::lock(tx, id).await?))
}

/// A callback is due at an hour at which the customer may be called; everything else when it is wanted.
async fn allowed(tx: &mut Tx, case: CaseId, kind: Kind, wanted: Due) -> Result<Due> {
    if kind != Kind::Callback {
        return Ok(wanted);
    }
    let calling = store::calling(tx, case).await?;
    Ok(super::calling(&calling.hours, calling.zone, wanted))
}

/// The deadline of an open one, as it stands now; the one before gives way.
async fn set_deadline(tx: &mut Tx, follow_up: &FollowUp) -> Result<()> {
    let new = NewDeadline {
        kind: deadlines::Kind::FollowUp,
        what: follow_up.what.clone(),
        due: follow_up.due.clone(),
        owner: follow_up.owner,
    };
    deadlines::set_for(tx, follow_up.case, follow_up.id.uuid(), new).await?;
    Ok(())
}

/// Saves what became of one, with its line in the case's log and its entry in the audit log.
async fn save(tx: &mut Tx, case: &Case, follow_up: &mut FollowUp, change: Change<'_>, entry: Entry) -> Result<()> {
    store::save(tx, follow_up).await?;
    if follow_up.stage == Stage::Open {
        set_deadline(tx, follow_up).await?;
    } else {
        let how = if follow_up.stage == Stage::Done { deadlines::End::Done } else { deadlines::End::Cleared };
        deadlines::end_for(tx, follow_up.id.uuid(), deadlines::Kind::FollowUp, how).await?;
    }
    store::note_change(tx, follow_up, change).await?;
    audit::record(tx, entry.of(case.customer).fact("case", case.id.to_string()).fact("kind", follow_up.kind.name()))
        .await?;
    tell(tx, follow_up);
    Ok(())
}

fn entry(action: Action, follow_up: &FollowUp) -> Entry {
    Entry::new(action, Subject::FollowUp(follow_up.id))
}

/// Tells whoever does it from now on, unless they took it themselves.
async fn tell_owner(tx: &mut Tx, follow_up: &FollowUp) -> Result<()> {
    let Some(owner) = follow_up.owner else { return Ok(()) };
    let key = format!("follow_up:{}:{}", follow_up.id, follow_up.version);
    notifications::assigned(tx, owner, follow_up.case, follow_up.what.clone(), key).await
}

/// Tells the pages of the case, and of whoever does it.
fn tell(tx: &mut Tx, follow_up: &FollowUp) {
    tx.tell(format!("case:{}", follow_up.case));
    if let Some(owner) = follow_up.owner {
        tx.tell(format!("follow_ups:{owner}"));
    }
}
