//! Making one.

use super::{allowed, entry, set_deadline, tell, tell_owner};
use crate::audit::{self, Action};
use crate::cases;
use crate::db::Tx;
use crate::error::Result;
use crate::follow_ups::store::{self, Change};
use crate::follow_ups::{FollowUp, NewFollowUp, Stage};
use crate::ids::FollowUpId;

/// Makes a follow-up. A callback at an hour at which the customer is not called is moved to the next one, and says so.
/// There is one open follow-up per promise: making it again gives the one there is.
///
/// # Errors
/// When the case is closed and this ends with it.
pub async fn make(tx: &mut Tx, new: NewFollowUp) -> Result<FollowUp> {
    let case = cases::lock(tx, new.case).await?;
    if !new.kind.outlives_case() {
        case.require_live()?;
    }
    if let Some(promise) = new.promise
        && let Some(open) = store::open_of_promise(tx, promise).await?
    {
        return Ok(open);
    }
    let due = allowed(tx, case.id, new.kind, new.due).await?;
    let follow_up = FollowUp {
        id: FollowUpId::new(),
        case: case.id,
        kind: new.kind,
        what: new.what,
        owner: new.owner,
        owner_name: None,
        due,
        interaction: new.interaction,
        promise: new.promise,
        check_day: None,
        saved_at: None,
        snoozed: None,
        stage: Stage::Open,
        still_here: None,
        note: None,
        made_at: tx.now(),
        ended_at: None,
        ended_by: None,
        version: 1,
    };
    store::insert(tx, &follow_up).await?;
    set_deadline(tx, &follow_up).await?;
    let shown = follow_up.interaction.is_none();
    store::note_change(tx, &follow_up, Change { what: "made", mark: None, note: None, shown }).await?;
    audit::record(
        tx,
        entry(Action::FollowUpMade, &follow_up)
            .of(case.customer)
            .fact("case", case.id.to_string())
            .fact("kind", follow_up.kind.name())
            .fact("due_at", follow_up.due.at.to_rfc3339())
            .fact("owner", follow_up.owner.map(|owner| owner.to_string()))
            .fact("promise", follow_up.promise.map(|promise| promise.to_string())),
    )
    .await?;
    cases::follow_ups_changed(tx, case.id).await?;
    tell(tx, &follow_up);
    // what the desk makes, it tells of itself
    if tx.by().is_some() {
        tell_owner(tx, &follow_up).await?;
    }
    Ok(follow_up)
}
