//! Writing the answer. What was in review or signed off is taken back first: what is written then is another revision.

use chrono::NaiveDate;

use super::super::{Allegation, Complaint, Finding, Letter, Refusal, Stands, store};
use super::{entry, lock, tell};
use crate::audit::{self, Action};
use crate::auth::{Can, WorkComplaints};
use crate::cases;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{AllegationId, ComplaintActionId, ComplaintId};
use crate::web::{Conflict, Merge};

/// An allegation as it is written.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct NewAllegation {
    /// As they say it.
    pub words: String,
    /// What we found.
    pub finding: Option<Finding>,
    /// What we answer.
    pub answer: String,
}

/// Something that was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAction {
    /// In words.
    pub what: String,
    /// On which day.
    pub done_on: Option<NaiveDate>,
    /// What of the case stands for it.
    pub stands: Option<Stands>,
}

/// What came of writing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Written {
    /// It is saved; a review or a sign-off it had is void.
    Saved {
        /// Whether there was one.
        voided: bool,
    },
    /// Somebody else wrote the same field meanwhile (R6).
    Conflicts(Vec<Conflict>),
}

/// Lists an allegation.
///
/// # Errors
/// When the answer was sent, or the complaint is over.
pub async fn add_allegation(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    new: NewAllegation,
) -> Result<(AllegationId, Written)> {
    let (complaint, voided) = begin(tx, complaint).await?;
    let id = store::insert_allegation(tx, &complaint, &new.words, new.finding, &new.answer).await?;
    written(tx, &complaint, "allegation").await?;
    Ok((id, Written::Saved { voided }))
}

/// Writes an allegation anew: `was` is what its author had on screen. Different fields both win.
///
/// # Errors
/// When the answer was sent, or the allegation is gone.
pub async fn write_allegation(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    allegation: AllegationId,
    was: &NewAllegation,
    new: &NewAllegation,
) -> Result<Written> {
    let before = lock(tx, complaint).await?;
    let now = find(&before, allegation)?;
    let finding = |finding: Option<Finding>| finding.map_or("", Finding::name);
    let mut merge = Merge::new();
    let words = merge.field("words", "Their words", &was.words, &now.words, &new.words);
    let found = merge.field("finding", "Finding", finding(was.finding), finding(now.finding), finding(new.finding));
    let answer = merge.field("answer", "Our answer", &was.answer, &now.answer, &new.answer);
    let conflicts = merge.conflicts();
    if !conflicts.is_empty() {
        return Ok(Written::Conflicts(conflicts));
    }
    let saved = Allegation { words, finding: Finding::from_name(&found), answer, ..now.clone() };
    if saved == now {
        return Ok(Written::Saved { voided: false });
    }
    let (complaint, voided) = begin(tx, before.id).await?;
    store::save_allegation(tx, &saved).await?;
    written(tx, &complaint, "allegation").await?;
    Ok(Written::Saved { voided })
}

/// Takes an allegation and its answer off the list, in the version that was on screen.
///
/// # Errors
/// When the answer was sent, or the allegation is gone or another than was seen.
pub async fn drop_allegation(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    allegation: AllegationId,
    seen: i64,
) -> Result<Written> {
    let (complaint, voided) = begin(tx, complaint).await?;
    if find(&complaint, allegation)?.version != seen {
        return Err(Refusal::Changed.into());
    }
    store::delete_allegation(tx, allegation).await?;
    written(tx, &complaint, "allegation").await?;
    Ok(Written::Saved { voided })
}

/// Writes the letter around the allegations: `was` is what its author had on screen.
///
/// # Errors
/// When the answer was sent, or the complaint is over.
pub async fn write_letter(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    was: &Letter,
    new: &Letter,
) -> Result<Written> {
    let before = lock(tx, complaint).await?;
    let round = before.current().ok_or(Error::NotFound)?;
    let mut merge = Merge::new();
    let saved = Letter {
        opening: merge.field("opening", "Opening", &was.opening, &round.opening, &new.opening),
        closing: merge.field("closing", "Closing", &was.closing, &round.closing, &new.closing),
        public_words: merge.field(
            "public_words",
            "Public response",
            &was.public_words,
            &round.public_words,
            &new.public_words,
        ),
    };
    let conflicts = merge.conflicts();
    if !conflicts.is_empty() {
        return Ok(Written::Conflicts(conflicts));
    }
    let now = (&round.opening, &round.closing, &round.public_words);
    if (&saved.opening, &saved.closing, &saved.public_words) == now {
        return Ok(Written::Saved { voided: false });
    }
    let (complaint, voided) = begin(tx, before.id).await?;
    store::save_letter(tx, &complaint, &saved).await?;
    written(tx, &complaint, "letter").await?;
    Ok(Written::Saved { voided })
}

/// Notes something that was done about it.
///
/// # Errors
/// When the answer was sent, or what stands for it is not of this case.
pub async fn add_action(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    new: NewAction,
) -> Result<Written> {
    let (complaint, voided) = begin(tx, complaint).await?;
    if let Some(stands) = new.stands {
        let known = store::things_done(tx, complaint.case).await?;
        if !known.iter().any(|(one, _)| *one == stands) {
            return Err(Error::refused("Choose what stands for it from the list."));
        }
    }
    store::insert_action(tx, &complaint, &new.what, new.done_on, new.stands).await?;
    written(tx, &complaint, "action").await?;
    Ok(Written::Saved { voided })
}

/// Takes something that was done off the list.
///
/// # Errors
/// When the answer was sent, or it is gone.
pub async fn drop_action(
    tx: &mut Tx,
    _: &Can<WorkComplaints>,
    complaint: ComplaintId,
    action: ComplaintActionId,
) -> Result<Written> {
    let (complaint, voided) = begin(tx, complaint).await?;
    if !complaint.actions_of(complaint.round).any(|one| one.id == action) {
        return Err(Refusal::Gone.into());
    }
    store::delete_action(tx, action).await?;
    written(tx, &complaint, "action").await?;
    Ok(Written::Saved { voided })
}

fn find(complaint: &Complaint, allegation: AllegationId) -> Result<Allegation> {
    complaint
        .allegations_of(complaint.round)
        .find(|one| one.id == allegation)
        .cloned()
        .ok_or_else(|| Refusal::Gone.into())
}

/// Takes the answer back from whoever reviews it or signed it off, and says whether that was so.
async fn begin(tx: &mut Tx, complaint: ComplaintId) -> Result<(Complaint, bool)> {
    let before = lock(tx, complaint).await?;
    let was = before.stage;
    let (mut complaint, voided) = before.write()?;
    if complaint.stage != was {
        store::save(tx, &mut complaint).await?;
        cases::first_act(tx, complaint.case).await?;
    }
    if voided {
        store::note(tx, &complaint, "reopened", "").await?;
    }
    Ok((complaint, voided))
}

/// Whoever wrote is an author from now on, and does not sign off.
async fn written(tx: &mut Tx, complaint: &Complaint, what: &str) -> Result<()> {
    if !complaint.was_written_by(tx.by()) {
        store::note(tx, complaint, "wrote", "").await?;
    }
    audit::record(tx, entry(Action::ComplaintWritten, complaint).fact("what", what)).await?;
    tell(tx, complaint);
    Ok(())
}
