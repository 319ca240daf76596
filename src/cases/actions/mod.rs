//! The verbs of a case. Each locks the case's row first; the customer's row is locked before a case is opened.

mod assign;
mod change;
mod close;
mod customer;
mod open;
mod steps;
mod verify;

use super::{Case, store};
use crate::accounts;
use crate::db::Tx;
use crate::deadlines;
use crate::error::Result;

pub use assign::{Assigned, Taken, assign, take_next};
pub use change::{Changes, change};
pub use close::{Closing, close, reopen};
pub use customer::{give_to_customer, require_movable};
pub use open::{CancellationLine, NewCase, Opened, note_cancellation_lines, open};
pub use steps::{ask_to_cancel, cancel_confirmed, first_act, follow_ups_changed, resume, settle, wait_on};
pub use verify::{Cause, Verified, take_back_cause, verify};

/// Saves the case with the copy of its next deadline; after its first act with the working time until then.
async fn keep(tx: &mut Tx, case: &mut Case) -> Result<()> {
    if let (Some(at), None) = (case.first_action_at, case.first_action_minutes) {
        let waited = accounts::calendar_of(tx, case.team).await?.working_between(case.opened_at, at);
        case.first_action_minutes = i32::try_from(waited.num_minutes()).ok();
    }
    let next = deadlines::next(tx, case.id).await?;
    store::save(tx, case, next.as_ref()).await
}

fn tell(tx: &mut Tx, case: &Case) {
    tx.tell(format!("case:{}", case.id));
    tx.tell("queue");
}
