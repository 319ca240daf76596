//! What becomes of the deadline beside an answer: more time where the terms allow it, an end for a reason, and the way
//! back where that was wrong.

use super::super::{Complaint, Ended, How, store};
use super::{entry, keep_deadline, lock, set_deadline, tell, tell_writers};
use crate::audit::{self, Action};
use crate::auth::{Can, WorkComplaints};
use crate::cases;
use crate::db::Tx;
use crate::deadlines::{self, End};
use crate::error::Result;
use crate::ids::ComplaintId;

/// Extends the deadline as its terms allow, once, for a reason.
///
/// # Errors
/// When the terms do not allow it, it was extended before, or it is late.
pub async fn extend(tx: &mut Tx, _: &Can<WorkComplaints>, complaint: ComplaintId, why: &str) -> Result<Complaint> {
    let complaint = lock(tx, complaint).await?;
    let due = complaint.extended(tx.now())?;
    let was = complaint.current().map_or(due.at, |round| round.due_at);
    store::insert_extension(tx, &complaint, (was, &due), why).await?;
    store::save_due(tx, &complaint, &due).await?;
    store::note(tx, &complaint, "extended", why).await?;
    let entry = entry(Action::ComplaintExtended, &complaint).change("due_at", was.to_rfc3339(), due.at.to_rfc3339());
    set_deadline(tx, &complaint, due).await?;
    audit::record(tx, entry).await?;
    cases::settle(tx, complaint.case).await?;
    tell(tx, &complaint);
    store::find(tx, complaint.id).await
}

/// Ends a complaint: once it is answered, or because no answer is due, for a reason.
///
/// # Errors
/// When it is over, or an answer is owed that is said to be given.
pub async fn close(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    how: How,
    because: &str,
) -> Result<Complaint> {
    let before = lock(tx, complaint).await?;
    let ended = Ended { at: tx.now(), how, because: because.to_owned() };
    let mut complaint = before.end(ended)?;
    store::save(tx, &mut complaint).await?;
    deadlines::end_for(tx, complaint.id.uuid(), deadlines::Kind::RegulatorResponse, End::Cleared).await?;
    let words = if because.is_empty() { how.label().to_owned() } else { format!("{}: {because}", how.label()) };
    store::note(tx, &complaint, "ended", &words).await?;
    audit::record(tx, entry(Action::ComplaintEnded, &complaint).fact("how", how.name())).await?;
    cases::settle(tx, complaint.case).await?;
    tell(tx, &complaint);
    Ok(complaint)
}

/// Answers a complaint after all that was closed without an answer, for a reason: in the same round, due when it was.
///
/// # Errors
/// When it was not closed without an answer, or its case is closed.
pub async fn bring_back(tx: &mut Tx, _: &Can<WorkComplaints>, complaint: ComplaintId, why: &str) -> Result<Complaint> {
    let before = lock(tx, complaint).await?;
    cases::find(tx, before.case).await?.require_live()?;
    let mut complaint = before.brought_back()?;
    store::note(tx, &complaint, "brought_back", why).await?;
    store::save(tx, &mut complaint).await?;
    keep_deadline(tx, &complaint).await?;
    tell_writers(tx, &complaint, "is owed after all").await?;
    audit::record(tx, entry(Action::ComplaintBroughtBack, &complaint)).await?;
    cases::settle(tx, complaint.case).await?;
    tell(tx, &complaint);
    Ok(complaint)
}
