//! Lead times and what goes with them, as managers and the leads of departments set them.

use super::super::lead_times::{Blackout, Desk, LeadTime};
use super::super::store;
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Actor, Can, EditPolicy, SeeRequests};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{DepartmentId, UserId};

/// Whether this person sets what a department's work takes: who edits the policy, and who leads the department.
pub(in super::super) fn may_edit(actor: &Actor, desk: &Desk) -> bool {
    actor.may::<EditPolicy>() || (actor.id.is_some() && desk.lead.as_ref().map(|(id, _)| *id) == actor.id)
}

/// Saves what a department's work takes; nothing when somebody else did since `seen`. Who leads it is set by those who
/// edit the policy.
///
/// # Errors
/// When this person may not.
pub(in super::super) async fn save_desk(tx: &mut Tx, can: &Can<SeeRequests>, mut new: Desk, seen: i64) -> Result<bool> {
    let before = store::lock_desk(tx, new.department).await?;
    if !may_edit(can, &before) {
        return Err(Error::refused("The department’s lead and the managers set these."));
    }
    if before.version != seen {
        return Ok(false);
    }
    if !can.may::<EditPolicy>() {
        new.lead.clone_from(&before.lead);
    }
    store::save_desk(tx, &new).await?;
    let lead = |desk: &Desk| desk.lead.as_ref().map(|(id, _)| id.to_string());
    audit::record(
        tx,
        Entry::new(Action::LeadTimesChanged, Subject::Desk)
            .fact("department", new.department.to_string())
            .change("lead", lead(&before), lead(&new))
            .change("lead_times", before.lead_times.len(), new.lead_times.len())
            .change("blackout_days", before.blackouts.len(), new.blackouts.len()),
    )
    .await?;
    tx.tell("requests");
    Ok(true)
}

/// Sets who leads a department and what its work takes, for a desk that begins with these.
///
/// # Errors
/// When there is no such department.
pub async fn set_up(
    tx: &mut Tx,
    department: DepartmentId,
    lead: Option<(UserId, String)>,
    lead_times: Vec<LeadTime>,
    blackouts: Vec<Blackout>,
) -> Result<()> {
    let desk = store::lock_desk(tx, department).await?;
    let seen = desk.version;
    save_desk(tx, &Can::desk(), Desk { lead, lead_times, blackouts, ..desk }, seen).await.map(drop)
}
