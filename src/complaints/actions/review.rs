//! Four eyes: somebody who wrote nothing of an answer reads it, and signs it off or returns it.

use super::super::{Complaint, Refusal, Stage, store};
use super::{entry, lock, notify, tell, tell_writers};
use crate::audit::{self, Action};
use crate::auth::{Can, SignComplaints, WorkComplaints};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ComplaintId, UserId};

/// Has somebody else read the answer: one person in particular, or whoever may sign off.
///
/// # Errors
/// When something is missing, the person wrote of it, or may not sign off.
pub async fn ask_review(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    reviewer: Option<UserId>,
) -> Result<Complaint> {
    let before = lock(tx, complaint).await?;
    let known = store::reviewers(tx).await?;
    let reviewer = match reviewer {
        None => None,
        Some(id) if Some(id) == tx.by() => return Err(Refusal::OwnAnswer.into()),
        Some(id) => Some(known.iter().find(|(one, _)| *one == id).cloned().ok_or(Refusal::MayNotSign)?),
    };
    let details = store::details_of(tx, &before).await?;
    let mut complaint = before.review(reviewer, &details)?;
    store::save(tx, &mut complaint).await?;
    let whom = complaint.reviewer.as_ref().map_or("", |(_, name)| name.as_str());
    store::note(tx, &complaint, "review_asked", whom).await?;
    let (asked, whoever) = match &complaint.reviewer {
        Some((id, _)) => (vec![*id], ""),
        None => (known.into_iter().map(|(id, _)| id).collect(), ", whoever of you comes to it first"),
    };
    let eyes = asked.into_iter().filter(|one| !complaint.was_written_by(Some(*one)));
    let about = format!("Sign off the answer to {}{whoever}", complaint.title());
    notify(tx, &complaint, eyes, &about).await?;
    audit::record(tx, entry(Action::ComplaintReviewAsked, &complaint)).await?;
    tell(tx, &complaint);
    Ok(complaint)
}

/// Signs the answer off as it was seen.
///
/// # Errors
/// When it is not in review, changed meanwhile, they wrote of it, or details of the customer stand where everybody can
/// read them.
pub async fn sign_off(tx: &mut Tx, can: &Can<SignComplaints>, complaint: ComplaintId, seen: i32) -> Result<Complaint> {
    let by = can.id.ok_or(Error::Forbidden)?;
    let before = lock(tx, complaint).await?;
    let details = store::details_of(tx, &before).await?;
    let mut complaint = before.sign(Some(by), seen, &details)?;
    store::insert_signature(tx, &complaint, by).await?;
    store::save(tx, &mut complaint).await?;
    store::note(tx, &complaint, "signed", "").await?;
    tell_writers(tx, &complaint, "is signed off. Send it").await?;
    audit::record(tx, entry(Action::ComplaintSigned, &complaint)).await?;
    tell(tx, &complaint);
    Ok(complaint)
}

/// Returns the answer to those who write it, with what is to be changed.
///
/// # Errors
/// When it is not in review.
pub async fn return_to_authors(
    tx: &mut Tx,
    _: &Can<SignComplaints>,
    complaint: ComplaintId,
    why: &str,
) -> Result<Complaint> {
    let before = lock(tx, complaint).await?;
    if before.stage != Stage::InReview {
        return Err(Refusal::NotInReview.into());
    }
    return_because(tx, before, why).await
}

/// It goes back to those who write it: what was reviewed or signed off of it is void.
pub(super) async fn return_because(tx: &mut Tx, reviewed: Complaint, why: &str) -> Result<Complaint> {
    let (mut complaint, _) = reviewed.write()?;
    store::save(tx, &mut complaint).await?;
    store::note(tx, &complaint, "returned", why).await?;
    tell_writers(tx, &complaint, "came back from its review").await?;
    audit::record(tx, entry(Action::ComplaintReturned, &complaint)).await?;
    tell(tx, &complaint);
    Ok(complaint)
}
